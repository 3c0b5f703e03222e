//! Any bytes as one JSON value: ours and serde_json accept the same texts (but for depth and numbers beyond a
//! double) and mean the same by them; what is written is read again the same.

use journey_runtime::intake::json::{JSON_DEPTH_MAX, Json};
use serde_json::Value;

pub fn run(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let ours = Json::parse(&text);
    let theirs: Result<Value, _> = serde_json::from_str(&text);
    match (&ours, &theirs) {
        (Ok(ours), Ok(theirs)) => same(ours, theirs, &text),
        (Err(_), Err(_)) => {}
        // `1e999` is a number to us: a decimal text, which no double ever was
        (Ok(_), Err(error)) => {
            assert!(
                error.to_string().contains("out of range"),
                "only ours takes it: {text}"
            );
        }
        (Err(error), Ok(theirs)) => {
            let deep = depth(theirs) > JSON_DEPTH_MAX;
            assert!(
                deep,
                "only ours refuses it, at {}: {}: {text}",
                error.at, error.reason
            );
        }
    }
    if let Ok(ours) = &ours {
        let mut written = String::new();
        ours.write(&mut written);
        assert!(!written.contains('\n'), "a value is one line");
        assert_eq!(Json::parse(&written).as_ref(), Ok(ours), "{written}");
    } else if let Err(error) = ours {
        assert!(error.at <= text.len(), "the place of the error is outside");
    }
}

fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

fn same(ours: &Json<'_>, theirs: &Value, text: &str) {
    match (ours, theirs) {
        (Json::Null, Value::Null) => {}
        (Json::Bool(a), Value::Bool(b)) => assert_eq!(a, b),
        (Json::Number(a), Value::Number(b)) => {
            let number: f64 = a.parse().expect("a JSON number is a double's text");
            assert_eq!(Some(number), b.as_f64(), "{text}");
        }
        (Json::Text(a), Value::String(b)) => assert_eq!(a, b, "{text}"),
        (Json::List(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{text}");
            for (a, b) in a.iter().zip(b) {
                same(a, b, text);
            }
        }
        (Json::Object(_), Value::Object(b)) => {
            for (key, b) in b {
                let a = ours.field(key).expect("both have the field");
                same(a, b, text);
            }
        }
        _ => panic!("{ours:?} is not {theirs:?}"),
    }
}

pub fn seeds() -> Vec<Vec<u8>> {
    let texts = [
        r#"{"a":[1,-0,2.5e-3,1E+9,12345678901234567890.5],"b":{"":null},"c":true,"c":false}"#,
        r#""\u00e9\ud834\udd1e\n\"\\\/\b\f""#,
        r#"[[[[[[[[]]]]]]],{"a":{"a":{"a":{}}}}]"#,
        " \t\r\n[ 1 , \"é𝄞\" ] ",
        r#""\ud834""#,
        "01",
        "1.",
        "nul",
    ];
    texts.map(|text| text.as_bytes().to_vec()).to_vec()
}
