//! Where values lie: from declared records to offsets. The same records and probes always give the same
//! layout, since both executions and every checkpoint depend on it.
//!
//! A record is its presence bits, then its fields by descending alignment (declaration order among
//! equals), then padding to a multiple of eight, so that records can stand in each other and in lists.

use crate::ir::{Repr, Ty};
use crate::plan::{FieldSlot, Layout};
use crate::types::{RecordDef, RecordId, Type};
use std::collections::BTreeMap;

/// The alignment of all that is not a single byte, and of every record.
pub const ALIGN: u32 = 8;
/// No record is larger; one that would be has this size, and the compiler refuses it.
pub const SIZE_MAX: u32 = 1 << 20;
/// Bits of a list's mask.
pub const PROBES_MAX: usize = 64;

/// An int that can't be larger, nor below zero, is one byte.
const BYTE_MAX: i64 = u8::MAX as i64;

/// The texts that a record's `list<text>` field is tested for, by record and field.
pub type Probes = BTreeMap<(RecordId, u32), Vec<u32>>;

/// How a value of the type stands in a register.
pub fn register_of(repr: Repr) -> Ty {
    match repr {
        Repr::Bool => Ty::Bool,
        Repr::Byte | Repr::Int => Ty::Int,
        Repr::Num => Ty::Num,
        Repr::Text => Ty::Text,
        Repr::List => Ty::List,
        Repr::Ref => Ty::Ref,
    }
}

/// How a value of the type lies in memory; an optional one has a presence bit besides.
pub fn repr_of(ty: &Type) -> Repr {
    match ty {
        Type::Bool => Repr::Bool,
        Type::Enum(_) => Repr::Byte,
        // Whoever writes such a field has proved that the value is inside, or refused it.
        Type::IntIn(0..=BYTE_MAX, 0..=BYTE_MAX) => Repr::Byte,
        Type::Error
        | Type::Int
        | Type::IntIn(..)
        | Type::Money(_)
        | Type::Time
        | Type::Date
        | Type::Clock
        | Type::Duration
        | Type::Span
        | Type::Timezone
        | Type::Offer(_) => Repr::Int,
        Type::Number | Type::NumberIn(..) => Repr::Num,
        Type::Text => Repr::Text,
        Type::List(_) => Repr::List,
        Type::Record(_) => Repr::Ref,
        Type::Optional(inner) => repr_of(inner),
    }
}

/// Bytes of a value's slot, without its presence bit.
pub fn size_of(ty: &Type, layouts: &[Layout]) -> u32 {
    match repr_of(ty) {
        Repr::Bool | Repr::Byte => 1,
        Repr::Int | Repr::Num => 8,
        Repr::Text | Repr::List => 16,
        Repr::Ref => ty
            .record()
            .and_then(|id| layouts.get(id.index()))
            .map_or(0, |layout| layout.size),
    }
}

/// Where a slot of this form must begin.
pub fn align_of(repr: Repr) -> u32 {
    match repr {
        Repr::Bool | Repr::Byte => 1,
        Repr::Int | Repr::Num | Repr::Text | Repr::List | Repr::Ref => ALIGN,
    }
}

/// The layouts of all records, by number. A record inside itself counts as empty there (an error of the
/// program that names report).
pub fn layouts(records: &[RecordDef], probes: &Probes) -> Vec<Layout> {
    let mut work = Work {
        records,
        probes,
        done: vec![Layout::default(); records.len()],
        state: vec![State::New; records.len()],
    };
    for index in 0..records.len() {
        work.lay_out(index);
    }
    work.done
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    New,
    Open,
    Done,
}

struct Work<'a> {
    records: &'a [RecordDef],
    probes: &'a Probes,
    done: Vec<Layout>,
    state: Vec<State>,
}

