//! Arithmetic against Python's exact integers, fractions and `decimal`.

use crate::python::{self, Random};
use journey_program::arith;
use journey_program::ir::{FaultCode, IntOp, NumOp};
use journey_program::show;

const SCRIPT: &str = r"
import sys, struct
from decimal import Decimal, getcontext, ROUND_HALF_EVEN, InvalidOperation
from fractions import Fraction
getcontext().prec = 2500
getcontext().Emax = 10**9
getcontext().Emin = -10**9
LOW, HIGH = -2**63, 2**63 - 1
def num(word): return struct.unpack('<d', struct.pack('<Q', int(word)))[0]
def cents(exact):
    # a fraction to a whole number, half to even, by Decimal where it divides exactly
    value = round(exact)
    return value if LOW <= value <= HIGH else 'Overflow'
def integer(value): return value if LOW <= value <= HIGH else 'Overflow'
for line in sys.stdin:
    op, a, b = line.split()
    a, b = int(a), int(b)
    if op == 'mul':
        exact = Decimal(a) * Decimal(num(b))
        value = int(exact.quantize(Decimal(1), rounding=ROUND_HALF_EVEN))
        out = value if LOW <= value <= HIGH else 'Overflow'
    elif op == 'div':
        out = 'DivisionByZero' if num(b) == 0 else cents(Fraction(a) / Fraction(num(b)))
    elif op == 'avg':
        out = 'DivisionByZero' if b == 0 else cents(Fraction(a, b))
    elif op == 'ratio':
        out = 'DivisionByZero' if b == 0 else struct.unpack('<Q', struct.pack('<d', a / b if a else 0.0))[0]
    elif op == 'idiv':
        out = 'DivisionByZero' if b == 0 else integer(a // b)
    elif op == 'imod':
        out = 'DivisionByZero' if b == 0 else integer(a % b)
    print(out)
";

fn word(random: &mut Random) -> i64 {
    let word = random.next().cast_signed();
    match random.below(4) {
        0 => word,
        1 => word >> random.below(63),
        2 => [0, 1, -1, 50, 100, i64::MAX, i64::MIN, i64::MIN + 1]
            [usize::try_from(random.below(8)).unwrap()],
        _ => random.between(-1_000_000, 1_000_000),
    }
}

fn double(random: &mut Random) -> f64 {
    let value = match random.below(5) {
        0 => f64::from_bits(random.next()),
        1 => f64::from(i32::try_from(random.between(-10_000, 10_000)).unwrap()) / 100.0,
        2 => f64::from(i32::try_from(random.between(-64, 64)).unwrap()) / 8.0,
        3 => [0.0, -0.0, 0.5, 1.5, 1e300, 5e-324, f64::MAX, 1e-5]
            [usize::try_from(random.below(8)).unwrap()],
        _ => f64::from_bits(random.next() >> 12 | 0x3fe0_0000_0000_0000),
    };
    if value.is_finite() { value } else { 1.25 }
}

fn shown<T: std::fmt::Display>(result: Result<T, FaultCode>) -> String {
    match result {
        Ok(value) => value.to_string(),
        Err(code) => format!("{code:?}"),
    }
}

#[test]
fn as_python_computes_it() {
    let mut random = Random(20_260_101);
    let (mut input, mut ours) = (String::new(), Vec::new());
    for case in 0..30_000 {
        let a = word(&mut random);
        let (op, b, result) = match case % 6 {
            0 | 1 => {
                let factor = double(&mut random);
                let (op, result) = if case % 6 == 0 {
                    ("mul", arith::money_mul(a, factor))
                } else {
                    ("div", arith::money_div(a, factor))
                };
                (op, factor.to_bits().to_string(), shown(result))
            }
            2 => {
                let b = word(&mut random);
                let bits = arith::money_ratio(a, b).map(f64::to_bits);
                ("ratio", b.to_string(), shown(bits))
            }
            3 => {
                let b = word(&mut random);
                ("avg", b.to_string(), shown(arith::money_avg(a, b)))
            }
            4 => {
                let b = word(&mut random);
                (
                    "idiv",
                    b.to_string(),
                    shown(arith::int_op(IntOp::Div, a, b)),
                )
            }
            _ => {
                let b = word(&mut random);
                (
                    "imod",
                    b.to_string(),
                    shown(arith::int_op(IntOp::Mod, a, b)),
                )
            }
        };
        input.push_str(&format!("{op} {a} {b}\n"));
        ours.push(result);
    }
    let cases: Vec<String> = input.lines().map(str::to_owned).collect();
    let Some(theirs) = python::run("arith", SCRIPT, input) else {
        return;
    };
    assert_eq!(theirs.len(), ours.len());
    for ((case, ours), theirs) in cases.iter().zip(&ours).zip(&theirs) {
        assert_eq!(ours, theirs, "{case}");
    }
}

#[test]
fn money_rounds_half_to_even() {
    assert_eq!(arith::money_mul(5, 0.5), Ok(2));
    assert_eq!(arith::money_mul(7, 0.5), Ok(4));
    assert_eq!(arith::money_mul(-5, 0.5), Ok(-2));
    assert_eq!(arith::money_div(5, 2.0), Ok(2));
    assert_eq!(arith::money_avg(15, 2), Ok(8));
    assert_eq!(arith::money_ratio(1, 4), Ok(0.25));
    assert_eq!(arith::money_mul(1999, 0.05), Ok(100));
    assert_eq!(arith::money_mul(i64::MAX, 2.0), Err(FaultCode::Overflow));
    assert_eq!(arith::money_mul(i64::MIN, -1.0), Err(FaultCode::Overflow));
    assert_eq!(arith::money_mul(i64::MIN, 1.0), Ok(i64::MIN));
    assert_eq!(arith::money_mul(3, f64::NAN), Err(FaultCode::NotFinite));
}

#[test]
fn numbers_stay_finite() {
    assert_eq!(
        arith::num_op(NumOp::Div, 1.0, 0.0),
        Err(FaultCode::NotFinite)
    );
    assert_eq!(
        arith::num_op(NumOp::Mul, f64::MAX, 2.0),
        Err(FaultCode::NotFinite)
    );
    assert_eq!(arith::int_to_num(1 << 53), Ok(9_007_199_254_740_992.0));
    assert_eq!(arith::int_to_num((1 << 53) + 1), Err(FaultCode::TooLarge));
    assert_eq!(arith::int_to_num(i64::MIN), Err(FaultCode::TooLarge));
    assert_eq!(arith::int_op(IntOp::Mod, i64::MIN, -1), Ok(0));
    assert_eq!(
        arith::int_op(IntOp::Div, i64::MIN, -1),
        Err(FaultCode::Overflow)
    );
}

#[test]
fn values_as_text() {
    use journey_program::types::{Currency, Span};
    let eur = Currency::parse("EUR").unwrap();
    assert_eq!(show::number(1.0), "1");
    assert_eq!(show::number(-0.0), "0");
    assert_eq!(show::number(0.1 + 0.2), "0.30000000000000004");
    assert_eq!(show::number(1e300), "1e300");
    assert_eq!(show::number(2.5e-9), "2.5e-9");
    assert_eq!(show::money(-5, eur), "-0.05 EUR");
    assert_eq!(show::money(i64::MIN, eur), "-92233720368547758.08 EUR");
    assert_eq!(
        show::money(1200, Currency::parse("JPY").unwrap()),
        "1200 JPY"
    );
    assert_eq!(show::date(20_784), "2026-11-27");
    assert_eq!(show::clock(75_600_000), "21:00");
    assert_eq!(show::clock(1_250), "00:00:01.250");
    assert_eq!(show::time(1_767_607_200_000), "2026-01-05T10:00:00Z");
    assert_eq!(show::time_ms(-1), "1969-12-31T23:59:59.999Z");
    assert_eq!(show::duration(93_600_000), "1 day 2 hours");
    assert_eq!(show::duration(0), "0 seconds");
    assert_eq!(
        show::span(Span {
            months: 13,
            days: -1
        }),
        "1 year 1 month -1 day"
    );
}
