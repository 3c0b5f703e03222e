//! Operations on lists and records: reading elements, and building new ones in scratch.

use super::{BYTES_MAX, Frame, arg, num};
use crate::scalar::word_value;
use journey_program::host::{Host as _, HostOp};
use journey_program::ir::{FaultCode, Repr, Space, handle};
use journey_program::plan::FieldSlot;
use journey_program::record;
use journey_program::types::{RecordId, Type, Value};

/// What is being built; the innermost is last.
#[derive(Debug)]
pub(super) enum Builder {
    Text(String),
    List { ty: Type, items: Vec<Value> },
    Record { id: RecordId, fields: Vec<Value> },
}

/// Elements of a list that code builds.
const ITEMS_MAX: usize = 10_000;

impl Frame<'_> {
    pub(super) fn list(&self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        let (space, at) = Self::place_of(arg(args, 0));
        if op == HostOp::ListLen {
            return Ok(i64::from(record::list_len(self.block(space), at)));
        }
        u32::try_from(arg(args, 1))
            .ok()
            .and_then(|index| record::list_elem(self.block(space), at, index))
            .map(|offset| handle(space, offset))
            .ok_or(FaultCode::OutOfRange)
    }

    pub(super) fn build(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        let (a, b) = (arg(args, 0), arg(args, 1));
        match op {
            HostOp::ListBegin => {
                let ty = self.element_type(a).unwrap_or(Type::Error);
                self.builders.push(Builder::List {
                    ty,
                    items: Vec::new(),
                });
            }
            HostOp::ListPushInt
            | HostOp::ListPushBool
            | HostOp::ListPushNum
            | HostOp::ListPushText
            | HostOp::ListPushRecord => self.list_push(a)?,
            HostOp::ListEnd => return self.list_end(),
            HostOp::RecordBegin => {
                let id = RecordId::new(usize::try_from(a).unwrap_or(usize::MAX));
                let count = self
                    .program
                    .records
                    .get(id.index())
                    .map_or(0, |def| def.fields.len());
                self.builders.push(Builder::Record {
                    id,
                    fields: vec![Value::Unknown; count],
                });
            }
            HostOp::RecordEnd => return self.record_end(),
            HostOp::RecordSetUnknown => self.record_set(a, None),
            _ => self.record_set(a, Some(b)),
        }
        Ok(0)
    }

    pub(super) fn element_type(&self, number: i64) -> Option<Type> {
        self.program
            .element_types
            .get(usize::try_from(number).ok()?)
            .cloned()
    }

    fn list_push(&mut self, item: i64) -> Result<(), FaultCode> {
        let Some(Builder::List { ty, .. }) = self.builders.last() else {
            return Ok(());
        };
        let value = self.value(item, &ty.clone());
        let Some(Builder::List { items, .. }) = self.builders.last_mut() else {
            return Ok(());
        };
        if items.len() >= ITEMS_MAX {
            return Err(FaultCode::TooLong);
        }
        items.push(value);
        Ok(())
    }

    fn list_end(&mut self) -> Result<i64, FaultCode> {
        let (ty, items) = match self.builders.pop() {
            Some(Builder::List { ty, items }) => (ty, items),
            Some(Builder::Text(_) | Builder::Record { .. }) | None => (Type::Error, Vec::new()),
        };
        let at = self.scratch_room(16)?;
        let slot = FieldSlot {
            offset: 0,
            repr: Repr::List,
            known: None,
            probes: Vec::new(),
        };
        let ty = Type::List(Box::new(ty));
        let types = self.types();
        record::set_field(
            &types,
            &mut self.scratch,
            at,
            &slot,
            &ty,
            &Value::List(items),
        );
        self.bounded(at)
    }

    fn record_set(&mut self, field: i64, word: Option<i64>) {
        let Some(Builder::Record { id, .. }) = self.builders.last() else {
            return;
        };
        let Ok(field) = usize::try_from(field) else {
            return;
        };
        let def = self
            .program
            .records
            .get(id.index())
            .and_then(|def| def.fields.get(field));
        let value = match (def, word) {
            (Some(def), Some(word)) => self.value(word, &def.ty),
            _ => Value::Unknown,
        };
        if let Some(Builder::Record { fields, .. }) = self.builders.last_mut()
            && let Some(there) = fields.get_mut(field)
        {
            *there = value;
        }
    }

    fn record_end(&mut self) -> Result<i64, FaultCode> {
        let Some(Builder::Record { id, fields }) = self.builders.pop() else {
            return Ok(handle(Space::Scratch, 0));
        };
        let size = self
            .program
            .layouts
            .get(id.index())
            .map_or(0, |layout| layout.size);
        let at = self.scratch_room(usize::try_from(size).unwrap_or(0))?;
        let types = self.types();
        record::write_record(&types, &mut self.scratch, at, id, &fields);
        self.bounded(at)
    }

    fn bounded(&self, at: u32) -> Result<i64, FaultCode> {
        if self.scratch.len() > 16 * BYTES_MAX {
            return Err(FaultCode::TooLong);
        }
        Ok(handle(Space::Scratch, at))
    }

    /// A register's word as a value of a type.
    pub(crate) fn value(&self, word: i64, ty: &Type) -> Value {
        let (space, at) = Self::place_of(word);
        match ty.known() {
            Type::Bool => Value::Bool(word != 0),
            Type::Number | Type::NumberIn(..) => Value::Number(num(word)),
            Type::Text => Value::Text(self.text(word).to_owned()),
            Type::List(inner) => Value::List(record::read_list(
                &self.types(),
                self.block(space),
                at,
                inner,
            )),
            Type::Record(id) => Value::Record(
                *id,
                record::read_record(&self.types(), self.block(space), at, *id),
            ),
            other => word_value(word, other),
        }
    }
}
