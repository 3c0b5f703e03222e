//! One instruction at random.

use super::toy::{RECORD, TEXTS, place, region};
use super::{TYS, Writer};
use journey_program::host::HostOp;
use journey_program::ir::{Cmp, Inst, IntOp, NumOp, Place, Reg, Repr, Space, Ty};
use journey_program::types::{SiteId, TextId};

const CMPS: [Cmp; 6] = [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge];
const INT_OPS: [IntOp; 5] = [IntOp::Add, IntOp::Sub, IntOp::Mul, IntOp::Div, IntOp::Mod];
pub(super) const NUM_OPS: [NumOp; 5] = [
    NumOp::Add,
    NumOp::Sub,
    NumOp::Mul,
    NumOp::Div,
    NumOp::AddSingle,
];
pub(super) const READABLE: [Space; 3] = [Space::Profile, Space::Event, Space::Instance];
const SCALARS: [Repr; 4] = [Repr::Bool, Repr::Byte, Repr::Int, Repr::Num];

fn loaded(repr: Repr) -> Ty {
    match repr {
        Repr::Bool => Ty::Bool,
        Repr::Byte | Repr::Int => Ty::Int,
        Repr::Num => Ty::Num,
        Repr::Text => Ty::Text,
        Repr::List => Ty::List,
        Repr::Ref => Ty::Ref,
    }
}

impl Writer {
    pub(super) fn site(&mut self) -> SiteId {
        SiteId(u32::try_from(self.rng.below(1_000)).expect("small"))
    }

    /// A value out of nothing but memory or a constant.
    pub(super) fn source(&mut self, ty: Ty) -> Reg {
        if self.rng.chance(50) {
            let reprs: Vec<Repr> = [
                Repr::Bool,
                Repr::Byte,
                Repr::Int,
                Repr::Num,
                Repr::Text,
                Repr::List,
                Repr::Ref,
            ]
            .into_iter()
            .filter(|repr| loaded(*repr) == ty)
            .collect();
            let repr = self.rng.pick(&reprs);
            return self.load(repr);
        }
        let dst = self.dst(ty);
        let inst = match ty {
            Ty::Bool => Inst::ConstBool {
                dst,
                value: self.rng.chance(50),
            },
            Ty::Int => Inst::ConstInt {
                dst,
                value: self.rng.int(),
            },
            Ty::Num => Inst::ConstNum {
                dst,
                bits: self.rng.num(),
            },
            Ty::Text => {
                let text = TextId(u32::try_from(self.rng.below(TEXTS as usize)).expect("few"));
                Inst::ConstText { dst, text }
            }
            Ty::List => {
                let place = place(&mut self.rng, Repr::List, Space::Event);
                Inst::Load {
                    dst,
                    place,
                    repr: Repr::List,
                }
            }
            Ty::Ref => {
                let place = place(&mut self.rng, Repr::Ref, Space::Profile);
                Inst::Load {
                    dst,
                    place,
                    repr: Repr::Ref,
                }
            }
        };
        self.push(inst, Some(dst));
        dst
    }

    /// Where a field of this form may be read.
    fn anywhere(&mut self, repr: Repr) -> Place {
        if self.rng.chance(30) {
            let base = self.src(Ty::Ref);
            return self.inside(repr, base);
        }
        let space = self.rng.pick(&READABLE);
        place(&mut self.rng, repr, space)
    }

    /// A field of a record; a record inside begins where its owner does, so that all stay in their blocks.
    fn inside(&mut self, repr: Repr, base: Reg) -> Place {
        let (first, length, count) = region(repr);
        let nth = u32::try_from(self.rng.below(count)).expect("few fields");
        Place::In {
            base,
            offset: first + nth * length,
        }
    }

    fn load(&mut self, repr: Repr) -> Reg {
        let place = self.anywhere(repr);
        let dst = self.dst(loaded(repr));
        self.push(Inst::Load { dst, place, repr }, Some(dst));
        dst
    }

