//! "did you mean `…`?": the known name nearest to one that is not known.

/// The nearest of `known`, if it is near enough to be a slip.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = 1 + name.chars().count() / 4;
    let mut best: Option<(usize, &str)> = None;
    for candidate in known {
        let distance = distance(name, candidate);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Levenshtein's, case folded: a column in capitals is the likeliest slip of all.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (line, x) in a.to_lowercase().chars().enumerate() {
        let mut next = vec![line + 1];
        for (column, y) in b.iter().enumerate() {
            let replaced = row.get(column).copied().unwrap_or(0) + usize::from(x != *y);
            let removed = row.get(column + 1).copied().unwrap_or(0) + 1;
            let added = next.last().copied().unwrap_or(0) + 1;
            next.push(replaced.min(removed).min(added));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}
