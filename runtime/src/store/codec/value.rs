//! Values by their declared types, without tags. Fields of a record that are unknown are bits before it.

use super::Malformed;
use super::bytes::{Reader, Writer};
use journey_program::plan::Program;
use journey_program::types::{FieldDef, Span, Type, Value};
use std::collections::HashMap;

/// Types nest no deeper than this: the compiler bounds them far below.
const DEPTH_MAX: u32 = 64;

#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'c> {
    pub program: &'c Program,
    pub symbols: &'c HashMap<String, u32>,
    /// the instant of the input
    pub at: i64,
}

impl Context<'_> {
    /// None: a value is not of its type.
    pub(super) fn write_fields(
        &self,
        out: &mut Writer,
        fields: &[FieldDef],
        values: &[Value],
        depth: u32,
    ) -> Option<()> {
        if fields.len() != values.len() || depth > DEPTH_MAX {
            return None;
        }
        let both = || fields.iter().zip(values);
        let optional: Vec<&Value> = both()
            .filter(|(field, _)| field.ty.is_optional())
            .map(|(_, value)| value)
            .collect();
        for eight in optional.chunks(8) {
            let bits = eight.iter().zip(0u8..);
            out.byte(bits.fold(0, |byte, (value, bit)| {
                byte | (u8::from(**value == Value::Unknown) << bit)
            }));
        }
        for (field, value) in both() {
            if !(field.ty.is_optional() && *value == Value::Unknown) {
                self.write(out, field.ty.known(), value, depth + 1)?;
            }
        }
        Some(())
    }

    pub(super) fn read_fields(
        &self,
        from: &mut Reader<'_>,
        fields: &[FieldDef],
        depth: u32,
    ) -> Result<Vec<Value>, Malformed> {
        if depth > DEPTH_MAX {
            return Err(Malformed("it is too deep"));
        }
        let optional = fields.iter().filter(|field| field.ty.is_optional());
        let bits = from.take(optional.count().div_ceil(8))?;
        let mut number = 0;
        let mut values = Vec::with_capacity(fields.len());
        for field in fields {
            if field.ty.is_optional() {
                let byte = bits.get(number / 8).copied().unwrap_or(0);
                let unknown = byte >> (number % 8) & 1 == 1;
                number += 1;
                if unknown {
                    values.push(Value::Unknown);
                    continue;
                }
            }
            values.push(self.read(from, field.ty.known(), depth + 1)?);
        }
        Ok(values)
    }

    /// A value that may be unknown, whatever its type says.
    pub(super) fn write_maybe(
        &self,
        out: &mut Writer,
        ty: &Type,
        value: &Value,
        depth: u32,
    ) -> Option<()> {
        if *value == Value::Unknown {
            out.byte(0);
            return Some(());
        }
        out.byte(1);
        self.write(out, ty, value, depth)
    }

    pub(super) fn read_maybe(
        &self,
        from: &mut Reader<'_>,
        ty: &Type,
        depth: u32,
    ) -> Result<Value, Malformed> {
        match from.byte()? {
            0 => Ok(Value::Unknown),
            1 => self.read(from, ty, depth),
            _ => Err(Malformed("neither known nor unknown")),
        }
    }

    fn write(&self, out: &mut Writer, ty: &Type, value: &Value, depth: u32) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match (ty, value) {
            (Type::Bool, Value::Bool(b)) => out.byte(u8::from(*b)),
            (Type::Int | Type::IntIn(..), Value::Int(i))
            | (Type::Date, Value::Date(i))
            | (Type::Clock, Value::Clock(i))
            | (Type::Duration, Value::Duration(i)) => out.signed(*i),
            (Type::Number | Type::NumberIn(..), Value::Number(n)) if n.is_finite() => {
                out.raw(&n.to_bits().to_le_bytes());
            }
            (Type::Money(of), Value::Money(minor, currency)) if of == currency => {
                out.signed(*minor);
            }
            (Type::Text, Value::Text(text)) | (Type::Timezone, Value::Timezone(text)) => {
                out.symbol(text, self.symbols);
            }
            (Type::Time, Value::Time(at)) => out.signed(at.wrapping_sub(self.at)),
            (Type::Span, Value::Span(span)) => {
                out.signed(i64::from(span.months));
                out.signed(i64::from(span.days));
            }
            (Type::Enum(of) | Type::Offer(of), Value::Enum(id, place)) if of == id => {
                out.unsigned(u64::from(*place));
            }
            (Type::Record(of), Value::Record(id, values)) if of == id => {
                let fields = &self.program.records.get(of.index())?.fields;
                self.write_fields(out, fields, values, depth + 1)?;
            }
            (Type::List(element), Value::List(values)) => {
                out.unsigned(u64::try_from(values.len()).ok()?);
                let before = out.bytes.len();
                for value in values {
                    self.write_element(out, element, value, depth)?;
                }
                // a reader believes no count that its bytes don't bear out
                if out.bytes.len() - before < values.len() {
                    return None;
                }
            }
            _ => return None,
        }
        Some(())
    }

    fn write_element(&self, out: &mut Writer, ty: &Type, value: &Value, depth: u32) -> Option<()> {
        if ty.is_optional() {
            self.write_maybe(out, ty.known(), value, depth + 1)
        } else {
            self.write(out, ty, value, depth + 1)
        }
    }

    fn read(&self, from: &mut Reader<'_>, ty: &Type, depth: u32) -> Result<Value, Malformed> {
        if depth > DEPTH_MAX {
            return Err(Malformed("it is too deep"));
        }
        Ok(match ty {
            Type::Bool => match from.byte()? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                _ => return Err(Malformed("neither true nor false")),
            },
            Type::Int | Type::IntIn(..) => Value::Int(from.signed()?),
            Type::Date => Value::Date(from.signed()?),
            Type::Clock => Value::Clock(from.signed()?),
            Type::Duration => Value::Duration(from.signed()?),
            Type::Number | Type::NumberIn(..) => {
                let number = f64::from_bits(u64::from_le_bytes(from.array()?));
                if !number.is_finite() {
                    return Err(Malformed("a number is not finite"));
                }
                Value::Number(number)
            }
            Type::Money(currency) => Value::Money(from.signed()?, *currency),
            Type::Text => Value::Text(from.symbol(&self.program.texts)?),
            Type::Timezone => Value::Timezone(from.symbol(&self.program.texts)?),
            Type::Time => Value::Time(from.signed()?.wrapping_add(self.at)),
            Type::Span => {
                let mut half =
                    || i32::try_from(from.signed()?).map_err(|_| Malformed("a span is too long"));
                let (months, days) = (half()?, half()?);
                Value::Span(Span { months, days })
            }
            Type::Enum(id) | Type::Offer(id) => Value::Enum(*id, from.number()?),
            Type::Record(id) => {
                let record = self.program.records.get(id.index());
                let record = record.ok_or(Malformed("no such record"))?;
                Value::Record(*id, self.read_fields(from, &record.fields, depth + 1)?)
            }
            Type::List(element) => {
                let count = from.count()?;
                let mut values = Vec::new();
                for _ in 0..count {
                    values.push(self.read_element(from, element, depth)?);
                }
                Value::List(values)
            }
            Type::Error | Type::Optional(_) => return Err(Malformed("a type has no values")),
        })
    }

    fn read_element(
        &self,
        from: &mut Reader<'_>,
        ty: &Type,
        depth: u32,
    ) -> Result<Value, Malformed> {
        if ty.is_optional() {
            self.read_maybe(from, ty.known(), depth + 1)
        } else {
            self.read(from, ty, depth + 1)
        }
    }
}
