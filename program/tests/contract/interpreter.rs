//! Each instruction's meaning, by hand; the agreement with native code has tests of its own.

use crate::sample::ToyHost;
use journey_program::host::{FUEL, Host, HostOp};
use journey_program::interp::run;
use journey_program::ir::{Fault, FaultCode, Space, handle};
use journey_program::record::{put_bit, put_f64, put_i64, put_u8, put_u32};
use journey_program::text::parse_function;
use journey_program::types::SiteId;

fn host() -> ToyHost {
    let mut host = ToyHost {
        instance: vec![0; 32],
        ..ToyHost::default()
    };
    let mut profile = vec![0; 64];
    put_bit(&mut profile, 0, 3, true);
    put_u8(&mut profile, 1, 200);
    put_i64(&mut profile, 8, -5);
    put_f64(&mut profile, 16, 2.5);
    put_u32(&mut profile, 32, 48);
    put_u32(&mut profile, 40, 9);
    host.profile = profile;
    host
}

fn outcome(host: &mut dyn Host, ty: &str, body: &str) -> Result<i64, Fault> {
    let text =
        format!("function f() -> {ty}\nregs bool int num text list ref int num bool\n{body}\nend");
    let mut results = [0];
    run(&parse_function(&text).unwrap(), host, &[], &mut results)?;
    Ok(results[0])
}

fn int(lines: &str) -> Result<i64, Fault> {
    outcome(&mut host(), "int", &format!("b0:\n{lines}\nreturn r1"))
}

fn boolean(lines: &str) -> bool {
    outcome(&mut host(), "bool", &format!("b0:\n{lines}\nreturn r0")).unwrap() == 1
}

fn num(lines: &str) -> Result<f64, Fault> {
    let word = outcome(&mut host(), "num", &format!("b0:\n{lines}\nreturn r2"))?;
    Ok(f64::from_bits(word.cast_unsigned()))
}

fn fault(code: FaultCode, a: i64, b: i64) -> Fault {
    Fault {
        code,
        site: SiteId(4),
        a,
        b,
    }
}

#[test]
fn memory() {
    assert_eq!(int("r1:int = load profile+8 int"), Ok(-5));
    assert_eq!(int("r1:int = load profile+1 byte"), Ok(200));
    assert_eq!(int("r1:int = symbol profile+32"), Ok(9));
    assert_eq!(int("r1:int = clock"), Ok(1_767_607_200_000));
    assert_eq!(num("r2:num = load profile+16 num"), Ok(2.5));
    assert!(boolean("r0:bool = bit profile+0 3"));
    assert!(!boolean("r0:bool = bit profile+0 2"));
    let text = outcome(
        &mut host(),
        "text",
        "b0:\nr3:text = load profile+32 text\nreturn r3",
    );
    assert_eq!(text, Ok(handle(Space::Profile, 32)));
    // A record inside of a record, by its handle.
    let nested = "r5:ref = load profile+4 ref\nr5:ref = load [r5+2] ref\nr1:int = load [r5+2] int";
    assert_eq!(int(nested), Ok(-5));
    // A handle that leads nowhere.
    assert_eq!(
        int("r5:ref = call RecordEnd @4\nr1:int = load [r5+4000] int"),
        Ok(0)
    );
    let mut host = host();
    let store = "b0:\nr1:int = const -7\nstore instance+8 int r1\nstore instance+1 byte r1\nr0:bool = const true\nstorebit instance+0 6 r0\nr1:int = load instance+8 int\nreturn r1";
    assert_eq!(outcome(&mut host, "int", store), Ok(-7));
    assert_eq!(host.instance[..2], [64, 249]);
}

