//! Models: numbers that are computed from what is known of a person, by a formula, by trees from a file, or as
//! learned from what people made of offers.

use super::decl::Piece;
use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::forest::{self, Forest, Transform};
use crate::hir::{self, Computed, DeclId, ExprKind as Hir, Learned};
use crate::world::Entity;
use journey_grammar::tree::{Arg, Assign, Expr, ModelDecl, ModelKind, Name, Span};
use journey_program::types::{DecisionId, Type, Value};

impl Checker<'_> {
    pub(crate) fn model_decl(&mut self, decl: &ModelDecl) -> Piece {
        let ty = self.type_ref(&decl.result);
        if !matches!(ty, Type::Number | Type::NumberIn(..) | Type::Error) {
            self.report_type("a model gives a number", &ty, decl.result.span);
            return Piece::Nothing;
        }
        let learned = matches!(decl.kind, ModelKind::Learned { .. });
        match decl.of_offer {
            Some(span) if !learned => self.report(
                Problem::new(
                    "misplaced",
                    span,
                    "only a learned model is asked for an offer",
                )
                .help("write `learned from DECISION`, or leave `(offer)` out"),
            ),
            None if learned => self.report(
                Problem::new(
                    "missing-part",
                    decl.name.span,
                    "what is learned is learned of offers",
                )
                .help(format!("write `model {}(offer) -> …`", decl.name.text)),
            ),
            _ => {}
        }
        match &decl.kind {
            ModelKind::Formula(e) => {
                self.place = Place::Profile { watched: true };
                let value = self.expr_as(e, &ty);
                Piece::Model(self.computed_model(decl, ty, value), None)
            }
            ModelKind::File { path, inputs } => self.forest_model(decl, ty, path, inputs),
            ModelKind::Learned { decision, by } => self.learned_model(decl, decision, by),
        }
    }

    fn computed_model(&self, decl: &ModelDecl, ty: Type, value: hir::Expr) -> Computed {
        Computed {
            name: decl.name.text.clone(),
            ty,
            decl: DeclId::default(),
            value,
        }
    }

    // ── trees ───────────────────────────────────────────────────────────────────────────────────

    fn forest_model(
        &mut self,
        decl: &ModelDecl,
        ty: Type,
        path: &Expr,
        inputs: &[Assign],
    ) -> Piece {
        let names: Vec<Name> = inputs.iter().map(|input| input.name.clone()).collect();
        self.unique_names(&names, "input");
        let Some(forest) = self.forest(path) else {
            return Piece::Nothing;
        };
        if matches!(ty, Type::NumberIn(..)) && forest.transform == Transform::None {
            self.report(
                Problem::new(
                    "out-of-range",
                    decl.result.span,
                    "what these trees give has no bounds",
                )
                .help("say `-> number`, and bound it where it is read"),
            );
        }
        self.place = Place::Profile { watched: true };
        let mut given: Vec<Option<hir::Expr>> = vec![None; forest.features.len()];
        for input in inputs {
            let at = forest
                .features
                .iter()
                .position(|name| *name == input.name.text);
            let Some(at) = at else {
                let known = forest.features.iter().map(String::as_str);
                self.report(words::unknown_name(
                    &input.name,
                    "feature of the model",
                    known,
                ));
                continue;
            };
            let value = self.expr(&input.value, None);
            let due = match value.ty.is_optional() {
                true => Type::Number.optional(),
                false => Type::Number,
            };
            let value = self.fit(&input.value, value, &due, None);
            if let Some(slot) = given.get_mut(at) {
                *slot = Some(value);
            }
        }
        let names = forest.features.iter().zip(&given);
        let missing: Vec<&str> = names
            .filter(|(_, value)| value.is_none())
            .map(|(name, _)| name.as_str())
            .collect();
        if !missing.is_empty() {
            let message = format!("the model also takes {}", words::listed(&missing));
            self.report(Problem::new("missing-field", decl.name.span, message));
            return Piece::Nothing;
        }
        let number = self
            .world
            .forests
            .iter()
            .position(|name| *name == decl.name.text);
        let number = number
            .and_then(|at| u32::try_from(at).ok())
            .unwrap_or(u32::MAX);
        let inputs = given.into_iter().flatten().collect();
        let value = self.make(path.span, Type::Number, Hir::Trees(number, inputs));
        Piece::Model(self.computed_model(decl, ty, value), Some(forest))
    }

    fn forest(&mut self, path: &Expr) -> Option<Forest> {
        let name = self.constant_text(path)?;
        let Some(text) = self.world.data.get(&name) else {
            let message = format!("there is no file `{name}` in this project");
            self.report(
                Problem::new("missing-file", path.span, message)
                    .help("its path counts from the project's folder"),
            );
            return None;
        };
        match forest::read(text) {
            Ok(forest) => Some(forest),
            Err(reason) => {
                let message = format!("`{name}` is no model that can be read: {reason}");
                self.report(Problem::new("bad-value", path.span, message).help(
                    "XGBoost's `save_model` to `.json` and LightGBM's `dump_model` can be read",
                ));
                None
            }
        }
    }

    // ── learned ─────────────────────────────────────────────────────────────────────────────────

    fn learned_model(&mut self, decl: &ModelDecl, decision: &Name, by: &[Name]) -> Piece {
        let id = self.resolve(decision, "a decision", |e| match e {
            Entity::Decision(id) => Some(*id),
            _ => None,
        });
        if let Some(id) = id {
            self.learns(id, decision);
        }
        self.unique_names(by, "field");
        let mut fields = Vec::new();
        for name in by.iter().filter(|name| !name.is_missing()) {
            let record = self.world.profile_fields();
            let at = record
                .fields
                .iter()
                .position(|field| field.name == name.text);
            let Some((at, field)) = at.and_then(|at| Some((at, record.fields.get(at)?))) else {
                let known = record.fields.iter().map(|field| field.name.as_str());
                self.report(words::unknown_name(
                    name,
                    "declared field of the profile",
                    known,
                ));
                continue;
            };
            if matches!(field.ty.known(), Type::Record(_) | Type::List(_)) {
                let ty = field.ty.clone();
                self.report_type("a model learns apart by single values", &ty, name.span);
                continue;
            }
            fields.extend(u32::try_from(at).ok());
        }
        let Some(decision) = id else {
            return Piece::Nothing;
        };
        Piece::Learned(Learned {
            name: decl.name.text.clone(),
            decision,
            by: fields,
        })
    }

    /// It counts `accepted` among `shown`.
    fn learns(&mut self, id: DecisionId, name: &Name) {
        let sig = self.world.decisions.get(id.index());
        let has = sig.is_some_and(|sig| sig.outcomes.iter().any(|o| o.name == "accepted"));
        if !has {
            let message = format!("`{}` has no outcome `accepted` to learn from", name.text);
            self.report(Problem::new("unknown-name", name.span, message));
        }
    }

    /// `accepts(offer)`
    pub(crate) fn learned(&mut self, id: u32, name: &Name, args: &[Arg], span: Span) -> hir::Expr {
        let [arg] = args else {
            let message = format!("`{}` takes one offer", name.text);
            self.report(Problem::new("wrong-arguments", span, message));
            return self.failed_call(args, span);
        };
        let value = self.infer(&arg.value, None);
        if value.ty == Type::Error {
            return self.failed_as(span, Type::Number);
        }
        let offer = match (&value.ty, &value.kind) {
            (Type::Offer(ty), Hir::Value(Value::Enum(_, place))) => {
                self.world.offer_at(*ty, *place)
            }
            _ => None,
        };
        let Some(offer) = offer.filter(|_| self.candidate.is_some()) else {
            self.report(
                Problem::new(
                    "not-readable-here",
                    span,
                    "what is learned of offers is asked where offers are ranked",
                )
                .help(format!(
                    "write `{}(offer)` in a decision's `rank by`",
                    name.text
                )),
            );
            return self.failed_as(span, Type::Number);
        };
        self.make(span, Type::Number, Hir::Learned(id, offer))
    }

    pub(crate) fn logistic(&mut self, args: &[Arg], span: Span) -> hir::Expr {
        let [arg] = args else {
            self.report(Problem::new(
                "wrong-arguments",
                span,
                "`logistic` takes one number",
            ));
            return self.failed_call(args, span);
        };
        let value = self.infer(&arg.value, Some(&Type::Number));
        let value = self.fit(&arg.value, value, &Type::Number, None);
        if value.ty == Type::Error {
            return self.failed_as(span, Type::Number);
        }
        if let Hir::Value(Value::Number(x)) = &value.kind {
            let result = Value::Number(journey_program::exp::logistic(*x));
            return self.constant_value(span, Type::Number, result);
        }
        self.make(span, Type::Number, Hir::Logistic(Box::new(value)))
    }
}
