//! One pass over the text of a record: each value that is wanted goes to its place, the others are passed over, no
//! less strictly than the general parser does it. A text with an escape, a control character, a key that is wanted
//! and stands twice, a list or an object where a single value is wanted: nothing, and no word about it.

use crate::intake::json::JSON_DEPTH_MAX;
use journey_program::raw::RawExpr;

/// A single value; absent if no key has come.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Leaf<'t> {
    Absent,
    Null,
    Bool(bool),
    /// as written
    Number(&'t str),
    Text(&'t str),
}

/// Which keys of an object are wanted.
#[derive(Clone, Debug, Default)]
pub(super) struct Node {
    keys: Vec<(Key, Child)>,
    /// of the root: places and objects given out so far
    leaves: usize,
    objects: u32,
    /// of the root: something is wanted whole and in parts
    mixed: bool,
}

/// A key's first bytes, its length, and all of it.
#[derive(Clone, Debug)]
struct Key {
    head: u64,
    text: String,
}

#[derive(Clone, Debug)]
enum Child {
    Leaf(usize),
    /// its number
    Object(u32, Node),
}

impl Node {
    /// The place of what an expression reads; None: it does more than that.
    pub(super) fn place(&mut self, raw: &RawExpr) -> Option<usize> {
        let RawExpr::Path(path) = raw else {
            return None;
        };
        let (leaves, objects) = (self.leaves, self.objects);
        let mut next = (leaves, objects);
        let place = self.insert(path, &mut next);
        (self.leaves, self.objects) = next;
        self.mixed |= place.is_none();
        place
    }

    fn insert(&mut self, path: &[String], next: &mut (usize, u32)) -> Option<usize> {
        let (first, rest) = path.split_first()?;
        let known = self.keys.iter().position(|(key, _)| key.text == *first);
        let place = known.unwrap_or_else(|| {
            let child = if rest.is_empty() {
                next.0 += 1;
                Child::Leaf(next.0 - 1)
            } else {
                next.1 += 1;
                Child::Object(next.1 - 1, Node::default())
            };
            let key = Key {
                head: head_of(first.as_bytes()),
                text: first.clone(),
            };
            self.keys.push((key, child));
            self.keys.len() - 1
        });
        match &mut self.keys.get_mut(place)?.1 {
            Child::Leaf(place) => rest.is_empty().then_some(*place),
            Child::Object(_, below) => below.insert(rest, next),
        }
    }

    /// Nothing is wanted both whole and in parts, and objects are few enough to be told apart.
    pub(super) fn is_plain(&self) -> bool {
        !self.mixed && self.objects <= u64::BITS
    }

    pub(super) fn leaves(&self) -> usize {
        self.leaves
    }

    #[inline]
    fn find(&self, head: u64, text: &str) -> Option<&Child> {
        let mut keys = self.keys.iter();
        let found = keys.find(|(key, _)| key.head == head && (text.len() < 8 || key.text == text));
        found.map(|(_, child)| child)
    }
}

/// The first seven bytes, and the length if that is all of it: keys of at most seven bytes are alike if these are.
fn head_of(bytes: &[u8]) -> u64 {
    let mut head = [0; 8];
    for (to, from) in head.iter_mut().zip(bytes.iter().take(7)) {
        *to = *from;
    }
    u64::from_le_bytes(head) | length_of(bytes)
}

/// In the last byte: the length, or 8.
fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len().min(8)).unwrap_or(8) << 56
}

#[derive(Debug)]
pub(super) struct Scan<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// objects that have come, by their numbers
    come: u64,
}

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

impl<'t> Scan<'t> {
    /// None: somewhere is an escape, or a control character.
    pub(super) fn of(text: &'t str) -> Option<Self> {
        let text = text.trim_matches([' ', '\n', '\r', '\t']);
        let bytes = text.as_bytes();
        let odd = |byte: &u8| u8::from(*byte < 0x20) | u8::from(*byte == b'\\');
        if bytes.iter().fold(0, |odds, byte| odds | odd(byte)) != 0 {
            return None;
        }
        Some(Self {
            text,
            bytes,
            at: 0,
            come: 0,
        })
    }

