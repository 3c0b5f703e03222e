//! Values moved between blocks: what a slot points at goes to the end of the other block. The same walk
//! compacts a block whose heap has filled with what slots no longer point at.

use super::bytes::{
    append, append_elements, get_u32, list_elem, list_len, list_mask, overwrite, put_slot,
    put_slot_list, symbol, text_bytes,
};
use super::{Bound, DEPTH_MAX, Types};
use crate::ir::Repr;
use crate::layout::element;
use crate::plan::FieldSlot;
use crate::types::{RecordId, Type};

/// A slot of a block with what it holds: the block's owner lists those that may point into the heap.
#[derive(Clone, Debug)]
pub struct HeapSlot {
    pub slot: FieldSlot,
    pub ty: Type,
}

/// Copies the record at `from` of one block over the one at `to` of another.
pub fn copy_record(
    types: &Types<'_>,
    source: &[u8],
    from: u32,
    record: RecordId,
    target: &mut Vec<u8>,
    to: u32,
) {
    Copier {
        types,
        source,
        target,
        bound: Bound::of(source),
    }
    .record(from, to, record);
}

/// Copies the text in the slot at `from` into the slot at `to`.
pub fn copy_text(source: &[u8], from: u32, target: &mut Vec<u8>, to: u32) {
    let bytes = text_bytes(source, from);
    let offset = append(target, bytes, 1);
    put_slot(target, to, offset, bytes.len(), symbol(source, from));
}

/// Copies the list in the slot at `from` into the slot at `to`, with its mask: the two slots must be
/// tested for the same texts.
pub fn copy_list(
    types: &Types<'_>,
    source: &[u8],
    from: u32,
    inner: &Type,
    target: &mut Vec<u8>,
    to: u32,
) {
    Copier {
        types,
        source,
        target,
        bound: Bound::of(source),
    }
    .list(from, to, inner);
}

/// A block without garbage: its fixed part of `size` bytes, and what `slots` point at.
pub fn compact(types: &Types<'_>, block: &[u8], size: u32, slots: &[HeapSlot]) -> Vec<u8> {
    let fixed = usize::try_from(size).unwrap_or(0).min(block.len());
    let mut target = block.get(..fixed).unwrap_or(&[]).to_vec();
    let mut copier = Copier {
        types,
        source: block,
        target: &mut target,
        bound: Bound::of(block),
    };
    for HeapSlot { slot, ty } in slots {
        copier.value(slot.offset, slot.offset, slot.repr, ty);
    }
    target
}

/// Compacts a block once more than half of its heap is garbage. Small blocks are left alone.
pub fn compact_if_wasteful(
    types: &Types<'_>,
    block: &mut Vec<u8>,
    size: u32,
    slots: &[HeapSlot],
) -> bool {
    const SMALL: usize = 256;
    let fixed = usize::try_from(size).unwrap_or(0);
    let heap = block.len().saturating_sub(fixed);
    if heap <= SMALL {
        return false;
    }
    let mut live = Live {
        types,
        block,
        bound: Bound::of(block),
        bytes: 0,
    };
    for HeapSlot { slot, ty } in slots {
        live.value(slot.offset, slot.repr, ty);
    }
    if live.bytes >= heap / 2 {
        return false;
    }
    *block = compact(types, block, size, slots);
    true
}

/// Counts the bytes that slots point at, without a copy.
struct Live<'a> {
    types: &'a Types<'a>,
    block: &'a [u8],
    bound: Bound,
    bytes: usize,
}

