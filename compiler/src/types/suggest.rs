//! "Did you mean": the nearest of the names that would have fitted.

/// The nearest candidate within a third of the word's length (at least one change); the first of equals.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let room = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        if candidate == word || candidate.is_empty() {
            continue;
        }
        let far = strsim::damerau_levenshtein(word, candidate);
        let first = best.is_none_or(|(before, _)| far < before);
        if far <= room && far < word.chars().count().max(2) && first {
            best = Some((far, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
