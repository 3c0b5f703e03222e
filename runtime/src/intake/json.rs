//! JSON text → a tree that borrows from it. Numbers stay the text that they were, so that `19.99` reaches
//! its money without ever being a double; depth is bounded, so no input exhausts the stack; of a key that
//! stands twice the last value counts. Tests hold it against `serde_json`, accept for accept.

use crate::intake::wanted::Wanted;
use std::borrow::Cow;

/// How deep objects and lists may nest.
pub const JSON_DEPTH_MAX: usize = 64;

#[derive(Clone, Debug, PartialEq)]
pub enum Json<'a> {
    Null,
    Bool(bool),
    /// as written; always a JSON number
    Number(Cow<'a, str>),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
}

/// Why a text is no JSON, and at which byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    pub at: usize,
    pub reason: &'static str,
}

impl<'a> Json<'a> {
    /// One value and nothing after it but white space.
    pub fn parse(text: &'a str) -> Result<Json<'a>, JsonError> {
        Self::parse_with(text, |parser| parser.value(0))
    }

    /// The same, without what nobody wants: that is as strictly looked at, and left out. What stands in the place
    /// of an object from which fields are wanted, and is none, is null.
    pub fn parse_wanted(text: &'a str, wanted: &Wanted) -> Result<Json<'a>, JsonError> {
        Self::parse_with(text, |parser| parser.wanted(0, wanted))
    }

    fn parse_with(
        text: &'a str,
        value: impl FnOnce(&mut Parser<'a>) -> Result<Json<'a>, JsonError>,
    ) -> Result<Json<'a>, JsonError> {
        let mut parser = Parser {
            text,
            bytes: text.as_bytes(),
            at: 0,
        };
        parser.space();
        let value = value(&mut parser)?;
        parser.space();
        match parser.peek() {
            None => Ok(value),
            Some(_) => Err(parser.error("text after the value")),
        }
    }

    /// The field of an object, or nothing.
    pub fn field(&self, name: &str) -> Option<&Json<'a>> {
        let Json::Object(fields) = self else {
            return None;
        };
        fields
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value)
    }

