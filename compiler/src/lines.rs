//! A byte of a file → its line and column, both from 1, the column in characters: as people count.

use std::collections::BTreeMap;

/// Where the lines of every source begin.
#[derive(Debug)]
pub struct Lines<'s>(BTreeMap<&'s str, (&'s str, Vec<usize>)>);

impl<'s> Lines<'s> {
    pub fn of(sources: &'s BTreeMap<String, String>) -> Self {
        let starts = |text: &str| -> Vec<usize> {
            let bytes = text.bytes().enumerate();
            let ends = bytes.filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1);
            std::iter::once(0).chain(ends).collect()
        };
        let file =
            |(name, text): (&'s String, &'s String)| (name.as_str(), (text.as_str(), starts(text)));
        Self(sources.iter().map(file).collect())
    }

    /// The first place of a file that is not there.
    pub fn place(&self, file: &str, byte: u32) -> (u32, u32) {
        let Some((text, starts)) = self.0.get(file) else {
            return (1, 1);
        };
        let byte = (byte as usize).min(text.len());
        let line = starts.partition_point(|s| *s <= byte).max(1);
        let start = starts.get(line - 1).copied().unwrap_or(0);
        let column = text.get(start..byte).map_or(0, |t| t.chars().count()) + 1;
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        (number(line), number(column))
    }
}
