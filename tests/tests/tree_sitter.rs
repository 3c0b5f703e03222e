//! The tree-sitter grammar of editors against the compiler's: it accepts every text in which that one finds no
//! mistake, and marks one where that one does; its queries colour, fold and indent the project's own corpus.

use journey_grammar::{Kind, parse_chunk, soft_words, split, tokens};
use journey_tests::progen;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tree_sitter::{Node, Parser, Query, QueryCursor, StreamingIterator, Tree};
use tree_sitter_journey::{FOLDS, HIGHLIGHTS, INDENTS, LANGUAGE};

struct Text {
    place: String,
    text: String,
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Every `.journey` file of the repository, and every block of a page.
fn corpus() -> Vec<Text> {
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                let other = name.starts_with('.') || name == "target" || name == "node_modules";
                folders.extend((!other).then_some(path));
                continue;
            }
            let place = path.display().to_string();
            let read = || std::fs::read_to_string(&path).unwrap_or_default();
            match path.extension().and_then(|e| e.to_str()) {
                Some("journey") => found.push(Text {
                    place,
                    text: read(),
                }),
                Some("md") => found.extend(blocks(&place, &read())),
                _ => {}
            }
        }
    }
    found.sort_by(|a, b| a.place.cmp(&b.place));
    found
}

fn blocks(place: &str, page: &str) -> Vec<Text> {
    let mut found = Vec::new();
    let mut lines = page.lines().enumerate();
    while let Some((at, line)) = lines.next() {
        if !line.starts_with("```journey") {
            continue;
        }
        let body = lines
            .by_ref()
            .map(|(_, l)| l)
            .take_while(|l| !l.starts_with("```"));
        let text = body.collect::<Vec<_>>().join("\n") + "\n";
        let place = format!("{place}:{}", at + 1);
        found.push(Text { place, text });
    }
    found
}

/// The texts without a mistake that the compiler's grammar finds.
fn accepted() -> &'static [Text] {
    static TEXTS: LazyLock<Vec<Text>> = LazyLock::new(|| {
        let mut found = corpus();
        found.retain(|t| is_accepted(&t.text));
        assert!(found.len() > 300, "{} texts", found.len());
        found
    });
    &TEXTS
}

fn is_accepted(text: &str) -> bool {
    let chunks = split(text);
    chunks.iter().all(|chunk| {
        let piece = &text[chunk.start as usize..chunk.end as usize];
        parse_chunk(piece).problems.is_empty()
    })
}

fn parser() -> Parser {
    let mut parser = Parser::new();
    parser.set_language(&LANGUAGE.into()).unwrap();
    parser
}

fn parsed(text: &str) -> Tree {
    parser().parse(text, None).unwrap()
}

/// The first node that stands for a mistake, as line and column.
fn mistake(tree: &Tree) -> Option<String> {
    let mut nodes = vec![tree.root_node()];
    while let Some(node) = nodes.pop() {
        if node.is_error() || node.is_missing() {
            let at = node.start_position();
            return Some(format!("{}:{}", at.row + 1, at.column + 1));
        }
        let mut cursor = node.walk();
        nodes.extend(node.children(&mut cursor).filter(Node::has_error));
    }
    None
}