    /// What kind of value it is, in words.
    pub fn kind(&self) -> &'static str {
        match self {
            Json::Null => "null",
            Json::Bool(_) => "a bool",
            Json::Number(_) => "a number",
            Json::Text(_) => "a text",
            Json::List(_) => "a list",
            Json::Object(_) => "an object",
        }
    }

    /// Appends it as JSON text, on one line.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Json::Number(text) => out.push_str(text),
            Json::Text(text) => write_text(text, out),
            Json::List(items) => {
                out.push('[');
                for (place, item) in items.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(fields) => {
                out.push('{');
                for (place, (key, value)) in fields.iter().enumerate() {
                    if place > 0 {
                        out.push(',');
                    }
                    write_text(key, out);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

/// Appends a text in quotes, escaped.
pub fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if u32::from(c) < 0x20 => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

struct Parser<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Parser<'a> {
    fn error(&self, reason: &'static str) -> JsonError {
        JsonError {
            // a text may end inside of an escape
            at: self.at.min(self.text.len()),
            reason,
        }
    }

    #[inline]
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    #[inline]
    fn space(&mut self) {
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.spaces();
        }
    }

    fn spaces(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    #[inline]
    fn take(&mut self, byte: u8) -> bool {
        let there = self.peek() == Some(byte);
        self.at += usize::from(there);
        there
    }

    /// Both ends are on character boundaries wherever this is called.
    fn slice(&self, from: usize, to: usize) -> Result<&'a str, JsonError> {
        self.text
            .get(from..to)
            .ok_or_else(|| self.error("broken text"))
    }

    fn value(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        match self.peek() {
            Some(b'{') if depth < JSON_DEPTH_MAX => self.object(depth),
            Some(b'[') if depth < JSON_DEPTH_MAX => self.list(depth),
            Some(b'{' | b'[') => Err(self.error("nested too deep")),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => Err(self.error("no value begins so")),
            None => Err(self.error("it ends where a value is due")),
        }
    }

    fn word(&mut self, word: &str, value: Json<'a>) -> Result<Json<'a>, JsonError> {
        match self.bytes.get(self.at..self.at + word.len()) {
            Some(bytes) if bytes == word.as_bytes() => {
                self.at += word.len();
                Ok(value)
            }
            _ => Err(self.error("no value begins so")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let mut fields = Vec::new();
        self.fields(|parser, key| {
            fields.push((key, parser.value(depth + 1)?));
            Ok(())
        })?;
        Ok(Json::Object(fields))
    }

    /// Each key of an object; `take` takes its value.
    fn fields(
        &mut self,
        mut take: impl FnMut(&mut Self, Cow<'a, str>) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.at += 1;
        self.space();
        if self.take(b'}') {
            return Ok(());
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.error("a key in quotes is due"));
            }
            let key = self.string()?;
            self.space();
            if !self.take(b':') {
                return Err(self.error("`:` is due after a key"));
            }
            self.space();
            take(self, key)?;
            self.space();
            if self.take(b'}') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `}` is due"));
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json<'a>, JsonError> {
        let mut items = Vec::new();
        self.items(|parser| {
            items.push(parser.value(depth + 1)?);
            Ok(())
        })?;
        Ok(Json::List(items))
    }

    /// Each item of a list, which `take` takes.
    fn items(
        &mut self,
        mut take: impl FnMut(&mut Self) -> Result<(), JsonError>,
    ) -> Result<(), JsonError> {
        self.at += 1;
        self.space();
        if self.take(b']') {
            return Ok(());
        }
        loop {
            self.space();
            take(self)?;
            self.space();
            if self.take(b']') {
                return Ok(());
            }
            if !self.take(b',') {
                return Err(self.error("`,` or `]` is due"));
            }
        }
    }

    /// A value of which only some is kept.
    fn wanted(&mut self, depth: usize, wanted: &Wanted) -> Result<Json<'a>, JsonError> {
        if wanted.is_whole() {
            return self.value(depth);
        }
        if self.peek() != Some(b'{') || depth >= JSON_DEPTH_MAX {
            return self.skip(depth).map(|()| Json::Null);
        }
        let mut fields = Vec::with_capacity(wanted.count());
        self.fields(|parser, key| {
            match wanted.field(&key) {
                Some(below) => fields.push((key, parser.wanted(depth + 1, below)?)),
                None => parser.skip(depth + 1)?,
            }
            Ok(())
        })?;
        Ok(Json::Object(fields))
    }

    /// Passes over a value that must be one.
    fn skip(&mut self, depth: usize) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'"') => self.skip_string(),
            Some(b'{') if depth < JSON_DEPTH_MAX => self.fields(|parser, _| parser.skip(depth + 1)),
            Some(b'[') if depth < JSON_DEPTH_MAX => self.items(|parser| parser.skip(depth + 1)),
            _ => self.value(depth).map(drop),
        }
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.error("a digit is due"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    fn number(&mut self) -> Result<Json<'a>, JsonError> {
        let from = self.at;
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
        Ok(Json::Number(Cow::Borrowed(self.slice(from, self.at)?)))
    }

    #[inline]
    fn string(&mut self) -> Result<Cow<'a, str>, JsonError> {
        self.at += 1;
        let from = self.at;
        self.plain();
        match self.peek() {
            Some(b'"') => {
                let text = self.slice(from, self.at)?;
                self.at += 1;
                Ok(Cow::Borrowed(text))
            }
            Some(b'\\') => self.escaped(from).map(Cow::Owned),
            Some(_) => Err(self.error("a control character inside a text")),
            None => Err(self.error("a text that never ends")),
        }
    }

    /// The same, and it is not kept.
    fn skip_string(&mut self) -> Result<(), JsonError> {
        let from = self.at;
        self.at += 1;
        self.plain();
        if self.take(b'"') {
            return Ok(());
        }
        self.at = from;
        self.string().map(drop)
    }

    /// On to the first byte that is a quote, a backslash or a control character, eight at a time.
    #[inline]
    fn plain(&mut self) {
        const ONES: u64 = 0x0101_0101_0101_0101;
        const HIGHS: u64 = 0x8080_8080_8080_8080;
        // the lowest bit of what these find is always true, those above it may not be
        let below = |word: u64, bound: u64| word.wrapping_sub(ONES * bound) & !word & HIGHS;
        let is = |word: u64, byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
        while let Some(chunk) = self.bytes.get(self.at..).and_then(|b| b.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*chunk);
            let found = is(word, b'"') | is(word, b'\\') | below(word, 0x20);
            if found != 0 {
                self.at += (found.trailing_zeros() / 8) as usize;
                return;
            }
            self.at += 8;
        }
        while matches!(self.peek(), Some(byte) if byte != b'"' && byte != b'\\' && byte >= 0x20) {
            self.at += 1;
        }
    }

    /// The rest of a text with escapes; `self.at` stands on the first of them.
    fn escaped(&mut self, from: usize) -> Result<String, JsonError> {
        let mut out = String::from(self.slice(from, self.at)?);
        loop {
            let run = self.at;
            self.plain();
            out.push_str(self.slice(run, self.at)?);
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    let c = self.escape()?;
                    out.push(c);
                }
                Some(_) => return Err(self.error("a control character inside a text")),
                None => return Err(self.error("a text that never ends")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, JsonError> {
        let byte = self.peek();
        self.at += 1;
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(),
            _ => return Err(self.error("an escape that JSON does not know")),
        })
    }

    fn unicode(&mut self) -> Result<char, JsonError> {
        let high = self.hex4()?;
        if !(0xD800..0xDC00).contains(&high) {
            return char::from_u32(high).ok_or_else(|| self.error("half of a surrogate pair"));
        }
        if !(self.take(b'\\') && self.take(b'u')) {
            return Err(self.error("half of a surrogate pair"));
        }
        let low = self.hex4()?;
        if !(0xDC00..0xE000).contains(&low) {
            return Err(self.error("half of a surrogate pair"));
        }
        char::from_u32(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
            .ok_or_else(|| self.error("half of a surrogate pair"))
    }

    fn hex4(&mut self) -> Result<u32, JsonError> {
        let mut value = 0;
        for _ in 0..4 {
            let digit = self.peek().and_then(|byte| char::from(byte).to_digit(16));
            let digit = digit.ok_or_else(|| self.error("four hexadecimal digits are due"))?;
            value = value * 16 + digit;
            self.at += 1;
        }
        Ok(value)
    }
}
