//! `EVENT each x in LIST key x.F`: one instance for each element of a list of the event.

use super::keyed::event_path;
use super::pattern::PatternPlace;
use super::words::type_name;
use super::{Checker, Meaning, Place, Problem};
use crate::hir::{Each, Key};
use journey_grammar::tree::{EventPattern, KeyRef, Name, Span};
use journey_program::types::{EventId, Type};

impl Checker<'_> {
    /// The elements, and the key that each has. `enters`: the element can be read from then on.
    pub(crate) fn each(
        &mut self,
        event: EventId,
        pattern: &EventPattern,
        enters: bool,
    ) -> Option<(Each, Key)> {
        let (binder, list) = pattern.each.as_deref()?;
        let before = std::mem::replace(&mut self.place, Place::Where { event });
        let value = self.expr(list, None);
        let value = self.need_known(list, value, None);
        self.place = before;
        let path = event_path(&value);
        let Type::List(element) = value.ty.clone() else {
            if value.ty != Type::Error {
                let found = type_name(self.world, &value.ty);
                let message = format!("a list of the event is due here, not `{found}`");
                self.report(Problem::new("type-mismatch", list.span, message));
            }
            return None;
        };
        let Some(path) = path else {
            let message = "this is no list that came with the event";
            self.report(
                Problem::new("type-mismatch", list.span, message)
                    .help("name one of its fields: `each item in items key item.sku`"),
            );
            return None;
        };
        let Some(KeyRef::Field(key)) = &pattern.key else {
            self.report(
                Problem::new("key-not-carried", pattern.span, "each element needs a key")
                    .help("say which of its fields: `each item in items key item.sku`"),
            );
            return None;
        };
        let (key_path, key) = self.element_field(binder, &element, key)?;
        let bind = enters.then(|| self.declare(&binder.text, (*element).clone()));
        let each = Each {
            list: path,
            key: key_path,
            bind,
        };
        Some((each, key))
    }

    /// `x.F` of an element, or `x` itself.
    fn element_field(
        &mut self,
        binder: &Name,
        element: &Type,
        key: &Name,
    ) -> Option<(Vec<u32>, Key)> {
        self.element_reads(element, key);
        let mut names = key.text.split('.');
        if names.next() != Some(binder.text.as_str()) {
            let message = format!("the key is one of `{}`", binder.text);
            self.report(
                Problem::new("key-not-carried", key.span, message)
                    .help(format!("write `key {}.FIELD`", binder.text)),
            );
            return None;
        }
        let (mut path, mut ty, mut last) = (Vec::new(), element.clone(), binder.text.clone());
        for name in names {
            let field = match ty.known() {
                Type::Record(record) => self.record_field(*record, name),
                _ => None,
            };
            let Some((field, of)) = field else {
                let found = type_name(self.world, &ty);
                let message = format!("`{found}` has no field `{name}`");
                self.report(Problem::new("unknown-field", key.span, message));
                return None;
            };
            path.push(field);
            ty = of;
            name.clone_into(&mut last);
        }
        let ty = ty.known().base();
        if matches!(ty, Type::List(_) | Type::Record(_)) {
            let message = format!("`{}` is no single value, so it can't be a key", key.text);
            self.report(Problem::new("type-mismatch", key.span, message));
            return None;
        }
        Some((path, Key { name: last, ty }))
    }

    /// What the parts of `x.F` mean. They are one name of the tree, each of its parts a name to the reader.
    fn element_reads(&mut self, element: &Type, key: &Name) {
        let spread = key.span.end - key.span.start;
        if usize::try_from(spread).is_ok_and(|length| length != key.text.len()) {
            return;
        }
        let (mut at, mut ty) = (key.span.start, element.clone());
        for (place, part) in key.text.split('.').enumerate() {
            let end = at + u32::try_from(part.len()).unwrap_or_default();
            let name = Name {
                text: part.to_owned(),
                span: Span::new(at, end),
            };
            let field = match ty.known() {
                Type::Record(record) => self.record_field(*record, part).map(|f| (*record, f.1)),
                _ => None,
            };
            if place == 0 {
                self.read(&name, Meaning::Local, ty.clone());
            } else if let Some((record, of)) = field {
                self.read(&name, Meaning::Field(record), of.clone());
                ty = of;
            }
            at = end + 1;
        }
    }

    /// An element's key where instances are met.
    pub(crate) fn element_key(
        &mut self,
        pattern: &EventPattern,
        place: PatternPlace<'_>,
        found: &Key,
    ) {
        let Some(key) = place.key else {
            self.report(
                Problem::new("misplaced", pattern.span, "this journey has no key")
                    .help("a key is given where it is entered: `enter on EVENT key FIELD`"),
            );
            return;
        };
        if found.ty != key.ty && key.ty != Type::Error {
            let due = type_name(self.world, &key.ty);
            let ty = type_name(self.world, &found.ty);
            let message = format!("the key `{}` is `{due}`, this is `{ty}`", key.name);
            self.report(Problem::new("key-not-carried", pattern.span, message));
        }
    }
}