#[test]
fn what_the_compiler_accepts_is_accepted() {
    let mut found = Vec::new();
    for Text { place, text } in accepted() {
        found.extend(mistake(&parsed(text)).map(|at| format!("{place} at {at}")));
    }
    for seed in 0..60 {
        let text = progen::program(seed).text();
        found.extend(mistake(&parsed(&text)).map(|at| format!("program {seed} at {at}\n{text}")));
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// A small generator of numbers: the cases are the same on every machine.
struct Chance(u64);

impl Chance {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % most.max(1)
    }
}

/// Texts with a name replaced by a word of the language, where that is still a program: words are keywords only
/// where one may stand.
#[test]
fn words_as_names_are_names() {
    let words: Vec<&str> = soft_words().collect();
    let mut chance = Chance(7);
    let (mut tried, mut found) = (0, Vec::new());
    for Text { place, text } in accepted() {
        let names: Vec<_> = tokens(text)
            .into_iter()
            .filter(|t| t.kind == Kind::Ident)
            .collect();
        for _ in 0..4.min(names.len()) {
            let name = names[chance.below(names.len())];
            let word = words[chance.below(words.len())];
            let (start, end) = (name.start as usize, name.end as usize);
            let changed = format!("{}{word}{}", &text[..start], &text[end..]);
            if !is_accepted(&changed) || tokens(&changed).len() != tokens(text).len() {
                continue;
            }
            tried += 1;
            if mistake(&parsed(&changed)).is_some() {
                let line = changed[..start].matches('\n').count() + 1;
                let said = changed.lines().nth(line - 1).unwrap_or_default();
                found.push(format!("{place}:{line} `{word}`: {said}"));
            }
        }
    }
    println!("{tried} names replaced, {} not understood", found.len());
    assert!(tried > 500, "{tried} tried");
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Texts with one token less: where the compiler finds a mistake, an editor shows one nearly always.
#[test]
fn mistakes_are_marked() {
    let mut chance = Chance(11);
    let (mut wrong, mut marked) = (0, 0);
    for Text { text, .. } in accepted() {
        let all: Vec<_> = tokens(text)
            .into_iter()
            .filter(|t| !t.kind.is_trivia())
            .collect();
        for _ in 0..3.min(all.len()) {
            let token = all[chance.below(all.len())];
            let (start, end) = (token.start as usize, token.end as usize);
            let changed = [&text[..start], &text[end..]].concat();
            if !is_accepted(&changed) {
                wrong += 1;
                marked += usize::from(mistake(&parsed(&changed)).is_some());
            }
        }
    }
    println!("{wrong} mistakes, {marked} marked");
    assert!(
        wrong > 300 && marked * 100 >= wrong * 95,
        "{marked} of {wrong}"
    );
}

/// The words that a query's captures give each byte range, the last pattern's first.
fn captures(source: &str, tree: &Tree, text: &str) -> Vec<(String, usize, usize)> {
    let query = Query::new(&LANGUAGE.into(), source).unwrap();
    let mut cursor = QueryCursor::new();
    let mut found = Vec::new();
    let mut all = cursor.captures(&query, tree.root_node(), text.as_bytes());
    while let Some((matched, at)) = all.next() {
        let capture = matched.captures()[*at];
        let name = query.capture_names()[capture.index as usize];
        let range = capture.node.byte_range();
        found.push((name.to_owned(), range.start, range.end));
    }
    found
}

/// What is coloured agrees with the compiler's scanner: words of the language, texts, numbers, comments.
#[test]
fn highlights_agree_with_the_scanner() {
    let mut names = BTreeSet::new();
    let mut found = Vec::new();
    for Text { place, text } in accepted() {
        let tree = parsed(text);
        let all = captures(HIGHLIGHTS, &tree, text);
        names.extend(all.iter().map(|c| c.0.clone()));
        for token in tokens(text) {
            let (start, end) = (token.start as usize, token.end as usize);
            let wanted = match token.kind {
                Kind::Comment => "comment",
                Kind::Doc => "comment.documentation",
                Kind::Text => "string",
                Kind::Regex => "string.regexp",
                Kind::Int | Kind::Decimal | Kind::Percent => "number",
                Kind::True | Kind::False => "constant.builtin",
                kind if kind.is_reserved() => "keyword",
                _ => continue,
            };
            let here = all.iter().filter(|c| (c.1, c.2) == (start, end));
            let is = here.map(|c| c.0.as_str()).collect::<Vec<_>>();
            if !is.iter().any(|name| name.starts_with(wanted)) {
                found.push(format!("{place}: `{}` is {is:?}", &text[start..end]));
            }
        }
    }
    found.truncate(20);
    assert!(found.is_empty(), "{}", found.join("\n"));
    for name in [
        "type",
        "function",
        "property",
        "variable.parameter",
        "string.escape",
        "label",
    ] {
        assert!(names.contains(name), "nothing is a {name}");
    }
}

/// Each declaration over more than one line folds from its first line.
#[test]
fn declarations_fold() {
    for Text { place, text } in accepted() {
        let tree = parsed(text);
        let folds = captures(FOLDS, &tree, text);
        let row = |byte: usize| text[..byte].matches('\n').count();
        let starts: BTreeSet<usize> = folds.iter().map(|fold| row(fold.1)).collect();
        let mut cursor = tree.walk();
        for node in tree.root_node().children(&mut cursor) {
            let (from, to) = (node.start_position().row, node.end_position().row);
            let braces = text[node.byte_range()].trim_end().ends_with('}');
            if node.is_named() && !node.is_extra() && braces && from != to {
                let opens = text.lines().nth(from).unwrap_or_default().trim_end();
                assert!(
                    starts.contains(&from) || !opens.ends_with('{'),
                    "{place}:{}: {}",
                    from + 1,
                    node.kind()
                );
            }
        }
    }
}

/// The indent of each line by the query: a level for each line on which something opens that is still open.
#[test]
fn lines_are_indented_as_the_formatter_does() {
    let (mut lines, mut wrong) = (0, Vec::new());
    for Text { place, text } in accepted() {
        if journey_grammar::format(text).ok().as_deref() != Some(text) {
            continue;
        }
        let tree = parsed(text);
        let all = captures(INDENTS, &tree, text);
        let mut start = 0;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let first = start + line.len() - line.trim_start().len();
            if !line.trim().is_empty() {
                let opened: BTreeSet<usize> = all
                    .iter()
                    .filter(|c| c.0 == "indent.begin" && c.1 < start && first < c.2)
                    .map(|c| text[..c.1].matches('\n').count())
                    .collect();
                let closes = all.iter().any(|c| c.0 == "indent.branch" && c.1 == first);
                let levels = opened.len() - usize::from(closes && !opened.is_empty());
                lines += 1;
                if levels * 4 != first - start {
                    wrong.push(format!("{place}:{}: {levels}: {line}", at + 1));
                }
            }
            start += line.len();
        }
    }
    println!("{lines} lines, {} indented otherwise", wrong.len());
    assert!(wrong.len() * 50 <= lines, "{}", wrong.join(""));
}

/// Zed wants a copy of its own.
#[test]
fn zed_colours_as_the_grammar_says() {
    let editors = concat!(env!("CARGO_MANIFEST_DIR"), "/../editors");
    let read = |path: &str| std::fs::read_to_string(format!("{editors}/{path}")).unwrap();
    assert_eq!(
        read("zed/languages/journey/highlights.scm"),
        read("tree-sitter/queries/highlights.scm")
    );
}
