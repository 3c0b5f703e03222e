//! The page "From an empty folder to a checked pull request": all its commands, in order.

use super::{said, shell, top};

/// A block of the page's commands.
struct Block {
    fails: bool,
    script: String,
    /// lines that are part of what it prints
    shown: Vec<String>,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(kind) = line.strip_prefix("```") else {
            continue;
        };
        let inside: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match kind {
            "sh" | "sh fails" => blocks.push(Block {
                fails: kind != "sh",
                script: inside.join("\n"),
                shown: Vec::new(),
            }),
            "text" => {
                let last = blocks.last_mut().unwrap();
                last.shown = inside.iter().map(|line| (*line).to_owned()).collect();
            }
            other => assert!(other.is_empty(), "a block of `{other}` is not run"),
        }
    }
    blocks
}

#[test]
fn every_command_of_the_page_works() {
    let page = top().join("grammar/reference/43-ten-minutes.md");
    let page = std::fs::read_to_string(page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut at = folder.path().to_owned();
    let blocks = blocks(&page);
    assert!(blocks.len() > 10);
    for block in blocks {
        let here = folder.path().join("here");
        // each block begins where the one before it ended
        let script = format!("trap 'pwd >{}' EXIT\n{}", here.display(), block.script);
        let (code, said) = said(shell(&at, &script));
        let right = if block.fails { Some(1) } else { Some(0) };
        assert_eq!(code, right, "{}\n{said}", block.script);
        for line in &block.shown {
            assert!(
                said.contains(line),
                "{}\nshows no `{line}`:\n{said}",
                block.script
            );
        }
        at = std::fs::read_to_string(here).unwrap().trim().into();
    }
}
