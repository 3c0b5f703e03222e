//! Tables of reference data: what is wrong with a file is told by row and column, and hides nothing else.

use journey_compiler::load::{File, named_files, project};
use journey_compiler::{Database, check, checked};

const MANIFEST: &str = "[project]\nname = \"shop\"\nversion = \"1.0.0\"\nedition = \"2026\"\n\
    timezone = \"UTC\"\n";
const SHOP: &str = "table products key sku { name: text  stock: int  price: money<EUR>? } \
    from \"products.csv\"\nevent sold { sku: text }\n\
    profile { let stock = products((last sold.sku) ?? \"\").stock ?? 0 }\n";

/// Codes and messages over a table's content.
fn problems(source: &str, table: Option<&str>) -> Vec<String> {
    let db = Database::default();
    let mut files = vec![
        File::new("journey.toml", MANIFEST),
        File::new("shop.journey", source),
    ];
    files.extend(table.map(|text| File::new("products.csv", text)));
    let workspace = project(&db, files);
    check(&db, workspace)
        .into_iter()
        .map(|problem| format!("{}: {}", problem.code, problem.message))
        .collect()
}

#[test]
fn a_table_is_read_and_part_of_the_program() {
    let program = |text: &str| {
        let db = Database::default();
        let files = vec![
            File::new("journey.toml", MANIFEST),
            File::new("shop.journey", SHOP),
            File::new("products.csv", text),
        ];
        let workspace = project(&db, files);
        let Some(program) = checked(&db, workspace) else {
            panic!("{:#?}", check(&db, workspace))
        };
        program
    };
    let first = program("sku,name,stock,price\na,A,1,2.50\n");
    let same = program("price,stock,sku,name\n2.50,1,a,A\n");
    let other = program("sku,name,stock,price\na,A,2,2.50\n");
    assert_eq!(first, same);
    assert_ne!(first, other);
    assert_eq!(named_files(SHOP), ["products.csv"]);
}

#[test]
fn what_does_not_fit_is_told_by_row_and_column() {
    let found = problems(
        SHOP,
        Some("sku,name,stock,price\na,A,1,2.50\nb,B,many,1\na,C,1,1\nd,D,1,1.234\n"),
    );
    assert_eq!(
        found,
        [
            "bad-table: row 3, column `stock`: `many` is no `int`",
            "bad-table: row 4, column `sku`: `a` stands there twice",
            "bad-table: row 5, column `price`: `1.234` is no `money<EUR>?`",
        ]
    );
    let found = problems(SHOP, Some("sku,name,price\n"));
    assert_eq!(
        found,
        ["bad-table: `products.csv`: there is no column `stock` in row 1"]
    );
    let found = problems(SHOP, None);
    assert_eq!(found, ["bad-table: the project has no file `products.csv`"]);
    let long: String = (0..1_001).map(|n| format!("s{n},A,1,\n")).collect();
    let found = problems(SHOP, Some(&format!("sku,name,stock,price\n{long}")));
    assert_eq!(
        found,
        ["bad-table: `products.csv`: a table has at most 1000 rows"]
    );
}

#[test]
fn a_column_is_read_behind_the_key() {
    let read = |value: &str| {
        let source = SHOP.replace(".stock ?? 0", value);
        problems(&source, Some("sku,name,stock,price\na,A,1,2.50\n"))
    };
    assert!(read(".stock ?? 1").is_empty());
    let [unknown] = &read(".stok ?? 1")[..] else {
        panic!()
    };
    assert!(unknown.starts_with("unknown-name: "), "{unknown}");
    let [whole] = &read("")[..] else { panic!() };
    assert!(whole.starts_with("not-a-value: "), "{whole}");
}
