//! What an editor may fold: blocks, lists and runs of comments that take more than a line.

use journey_grammar::{Kind, tokens};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fold {
    pub start: u32,
    pub end: u32,
    pub comment: bool,
}

/// `textDocument/foldingRange`
pub fn of_text(text: &str) -> Vec<Fold> {
    let mut folds = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    let mut comments: Option<(u32, u32)> = None;
    for token in tokens(text) {
        match token.kind {
            Kind::Comment | Kind::Doc => {
                let start = comments.map_or(token.start, |(start, _)| start);
                comments = Some((start, token.end));
                continue;
            }
            // A blank line ends a run of comments.
            Kind::Space if token.text(text).matches('\n').count() < 2 => continue,
            _ => {}
        }
        if let Some((start, end)) = comments.take() {
            folds.push(Fold {
                start,
                end,
                comment: true,
            });
        }
        match token.kind {
            Kind::LBrace | Kind::LBracket | Kind::LParen => open.push(token.start),
            Kind::RBrace | Kind::RBracket | Kind::RParen => {
                if let Some(start) = open.pop() {
                    folds.push(Fold {
                        start,
                        end: token.end,
                        comment: false,
                    });
                }
            }
            _ => {}
        }
    }
    if let Some((start, end)) = comments {
        folds.push(Fold {
            start,
            end,
            comment: true,
        });
    }
    folds.retain(|fold| lines(text, *fold) > 0);
    folds.sort_by_key(|fold| (fold.start, fold.end));
    folds
}

fn lines(text: &str, fold: Fold) -> usize {
    let (Ok(start), Ok(end)) = (usize::try_from(fold.start), usize::try_from(fold.end)) else {
        return 0;
    };
    let inside = text.get(start..end).unwrap_or_default();
    inside.bytes().filter(|byte| *byte == b'\n').count()
}
