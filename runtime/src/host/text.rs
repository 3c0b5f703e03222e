//! Operations on texts: comparisons, and the builder that interpolation writes with.

use super::build::Builder;
use super::{BYTES_MAX, Frame, arg, locale, num};
use journey_program::civil::zone_name;
use journey_program::host::HostOp;
use journey_program::ir::{FaultCode, Space, handle};
use journey_program::record;
use journey_program::show;
use journey_program::types::{Currency, Span};

impl Frame<'_> {
    pub(super) fn compare(&self, op: HostOp, args: &[i64]) -> i64 {
        let (a, b) = (self.text(arg(args, 0)), arg(args, 1));
        let held = match op {
            HostOp::TextCmp => {
                return match a.as_bytes().cmp(self.text(b).as_bytes()) {
                    std::cmp::Ordering::Less => -1,
                    std::cmp::Ordering::Equal => 0,
                    std::cmp::Ordering::Greater => 1,
                };
            }
            HostOp::TextEq => a == self.text(b),
            HostOp::TextContains => a.contains(self.text(b)),
            HostOp::TextStartsWith => a.starts_with(self.text(b)),
            HostOp::TextEndsWith => a.ends_with(self.text(b)),
            _ => usize::try_from(b)
                .ok()
                .and_then(|number| self.shared.regexes.get(number)?.as_ref())
                .is_some_and(|regex| regex.is_match(a)),
        };
        i64::from(held)
    }

    pub(super) fn write(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        match op {
            HostOp::TextBegin => {
                self.builders.push(Builder::Text(String::new()));
                Ok(0)
            }
            HostOp::TextEnd => match self.builders.pop() {
                Some(Builder::Text(text)) => self.scratch_text(&text),
                Some(Builder::List { .. } | Builder::Record { .. }) | None => self.scratch_text(""),
            },
            _ => {
                let piece = self.piece(op, args);
                self.push(&piece)
            }
        }
    }

    fn push(&mut self, piece: &str) -> Result<i64, FaultCode> {
        if let Some(Builder::Text(text)) = self.builders.last_mut() {
            if text.len() + piece.len() > BYTES_MAX {
                return Err(FaultCode::TooLong);
            }
            text.push_str(piece);
        }
        Ok(0)
    }

    fn piece(&self, op: HostOp, args: &[i64]) -> String {
        let (a, b) = (arg(args, 0), arg(args, 1));
        match op {
            HostOp::TextPush => self.text(a).to_owned(),
            HostOp::TextPushHtml => show::html(self.text(a)),
            HostOp::TextPushBool => (a != 0).to_string(),
            HostOp::TextPushInt => a.to_string(),
            HostOp::TextPushNum => show::number(num(a)),
            HostOp::TextPushMoney => show::money(a, currency(b)),
            HostOp::TextPushTime => show::time(a),
            HostOp::TextPushDate => show::date(a),
            HostOp::TextPushClock => show::clock(a),
            HostOp::TextPushDuration => show::duration(a),
            HostOp::TextPushSpan => show::span(Span::unpack(a)),
            HostOp::TextPushTimezone => zone_name(a).unwrap_or("").to_owned(),
            HostOp::TextPushEnum => self.enum_name(a, b).to_owned(),
            HostOp::TextPushIntLocale => locale::int(a, self.text(b)),
            HostOp::TextPushNumLocale => locale::number(num(a), self.text(b)),
            HostOp::TextPushMoneyLocale => locale::money(a, currency(b), self.text(arg(args, 2))),
            HostOp::TextPushDateLocale => locale::date(a, self.text(b)),
            HostOp::TextPushTimeLocale => locale::time(a, self.zone, self.text(b)),
            _ => String::new(),
        }
    }

    fn enum_name(&self, number: i64, place: i64) -> &str {
        usize::try_from(number)
            .ok()
            .and_then(|number| self.program.enums.get(number))
            .and_then(|def| def.values.get(usize::try_from(place).ok()?))
            .map_or("", String::as_str)
    }

    /// A text of this call; its handle.
    pub(super) fn scratch_text(&mut self, text: &str) -> Result<i64, FaultCode> {
        let at = self.scratch_room(16)?;
        record::set_text(&self.types(), &mut self.scratch, at, text);
        Ok(handle(Space::Scratch, at))
    }

    /// So many zeroed bytes of scratch, at a multiple of eight.
    pub(super) fn scratch_room(&mut self, size: usize) -> Result<u32, FaultCode> {
        let start = self.scratch.len().next_multiple_of(8);
        if start + size > 16 * BYTES_MAX {
            return Err(FaultCode::TooLong);
        }
        self.scratch.resize(start + size, 0);
        u32::try_from(start).map_err(|_| FaultCode::TooLong)
    }
}

fn currency(word: i64) -> Currency {
    let [.., a, b, c] = word.to_be_bytes();
    Currency([a, b, c])
}