    /// Any instruction but `Fuel`, which stands at the heads of loops.
    pub(super) fn instruction(&mut self) {
        match self.rng.below(100) {
            0..10 => {
                let ty = self.rng.pick(&TYS);
                self.source(ty);
            }
            10..20 => self.memory(),
            20..25 => self.store(),
            25..30 => {
                let ty = self.rng.pick(&TYS);
                let src = self.src(ty);
                let dst = self.dst(ty);
                self.push(Inst::Copy { dst, src }, Some(dst));
            }
            30..48 => self.arithmetic(),
            48..62 => self.comparison(),
            62..74 => self.logic(),
            74..82 => self.word(),
            _ if self.calls => self.call(),
            _ => self.comparison(),
        }
    }

    /// One that only computes, most of the time.
    pub(super) fn plain_instruction(&mut self) {
        match self.rng.below(5) {
            0 => self.memory(),
            1 => self.comparison(),
            2 => self.word(),
            _ => self.logic(),
        }
    }

    fn memory(&mut self) {
        match self.rng.below(4) {
            0 => {
                let dst = self.dst(Ty::Int);
                self.push(Inst::Clock { dst }, Some(dst));
            }
            1 => {
                let place = self.anywhere(Repr::Text);
                let place = if self.rng.chance(20) {
                    let text = u32::try_from(self.rng.below(TEXTS as usize)).expect("few");
                    Place::At {
                        space: Space::Const,
                        offset: 16 * text,
                    }
                } else {
                    place
                };
                let dst = self.dst(Ty::Int);
                self.push(Inst::Symbol { dst, place }, Some(dst));
            }
            2 => {
                let (place, bit) = (self.bits(), self.bit());
                let dst = self.dst(Ty::Bool);
                self.push(Inst::Bit { dst, place, bit }, Some(dst));
            }
            _ => {
                let all = [
                    Repr::Text,
                    Repr::List,
                    Repr::Ref,
                    Repr::Byte,
                    Repr::Bool,
                    Repr::Num,
                ];
                let repr = self.rng.pick(&all);
                self.load(repr);
            }
        }
    }

    /// A byte of bits: the first eight of a record.
    fn bits(&mut self) -> Place {
        let byte = u32::try_from(self.rng.below(8)).expect("small");
        if self.rng.chance(30) {
            let base = self.src(Ty::Ref);
            return Place::In { base, offset: byte };
        }
        Place::At {
            space: self.rng.pick(&READABLE),
            offset: byte,
        }
    }
    fn bit(&mut self) -> u8 {
        u8::try_from(self.rng.below(8)).expect("small")
    }

    fn store(&mut self) {
        if self.rng.chance(40) {
            let src = self.src(Ty::Bool);
            let bit = self.bit();
            let record = u32::try_from(self.rng.below(2)).expect("small");
            let byte = u32::try_from(self.rng.below(8)).expect("small");
            let offset = record * RECORD + byte;
            let place = Place::At {
                space: Space::Instance,
                offset,
            };
            self.push(Inst::StoreBit { place, bit, src }, None);
            return;
        }
        let repr = self.rng.pick(&SCALARS);
        let src = self.src(loaded(repr));
        let place = place(&mut self.rng, repr, Space::Instance);
        self.push(Inst::Store { place, repr, src }, None);
    }

    fn arithmetic(&mut self) {
        if self.rng.chance(4) {
            self.edge();
            return;
        }
        let site = self.site();
        match self.rng.below(10) {
            0..5 => {
                let (a, b) = (self.src(Ty::Int), self.src(Ty::Int));
                let (dst, op) = (self.dst(Ty::Int), self.rng.pick(&INT_OPS));
                self.push(
                    Inst::Int {
                        dst,
                        op,
                        a,
                        b,
                        site,
                    },
                    Some(dst),
                );
            }
            5..9 => {
                let (a, b) = (self.src(Ty::Num), self.src(Ty::Num));
                let (dst, op) = (self.dst(Ty::Num), self.rng.pick(&NUM_OPS));
                self.push(
                    Inst::Num {
                        dst,
                        op,
                        a,
                        b,
                        site,
                    },
                    Some(dst),
                );
            }
            _ => {
                let a = self.src(Ty::Int);
                let dst = self.dst(Ty::Num);
                self.push(Inst::IntToNum { dst, a, site }, Some(dst));
            }
        }
    }

