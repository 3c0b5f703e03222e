//! The examples that the project ships have nothing wrong with them.

use journey_compiler::load::{File, project};
use journey_compiler::{Database, check, checked, json};
use std::collections::BTreeMap;
use std::path::Path;

#[test]
fn every_example_is_accepted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    for folder in std::fs::read_dir(root).unwrap() {
        let folder = folder.unwrap().path();
        let mut texts = BTreeMap::new();
        for file in std::fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            let is_source = path
                .extension()
                .is_some_and(|ext| ext == "journey" || ext == "toml");
            if is_source {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                texts.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
        let db = Database::default();
        let files = texts
            .iter()
            .map(|(name, text)| File::new(name, text.as_str()));
        let workspace = project(&db, files.collect());
        let problems = check(&db, workspace);
        assert_eq!(json::lines(&problems, &texts), "", "{}", folder.display());
        assert!(checked(&db, workspace).is_some());
    }
}
