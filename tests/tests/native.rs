//! Native code by hand-written functions: what they return, that sections are the same bytes each time, that
//! no page is ever writable and executable. The campaign (`agreement`) compares it with the interpreter.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test may stop and say why"
)]

use journey_compiler::codegen;
use journey_program::abi::{ABI, NativeSection, Target};
use journey_program::host::{Executor, Host, HostOp};
use journey_program::ir::{
    Block, BlockId, Cmp, FaultCode, Function, Inst, IntOp, Place, Reg, Repr, Space, Term, Ty,
};
use journey_program::plan::Program;
use journey_program::types::{FunctionId, SiteId};
use journey_runtime::native::{LoadError, Memory, NativeCode};

fn program(functions: Vec<Function>) -> Program {
    Program {
        functions,
        ..Program::default()
    }
}

fn function(params: &[Ty], results: &[Ty], regs: &[Ty], blocks: Vec<Block>) -> Function {
    let regs = params.iter().chain(regs).copied().collect();
    let (params, results) = (params.to_vec(), results.to_vec());
    Function {
        name: "test".to_owned(),
        params,
        results,
        regs,
        blocks,
    }
}

fn load(functions: Vec<Function>) -> NativeCode {
    let target = Target::current().unwrap();
    let section = codegen::compile(&program(functions), target).unwrap();
    NativeCode::load(&section).unwrap()
}

fn int_op(op: IntOp) -> Function {
    let inst = Inst::Int {
        dst: Reg(2),
        op,
        a: Reg(0),
        b: Reg(1),
        site: SiteId(7),
    };
    let block = Block {
        insts: vec![inst],
        term: Term::Return(vec![Reg(2)]),
    };
    function(&[Ty::Int, Ty::Int], &[Ty::Int], &[Ty::Int], vec![block])
}

fn nothing() -> Memory<'static> {
    Memory {
        profile: &[],
        event: &[],
        instance: &mut [],
        constants: &[],
        clock: 0,
    }
}

/// Ints at which division by way of doubles may go wrong: bounds, powers of two and their neighbours.
fn awkward_ints() -> Vec<i64> {
    let mut ints = vec![0, i64::MAX, i64::MIN, 10, 86_400_000, 1_790_000_000_123];
    for shift in 0..63 {
        for delta in [-2i64, -1, 0, 1, 3] {
            ints.push((1i64 << shift).wrapping_add(delta));
        }
    }
    let negative: Vec<i64> = ints.iter().map(|int| int.wrapping_neg()).collect();
    ints.extend(negative);
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    for _ in 0..200 {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ints.push((state.cast_signed()) >> (state % 61));
    }
    ints
}

#[test]
fn floor_division_is_exact_for_all_awkward_pairs() {
    let code = load(vec![int_op(IntOp::Div), int_op(IntOp::Mod)]);
    let ints = awkward_ints();
    for &a in &ints {
        for &b in &ints {
            let mut results = [0];
            let run = code.run_alone(FunctionId(0), &mut nothing(), &[a, b], &mut results);
            let (wide_a, wide_b) = (i128::from(a), i128::from(b));
            if b == 0 || (a == i64::MIN && b == -1) {
                let fault = run.unwrap_err();
                let code = if b == 0 {
                    FaultCode::DivisionByZero
                } else {
                    FaultCode::Overflow
                };
                assert_eq!(
                    (fault.code, fault.site, fault.a, fault.b),
                    (code, SiteId(7), a, b)
                );
            } else {
                run.unwrap();
                let rest = ((wide_a % wide_b) + wide_b) % wide_b;
                assert_eq!(
                    i128::from(results[0]),
                    (wide_a - rest) / wide_b,
                    "{a} div {b}"
                );
            }
            if b != 0 {
                code.run_alone(FunctionId(1), &mut nothing(), &[a, b], &mut results)
                    .unwrap();
                let rest = ((wide_a % wide_b) + wide_b) % wide_b;
                assert_eq!(i128::from(results[0]), rest, "{a} mod {b}");
            }
        }
    }
}