    /// The pairs at which checked arithmetic just does, or just does not.
    fn edge(&mut self) {
        const PAIRS: [(i64, i64); 8] = [
            (i64::MIN, -1),
            (i64::MIN, 1),
            (i64::MAX, -1),
            (i64::MAX, 1),
            (i64::MIN, 2),
            (i64::MAX, i64::MIN),
            (1 << 62, 2),
            (-(1 << 62), 2),
        ];
        let (left, right) = self.rng.pick(&PAIRS);
        let site = self.site();
        let (a, b) = (self.fresh(Ty::Int), self.fresh(Ty::Int));
        self.push(
            Inst::ConstInt {
                dst: a,
                value: left,
            },
            Some(a),
        );
        self.push(
            Inst::ConstInt {
                dst: b,
                value: right,
            },
            Some(b),
        );
        let (dst, op) = (self.dst(Ty::Int), self.rng.pick(&INT_OPS));
        self.push(
            Inst::Int {
                dst,
                op,
                a,
                b,
                site,
            },
            Some(dst),
        );
    }

    fn comparison(&mut self) {
        let op = self.rng.pick(&CMPS);
        let inst = match self.rng.below(4) {
            0 => {
                let (a, b) = (self.src(Ty::Int), self.src(Ty::Int));
                Inst::IntCmp {
                    dst: self.dst(Ty::Bool),
                    op,
                    a,
                    b,
                }
            }
            1 => {
                let a = self.src(Ty::Int);
                let value = if self.rng.chance(60) {
                    self.rng.small()
                } else {
                    self.rng.int()
                };
                Inst::IntCmpConst {
                    dst: self.dst(Ty::Bool),
                    op,
                    a,
                    value,
                }
            }
            2 => {
                let (a, b) = (self.src(Ty::Num), self.src(Ty::Num));
                Inst::NumCmp {
                    dst: self.dst(Ty::Bool),
                    op,
                    a,
                    b,
                }
            }
            _ => {
                let a = self.src(Ty::Int);
                Inst::InMask {
                    dst: self.dst(Ty::Bool),
                    a,
                    mask: self.mask(),
                }
            }
        };
        let (Inst::IntCmp { dst, .. }
        | Inst::IntCmpConst { dst, .. }
        | Inst::NumCmp { dst, .. }
        | Inst::InMask { dst, .. }) = inst
        else {
            unreachable!("comparisons only")
        };
        self.push(inst, Some(dst));
    }

    /// Sets of every form: none, one, two, a range, all, many.
    fn mask(&mut self) -> u64 {
        let (a, b) = (self.rng.below(64), self.rng.below(64));
        match self.rng.below(7) {
            0 => 1 << a,
            1 => (1 << a) | (1 << b),
            2 | 3 => (u64::MAX >> a.min(b)) & (u64::MAX << (63 - a.max(b))),
            4 => [0, u64::MAX, 1 << 63, u64::MAX >> 1][a % 4],
            _ => self.rng.word(),
        }
    }

    fn logic(&mut self) {
        match self.rng.below(4) {
            0 => {
                let (a, b) = (self.src(Ty::Bool), self.src(Ty::Bool));
                let dst = self.dst(Ty::Bool);
                self.push(Inst::And { dst, a, b }, Some(dst));
            }
            1 => {
                let (a, b) = (self.src(Ty::Bool), self.src(Ty::Bool));
                let dst = self.dst(Ty::Bool);
                self.push(Inst::Or { dst, a, b }, Some(dst));
            }
            2 => {
                let a = self.src(Ty::Bool);
                let dst = self.dst(Ty::Bool);
                self.push(Inst::Not { dst, a }, Some(dst));
            }
            _ => {
                let ty = self.rng.pick(&TYS);
                let cond = self.src(Ty::Bool);
                let (a, b) = (self.src(ty), self.src(ty));
                let dst = self.dst(ty);
                self.push(Inst::Select { dst, cond, a, b }, Some(dst));
            }
        }
    }

    fn call(&mut self) {
        let op = self.rng.pick(HostOp::ALL);
        let args = op.params().iter().map(|ty| self.src(*ty)).collect();
        let site = self.site();
        let dst = match op.result() {
            Some(ty) if self.rng.chance(90) => Some(self.dst(ty)),
            _ => None,
        };
        self.push(
            Inst::Call {
                dst,
                op,
                args,
                site,
            },
            dst,
        );
    }
}
