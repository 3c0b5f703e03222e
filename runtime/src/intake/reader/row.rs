//! One row of a CSV (RFC 4180: commas, quotes doubled inside quotes, CR LF or LF): cells without their quotes,
//! in one buffer that is used again for every row. Tests hold it against the crate `csv`, cell for cell.

/// A row's cells.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    text: &'a str,
    ends: &'a [usize],
}

impl<'a> Row<'a> {
    pub fn get(&self, column: usize) -> Option<&'a str> {
        let from = match column.checked_sub(1) {
            None => 0,
            Some(before) => *self.ends.get(before)?,
        };
        self.text.get(from..*self.ends.get(column)?)
    }

    pub fn iter(self) -> impl Iterator<Item = &'a str> {
        (0..self.ends.len()).filter_map(move |column| self.get(column))
    }
}

/// What was found at the front of some bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scan {
    /// a row of so many bytes, its end included
    Row(usize),
    /// no row ends here yet
    More,
    /// nothing is left
    End,
}

#[derive(Debug, Default)]
pub(super) struct Cells {
    text: Vec<u8>,
    ends: Vec<usize>,
    quoted: bool,
}

impl Cells {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// A line with nothing on it is no row.
    pub(super) fn is_blank(&self) -> bool {
        self.ends.len() == 1 && self.text.is_empty() && !self.quoted
    }

    /// None: not UTF-8. Each cell is checked by itself, so that no character spans two.
    pub(super) fn row(&self) -> Option<Row<'_>> {
        let row = Row {
            text: std::str::from_utf8(&self.text).ok()?,
            ends: &self.ends,
        };
        self.ends
            .iter()
            .all(|end| row.text.is_char_boundary(*end))
            .then_some(row)
    }

    /// Reads the row at the front; `whole`: nothing follows these bytes.
    pub(super) fn scan(&mut self, bytes: &[u8], whole: bool) -> Scan {
        self.text.clear();
        self.ends.clear();
        self.quoted = false;
        if bytes.is_empty() {
            return if whole { Scan::End } else { Scan::More };
        }
        let mut at = 0;
        loop {
            let step = match bytes.get(at) {
                Some(b'"') => self.quoted(bytes, at + 1, whole),
                _ => self.plain(bytes, at, whole),
            };
            let Some(end) = step else { return Scan::More };
            self.ends.push(self.text.len());
            match bytes.get(end) {
                Some(b',') => at = end + 1,
                Some(b'\r') => return Scan::Row(end + 2),
                Some(_) => return Scan::Row(end + 1),
                None => return Scan::Row(end),
            }
        }
    }

    /// A cell without quotes: the place of the comma or line end behind it.
    fn plain(&mut self, bytes: &[u8], from: usize, whole: bool) -> Option<usize> {
        let rest = bytes.get(from..).unwrap_or_default();
        let length = match rest.iter().position(|byte| matches!(byte, b',' | b'\n')) {
            Some(length) => length,
            None if whole => rest.len(),
            None => return None,
        };
        let cell = rest.get(..length).unwrap_or_default();
        let ends_line = rest.get(length) != Some(&b',');
        let cell = match cell.strip_suffix(b"\r") {
            Some(shorter) if ends_line => shorter,
            _ => cell,
        };
        self.text.extend_from_slice(cell);
        // a CR that is the last byte of the input leaves the row's end two bytes behind the cell's
        Some(
            from + if rest.len() == length {
                length
            } else {
                cell.len()
            },
        )
    }

    /// A cell in quotes, from behind the first one; what follows the last one is taken as it is.
    fn quoted(&mut self, bytes: &[u8], from: usize, whole: bool) -> Option<usize> {
        self.quoted = true;
        let mut at = from;
        loop {
            let rest = bytes.get(at..)?;
            let length = rest.iter().position(|byte| *byte == b'"')?;
            self.text.extend_from_slice(rest.get(..length)?);
            at += length + 1;
            match bytes.get(at) {
                Some(b'"') => {
                    self.text.push(b'"');
                    at += 1;
                }
                None if !whole => return None,
                _ => return self.plain(bytes, at, whole),
            }
        }
    }
}
