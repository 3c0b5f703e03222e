//! `journey new --from-schema`: what small schemas become, what is left out and said, and what can't be taken at all.

use super::{journey, write};
use tempfile::TempDir;

const ORDER: &str = r##"{
  "$id": "https://example.com/schemas/order-placed.schema.json",
  "description": "A finished purchase, web or store.",
  "type": "object",
  "definitions": {
    "line": {
      "description": "One position.",
      "type": "object",
      "properties": {
        "sku": { "type": "string" },
        "price": { "type": "number", "minimum": 0, "multipleOf": 0.01 },
        "parts": { "type": "array", "items": { "$ref": "#/definitions/line" } }
      },
      "required": ["sku", "price"]
    }
  },
  "properties": {
    "id": { "type": "string" },
    "orderId": { "type": "string", "maxLength": 64, "description": "As the shop\n  numbers it." },
    "status": { "enum": ["open", "On hold", "paid"] },
    "rating": { "type": ["integer", "null"], "minimum": 1, "maximum": 5 },
    "share": { "type": "number", "minimum": 0, "maximum": 1, "default": 0.5 },
    "placedAt": { "type": "string", "format": "date-time" },
    "due": { "oneOf": [{ "type": "string", "format": "date" }, { "type": "null" }] },
    "gift": { "type": "boolean", "default": false },
    "note": { "type": "string", "default": "say \"{hi}\"" },
    "lines": { "type": "array", "minItems": 1, "items": { "$ref": "#/definitions/line" } },
    "first": { "$ref": "#/definitions/line" },
    "ship:to": { "type": "object", "properties": { "city": { "type": "string" } } },
    "extras": { "type": "object", "additionalProperties": { "type": "string" } },
    "either": { "type": ["string", "array"] },
    "shape": { "oneOf": [{ "type": "string" }, { "type": "integer" }] },
    "anything": {},
    "places": { "type": "array", "items": [{ "type": "string" }] },
    "holes": { "type": "array", "items": { "type": ["string", "null"] } },
    "away": { "$ref": "https://example.com/elsewhere" },
    "currency": { "const": "EUR" }
  },
  "required": ["orderId", "status", "lines", "placedAt", "currency"]
}"##;

const OPEN: &str = r#"{
  "self": { "vendor": "com.sendgrid", "name": "open", "format": "jsonschema", "version": "1-0-0" },
  "type": "object",
  "allOf": [{ "$ref": "https://example.com/schemas/mail" }],
  "properties": { "ip": { "type": "string", "format": "ipv4" } }
}"#;

const MAIL: &str = r#"{
  "$id": "https://example.com/schemas/mail",
  "type": "object",
  "properties": { "email": { "type": "string", "format": "email" } },
  "required": ["email"]
}"#;

fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder, "order.json", ORDER.as_bytes());
    write(&folder, "open.json", OPEN.as_bytes());
    write(&folder, "mail.json", MAIL.as_bytes());
    folder
}

#[test]
fn the_text_goes_to_standard_output_and_what_was_left_out_beside_it() {
    let said = journey(folder().path(), &["new", "--from-schema", "order.json"]);
    insta::assert_snapshot!("schema_order", said);
}

#[test]
fn what_others_refer_to_is_a_part_and_no_event() {
    let args = ["new", "--from-schema", "open.json", "mail.json"];
    insta::assert_snapshot!("schema_parts", journey(folder().path(), &args));
}

#[test]
fn a_project_of_schemas_checks() {
    let folder = folder();
    let files = ["order.json", "open.json", "mail.json"];
    let args: Vec<&str> = ["new", "shop", "--from-schema"]
        .into_iter()
        .chain(files)
        .collect();
    let made = journey(folder.path(), &args);
    assert!(made.starts_with("exit 0"), "{made}");
    let checked = journey(folder.path(), &["check", "shop"]);
    assert!(
        checked.starts_with("exit 0\n--- out\n--- err\nno errors"),
        "{checked}"
    );
    let formatted = journey(folder.path(), &["fmt", "--check", "shop"]);
    assert!(formatted.starts_with("exit 0"), "{formatted}");
}

#[test]
fn what_can_not_be_taken() {
    let folder = folder();
    write(&folder, "text.json", b"{\"type\": \"string\"}");
    write(&folder, "cut.json", b"{\"type\": ");
    write(&folder, "list.json", b"[1, 2]");
    let args = ["new", "--from-schema", "text.json", "cut.json", "list.json"];
    insta::assert_snapshot!("schema_refused", journey(folder.path(), &args));
    let args = ["new", "--from-schema", "nowhere.json"];
    insta::assert_snapshot!("schema_nowhere", journey(folder.path(), &args));
    insta::assert_snapshot!("schema_nothing", journey(folder.path(), &["new"]));
    assert!(!folder.path().join("shop").exists());
}