    /// An object and nothing behind it.
    pub(super) fn record(mut self, root: &Node, leaves: &mut [Leaf<'t>]) -> Option<()> {
        if self.peek()? != b'{' {
            return None;
        }
        self.object(root, leaves, 0)?;
        (self.at == self.bytes.len()).then_some(())
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        while self.peek() == Some(b' ') {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// From a quote to behind the next; there are no escapes.
    #[inline]
    fn string(&mut self) -> Option<(usize, usize)> {
        let from = self.at + 1;
        let mut at = from;
        while let Some(chunk) = self
            .bytes
            .get(at..)
            .and_then(|rest| rest.first_chunk::<8>())
        {
            let word = u64::from_le_bytes(*chunk) ^ (ONES * u64::from(b'"'));
            let found = word.wrapping_sub(ONES) & !word & HIGHS;
            if found != 0 {
                at += (found.trailing_zeros() / 8) as usize;
                self.at = at + 1;
                return Some((from, at));
            }
            at += 8;
        }
        let rest = self.bytes.get(at..)?;
        at += rest.iter().position(|byte| *byte == b'"')?;
        self.at = at + 1;
        Some((from, at))
    }

    #[inline]
    fn text(&mut self) -> Option<&'t str> {
        let (from, to) = self.string()?;
        self.text.get(from..to)
    }

    /// A key, its head, and the colon behind it.
    #[inline]
    fn key(&mut self) -> Option<(u64, &'t str)> {
        if self.peek()? != b'"' {
            return None;
        }
        let (from, to) = self.string()?;
        let text = self.text.get(from..to)?;
        let head = match self
            .bytes
            .get(from..)
            .and_then(|rest| rest.first_chunk::<8>())
        {
            Some(chunk) => {
                let length = u32::try_from(text.len().min(7)).unwrap_or(7);
                // of no byte, that many bits are too many to shift by
                let ours = u64::MAX.checked_shr(64 - 8 * length).unwrap_or(0);
                (u64::from_le_bytes(*chunk) & ours) | length_of(text.as_bytes())
            }
            None => head_of(text.as_bytes()),
        };
        if !self.take(b':') {
            self.space();
            self.expect(b':')?;
        }
        self.space();
        Some((head, text))
    }

    fn object(&mut self, node: &Node, leaves: &mut [Leaf<'t>], depth: usize) -> Option<()> {
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Some(());
        }
        loop {
            let (head, key) = self.key()?;
            match node.find(head, key) {
                None => self.skip(depth + 1)?,
                Some(Child::Leaf(place)) => {
                    let leaf = leaves.get_mut(*place)?;
                    if *leaf != Leaf::Absent {
                        return None;
                    }
                    *leaf = self.leaf()?;
                }
                Some(Child::Object(number, below)) => {
                    let bit = 1u64.checked_shl(*number)?;
                    if self.come & bit != 0 {
                        return None;
                    }
                    self.come |= bit;
                    match self.peek()? {
                        b'{' if depth + 1 < JSON_DEPTH_MAX => {
                            self.object(below, leaves, depth + 1)?;
                        }
                        _ => self.skip(depth + 1)?,
                    }
                }
            }
            if self.next(b'}')? {
                return Some(());
            }
        }
    }

    /// Behind a value: whether the object or list ends here.
    #[inline]
    fn next(&mut self, end: u8) -> Option<bool> {
        self.space();
        let byte = self.peek()?;
        self.at += 1;
        if byte == b',' {
            self.space();
            return Some(false);
        }
        (byte == end).then_some(true)
    }

    fn leaf(&mut self) -> Option<Leaf<'t>> {
        Some(match self.peek()? {
            b'"' => Leaf::Text(self.text()?),
            b'-' | b'0'..=b'9' => {
                let from = self.at;
                self.number()?;
                Leaf::Number(self.text.get(from..self.at)?)
            }
            b't' => self.word(b"true", Leaf::Bool(true))?,
            b'f' => self.word(b"false", Leaf::Bool(false))?,
            b'n' => self.word(b"null", Leaf::Null)?,
            _ => return None,
        })
    }

    fn word<T>(&mut self, word: &[u8], value: T) -> Option<T> {
        let there = self.bytes.get(self.at..)?.starts_with(word);
        self.at += word.len();
        there.then_some(value)
    }

    #[inline]
    fn digits(&mut self) -> Option<()> {
        let from = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > from).then_some(())
    }

    fn number(&mut self) -> Option<()> {
        self.take(b'-');
        if !self.take(b'0') {
            self.digits()?;
        }
        if self.take(b'.') {
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if !self.take(b'-') {
                self.take(b'+');
            }
            self.digits()?;
        }
        Some(())
    }

    /// Passes over a value of any kind.
    fn skip(&mut self, depth: usize) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(drop),
            b'-' | b'0'..=b'9' => self.number(),
            b'{' | b'[' if depth >= JSON_DEPTH_MAX => None,
            b'{' => {
                self.at += 1;
                self.space();
                if self.take(b'}') {
                    return Some(());
                }
                loop {
                    if self.peek()? != b'"' {
                        return None;
                    }
                    self.string()?;
                    self.space();
                    self.expect(b':')?;
                    self.space();
                    self.skip(depth + 1)?;
                    if self.next(b'}')? {
                        return Some(());
                    }
                }
            }
            b'[' => {
                self.at += 1;
                self.space();
                if self.take(b']') {
                    return Some(());
                }
                loop {
                    self.skip(depth + 1)?;
                    if self.next(b']')? {
                        return Some(());
                    }
                }
            }
            _ => self.leaf().map(drop),
        }
    }
}
