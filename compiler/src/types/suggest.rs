//! "Did you mean": the nearest of the names that would have fitted.

/// More are not looked at: a program with thousands of mistakes among thousands of names ends soon too.
const CANDIDATES_MAX: usize = 2_000;

/// The one that differs in case alone, else the nearest candidate within a third of the word's length (at least
/// one change); the first of equals.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let room = (word.chars().count() / 3).max(1);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().take(CANDIDATES_MAX) {
        if candidate == word
            || candidate.is_empty()
            || candidate.len().abs_diff(word.len()) > 4 * room
        {
            continue;
        }
        if candidate.eq_ignore_ascii_case(word) {
            return Some(candidate);
        }
        let far = strsim::damerau_levenshtein(word, candidate);
        let first = best.is_none_or(|(before, _)| far < before);
        if far <= room && far < word.chars().count().max(2) && first {
            best = Some((far, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}
