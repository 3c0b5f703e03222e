//! Printed and parsed again, a function is the same; what is no function is refused with its line.

use crate::python::Random;
use crate::sample::program;
use journey_program::host::HostOp;
use journey_program::ir::*;
use journey_program::text::{parse_function, parse_functions, print_function, print_program};
use journey_program::types::{SiteId, TextId};

fn pick<T: Copy>(random: &mut Random, from: &[T]) -> T {
    from[usize::try_from(random.below(u64::try_from(from.len()).unwrap())).unwrap()]
}

fn reg(random: &mut Random) -> Reg {
    Reg(u32::try_from(random.below(6)).unwrap())
}

fn place(random: &mut Random) -> Place {
    let offset = u32::try_from(random.below(1 << 32)).unwrap();
    if random.below(2) == 0 {
        return Place::In {
            base: reg(random),
            offset,
        };
    }
    let spaces = [
        Space::Profile,
        Space::Event,
        Space::Instance,
        Space::Const,
        Space::Scratch,
    ];
    Place::At {
        space: pick(random, &spaces),
        offset,
    }
}

const REPRS: [Repr; 7] = [
    Repr::Bool,
    Repr::Byte,
    Repr::Int,
    Repr::Num,
    Repr::Text,
    Repr::List,
    Repr::Ref,
];
const CMPS: [Cmp; 6] = [Cmp::Eq, Cmp::Ne, Cmp::Lt, Cmp::Le, Cmp::Gt, Cmp::Ge];

/// One that only computes.
fn pure(r: &mut Random, (dst, a, b): (Reg, Reg, Reg)) -> Inst {
    let (word, op, site) = (r.next(), pick(r, &CMPS), SiteId(5));
    match r.below(11) + 11 {
        11 => {
            let ops = [IntOp::Add, IntOp::Sub, IntOp::Mul, IntOp::Div, IntOp::Mod];
            Inst::Int {
                dst,
                op: pick(r, &ops),
                a,
                b,
                site,
            }
        }
        12 => {
            let ops = [NumOp::Add, NumOp::Sub, NumOp::Mul, NumOp::Div];
            Inst::Num {
                dst,
                op: pick(r, &ops),
                a,
                b,
                site,
            }
        }
        13 => Inst::IntToNum { dst, a, site },
        14 => Inst::IntCmp { dst, op, a, b },
        15 => Inst::IntCmpConst {
            dst,
            op,
            a,
            value: word.cast_signed(),
        },
        16 => Inst::NumCmp { dst, op, a, b },
        17 => Inst::InMask { dst, a, mask: word },
        18 => Inst::And { dst, a, b },
        19 => Inst::Or { dst, a, b },
        20 => Inst::Not { dst, a },
        _ => Inst::Select {
            dst,
            cond: a,
            a: b,
            b: dst,
        },
    }
}

/// Any instruction, whether it makes sense or not.
fn inst(r: &mut Random) -> Inst {
    let (dst, a, b, site) = (
        reg(r),
        reg(r),
        reg(r),
        SiteId(u32::try_from(r.below(99)).unwrap()),
    );
    let word = r.next();
    let repr = pick(r, &REPRS);
    match r.below(23) {
        0 => Inst::ConstBool {
            dst,
            value: word.is_multiple_of(2),
        },
        1 => Inst::ConstInt {
            dst,
            value: word.cast_signed(),
        },
        2 => Inst::ConstNum { dst, bits: word },
        3 => Inst::ConstText {
            dst,
            text: TextId(site.0),
        },
        4 => Inst::Copy { dst, src: a },
        5 => Inst::Load {
            dst,
            place: place(r),
            repr,
        },
        6 => Inst::Bit {
            dst,
            place: place(r),
            bit: 5,
        },
        7 => Inst::Symbol {
            dst,
            place: place(r),
        },
        8 => Inst::Store {
            place: place(r),
            repr,
            src: a,
        },
        9 => Inst::StoreBit {
            place: place(r),
            bit: 0,
            src: a,
        },
        10 => Inst::Clock { dst },
        11..=21 => pure(r, (dst, a, b)),
        _ => {
            let op = pick(r, HostOp::ALL);
            let args = (0..r.below(4)).map(|_| reg(r)).collect();
            Inst::Call {
                dst: word.is_multiple_of(2).then_some(dst),
                op,
                args,
                site,
            }
        }
    }
}

