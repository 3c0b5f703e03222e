//! Blocks of bytes seen as records: the one file that knows how values lie in memory. Values in, bytes
//! out, and back. A block is a fixed part (by its layout), then a heap of texts and list elements.
//!
//! Every access is checked: what a damaged block points at outside of itself reads as zero or empty, and
//! writes there do nothing. Offsets in slots count from the block's start, so a record is copied into
//! another block slot by slot.
//!
//! A text's slot: offset, length, symbol (constant's number + 1, or 0), zero. A list's: offset, count,
//! mask of its probes; before its elements stand eight bytes, the first four their stride.

use crate::civil;
use crate::ir::Repr;
use crate::layout::{self, element};
use crate::plan::{FieldSlot, Layout, Program};
use crate::types::{RecordDef, RecordId, Span, Type, Value};
use std::collections::HashMap;

mod bytes;
mod copy;

pub use bytes::{
    get_bit, get_f64, get_i64, get_u8, get_u32, list_elem, list_len, list_mask, put_bit, put_f64,
    put_i64, put_u8, put_u32, symbol, text, text_bytes,
};
pub use copy::{HeapSlot, compact, compact_if_wasteful, copy_list, copy_record, copy_text};

use bytes::{append, put_slot, put_slot_list};

/// Records nest at most so deep; deeper reads as empty.
pub const DEPTH_MAX: u32 = 64;

/// Room for the texts of most records, behind the fixed part.
pub const TEXT_ROOM: usize = 64;

/// Constant texts by content: a text that is written gets its symbol here.
#[derive(Clone, Debug, Default)]
pub struct Symbols(HashMap<String, u32>);

impl Symbols {
    pub fn of(texts: &[String]) -> Self {
        let mut map = HashMap::with_capacity(texts.len());
        for (text, symbol) in texts.iter().zip(1u32..) {
            map.entry(text.clone()).or_insert(symbol);
        }
        Self(map)
    }
    /// The symbol of a text; 0 if no constant has its content.
    pub fn get(&self, text: &str) -> u32 {
        self.0.get(text).copied().unwrap_or(0)
    }
}

/// What the bytes of a program mean.
#[derive(Clone, Copy, Debug)]
pub struct Types<'a> {
    pub records: &'a [RecordDef],
    pub layouts: &'a [Layout],
    pub symbols: &'a Symbols,
}

impl<'a> Types<'a> {
    pub fn of(program: &'a Program, symbols: &'a Symbols) -> Self {
        Self {
            records: &program.records,
            layouts: &program.layouts,
            symbols,
        }
    }
    pub fn layout(&self, record: RecordId) -> Option<&'a Layout> {
        self.layouts.get(record.index())
    }
    /// The fields of a record with their slots.
    fn fields(
        &self,
        record: RecordId,
    ) -> impl Iterator<Item = (&'a Type, &'a FieldSlot)> + use<'a> {
        let fields = self
            .records
            .get(record.index())
            .map_or(&[][..], |def| &def.fields);
        let slots = self
            .layouts
            .get(record.index())
            .map_or(&[][..], |layout| &layout.fields);
        fields.iter().map(|field| &field.ty).zip(slots)
    }
}

/// The block of `Space::Const`: the slot of text `i` at `16 * i`, the bytes after all slots.
pub fn constants(texts: &[String]) -> Vec<u8> {
    let mut block = vec![0; texts.len() * 16];
    for ((text, symbol), slot) in texts.iter().zip(1u32..).zip((0u32..).step_by(16)) {
        let offset = append(&mut block, text.as_bytes(), 1);
        put_slot(&mut block, slot, offset, text.len(), symbol);
    }
    block
}

/// A block with one record at its start. Values that are missing or of another type are written as
/// unknown, or as zero where the field is not optional.
pub fn write(types: &Types<'_>, record: RecordId, values: &[Value]) -> Vec<u8> {
    let size = types.layout(record).map_or(0, |layout| layout.size);
    let size = usize::try_from(size).unwrap_or(0);
    let mut block = Vec::with_capacity(size + TEXT_ROOM);
    block.resize(size, 0);
    write_record(types, &mut block, 0, record, values);
    block
}

/// Writes a record at an offset of a block.
pub fn write_record(
    types: &Types<'_>,
    block: &mut Vec<u8>,
    at: u32,
    record: RecordId,
    values: &[Value],
) {
    let mut values = values.iter();
    for (ty, slot) in types.fields(record) {
        set_field(
            types,
            block,
            at,
            slot,
            ty,
            values.next().unwrap_or(&Value::Unknown),
        );
    }
}

