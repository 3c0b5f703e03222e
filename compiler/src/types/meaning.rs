//! What each name of an expression turned out to mean, for whoever looks names up: an editor. Noted while the
//! expression is checked, since only then its type, its event and its scope are known.

use super::Checker;
use journey_grammar::tree::{Name, Span};
use journey_program::types::{EnumId, EventId, RecordId, Type};

/// A name of an expression, and what it means there.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// from the start of the declaration, or of the file that it names
    pub span: Span,
    pub meaning: Meaning,
    /// of what was read up to here
    pub ty: Type,
    /// the template in which it stands
    pub file: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// what the program declares under this name
    Declared,
    /// a variable, a parameter or a step of the declaration
    Local,
    /// the variable of a template's loop, where it is named first
    Binds,
    /// a field of the profile, declared or computed
    Profile,
    Field(RecordId),
    Value(EnumId),
    /// a field of these offers
    OfferField(EnumId),
    /// a column of this table
    Column(u32),
    /// an outcome of a channel, a decision or a message: it is an event
    Outcome(EventId),
    /// an outcome that the same words mean too, by another channel
    Also(EventId),
    /// part of the language
    BuiltIn,
}

impl Checker<'_> {
    pub(crate) fn read(&mut self, name: &Name, meaning: Meaning, ty: Type) {
        self.reads.push(Read {
            span: name.span,
            meaning,
            ty,
            file: None,
        });
    }

    /// A name whose type nobody asks for.
    pub(crate) fn means(&mut self, name: &Name, meaning: Meaning) {
        self.read(name, meaning, Type::Error);
    }

    /// What was noted from `mark` on stands in a part of a template that begins `ahead` of `from`.
    pub(super) fn shift_reads(&mut self, mark: usize, place: impl Fn(u32) -> u32) {
        for read in self.reads.iter_mut().skip(mark) {
            read.span = Span::new(place(read.span.start), place(read.span.end));
        }
    }
}
