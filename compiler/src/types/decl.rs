//! One declaration over the world: its problems, and its part of the checked program.
//! The files beside this one are alike: each takes one kind of declaration and gives its piece.

use super::{Checker, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{
    Audience, Channel, Computed, Conversion, Decision, DeclId, Forest, Function, Journey, Learned,
    Limit, Measure, Message, NodeId, Offer, OfferGroup, Purpose, TagHoldout, Test,
};
use crate::world::World;
use journey_grammar::tree::{
    AudienceDecl, ConstDecl, Decl, DeclKind, EnumDecl, Expr, FieldDecl, FnDecl, Name, Span,
    TypeDecl,
};
use journey_program::plan::SourcePlan;
use journey_program::types::{Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// A declaration, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checked {
    pub problems: Vec<Problem>,
    /// the source map, from the start of the declaration
    pub spans: Vec<Span>,
    /// what the author says may be seen outside: `reveal(x)`
    pub revealed: BTreeSet<NodeId>,
    pub piece: Piece,
    /// what the names of its expressions mean, in the order in which they were checked
    pub reads: Vec<super::Read>,
    /// its variables, with their types
    pub locals: Vec<crate::hir::Local>,
}

/// What a declaration gives to the program beyond its signature. `DeclId`s are given when all are put together.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Piece {
    #[default]
    Nothing,
    Profile(Vec<Computed>),
    /// an event by its name, and how long it is kept: milliseconds
    Event(String, i64),
    Function(Function),
    /// with the predicate of its hold
    Purpose(Purpose, Option<crate::hir::Expr>),
    /// a function for each column
    Table(Vec<Function>),
    Audience(Audience),
    Channel(Channel),
    Message(Message),
    Offer(Box<Offer>),
    Group(Box<OfferGroup>),
    Decision(Box<Decision>),
    /// a model as a computed field, and its trees
    Model(Computed, Option<Forest>),
    Learned(Learned),
    Limit(Limit),
    Holdout(TagHoldout),
    Conversion(Box<Conversion>),
    Measure(Measure),
    Journey(Box<Journey>),
    /// with its regular expressions
    Source(SourcePlan, Vec<String>),
    Test(Test),
}

/// `running`: of tests only the lines that this version runs, which they call by its folder.
pub fn check(world: &World, decl: &Decl, running: Option<&str>) -> Checked {
    let mut checker = Checker::new(world, Place::Constant);
    let piece = match &decl.kind {
        DeclKind::Enum(d) => checker.enum_decl(d),
        DeclKind::Type(d) => checker.type_decl(d),
        DeclKind::Const(d) => checker.const_decl(d),
        DeclKind::Fn(d) => checker.fn_decl(d),
        DeclKind::Event(d) => checker.event_decl(d),
        DeclKind::Source(d) => checker.source_decl(d),
        DeclKind::Profile(d) => checker.profile_decl(d),
        DeclKind::Identity(d) => checker.identity_decl(d),
        DeclKind::Purpose(d) => checker.purpose_decl(d),
        DeclKind::Audience(d) => checker.audience_decl(d),
        DeclKind::Channel(d) => checker.channel_decl(d),
        DeclKind::Message(d) => checker.message_decl(d),
        DeclKind::Journey(d) => checker.journey_decl(d),
        DeclKind::Limit(d) => checker.limit_decl(d),
        DeclKind::Holdout(d) => checker.holdout_decl(d),
        DeclKind::Test(d) => checker.test_decl(d, running),
        DeclKind::Table(d) => checker.table_decl(d),
        DeclKind::OfferType(d) => checker.offer_type_decl(d),
        DeclKind::Group(d) => checker.group_decl(d),
        DeclKind::Offer(d) => checker.offer_decl(d),
        DeclKind::Model(d) => checker.model_decl(d),
        DeclKind::Decision(d) => checker.decision_decl(d),
        DeclKind::Conversion(d) => checker.conversion_decl(d),
        DeclKind::Measure(d) => checker.measure_decl(d),
        DeclKind::Broken => Piece::Nothing,
    };
    let locals = match &piece {
        Piece::Journey(journey) => journey.locals.clone(),
        _ => checker.locals,
    };
    Checked {
        problems: checker.problems,
        spans: checker.spans,
        revealed: checker.revealed,
        piece,
        reads: checker.reads,
        locals,
    }
}