impl Work<'_> {
    /// Nested records first; with a stack of its own, since a chain of records may be long.
    fn lay_out(&mut self, root: usize) {
        let mut stack = vec![root];
        while let Some(&index) = stack.last() {
            let Some(record) = self.records.get(index) else {
                stack.pop();
                continue;
            };
            let first = self.state.get(index) == Some(&State::New);
            self.set(index, State::Open);
            let nested: Vec<usize> = record
                .fields
                .iter()
                .filter_map(|field| field.ty.record().map(RecordId::index))
                .filter(|inner| first && self.state.get(*inner) == Some(&State::New))
                .collect();
            if nested.is_empty() {
                stack.pop();
                if self.state.get(index) == Some(&State::Open) {
                    let layout = self.one(index, record);
                    if let Some(done) = self.done.get_mut(index) {
                        *done = layout;
                    }
                }
                self.set(index, State::Done);
            } else {
                stack.extend(nested);
            }
        }
    }

    fn set(&mut self, index: usize, state: State) {
        if let Some(at) = self.state.get_mut(index)
            && *at != State::Done
        {
            *at = state;
        }
    }

    fn one(&self, index: usize, record: &RecordDef) -> Layout {
        let mut layouter = Layouter::after(0);
        let known: Vec<_> = record
            .fields
            .iter()
            .map(|field| field.ty.is_optional().then(|| layouter.bit()))
            .collect();
        let mut fields: Vec<Option<FieldSlot>> = vec![None; record.fields.len()];
        for align in [ALIGN, 1] {
            for (place, (field, known)) in record.fields.iter().zip(&known).enumerate() {
                let repr = repr_of(&field.ty);
                if align_of(repr) != align {
                    continue;
                }
                let offset = layouter.bytes(size_of(&field.ty, &self.done), align);
                let probes = self.probes_of(index, place);
                if let Some(slot) = fields.get_mut(place) {
                    *slot = Some(FieldSlot {
                        offset,
                        repr,
                        known: *known,
                        probes,
                    });
                }
            }
        }
        Layout {
            size: layouter.finish(),
            fields: fields.into_iter().flatten().collect(),
        }
    }

    fn probes_of(&self, record: usize, field: usize) -> Vec<u32> {
        let field = u32::try_from(field).unwrap_or(u32::MAX);
        let mut probes = self
            .probes
            .get(&(RecordId::new(record), field))
            .cloned()
            .unwrap_or_default();
        probes.truncate(PROBES_MAX);
        probes
    }
}

/// Gives places one after another: for a record, and for what a profile's or an instance's block keeps
/// after its record.
#[derive(Clone, Debug)]
pub struct Layouter {
    size: u32,
    /// the byte that bits are taken from, and how many are taken
    bits: Option<(u32, u8)>,
}

impl Layouter {
    /// Begins at an offset: the size of the record that stands before.
    pub fn after(size: u32) -> Self {
        Self { size, bits: None }
    }

    /// One bit: byte offset, bit.
    pub fn bit(&mut self) -> (u32, u8) {
        let (byte, bit) = match self.bits {
            Some((byte, used)) if used < 8 => (byte, used),
            _ => (self.bytes(1, 1), 0),
        };
        self.bits = Some((byte, bit + 1));
        (byte, bit)
    }

    /// So many bytes, at a multiple of `align`; gives their offset.
    pub fn bytes(&mut self, count: u32, align: u32) -> u32 {
        let offset = self.size.next_multiple_of(align.max(1));
        self.size = offset.saturating_add(count).min(SIZE_MAX);
        offset
    }

    /// A slot for a value of the type, with a presence bit if it is optional.
    pub fn slot(&mut self, ty: &Type, layouts: &[Layout]) -> FieldSlot {
        let known = ty.is_optional().then(|| self.bit());
        let repr = repr_of(ty);
        let offset = self.bytes(size_of(ty, layouts), align_of(repr));
        FieldSlot {
            offset,
            repr,
            known,
            probes: Vec::new(),
        }
    }

    /// The whole size, a multiple of eight.
    pub fn finish(&self) -> u32 {
        self.size.next_multiple_of(ALIGN)
    }
}

/// How an element of a list lies: a slot inside the element, and the distance to the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    pub stride: u32,
    pub slot: FieldSlot,
}

/// The form of a list's elements. The presence bit of an optional element is in the byte after its value.
pub fn element(ty: &Type, layouts: &[Layout]) -> Element {
    let repr = repr_of(ty);
    let size = size_of(ty, layouts);
    let known = ty.is_optional().then_some((size, 0));
    let used = if known.is_some() {
        size.saturating_add(1)
    } else {
        size
    };
    let stride = used.next_multiple_of(align_of(repr)).max(1);
    Element {
        stride,
        slot: FieldSlot {
            offset: 0,
            repr,
            known,
            probes: Vec::new(),
        },
    }
}
