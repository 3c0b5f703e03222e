//! Events, profile and identity: what is known of people, and by what they are known.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{self, Computed, DeclId};
use journey_grammar::tree::{EventDecl, Expr, IdentityDecl, Name, ProfileDecl};
use journey_program::plan::Normalise;
use journey_program::types::{EVENT_FIELDS, Type};

impl Checker<'_> {
    pub(crate) fn event_decl(&mut self, decl: &EventDecl) -> Piece {
        for field in &decl.fields {
            if EVENT_FIELDS
                .iter()
                .any(|(name, _)| *name == field.name.text)
            {
                let message = format!("every event has `{}` already", field.name.text);
                self.report(
                    Problem::new("declared-twice", field.name.span, message)
                        .help("`id`, `at`, `source` and `late` are there without being declared"),
                );
            }
        }
        self.fields(&decl.fields);
        let keep = decl.keep.as_ref();
        match keep.and_then(|keep| self.duration_ms(keep)) {
            Some(ms) => Piece::Event(decl.name.text.clone(), ms),
            None => Piece::Nothing,
        }
    }

    pub(crate) fn profile_decl(&mut self, decl: &ProfileDecl) -> Piece {
        self.fields(&decl.fields);
        let fields = decl.fields.iter().map(|field| field.name.clone());
        let computed = decl.lets.iter().map(|l| l.name.clone());
        let mut names: Vec<Name> = computed.collect();
        self.unique_names(&names, "field");
        for name in std::mem::take(&mut names) {
            if let Some(field) = decl.fields.iter().find(|f| f.name.text == name.text)
                && !name.is_missing()
            {
                let message = format!("there are two fields named `{}`", name.text);
                self.report(
                    Problem::new("declared-twice", name.span, message)
                        .label(field.name.span, "the other is here"),
                );
            }
        }
        for field in fields.filter(|name| name.text == "timezone") {
            let record = self.world.profile_fields();
            let ty = record
                .fields
                .iter()
                .find(|f| f.name == field.text)
                .map(|f| &f.ty);
            if ty.is_some_and(|ty| !matches!(ty.known(), Type::Timezone | Type::Error)) {
                self.report(
                    Problem::new(
                        "type-mismatch",
                        field.span,
                        "the field `timezone` is the person's zone, so it is a `timezone?`",
                    )
                    .help("give another name to a field that is something else"),
                );
            }
        }
        self.place = Place::Profile { watched: true };
        let lets = decl.lets.iter().map(|computed| {
            let declared = computed.ty.as_ref().map(|ty| self.type_ref(ty));
            let value = match &declared {
                Some(ty) => self.expr_as(&computed.value, ty),
                None => self.computed_value(&computed.value),
            };
            Computed {
                name: computed.name.text.clone(),
                ty: declared.unwrap_or_else(|| value.ty.clone()),
                decl: DeclId::default(),
                value,
            }
        });
        Piece::Profile(lets.collect())
    }

    /// A computed field whose type is what its value makes it: a `T?` if that may fault.
    pub(crate) fn computed_value(&mut self, value: &Expr) -> hir::Expr {
        let found = self.expr(value, None);
        if found.ty.is_optional() || found.ty == Type::Error || !self.may_fault(&found) {
            return found;
        }
        let ty = found.ty.clone().optional();
        self.make(value.span, ty, hir::ExprKind::Some(Box::new(found)))
    }

    pub(crate) fn identity_decl(&mut self, decl: &IdentityDecl) -> Piece {
        let names: Vec<Name> = decl.keys.iter().map(|key| key.name.clone()).collect();
        self.unique_names(&names, "identifier");
        let unique = decl.keys.iter().find(|key| key.unique);
        if unique.is_none() {
            self.report(
                Problem::new(
                    "missing-part",
                    decl.span,
                    "nothing here identifies a person",
                )
                .help("one identifier is `unique`: `user_id unique`"),
            );
        }
        for key in &decl.keys {
            if let Some(normalise) = &key.normalise {
                let known = Normalise::ALL.map(|(name, _)| name);
                if !normalise.is_missing() && !known.contains(&normalise.text.as_str()) {
                    self.report(words::unknown_name(normalise, "way to normalise", known));
                }
            }
            if let Some(shared) = &key.shared {
                self.count(shared, 1);
            } else if !key.unique && !key.name.is_missing() {
                let message = format!("`{}` says neither `unique` nor `shared`", key.name.text);
                self.report(
                    Problem::new("missing-part", key.span, message).help("write `unique` after it"),
                );
            }
            self.identifier_field(&key.name);
        }
        for value in &decl.ignore {
            self.constant_text(value);
        }
        Piece::Nothing
    }

    /// An identifier that is declared as a profile field is a text.
    fn identifier_field(&mut self, name: &Name) {
        let record = self.world.profile_fields();
        let ty = record
            .fields
            .iter()
            .find(|field| field.name == name.text)
            .map(|f| &f.ty);
        if let Some(ty) = ty
            && !matches!(ty.known(), Type::Text | Type::Error)
        {
            let found = super::words::type_name(self.world, ty);
            let message = format!("an identifier is a `text?`, `{}` is `{found}`", name.text);
            self.report(Problem::new("type-mismatch", name.span, message));
        }
    }
}
