//! Operations over words of bits: as text and back, refused where tables or bounds are not sound, and what they give.

use crate::sample::program;
use journey_program::host::{Host, HostOp};
use journey_program::interp;
use journey_program::ir::{FaultCode, Space};
use journey_program::plan::FunctionContext;
use journey_program::text::{parse_function, print_function};
use journey_program::verify::verify_function;

/// The bytes of a profile, and nothing to ask.
struct Bytes([u8; 64]);

impl Host for Bytes {
    fn call(&mut self, _: HostOp, _: &[i64]) -> Result<i64, FaultCode> {
        Err(FaultCode::OutOfRange)
    }
    fn block(&self, space: Space) -> &[u8] {
        if space == Space::Profile {
            &self.0
        } else {
            &[]
        }
    }
    fn instance(&mut self) -> &mut [u8] {
        &mut []
    }
    fn clock(&self) -> i64 {
        0
    }
}

fn text(line: &str) -> String {
    let ty = line.split([':', ' ']).nth(1).unwrap();
    format!(
        "function f(bool bool int num) -> {ty}\nregs bool bool int num {ty}\nb0:\n  {line}\n  return r4\nend\n"
    )
}

fn given(line: &str) -> i64 {
    let function = parse_function(&text(line)).unwrap();
    assert_eq!(print_function(&function, None), text(line));
    verify_function(&program(), &function, FunctionContext::default()).unwrap();
    let mut bytes = Bytes([0; 64]);
    for (byte, value) in bytes.0.iter_mut().zip(0_u8..) {
        *byte = value.wrapping_mul(20);
    }
    let mut result = [0];
    let number = 2.5_f64.to_bits().cast_signed();
    interp::run(&function, &mut bytes, &[1, 0, -3, number], &mut result).unwrap();
    result[0]
}

#[test]
fn they_give_words() {
    assert_eq!(given("r4:int = pack r0 r1 r0"), 0b101);
    // -3 modulo 4 is 1
    assert_eq!(given("r4:int = look r2 0x7 0x8 0x9 0xa"), 8);
    assert_eq!(given("r4:int = clamp r2 -1 9"), -1);
    let [low, same, high] = [1.0_f64, 2.5, 3.0].map(f64::to_bits);
    assert_eq!(
        given(&format!("r4:int = above r3 {low:#x} {high:#x} {same:#x}")),
        0b101
    );
    let most = "20 19 40 255 255 255 255 255 255 255 255 255 255 255 255 0";
    assert_eq!(
        given(&format!("r4:int = atmost profile+0 {most}")),
        0b0111_1111_1111_1101
    );
    assert_eq!(given("r4:int = bits.and r2 r2"), -3);
    assert_eq!(given("r4:int = bits.right r2 r2"), 7);
    assert_eq!(
        given("r4:num = finite.mul r3 r3"),
        6.25_f64.to_bits().cast_signed()
    );
}

/// One split at 2.5 over two leaves, walked twice as two trees: what equals the threshold is not below it.
#[test]
fn trees_add_up() {
    let [split, left, right] = [2.5_f64, 10.0, 0.5].map(f64::to_bits);
    let node = format!("{split:#x} 0x2000000000002 {left:#x} 0x2 {right:#x} 0x4");
    let line = format!("r4:num = trees double 2 1 {left:#x} r3 {node} 0x0 0x0");
    assert_eq!(given(&line), 11.0_f64.to_bits().cast_signed());
}

#[test]
fn what_is_not_sound_is_refused() {
    let says = |line: &str| {
        let function = parse_function(&text(line)).unwrap();
        let said = verify_function(&program(), &function, FunctionContext::default());
        said.unwrap_err()[0].to_string()
    };
    let refused = |line: &str, why: &str| {
        let said = says(line);
        assert!(said.contains(why), "{line}: {said}");
    };
    refused("r4:int = look r2 0x1 0x2 0x3", "a table of 3 words");
    refused("r4:int = look r0 0x1", "r0 is Bool");
    refused("r4:int = clamp r2 3 2", "the wrong way round");
    refused("r4:int = above r3", "0 bounds");
    refused("r4:int = above r3 0x7ff8000000000000", "is no number");
    let most = ["1"; 16].join(" ");
    refused(
        &format!("r4:int = atmost profile+4000 {most}"),
        "not inside of",
    );
    refused(
        "r4:num = trees double 1 1 0x0 r3 0x0 0x2000000000002 0x0",
        "not sound",
    );
    refused("r4:num = trees double 1 1 0x0 r3 0x0 0x0 0x1", "not sound");
}
