//! `kinds.pest` is what the table of kinds says. `JOURNEY_BLESS=1` writes it anew.

#[test]
fn kinds_pest_is_made_from_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/kinds.pest");
    let made = journey_grammar::kinds_pest();
    if std::env::var_os("JOURNEY_BLESS").is_some() {
        std::fs::write(path, &made).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap(),
        made,
        "run with JOURNEY_BLESS=1"
    );
}