/// Writes one value into its slot (of the record at `at`). Texts and elements go to the block's end,
/// or over the old ones where they fit.
pub fn set_field(
    types: &Types<'_>,
    block: &mut Vec<u8>,
    at: u32,
    slot: &FieldSlot,
    ty: &Type,
    value: &Value,
) {
    if let Some((byte, bit)) = slot.known {
        put_bit(
            block,
            at.saturating_add(byte),
            bit,
            *value != Value::Unknown,
        );
    }
    let place = at.saturating_add(slot.offset);
    match slot.repr {
        Repr::Bool => put_u8(block, place, u8::from(*value == Value::Bool(true))),
        Repr::Byte => put_u8(block, place, u8::try_from(to_word(value)).unwrap_or(0)),
        Repr::Int => put_i64(block, place, word(value)),
        Repr::Num => put_f64(block, place, number(value)),
        Repr::Text => {
            let text = if let Value::Text(text) = value {
                text.as_str()
            } else {
                ""
            };
            set_text(types, block, place, text);
        }
        Repr::List => {
            let items = if let Value::List(items) = value {
                items.as_slice()
            } else {
                &[]
            };
            if let Some(inner) = ty.element() {
                set_list(types, block, place, inner, &slot.probes, items);
            }
        }
        Repr::Ref => {
            let fields = if let Value::Record(_, fields) = value {
                fields.as_slice()
            } else {
                &[]
            };
            if let Some(record) = ty.record() {
                write_record(types, block, place, record, fields);
            }
        }
    }
}

/// Writes a text into the slot at `place`.
pub fn set_text(types: &Types<'_>, block: &mut Vec<u8>, place: u32, text: &str) {
    let (old, room) = (
        get_u32(block, place),
        get_u32(block, place.saturating_add(4)),
    );
    let fits = u32::try_from(text.len()).is_ok_and(|len| len <= room);
    let offset = if fits && bytes::overwrite(block, old, text.as_bytes()) {
        Some(old)
    } else {
        append(block, text.as_bytes(), 1)
    };
    put_slot(block, place, offset, text.len(), types.symbols.get(text));
}

fn set_list(
    types: &Types<'_>,
    block: &mut Vec<u8>,
    place: u32,
    inner: &Type,
    probes: &[u32],
    items: &[Value],
) {
    let form = element(inner, types.layouts);
    let Some(first) = bytes::append_elements(block, form.stride, items.len()) else {
        put_slot_list(block, place, 0, 0, 0);
        return;
    };
    let mut mask = 0;
    let mut at = first;
    for item in items {
        set_field(types, block, at, &form.slot, inner, item);
        if let Value::Text(text) = item {
            mask |= probe_mask(probes, types.symbols.get(text));
        }
        at = at.saturating_add(form.stride);
    }
    put_slot_list(
        block,
        place,
        first,
        u32::try_from(items.len()).unwrap_or(0),
        mask,
    );
}

/// The bits of a mask that a text with this symbol sets.
fn probe_mask(probes: &[u32], symbol: u32) -> u64 {
    let mut mask = 0;
    for (bit, probe) in probes.iter().enumerate().take(layout::PROBES_MAX) {
        if symbol != 0 && *probe == symbol - 1 {
            mask |= 1 << bit;
        }
    }
    mask
}

/// The record at the start of a block.
pub fn read(types: &Types<'_>, block: &[u8], record: RecordId) -> Vec<Value> {
    read_record(types, block, 0, record)
}

/// The record at an offset of a block.
pub fn read_record(types: &Types<'_>, block: &[u8], at: u32, record: RecordId) -> Vec<Value> {
    Reader {
        types,
        block,
        bound: Bound::of(block),
    }
    .record(at, record)
}

/// One value from its slot (of the record at `at`).
pub fn read_field(types: &Types<'_>, block: &[u8], at: u32, slot: &FieldSlot, ty: &Type) -> Value {
    Reader {
        types,
        block,
        bound: Bound::of(block),
    }
    .field(at, slot, ty)
}

/// The list in the slot at `place`.
pub fn read_list(types: &Types<'_>, block: &[u8], place: u32, inner: &Type) -> Vec<Value> {
    Reader {
        types,
        block,
        bound: Bound::of(block),
    }
    .list(place, inner)
}

/// The value of a register word (texts, lists and records are not words).
pub fn from_word(ty: &Type, word: i64) -> Value {
    match ty {
        Type::Bool => Value::Bool(word != 0),
        Type::Int | Type::IntIn(..) => Value::Int(word),
        Type::Number | Type::NumberIn(..) => Value::Number(f64::from_bits(word.cast_unsigned())),
        Type::Money(currency) => Value::Money(word, *currency),
        Type::Time => Value::Time(word),
        Type::Date => Value::Date(word),
        Type::Clock => Value::Clock(word),
        Type::Duration => Value::Duration(word),
        Type::Span => Value::Span(Span::unpack(word)),
        Type::Timezone => {
            civil::zone_name(word).map_or(Value::Unknown, |name| Value::Timezone(name.to_owned()))
        }
        Type::Enum(id) | Type::Offer(id) => Value::Enum(*id, u32::try_from(word).unwrap_or(0)),
        Type::Optional(inner) => from_word(inner, word),
        Type::Error | Type::Text | Type::Record(_) | Type::List(_) => Value::Unknown,
    }
}

