//! Operations over words of bits in the text form, both ways.

use super::parse::{Parsed, Words, look_up};
use super::{NUM_OPS, Printer, SPACES, word};
use crate::ir::words::{BYTES, BitOp, Trees, WordOp};
use crate::ir::{Inst, Place, Reg};
use std::fmt::{self, Write as _};

const BIT_OPS: [(&str, BitOp); 5] = [
    ("and", BitOp::And),
    ("or", BitOp::Or),
    ("xor", BitOp::Xor),
    ("left", BitOp::Left),
    ("right", BitOp::Right),
];

impl Printer<'_> {
    pub(super) fn word_op(&mut self, dst: Reg, op: &WordOp) -> fmt::Result {
        self.dst(dst)?;
        match op {
            WordOp::Pack(bits) => {
                self.out.push_str("pack");
                self.regs(bits)
            }
            WordOp::Look { a, table } => {
                write!(self.out, "look r{}", a.0)?;
                self.hexes(table)
            }
            WordOp::Clamp { a, low, high } => write!(self.out, "clamp r{} {low} {high}", a.0),
            WordOp::Above { a, bounds } => {
                write!(self.out, "above r{}", a.0)?;
                self.hexes(bounds)
            }
            WordOp::AtMost {
                space,
                offset,
                most,
            } => {
                write!(self.out, "atmost {}+{offset}", word(&SPACES, space))?;
                for byte in most {
                    write!(self.out, " {byte}")?;
                }
                Ok(())
            }
            WordOp::Trees(trees) => self.trees(trees),
            WordOp::Bits { op, a, b } => {
                write!(self.out, "bits.{} r{} r{}", word(&BIT_OPS, op), a.0, b.0)
            }
            WordOp::Float { op, a, b } => {
                write!(self.out, "finite.{} r{} r{}", word(&NUM_OPS, op), a.0, b.0)
            }
        }
    }

    fn trees(&mut self, trees: &Trees) -> fmt::Result {
        let (count, depth, base) = (trees.count, trees.depth, trees.base);
        let how = if trees.single { "single" } else { "double" };
        write!(self.out, "trees {how} {count} {depth} {base:#x}")?;
        self.regs(&trees.inputs)?;
        self.hexes(&trees.words)
    }

    fn hexes(&mut self, words: &[u64]) -> fmt::Result {
        for word in words {
            write!(self.out, " {word:#x}")?;
        }
        Ok(())
    }
}

impl Words<'_> {
    /// The operation that a word names, if it is one over words of bits.
    pub(super) fn word_op(&mut self, dst: Reg, name: &str) -> Parsed<Option<Inst>> {
        let op = match name.split_once('.') {
            Some(("bits", op)) => WordOp::Bits {
                op: look_up(&BIT_OPS, op)?,
                a: self.reg()?,
                b: self.reg()?,
            },
            Some(("finite", op)) => WordOp::Float {
                op: look_up(&NUM_OPS, op)?,
                a: self.reg()?,
                b: self.reg()?,
            },
            Some(_) => return Ok(None),
            None => match name {
                "pack" => {
                    let mut bits = Vec::new();
                    while self.peek().is_some() {
                        bits.push(self.reg()?);
                    }
                    WordOp::Pack(bits)
                }
                "look" => WordOp::Look {
                    a: self.reg()?,
                    table: self.hexes()?,
                },
                "clamp" => WordOp::Clamp {
                    a: self.reg()?,
                    low: Self::number(self.next()?)?,
                    high: Self::number(self.next()?)?,
                },
                "above" => WordOp::Above {
                    a: self.reg()?,
                    bounds: self.hexes()?,
                },
                "atmost" => self.at_most()?,
                "trees" => self.trees()?,
                _ => return Ok(None),
            },
        };
        Ok(Some(Inst::Word { dst, op }))
    }

    fn at_most(&mut self) -> Parsed<WordOp> {
        let Place::At { space, offset } = self.place()? else {
            return Err("a place in a space is due".to_owned());
        };
        let mut most = [0; BYTES];
        for byte in &mut most {
            *byte = Self::number(self.next()?)?;
        }
        Ok(WordOp::AtMost {
            space,
            offset,
            most,
        })
    }

    fn trees(&mut self) -> Parsed<WordOp> {
        let single = self.next()? == "single";
        let count = Self::number(self.next()?)?;
        let depth = Self::number(self.next()?)?;
        let base = Self::hex(self.next()?)?;
        let mut inputs = Vec::new();
        while self.peek().is_some_and(|word| word.starts_with('r')) {
            inputs.push(self.reg()?);
        }
        Ok(WordOp::Trees(Box::new(Trees {
            inputs,
            words: self.hexes()?,
            count,
            depth,
            base,
            single,
        })))
    }

    fn hexes(&mut self) -> Parsed<Vec<u64>> {
        let mut words = Vec::new();
        while self.peek().is_some() {
            words.push(Self::hex(self.next()?)?);
        }
        Ok(words)
    }
}