impl Live<'_> {
    fn value(&mut self, place: u32, repr: Repr, ty: &Type) {
        match repr {
            Repr::Text => {
                self.bytes = self
                    .bytes
                    .saturating_add(text_bytes(self.block, place).len())
            }
            Repr::List => {
                if let Some(inner) = ty.element() {
                    self.list(place, inner);
                }
            }
            Repr::Ref => {
                if let Some(record) = ty.record()
                    && self.bound.depth < DEPTH_MAX
                {
                    self.bound.depth += 1;
                    for (ty, slot) in self.types.fields(record) {
                        self.value(place.saturating_add(slot.offset), slot.repr, ty);
                    }
                    self.bound.depth -= 1;
                }
            }
            Repr::Bool | Repr::Byte | Repr::Int | Repr::Num => {}
        }
    }

    fn list(&mut self, place: u32, inner: &Type) {
        let form = element(inner, self.types.layouts);
        let count = list_len(self.block, place);
        let len = usize::try_from(count).unwrap_or(usize::MAX);
        let stride = usize::try_from(form.stride).unwrap_or(0);
        self.bytes = self
            .bytes
            .saturating_add(len.saturating_mul(stride))
            .saturating_add(8);
        let scalar = matches!(
            form.slot.repr,
            Repr::Bool | Repr::Byte | Repr::Int | Repr::Num
        );
        if scalar || !self.bound.spend(len) {
            return;
        }
        for index in 0..count {
            if let Some(at) = list_elem(self.block, place, index) {
                self.value(at, form.slot.repr, inner);
            }
        }
    }
}

struct Copier<'a> {
    types: &'a Types<'a>,
    source: &'a [u8],
    target: &'a mut Vec<u8>,
    bound: Bound,
}

impl Copier<'_> {
    /// The fixed part as it is, then what its slots point at.
    fn record(&mut self, from: u32, to: u32, record: RecordId) {
        let size = self.types.layout(record).map_or(0, |layout| layout.size);
        self.plain(from, to, size);
        self.pointers(from, to, record);
    }

    fn pointers(&mut self, from: u32, to: u32, record: RecordId) {
        if self.bound.depth >= DEPTH_MAX {
            return;
        }
        self.bound.depth += 1;
        for (ty, slot) in self.types.fields(record) {
            let (from, to) = (
                from.saturating_add(slot.offset),
                to.saturating_add(slot.offset),
            );
            self.value(from, to, slot.repr, ty);
        }
        self.bound.depth -= 1;
    }

    /// A value whose fixed part is copied already.
    fn value(&mut self, from: u32, to: u32, repr: Repr, ty: &Type) {
        match (repr, ty.known()) {
            (Repr::Text, _) => copy_text(self.source, from, self.target, to),
            (Repr::List, Type::List(inner)) => self.list(from, to, inner),
            (Repr::Ref, Type::Record(record)) => self.pointers(from, to, *record),
            (Repr::Bool | Repr::Byte | Repr::Int | Repr::Num | Repr::List | Repr::Ref, _) => {}
        }
    }

    fn list(&mut self, from: u32, to: u32, inner: &Type) {
        let form = element(inner, self.types.layouts);
        let count = list_len(self.source, from);
        let whole = count == 0 || list_elem(self.source, from, count - 1).is_some();
        let len = usize::try_from(count).unwrap_or(usize::MAX);
        let same = count == 0 || self.stride(from) == form.stride;
        let room = (whole && same && self.bound.spend(len))
            .then(|| append_elements(self.target, form.stride, len))
            .flatten();
        let Some(first) = room else {
            put_slot_list(self.target, to, 0, 0, 0);
            return;
        };
        put_slot_list(self.target, to, first, count, list_mask(self.source, from));
        for index in 0..count {
            let Some(element) = list_elem(self.source, from, index) else {
                return;
            };
            let place = first.saturating_add(index.saturating_mul(form.stride));
            self.plain(element, place, form.stride);
            self.value(element, place, form.slot.repr, inner);
        }
    }

    fn stride(&self, place: u32) -> u32 {
        get_u32(self.source, get_u32(self.source, place).saturating_sub(8))
    }

    /// Bytes as they are.
    fn plain(&mut self, from: u32, to: u32, size: u32) {
        let range = usize::try_from(from)
            .ok()
            .zip(usize::try_from(from.saturating_add(size)).ok())
            .map(|(start, end)| start..end);
        if let Some(bytes) = range.and_then(|range| self.source.get(range)) {
            overwrite(self.target, to, bytes);
        }
    }
}