/// A round of a loop that counts the second register down by the first.
fn round(site: SiteId) -> Block {
    Block {
        insts: vec![
            Inst::Fuel { site },
            Inst::Int {
                dst: Reg(1),
                op: IntOp::Sub,
                a: Reg(1),
                b: Reg(0),
                site,
            },
            Inst::IntCmpConst {
                dst: Reg(2),
                op: Cmp::Gt,
                a: Reg(1),
                value: 0,
            },
        ],
        term: Term::Branch {
            cond: Reg(2),
            then: BlockId(1),
            otherwise: BlockId(2),
        },
    }
}

/// A little of everything: loads, a switch, a host call, a loop with fuel.
fn mixed() -> Function {
    let at = |space, offset| Place::At { space, offset };
    let regs = [Ty::Int, Ty::Bool, Ty::Int, Ty::Text, Ty::Int];
    let site = SiteId(3);
    let head = Block {
        insts: vec![
            Inst::Load {
                dst: Reg(1),
                place: at(Space::Profile, 8),
                repr: Repr::Int,
            },
            Inst::Load {
                dst: Reg(4),
                place: at(Space::Profile, 16),
                repr: Repr::Text,
            },
            Inst::Call {
                dst: None,
                op: HostOp::TextPush,
                args: vec![Reg(4)],
                site,
            },
        ],
        term: Term::Switch {
            value: Reg(0),
            targets: vec![BlockId(1), BlockId(2), BlockId(1), BlockId(2), BlockId(1)],
            otherwise: BlockId(3),
        },
    };
    let once = round(site);
    let done = Block {
        insts: vec![Inst::Symbol {
            dst: Reg(3),
            place: at(Space::Profile, 16),
        }],
        term: Term::Return(vec![Reg(1), Reg(3)]),
    };
    let fault = Block {
        insts: vec![],
        term: Term::Fault {
            code: FaultCode::TooManyRounds,
            site,
        },
    };
    function(
        &[Ty::Int],
        &[Ty::Int, Ty::Int],
        &regs,
        vec![head, once, done, fault],
    )
}

struct OneProfile {
    bytes: Vec<u8>,
    calls: Vec<(HostOp, Vec<i64>)>,
    refuse: bool,
}

impl Host for OneProfile {
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        self.calls.push((op, args.to_vec()));
        // Everything moves at every call.
        let moved = self.bytes.clone();
        self.bytes = moved;
        if self.refuse {
            Err(FaultCode::TooLong)
        } else {
            Ok(0)
        }
    }
    fn block(&self, space: Space) -> &[u8] {
        if space == Space::Profile {
            &self.bytes
        } else {
            &[]
        }
    }
    fn instance(&mut self) -> &mut [u8] {
        &mut []
    }
    fn clock(&self) -> i64 {
        5
    }
}

fn host(refuse: bool) -> OneProfile {
    let mut bytes = vec![0; 32];
    bytes[8..16].copy_from_slice(&9i64.to_le_bytes());
    bytes[24..28].copy_from_slice(&0xf000_0001u32.to_le_bytes());
    OneProfile {
        bytes,
        calls: vec![],
        refuse,
    }
}

#[test]
fn a_mixed_function_runs_against_a_host() {
    let code = load(vec![mixed()]);
    assert_eq!(code.name(), "native");
    let run = |arg: i64, host: &mut OneProfile| {
        let mut results = [0; 2];
        code.run(FunctionId(0), host, &[arg], &mut results)
            .map(|()| results)
    };
    let mut calm = host(false);
    assert_eq!(run(2, &mut calm).unwrap(), [-1, 0xf000_0001]);
    assert_eq!(run(1, &mut calm).unwrap(), [9, 0xf000_0001]);
    assert_eq!(calm.calls, vec![(HostOp::TextPush, vec![16]); 2]);
    for outside in [5, -1, i64::MIN, 1 << 32, i64::MAX] {
        assert_eq!(
            run(outside, &mut calm).unwrap_err().code,
            FaultCode::TooManyRounds
        );
    }
    let spin = run(0, &mut calm).unwrap_err();
    assert_eq!((spin.code, spin.site), (FaultCode::OutOfFuel, SiteId(3)));
    let refused = run(1, &mut host(true)).unwrap_err();
    assert_eq!(
        (refused.code, refused.a, refused.b),
        (FaultCode::TooLong, 16, 0)
    );
    let mut short = host(false);
    short.bytes.truncate(27);
    assert_eq!(run(1, &mut short).unwrap_err().code, FaultCode::OutOfRange);
}

