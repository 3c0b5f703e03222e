//! The canonical form: the same whatever the layout was, unchanged when formatted again, no comment lost.

#![expect(
    clippy::unwrap_used,
    clippy::string_slice,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may fail by panicking"
)]

use journey_grammar::{Kind, format, split, tokens};

fn corpus() -> Vec<(String, String)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let name = |path: &std::path::Path| path.file_name().unwrap().to_string_lossy().into_owned();
    files
        .iter()
        .map(|path| (name(path), std::fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn formatting_twice_is_formatting_once() {
    for (name, text) in corpus() {
        let once = format(&text).unwrap();
        assert_eq!(format(&once).unwrap(), once, "{name}");
    }
}

#[test]
fn the_form_of_the_corpus() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formatted");
    for (name, text) in corpus() {
        let path = std::path::Path::new(folder).join(name);
        let formatted = format(&text).unwrap();
        if std::env::var_os("JOURNEY_BLESS").is_some() {
            std::fs::create_dir_all(folder).unwrap();
            std::fs::write(&path, &formatted).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            formatted,
            "{}",
            path.display()
        );
    }
}

#[test]
fn lines_keep_to_their_width() {
    let (name, text) = corpus()
        .into_iter()
        .find(|(name, _)| name == "prose.journey")
        .unwrap();
    for line in format(&text).unwrap().lines() {
        assert!(
            line.chars().count() <= 100 || line.contains('"'),
            "{name}: {line}"
        );
    }
}

/// The same numbers every time.
struct Dice(u64);
impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % n.max(1)
    }
}

/// Another layout of the same text: other blanks and line ends. Where a comment stands (behind something or
/// on a line of its own) and where an empty line stands is the author's and stays.
fn other_layout(text: &str, dice: &mut Dice) -> String {
    let mut out = String::new();
    let all = tokens(text);
    let mut texts = 0;
    for (at, token) in all.iter().enumerate() {
        let own = token.text(text);
        match token.kind {
            Kind::TextHead => texts += 1,
            Kind::TextTail => texts -= 1,
            _ => {}
        }
        if token.kind != Kind::Space {
            out += own;
            continue;
        }
        let comment = |at: Option<usize>| {
            let kind = at.and_then(|at| all.get(at)).map(|token| token.kind);
            matches!(kind, Some(Kind::Comment | Kind::Doc))
        };
        let lines = own.matches('\n').count();
        let beside = comment(at.checked_sub(1)) || comment(Some(at + 1));
        out += match (lines, beside, dice.below(4)) {
            (2.., _, n) => ["\n\n", " \n \n  ", "\n\n\n", "\n\n\t"][n],
            (1, true, n) => ["\n", "\n      ", "  \n", "\n\t"][n],
            (0, true, n) => [" ", "  ", "\t", "   "][n],
            (_, false, _) if texts > 0 => "  ",
            (_, false, n) => [" ", "  ", "\n", "\n   "][n],
        };
    }
    out
}

#[test]
fn any_layout_becomes_the_same_form() {
    let mut dice = Dice(11);
    for (name, text) in corpus() {
        for chunk in split(&text) {
            let own = &text[chunk.start as usize..chunk.end as usize];
            let form = format(own).unwrap();
            for _ in 0..8 {
                let other = other_layout(own, &mut dice);
                assert_eq!(format(&other).unwrap(), form, "{name}:\n{other}");
            }
        }
    }
}

#[test]
fn broken_declarations_stay_as_they_are() {
    let text = "event  a{x:int}\n\naudience  b  =  (1 +\n\nevent c { }\n";
    assert_eq!(
        format(text).unwrap(),
        "event a {\n    x: int\n}\n\naudience  b  =  (1 +\n\nevent c { }\n"
    );
}

#[test]
fn comments_stay() {
    let text = "// top\n\n\n// more\nevent a { // behind\n  // own\n  x: int // x\n\n\n  // last\n} // end\n// after\n";
    let form = "// top\n\n// more\nevent a { // behind\n    // own\n    x: int // x\n\n    // last\n} // end\n// after\n";
    assert_eq!(format(text).unwrap(), form);
}

/// What is left of a damaged file is formatted, the rest stays; and twice is once all the same.
#[test]
fn damaged_texts_are_formatted_too() {
    let mut dice = Dice(5);
    let texts = corpus();
    for round in 0..300 {
        let (name, text) = &texts[round % texts.len()];
        let mut parts: Vec<&str> = tokens(text).iter().map(|token| token.text(text)).collect();
        for _ in 0..=dice.below(3) {
            let (a, b) = (dice.below(parts.len()), dice.below(parts.len()));
            match dice.below(4) {
                0 => drop(parts.remove(a)),
                1 => parts.swap(a, b),
                2 => parts.insert(a, parts[b]),
                _ => parts.insert(a, "// c\n"),
            }
        }
        let text = parts.concat();
        let once = format(&text).unwrap_or_else(|problem| panic!("{name}: {problem:?}\n{text}"));
        let twice = format(&once).unwrap_or_else(|problem| panic!("{name}: {problem:?}\n{once}"));
        assert_eq!(twice, once, "{name}:\n{text}");
    }
}
