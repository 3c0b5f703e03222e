//! The elements of a JSON array, one at a time: only their ends are found here, so that an array of any
//! length streams.

use super::ReadErrorKind;
use super::buffer::Buffer;

#[derive(Debug, Default)]
pub(super) struct ArrayScan {
    /// an element was read: a comma or the end is due
    begun: bool,
    ended: bool,
}

pub(super) enum Element {
    /// the bytes just taken
    Whole(usize),
    /// its beginning is kept
    TooLong,
    End,
}

/// Where an element's scanning stands.
#[derive(Default)]
struct State {
    depth: usize,
    text: bool,
    escaped: bool,
}

impl State {
    /// Whether the byte stands behind the element's end.
    fn ends_before(&mut self, byte: u8) -> bool {
        if self.text {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.text = false,
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' => self.text = true,
            b'{' | b'[' => self.depth += 1,
            b',' if self.depth == 0 => return true,
            b'}' | b']' if self.depth == 0 => return true,
            b'}' | b']' => self.depth -= 1,
            _ => {}
        }
        false
    }
}

impl ArrayScan {
    pub(super) fn element(
        &mut self,
        buffer: &mut Buffer<'_>,
        most: usize,
        head: usize,
    ) -> Result<Element, ReadErrorKind> {
        if self.ended {
            return Ok(Element::End);
        }
        match buffer.skip_space()? {
            Some(b']') => return self.end(buffer),
            Some(b',') if self.begun => {
                buffer.advance(1);
                buffer.skip_space()?;
            }
            Some(_) if !self.begun => {}
            Some(_) => return Err(ReadErrorKind::Array("the JSON array lacks a comma")),
            None => return Err(ReadErrorKind::Array("the JSON array never ends")),
        }
        self.begun = true;
        Self::find(buffer, most, head)
    }

    fn end(&mut self, buffer: &mut Buffer<'_>) -> Result<Element, ReadErrorKind> {
        self.ended = true;
        buffer.advance(1);
        match buffer.skip_space()? {
            None => Ok(Element::End),
            Some(_) => Err(ReadErrorKind::Array("text follows the JSON array")),
        }
    }

    fn find(buffer: &mut Buffer<'_>, most: usize, head: usize) -> Result<Element, ReadErrorKind> {
        let mut state = State::default();
        let (mut searched, mut too_long) = (0, false);
        loop {
            let fresh = buffer.rest().get(searched..).unwrap_or_default();
            if let Some(place) = fresh.iter().position(|byte| state.ends_before(*byte)) {
                let length = searched + place;
                if too_long || length > most {
                    if !too_long {
                        buffer.keep_head(head);
                    }
                    buffer.advance(length);
                    return Ok(Element::TooLong);
                }
                buffer.take(length);
                return Ok(Element::Whole(length));
            }
            searched = buffer.rest().len();
            if buffer.ended() {
                return Err(ReadErrorKind::Array("the JSON array never ends"));
            }
            if searched > most {
                if !too_long {
                    buffer.keep_head(head);
                    too_long = true;
                }
                buffer.advance(searched);
                searched = 0;
            }
            buffer.more()?;
        }
    }
}