#[test]
fn arithmetic() {
    let op = |op, a: i64, b: i64| {
        int(&format!(
            "r1:int = const {a}\nr6:int = const {b}\nr1:int = int.{op} r1 r6 @4"
        ))
    };
    assert_eq!(op("add", 2, 3), Ok(5));
    assert_eq!(
        op("add", i64::MAX, 1),
        Err(fault(FaultCode::Overflow, i64::MAX, 1))
    );
    assert_eq!(
        op("sub", i64::MIN, 1),
        Err(fault(FaultCode::Overflow, i64::MIN, 1))
    );
    assert_eq!(
        op("mul", i64::MIN, -1),
        Err(fault(FaultCode::Overflow, i64::MIN, -1))
    );
    assert_eq!(op("div", -7, 2), Ok(-4));
    assert_eq!(op("div", 7, -2), Ok(-4));
    assert_eq!(op("div", 7, 0), Err(fault(FaultCode::DivisionByZero, 7, 0)));
    assert_eq!(
        op("div", i64::MIN, -1),
        Err(fault(FaultCode::Overflow, i64::MIN, -1))
    );
    assert_eq!(op("mod", -7, 2), Ok(1));
    assert_eq!(op("mod", 7, -2), Ok(-1));
    assert_eq!(op("mod", i64::MIN, -1), Ok(0));
    let nums = |op, a: f64, b: f64| {
        num(&format!(
            "r2:num = const num {a:?}\nr7:num = const num {b:?}\nr2:num = num.{op} r2 r7 @4"
        ))
    };
    let bits = |value: f64| value.to_bits().cast_signed();
    assert_eq!(nums("sub", 0.5, 0.25), Ok(0.25));
    assert_eq!(
        nums("div", 1.0, 0.0),
        Err(fault(FaultCode::NotFinite, bits(1.0), 0))
    );
    assert_eq!(
        nums("mul", 1e300, -1e300),
        Err(fault(FaultCode::NotFinite, bits(1e300), bits(-1e300)))
    );
    assert_eq!(
        num("r1:int = const 9007199254740992\nr2:num = number r1 @4"),
        Ok(9_007_199_254_740_992.0)
    );
    assert_eq!(
        num("r1:int = const -9007199254740993\nr2:num = number r1 @4"),
        Err(fault(FaultCode::TooLarge, -9_007_199_254_740_993, 0))
    );
}

#[test]
fn comparisons() {
    for (op, holds) in [
        ("eq", false),
        ("ne", true),
        ("lt", true),
        ("le", true),
        ("gt", false),
        ("ge", false),
    ] {
        assert_eq!(
            boolean(&format!("r1:int = const -1\nr0:bool = int.{op} r1 0")),
            holds
        );
        let ints = format!("r1:int = const -1\nr6:int = const 0\nr0:bool = int.{op} r1 r6");
        assert_eq!(boolean(&ints), holds);
        let nums =
            format!("r2:num = const num -1.5\nr7:num = const num 0.0\nr0:bool = num.{op} r2 r7");
        assert_eq!(boolean(&nums), holds);
    }
    assert!(boolean(
        "r2:num = const num -0.0\nr7:num = const num 0.0\nr0:bool = num.eq r2 r7"
    ));
    for (value, holds) in [(0, true), (1, false), (63, true), (64, false), (-1, false)] {
        assert_eq!(
            boolean(&format!(
                "r1:int = const {value}\nr0:bool = in r1 0x8000000000000001"
            )),
            holds
        );
    }
    let both = |op| {
        boolean(&format!(
            "r0:bool = const true\nr8:bool = const false\nr0:bool = {op}"
        ))
    };
    assert!(!both("and r0 r8") && both("or r0 r8") && !both("not r0") && both("not r8"));
    assert!(both("select r0 r0 r8") && !both("select r8 r0 r8"));
}

#[test]
fn flow_and_calls() {
    let switch = |value: i64| {
        outcome(&mut host(), "int", &format!(
            "b0:\nr1:int = const {value}\nswitch r1 b1 b2 else b3\nb1:\nr1:int = const 10\nreturn r1\n\
             b2:\nr1:int = const 20\nreturn r1\nb3:\nr1:int = const 30\nreturn r1"
        )).unwrap()
    };
    assert_eq!([0, 1, 2, -1, i64::MAX].map(switch), [10, 20, 30, 30, 30]);
    let stop = outcome(&mut host(), "int", "b0:\nfault too_long @4");
    assert_eq!(stop, Err(fault(FaultCode::TooLong, 0, 0)));
    let mut host = host();
    let calls =
        "b0:\nr1:int = const 5\nr6:int = const 9\nr1:int = call AddSpanToDate r1 r6 @4\nreturn r1";
    assert_eq!(outcome(&mut host, "int", calls), Ok(7 ^ 5 ^ 9));
    assert_eq!(host.calls, [(HostOp::AddSpanToDate, vec![5, 9])]);
    host.refuse = Some(FaultCode::OutOfRange);
    assert_eq!(
        outcome(&mut host, "int", calls),
        Err(fault(FaultCode::OutOfRange, 5, 9))
    );
}

#[test]
fn fuel_passes_so_often() {
    let round = |times: i64| {
        format!(
            "b0:\nr1:int = const 0\nr6:int = const 1\njump b1\nb1:\nfuel @4\nr1:int = int.add r1 r6 @0\n\
             r0:bool = int.lt r1 {times}\nbranch r0 b1 b2\nb2:\nreturn r1"
        )
    };
    assert_eq!(outcome(&mut host(), "int", &round(FUEL)), Ok(FUEL));
    assert_eq!(
        outcome(&mut host(), "int", &round(FUEL + 1)),
        Err(fault(FaultCode::OutOfFuel, 0, 0))
    );
}
