//! Formatting of a part: the declarations that a range touches, or the one that has just been closed.

use super::{Edit, Place, Project};
use journey_grammar::{format, split};

/// `textDocument/rangeFormatting`: each declaration that lies in the range, even in part, in its canonical form.
pub fn of_range(project: &Project, path: &str, from: u32, to: u32) -> Vec<Edit> {
    let text = project.text(path).unwrap_or_default();
    let mut edits = Vec::new();
    for chunk in split(text) {
        let (start, end) = (usize::try_from(chunk.start), usize::try_from(chunk.end));
        let (Ok(start), Ok(end)) = (start, end) else {
            continue;
        };
        let whole = text.get(start..end).unwrap_or_default();
        let own = whole.trim();
        let ahead = whole.len() - whole.trim_start().len();
        let first = chunk.start + u32::try_from(ahead).unwrap_or_default();
        let last = first + u32::try_from(own.len()).unwrap_or_default();
        if own.is_empty() || last < from || to < first {
            continue;
        }
        // What does not parse is left as it is.
        if let Ok(formatted) = format(own)
            && formatted.trim_end() != own
        {
            edits.push(Edit {
                at: Place::new(path, first, last),
                text: formatted.trim_end().to_owned(),
            });
        }
    }
    edits
}

/// `textDocument/onTypeFormatting` after `}`: the declaration that it closes.
pub fn on_type(project: &Project, path: &str, byte: u32) -> Vec<Edit> {
    let edits = of_range(project, path, byte.saturating_sub(1), byte);
    let closes = |edit: &Edit| edit.at.end == byte;
    edits.into_iter().filter(closes).collect()
}