/// The register word of a value; 0 for what is none.
pub fn to_word(value: &Value) -> i64 {
    match value {
        Value::Bool(value) => i64::from(*value),
        Value::Enum(_, index) => i64::from(*index),
        Value::Number(value) => value.to_bits().cast_signed(),
        Value::Unknown
        | Value::Int(_)
        | Value::Money(..)
        | Value::Text(_)
        | Value::Time(_)
        | Value::Date(_)
        | Value::Clock(_)
        | Value::Duration(_)
        | Value::Span(_)
        | Value::Timezone(_)
        | Value::Record(..)
        | Value::List(_) => word(value),
    }
}

fn word(value: &Value) -> i64 {
    match value {
        Value::Int(word)
        | Value::Money(word, _)
        | Value::Time(word)
        | Value::Date(word)
        | Value::Clock(word)
        | Value::Duration(word) => *word,
        Value::Span(span) => span.pack(),
        Value::Enum(_, place) => i64::from(*place),
        Value::Timezone(name) => civil::zone_word(name).unwrap_or(0),
        Value::Unknown
        | Value::Bool(_)
        | Value::Number(_)
        | Value::Text(_)
        | Value::Record(..)
        | Value::List(_) => 0,
    }
}

fn number(value: &Value) -> f64 {
    match value {
        Value::Number(number) => *number,
        Value::Unknown
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Money(..)
        | Value::Text(_)
        | Value::Time(_)
        | Value::Date(_)
        | Value::Clock(_)
        | Value::Duration(_)
        | Value::Span(_)
        | Value::Timezone(_)
        | Value::Enum(..)
        | Value::Record(..)
        | Value::List(_) => 0.0,
    }
}

/// Keeps a damaged block (a list that holds itself) from being walked forever: each value of a sound
/// block has a byte of its own.
struct Bound {
    values: usize,
    depth: u32,
}

impl Bound {
    fn of(block: &[u8]) -> Self {
        Self {
            values: block.len(),
            depth: 0,
        }
    }
    fn spend(&mut self, values: usize) -> bool {
        let enough = self.values >= values;
        self.values = self.values.saturating_sub(values);
        enough
    }
}

struct Reader<'a> {
    types: &'a Types<'a>,
    block: &'a [u8],
    bound: Bound,
}

impl Reader<'_> {
    fn record(&mut self, at: u32, record: RecordId) -> Vec<Value> {
        let mut values = Vec::new();
        if self.bound.depth >= DEPTH_MAX {
            return values;
        }
        self.bound.depth += 1;
        for (ty, slot) in self.types.fields(record) {
            values.push(self.field(at, slot, ty));
        }
        self.bound.depth -= 1;
        values
    }

    fn field(&mut self, at: u32, slot: &FieldSlot, ty: &Type) -> Value {
        if let Some((byte, bit)) = slot.known
            && !get_bit(self.block, at.saturating_add(byte), bit)
        {
            return Value::Unknown;
        }
        let place = at.saturating_add(slot.offset);
        match slot.repr {
            Repr::Bool => Value::Bool(get_u8(self.block, place) != 0),
            Repr::Byte => from_word(ty.known(), i64::from(get_u8(self.block, place))),
            Repr::Int => from_word(ty.known(), get_i64(self.block, place)),
            Repr::Num => Value::Number(get_f64(self.block, place)),
            Repr::Text => Value::Text(text(self.block, place).to_owned()),
            Repr::List => ty
                .element()
                .map_or(Value::Unknown, |inner| Value::List(self.list(place, inner))),
            Repr::Ref => ty.record().map_or(Value::Unknown, |id| {
                Value::Record(id, self.record(place, id))
            }),
        }
    }

    fn list(&mut self, place: u32, inner: &Type) -> Vec<Value> {
        let form = element(inner, self.types.layouts);
        let count = list_len(self.block, place);
        let mut values = Vec::new();
        if !self
            .bound
            .spend(usize::try_from(count).unwrap_or(usize::MAX))
        {
            return values;
        }
        for index in 0..count {
            if let Some(at) = list_elem(self.block, place, index) {
                values.push(self.field(at, &form.slot, inner));
            }
        }
        values
    }
}