impl Checker<'_> {
    fn enum_decl(&mut self, decl: &EnumDecl) -> Piece {
        if decl.values.is_empty() && !decl.name.is_missing() {
            let message = format!("the enum `{}` has no values", decl.name.text);
            self.report(
                Problem::new("empty-enum", decl.name.span, message)
                    .help("list them in order: `enum tier { none, silver, gold }`"),
            );
        }
        self.unique_names(&decl.values, "value");
        Piece::Nothing
    }

    fn type_decl(&mut self, decl: &TypeDecl) -> Piece {
        self.fields(&decl.fields);
        Piece::Nothing
    }

    fn const_decl(&mut self, decl: &ConstDecl) -> Piece {
        let ty = decl.ty.as_ref().map(|ty| self.type_ref(ty));
        self.constant(&decl.value, ty.as_ref());
        Piece::Nothing
    }

    fn fn_decl(&mut self, decl: &FnDecl) -> Piece {
        self.place = Place::Function;
        let mut params = Vec::new();
        let names: Vec<Name> = decl.params.iter().map(|param| param.name.clone()).collect();
        self.unique_names(&names, "parameter");
        for param in &decl.params {
            let ty = self.type_ref(&param.ty);
            self.declare(&param.name.text, ty.clone());
            params.push(crate::hir::Local {
                name: param.name.text.clone(),
                ty,
            });
        }
        let result = self.type_ref(&decl.result);
        let body = self.expr_as(&decl.body, &result);
        Piece::Function(Function {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            params,
            body,
        })
    }

    fn audience_decl(&mut self, decl: &AudienceDecl) -> Piece {
        self.place = Place::Profile { watched: true };
        let predicate = self.condition(&decl.value);
        Piece::Audience(Audience {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            predicate,
        })
    }

    /// Fields of a type, an event, an outcome: names once, types known, defaults constant.
    pub(crate) fn fields(&mut self, fields: &[FieldDecl]) {
        let names: Vec<Name> = fields.iter().map(|field| field.name.clone()).collect();
        self.unique_names(&names, "field");
        for field in fields {
            let ty = self.type_ref(&field.ty);
            if let Some(default) = &field.default {
                self.constant(default, Some(&ty));
            }
        }
    }

    /// Names that may stand once: the second says where the first is.
    pub(crate) fn unique_names(&mut self, names: &[Name], what: &str) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for name in names.iter().filter(|name| !name.is_missing()) {
            match first.get(name.text.as_str()) {
                Some(before) => {
                    let message = format!("there are two {what}s named `{}`", name.text);
                    self.report(
                        Problem::new("declared-twice", name.span, message)
                            .label(*before, "the first is here"),
                    );
                }
                None => {
                    first.insert(&name.text, name.span);
                }
            }
        }
    }

    /// A name, resolved to one kind of declaration; in silence for what is broken or missing.
    pub(crate) fn resolve<T>(
        &mut self,
        name: &Name,
        what: &str,
        pick: impl Fn(&crate::world::Entity) -> Option<T>,
    ) -> Option<T> {
        use crate::world::Entity;
        if name.is_missing() {
            return None;
        }
        match self.world.names.get(&name.text) {
            Some(Entity::Opaque) => None,
            Some(entity) => match pick(entity) {
                Some(found) => Some(found),
                None => {
                    let message = format!("`{}` is {}, not {what}", name.text, kind_word(entity));
                    self.report(Problem::new("wrong-kind", name.span, message));
                    None
                }
            },
            None => {
                let world = self.world;
                let near = world
                    .near(&name.text)
                    .filter(|(_, entity)| pick(entity).is_some());
                let fitting = near.map(|(name, _)| name);
                let what = what.trim_start_matches("an ").trim_start_matches("a ");
                self.report(words::unknown_name(name, what, fitting));
                None
            }
        }
    }

    pub(crate) fn purpose(&mut self, name: &Name) -> Option<journey_program::types::PurposeId> {
        self.resolve(name, "a purpose", |e| match e {
            crate::world::Entity::Purpose(id) => Some(*id),
            _ => None,
        })
    }

    pub(crate) fn channel(&mut self, name: &Name) -> Option<journey_program::types::ChannelId> {
        self.resolve(name, "a channel", |e| match e {
            crate::world::Entity::Channel(id) => Some(*id),
            _ => None,
        })
    }

    /// A constant int of at least `least`.
    pub(crate) fn count(&mut self, e: &Expr, least: i64) -> Option<u32> {
        let (_, value) = self.constant(e, Some(&Type::Int))?;
        let Value::Int(count) = value else {
            return None;
        };
        match u32::try_from(count) {
            Ok(fitting) if count >= least => Some(fitting),
            _ => {
                let message = format!("a whole number from {least} on is due here, not `{count}`");
                self.report(Problem::new("out-of-range", e.span, message));
                None
            }
        }
    }

    /// A constant duration or span.
    pub(crate) fn stay(&mut self, e: &Expr) -> Option<journey_program::plan::StayPlan> {
        use journey_program::plan::StayPlan;
        let (_, value) = self.constant(e, None)?;
        match value {
            Value::Duration(ms) => Some(StayPlan::Duration(ms)),
            Value::Span(span) => Some(StayPlan::Span(span)),
            _ => {
                self.report(Problem::new(
                    "type-mismatch",
                    e.span,
                    "a duration such as `3 days` is due here",
                ));
                None
            }
        }
    }

    /// A constant time of day, in milliseconds.
    pub(crate) fn clock_constant(&mut self, e: &Expr) -> Option<i64> {
        match self.constant(e, Some(&Type::Clock))?.1 {
            Value::Clock(ms) => Some(ms),
            _ => None,
        }
    }

    /// A constant text.
    pub(crate) fn constant_text(&mut self, e: &Expr) -> Option<String> {
        match self.constant(e, Some(&Type::Text))?.1 {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A constant share, `0%` to `100%`.
    pub(crate) fn share(&mut self, e: &Expr) -> Option<f64> {
        let (_, value) = self.constant(e, Some(&Type::Number))?;
        let Value::Number(share) = value else {
            return None;
        };
        if (0.0..=1.0).contains(&share) {
            return Some(share);
        }
        self.report(Problem::new(
            "out-of-range",
            e.span,
            "a share from `0%` to `100%` is due here",
        ));
        None
    }
}

/// A share of 2^64, rounded down; all of it is the largest number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a double times 2^64 is exact, and `as` saturates at both ends as is meant here"
)]
pub(crate) fn of_2_64(share: f64) -> u64 {
    (share * 18_446_744_073_709_551_616.0) as u64
}

/// What a declaration is, for messages.
pub(crate) fn kind_word(entity: &crate::world::Entity) -> &'static str {
    use crate::world::Entity;
    match entity {
        Entity::Enum(_) => "an enum",
        Entity::Record(_) => "a type",
        Entity::Event(_) => "an event",
        Entity::Const(_) => "a constant",
        Entity::Function(_) => "a function",
        Entity::Table(_) => "a table",
        Entity::Purpose(_) => "a purpose",
        Entity::Audience(_) => "an audience",
        Entity::Channel(_) => "a channel",
        Entity::Message(_) => "a message",
        Entity::Journey(_) => "a journey",
        Entity::Limit => "a limit",
        Entity::Holdout => "a holdout",
        Entity::OfferType(_) => "an offer type",
        Entity::Offer(_) => "an offer",
        Entity::Group(_) => "a group of offers",
        Entity::Decision(_) => "a decision",
        Entity::Model(_) | Entity::Learned(_) => "a model",
        Entity::Conversion(_) => "a conversion",
        Entity::Measure => "a measure",
        Entity::Opaque => "something else",
    }
}
