//! Fields: paths from the profile, an event, the entry or a variable, with the types that the author declared.

use super::Translator;
use super::scalar::{Kind, Sym};
use crate::hir::{Expr, ExprKind};
use crate::proofs::formula::Formula;
use crate::proofs::vars::{Root, What};
use journey_program::types::Type;

impl Translator<'_> {
    fn root_type(&self, root: Root) -> Option<Type> {
        match root {
            Root::Profile => Some(Type::Record(self.view.world().profile.record)),
            Root::Event => self.event.clone(),
            Root::Entry => self.entry.clone(),
            Root::Local(local) => self.locals.get(local as usize).cloned(),
        }
    }

    fn field_type(&self, record: &Type, field: u32) -> Option<Type> {
        let record = record.record()?;
        let def = self.view.world().records.get(record.index())?;
        Some(def.fields.get(field as usize)?.ty.clone())
    }

    /// The type that is declared for what lies at a path.
    pub(super) fn type_at(&self, root: Root, path: &[u32]) -> Option<Type> {
        let mut ty = self.root_type(root)?;
        for field in path {
            ty = self.field_type(&ty, *field)?;
        }
        Some(ty)
    }

    pub(super) fn at_path(&mut self, root: Root, path: Vec<u32>) -> Option<Sym> {
        let ty = self.type_at(root, &path)?;
        if root == Root::Event && self.event_as.is_some() && !path.is_empty() {
            return self.stood_for(&path, &ty);
        }
        let known = if ty.is_optional() {
            Formula::is(self.vars.bool(What::Known(root, path.clone()), true))
        } else {
            Formula::True
        };
        let kind = match ty.known() {
            Type::Record(_) | Type::List(_) => Kind::Path(root, path),
            Type::Bool => Kind::Bool(Formula::is(self.vars.bool(What::Value(root, path), true))),
            ty => {
                // a variable's range is that of its type, not of what is assigned to it
                let scalar = self.scalar_var(What::Value(root, path), ty, true)?;
                Kind::Cases(vec![(Formula::True, scalar)])
            }
        };
        Some(Sym { known, kind })
    }
}

/// The path that an expression reads, if it reads one.
pub(super) fn path_of(e: &Expr) -> Option<(Root, Vec<u32>)> {
    match &e.kind {
        ExprKind::Profile(field) => Some((Root::Profile, vec![*field])),
        ExprKind::Event => Some((Root::Event, Vec::new())),
        ExprKind::Entry => Some((Root::Entry, Vec::new())),
        ExprKind::Local(local) => Some((Root::Local(local.0), Vec::new())),
        ExprKind::Narrow(inner) => path_of(inner),
        ExprKind::Field(base, field) => {
            let (root, mut path) = path_of(base)?;
            path.push(*field);
            Some((root, path))
        }
        _ => None,
    }
}
