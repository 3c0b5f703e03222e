//! Places: a constant offset from a block's pointer, or from a record's handle (space in the top byte,
//! offset below). Code reads records where they lie; nothing is copied.

use super::bugs::Bug;
use super::function::{Translator, memory};
use cranelift_codegen::ir::{InstBuilder, Value, types};
use journey_program::abi;
use journey_program::ir::{Place, Reg, Repr, SPACE_SHIFT, SPACES, Space, handle};

impl Translator<'_> {
    /// An address and a constant to add to it, for an access of so many bytes.
    pub(super) fn address(&mut self, place: Place, bytes: u32) -> Result<(Value, i32), String> {
        let (base, offset) = match place {
            Place::At { space, offset } => {
                let end = offset.checked_add(bytes).ok_or("a place beyond 4 GB")?;
                if let Some(extent) = self.extents.get_mut(space as usize) {
                    *extent = end.max(*extent);
                }
                (self.base(space), offset)
            }
            Place::In { base, offset } => (self.record(base)?, offset),
        };
        match i32::try_from(offset) {
            Ok(offset) => Ok((base, offset)),
            Err(_) => {
                let offset = self.int(i64::from(offset));
                Ok((self.b.ins().iadd(base, offset), 0))
            }
        }
    }

    /// The pointer of a space, from a register if it is there.
    fn base(&mut self, space: Space) -> Value {
        if let Some(Some(base)) = self.bases.get(space as usize) {
            return *base;
        }
        let at = abi::BLOCKS + 8 * (space as i32);
        let base = self.b.ins().load(types::I64, memory(), self.frame, at);
        if let Some(slot) = self.bases.get_mut(space as usize) {
            *slot = Some(base);
        }
        base
    }

    /// Where the record of a handle begins.
    fn record(&mut self, base: Reg) -> Result<Value, String> {
        let word = self.get(base)?;
        // Only the spaces there are: a damaged handle reads no other field of the frame.
        let last = i64::try_from(SPACES - 1).map_err(|_| "spaces")?;
        let space = self.shifted(word, SPACE_SHIFT);
        let space = self.masked(space, last);
        let eight = self.int(3);
        let entry = self.b.ins().ishl(space, eight);
        let entry = self.b.ins().iadd(self.frame, entry);
        let block = self.b.ins().load(types::I64, memory(), entry, abi::BLOCKS);
        let offset = self.masked(word, (1 << SPACE_SHIFT) - 1);
        Ok(self.b.ins().iadd(block, offset))
    }

    fn shifted(&mut self, word: Value, by: u32) -> Value {
        let by = self.int(i64::from(by));
        self.b.ins().ushr(word, by)
    }
    fn masked(&mut self, word: Value, mask: i64) -> Value {
        let mask = self.int(mask);
        self.b.ins().band(word, mask)
    }

    /// What a load gives.
    pub(super) fn field(&mut self, place: Place, repr: Repr) -> Result<Value, String> {
        Ok(match repr {
            Repr::Bool => {
                let (base, offset) = self.address(place, 1)?;
                self.b.ins().load(types::I8, memory(), base, offset)
            }
            Repr::Byte => {
                let (base, offset) = self.address(place, 1)?;
                if self.planted(Bug::ByteSigned) {
                    self.b.ins().sload8(types::I64, memory(), base, offset)
                } else {
                    self.b.ins().uload8(types::I64, memory(), base, offset)
                }
            }
            Repr::Int => {
                let (base, offset) = self.address(place, 8)?;
                if self.planted(Bug::IntLoadShort) {
                    self.b.ins().sload32(memory(), base, offset)
                } else {
                    self.b.ins().load(types::I64, memory(), base, offset)
                }
            }
            Repr::Num => {
                let (base, offset) = self.address(place, 8)?;
                self.b.ins().load(types::F64, memory(), base, offset)
            }
            Repr::Text | Repr::List | Repr::Ref => self.place_handle(place)?,
        })
    }

    /// The handle of what lies at a place; reads nothing.
    fn place_handle(&mut self, place: Place) -> Result<Value, String> {
        match place {
            Place::At { space, offset } => Ok(self.int(handle(space, offset))),
            Place::In { base, offset } => {
                let base = self.get(base)?;
                let offset = self.int(i64::from(offset));
                Ok(if self.planted(Bug::HandleDropsBase) {
                    offset
                } else {
                    self.b.ins().iadd(base, offset)
                })
            }
        }
    }

    pub(super) fn bit(&mut self, place: Place, bit: u8) -> Result<Value, String> {
        let (base, offset) = self.address(place, 1)?;
        let byte = self.b.ins().load(types::I8, memory(), base, offset);
        let by = self.b.ins().iconst(types::I8, i64::from(bit));
        let byte = self.b.ins().ushr(byte, by);
        let mask = if self.planted(Bug::BitMask) { 3 } else { 1 };
        let one = self.b.ins().iconst(types::I8, mask);
        Ok(self.b.ins().band(byte, one))
    }

    pub(super) fn symbol(&mut self, place: Place) -> Result<Value, String> {
        // Of the slot's four words of 32 bits, the third.
        let (base, offset) = self.address(place, 12)?;
        let at = if self.planted(Bug::SymbolIsLength) {
            4
        } else {
            8
        };
        let offset = offset.checked_add(at).ok_or("a place beyond 2 GB")?;
        Ok(if self.planted(Bug::SymbolSigned) {
            self.b.ins().sload32(memory(), base, offset)
        } else {
            self.b.ins().uload32(memory(), base, offset)
        })
    }

    pub(super) fn store(&mut self, place: Place, repr: Repr, src: Reg) -> Result<(), String> {
        let value = self.get(src)?;
        self.keep_fields(false)?;
        match repr {
            Repr::Bool => {
                let (base, offset) = self.address(place, 1)?;
                self.b.ins().store(memory(), value, base, offset);
            }
            Repr::Byte => {
                let (base, offset) = self.address(place, 1)?;
                if self.planted(Bug::ByteStoreWide) {
                    self.b.ins().istore16(memory(), value, base, offset);
                } else {
                    self.b.ins().istore8(memory(), value, base, offset);
                }
            }
            Repr::Int if self.planted(Bug::IntStoreShort) => {
                let (base, offset) = self.address(place, 8)?;
                self.b.ins().istore32(memory(), value, base, offset);
            }
            Repr::Int | Repr::Num => {
                let (base, offset) = self.address(place, 8)?;
                self.b.ins().store(memory(), value, base, offset);
            }
            Repr::Text | Repr::List | Repr::Ref => {
                return Err("texts, lists and records are stored by the host".to_owned());
            }
        }
        Ok(())
    }

    /// Reads the byte, replaces one bit, writes it back.
    pub(super) fn store_bit(&mut self, place: Place, bit: u8, src: Reg) -> Result<(), String> {
        let value = self.get(src)?;
        self.keep_fields(false)?;
        let (base, offset) = self.address(place, 1)?;
        let byte = self.b.ins().load(types::I8, memory(), base, offset);
        let others = self
            .b
            .ins()
            .iconst(types::I8, i64::from(!(1u8 << (bit & 7))));
        let kept = self.b.ins().band(byte, others);
        let by = self.b.ins().iconst(types::I8, i64::from(bit & 7));
        let new = self.b.ins().ishl(value, by);
        let result = if self.planted(Bug::StoreBitOnlySets) {
            self.b.ins().bor(byte, new)
        } else if self.planted(Bug::StoreBitClearsOthers) {
            new
        } else {
            self.b.ins().bor(kept, new)
        };
        self.b.ins().store(memory(), result, base, offset);
        Ok(())
    }
}
