//! The names of `conversion` and `measure`.

use super::{Symbol, Walk};
use journey_grammar::tree::{ConversionDecl, EventPattern, MeasureDecl};

impl Walk<'_> {
    pub(super) fn conversion(&mut self, decl: &ConversionDecl) {
        self.defines(&decl.name);
        self.event_pattern(&decl.on);
        self.exprs(&decl.value);
        for credit in &decl.credits {
            for path in &credit.what {
                for name in path {
                    if !self.refer_read(name) {
                        self.built_in(name);
                    }
                }
            }
            self.exprs(&credit.within);
        }
    }

    pub(super) fn measure(&mut self, decl: &MeasureDecl) {
        self.defines(&decl.name);
        for part in &decl.parts {
            self.built_in(&part.part);
            for pattern in &part.what {
                self.measured(&part.part.text, pattern);
            }
        }
    }

    /// A level of loyalty is a field of the profile, or an audience.
    fn measured(&mut self, part: &str, pattern: &EventPattern) {
        match (part, pattern.path.as_slice()) {
            ("loyalty", [name]) if !self.world.names.contains_key(&name.text) => {
                self.refer(name, Symbol::Profile(name.text.clone()));
            }
            ("loyalty" | "purchase", [name]) => self.declared(name),
            _ => self.event_pattern(pattern),
        }
    }
}
