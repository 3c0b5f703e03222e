//! `journey plan` over two versions: what it tells, and what it refuses.

use super::journey;
use tempfile::TempDir;

const DATA: &str = "event joined { plan: text }\n\
                    identity { user_id unique }\n";

/// A folder `NAME` with a version of the project.
fn version(folder: &TempDir, name: &str, number: &str, program: &str) {
    let root = folder.path().join(name);
    std::fs::create_dir(&root).unwrap();
    let manifest =
        format!("[project]\nname = \"shop\"\nversion = \"{number}\"\ntimezone = \"UTC\"\n");
    std::fs::write(root.join("journey.toml"), manifest).unwrap();
    std::fs::write(root.join("shop.journey"), format!("{DATA}{program}")).unwrap();
}

const TRIAL: &str = "enter on joined wait d7: 7 days wait d30: 30 days";

#[test]
fn a_plan_tells_what_a_deployment_does() {
    let folder = tempfile::tempdir().unwrap();
    let old = format!(
        "profile {{ city: text? }}\njourney trial {{ {TRIAL} }}\n\
         journey steady {{ enter on joined wait 1 day }}\njourney gone {{ enter on joined wait 2 days }}\n"
    );
    version(&folder, "v1", "1.3.0", &old);
    let new = |block: &str| {
        format!(
            "profile {{ town: text? }}\njourney trial {{ {TRIAL} {block} }}\n\
             journey steady {{ enter on joined // a comment\n wait 1 day }}\n\
             journey fresh {{ enter on joined wait 3 days }}\n"
        )
    };
    version(
        &folder,
        "v2",
        "1.4.0",
        &new("migrate from \"1.3.0\" { d7 => d7, d30 => end }"),
    );
    version(
        &folder,
        "v3",
        "1.4.0",
        &new("migrate from \"1.3.0\" { d7 => d30 }"),
    );
    insta::assert_snapshot!("plan", journey(folder.path(), &["plan", "v1", "v2"]));
    insta::assert_snapshot!(
        "plan_partial",
        journey(folder.path(), &["plan", "v1", "v3"])
    );
    insta::assert_snapshot!(
        "plan_nowhere",
        journey(folder.path(), &["plan", "v1", "v9"])
    );
}