fn function(r: &mut Random) -> Function {
    let tys = [Ty::Bool, Ty::Int, Ty::Num, Ty::Text, Ty::List, Ty::Ref];
    let blocks = (0..1 + r.below(4))
        .map(|number| {
            let insts = (0..r.below(12)).map(|_| inst(r)).collect();
            let (to, site) = (BlockId(u32::try_from(number).unwrap()), SiteId(3));
            let term = match r.below(5) {
                0 => Term::Jump(to),
                1 => Term::Branch {
                    cond: reg(r),
                    then: to,
                    otherwise: BlockId(0),
                },
                2 => Term::Switch {
                    value: reg(r),
                    targets: vec![to, to],
                    otherwise: BlockId(1),
                },
                3 => Term::Return((0..r.below(3)).map(|_| reg(r)).collect()),
                _ => Term::Fault {
                    code: pick(r, &FaultCode::ALL),
                    site,
                },
            };
            Block { insts, term }
        })
        .collect();
    Function {
        name: "journey.winback.run".to_owned(),
        params: (0..r.below(3)).map(|_| pick(r, &tys)).collect(),
        results: (0..r.below(3)).map(|_| pick(r, &tys)).collect(),
        regs: (0..6).map(|_| pick(r, &tys)).collect(),
        blocks,
    }
}

#[test]
fn printed_and_parsed_again() {
    let mut random = Random(11);
    for _ in 0..2_000 {
        let function = function(&mut random);
        let text = print_function(&function, None);
        assert_eq!(parse_function(&text).as_ref(), Ok(&function), "{text}");
    }
    let program = program();
    let text = print_program(&program);
    assert_eq!(
        parse_functions(&text),
        Ok(program.functions.clone()),
        "{text}"
    );
    assert!(
        text.contains("r1:text = const text 1 ; \"hello\""),
        "{text}"
    );
    assert!(text.contains(";   +16 email: text?, known +0.0"), "{text}");
}

#[test]
fn refused_with_its_line() {
    let refused = |text: &str| parse_functions(text).unwrap_err().to_string();
    assert_eq!(
        refused("function f() -> \nregs\nb0:\n  jum b1\nend"),
        "line 4: `jum` begins no instruction"
    );
    assert_eq!(
        refused("function f() -> \nb1:"),
        "line 2: `b0:` is due, after the end of the block before"
    );
    assert_eq!(
        refused("b0:"),
        "line 1: `function NAME(TYPES) -> TYPES` is due"
    );
    assert_eq!(
        refused("function f() -> \nb0:\n  return"),
        "line 3: `end` is missing"
    );
    assert_eq!(
        refused("function f() -> \nb0:\n  return r0 ; fine\nb1:\nend"),
        "line 5: the last block has no end"
    );
}

#[test]
fn damaged_text_is_refused_or_read() {
    let mut random = Random(12);
    let text = print_program(&program());
    for _ in 0..3_000 {
        let mut bytes = text.clone().into_bytes();
        for _ in 0..3 {
            let at = usize::try_from(random.below(u64::try_from(bytes.len()).unwrap())).unwrap();
            bytes[at] = pick(&mut random, b"r0b1:=@ +[].\n;x");
        }
        if let Ok(text) = String::from_utf8(bytes)
            && let Ok(functions) = parse_functions(&text)
        {
            let again: String = functions.iter().map(|f| print_function(f, None)).collect();
            assert_eq!(parse_functions(&again), Ok(functions), "{text}");
        }
    }
}
