//! Bytes in a text ↔ lines and characters as a client counts them: UTF-16 units, or bytes
//! or characters where it asks so.

use gen_lsp_types::{Position, PositionEncodingKind, Range};

/// The starts of a text's lines; positions are found from there.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
    encoding: PositionEncodingKind,
}

impl<'t> Lines<'t> {
    pub fn of(text: &'t str, encoding: &PositionEncodingKind) -> Self {
        // A line ends with `\n`, `\r\n`, or a `\r` alone.
        let bytes = text.as_bytes();
        let ends = |at: usize, byte: u8| {
            byte == b'\n' || (byte == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
        };
        let ends = bytes
            .iter()
            .enumerate()
            .filter(|(at, byte)| ends(*at, **byte));
        let starts = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Self {
            text,
            starts,
            encoding: encoding.clone(),
        }
    }

    /// The place of a byte; beyond the text, its end; inside a character, the character.
    pub fn position(&self, byte: u32) -> Position {
        let mut byte = (byte as usize).min(self.text.len());
        while !self.text.is_char_boundary(byte) {
            byte -= 1;
        }
        let line = self
            .starts
            .partition_point(|s| *s <= byte)
            .saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let before = self.text.get(start..byte).unwrap_or("");
        let units = before.chars().map(|c| self.units(c)).sum();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Position {
            line: number(line),
            character: number(units),
        }
    }

    /// How many units of the client's a character has.
    fn units(&self, c: char) -> usize {
        if self.encoding == PositionEncodingKind::UTF8 {
            c.len_utf8()
        } else if self.encoding == PositionEncodingKind::UTF32 {
            1
        } else {
            c.len_utf16()
        }
    }

    pub fn range(&self, start: u32, end: u32) -> Range {
        Range {
            start: self.position(start),
            end: self.position(end.max(start)),
        }
    }

    /// The byte of a place; beyond a line, its end; inside a surrogate pair, the character's start.
    pub fn byte(&self, at: Position) -> usize {
        let line = at.line as usize;
        let Some(start) = self.starts.get(line).copied() else {
            return self.text.len();
        };
        let end = self
            .starts
            .get(line + 1)
            .copied()
            .unwrap_or(self.text.len());
        let text = self.text.get(start..end).unwrap_or("");
        let text = text.trim_end_matches(['\n', '\r']);
        let mut units = at.character as usize;
        for (offset, c) in text.char_indices() {
            let width = self.units(c);
            if units < width {
                return start + offset;
            }
            units -= width;
        }
        start + text.len()
    }
}