/// A block that nothing but words of bytes name is looked up as well.
#[test]
fn words_of_bytes_name_their_block() {
    let text = "function f(bool) -> int
regs bool int
b0:
  r1:int = atmost profile+8 9 255 255 255 255 255 255 255 0 255 255 255 255 255 255 255
  return r1
end
";
    let function = journey_program::text::parse_function(text).unwrap();
    let code = load(vec![function.clone()]);
    let mut host = host(false);
    host.bytes[16] = 1;
    let (mut native, mut interpreted) = ([0], [0]);
    code.run(FunctionId(0), &mut host, &[1], &mut native)
        .unwrap();
    journey_program::interp::run(&function, &mut host, &[1], &mut interpreted).unwrap();
    // the ninth byte is above its bound, all others are not
    assert_eq!((native, interpreted), ([0xfeff], [0xfeff]));
}

#[test]
fn the_same_program_gives_the_same_bytes_on_each_target() {
    let program = program(vec![mixed(), int_op(IntOp::Div), int_op(IntOp::Mul)]);
    for target in Target::ALL {
        let section = codegen::compile(&program, target).unwrap();
        assert_eq!(section, codegen::compile(&program, target).unwrap());
        assert_eq!(section.functions.len(), 3);
        assert!(
            section
                .functions
                .iter()
                .all(|function| function.offset % 16 == 0)
        );
        let text = codegen::clif(&program, target).unwrap();
        assert!(text.contains("call_indirect"), "{text}");
        assert!(!text.contains("sdiv") && !text.contains(" trap"), "{text}");
    }
}

#[test]
fn many_functions_are_the_same_bytes_as_one() {
    let target = Target::current().unwrap();
    let one = codegen::compile(&program(vec![mixed()]), target).unwrap();
    let many = codegen::compile(&program(vec![mixed(); 200]), target).unwrap();
    assert_eq!(many.functions.len(), 200);
    for function in &many.functions {
        let from = function.offset as usize;
        assert_eq!(from % 16, 0);
        assert_eq!(many.code[from..from + function.len as usize], one.code);
    }
    NativeCode::load(&many).unwrap();
}

#[test]
fn no_page_is_ever_writable_and_executable() {
    let code = load(vec![mixed()]);
    let maps = std::fs::read_to_string("/proc/self/maps").unwrap();
    for line in maps.lines() {
        let rights = line.split(' ').nth(1).unwrap();
        assert!(!(rights.contains('w') && rights.contains('x')), "{line}");
    }
    drop(code);
}

#[test]
fn sections_that_do_not_fit_are_refused() {
    let target = Target::current().unwrap();
    let good = codegen::compile(&program(vec![mixed()]), target).unwrap();
    let other = Target::ALL
        .into_iter()
        .find(|other| *other != target)
        .unwrap();
    let refused = |section: &NativeSection| NativeCode::load(section).unwrap_err();
    let wrong = NativeSection {
        target: other,
        ..good.clone()
    };
    assert!(matches!(refused(&wrong), LoadError::OtherTarget(_)));
    let wrong = NativeSection {
        abi: ABI + 1,
        ..good.clone()
    };
    assert!(matches!(refused(&wrong), LoadError::OtherAbi(_)));
    let mut wrong = good.clone();
    wrong.functions[0].len += 1;
    assert!(matches!(refused(&wrong), LoadError::Damaged(FunctionId(0))));
    wrong.functions[0].len = 0;
    assert!(matches!(refused(&wrong), LoadError::Damaged(_)));
}
