//! `conversion` and `measure`: what is counted, what may have led to it, what customers are worth by.

use super::decl::Piece;
use super::{Checker, Meaning, Place, Problem};
use crate::diagnostics::words;
use crate::hir::{self, Advocacy, Conversion, Credit, DeclId, Loyalty, Measure};
use crate::world::Entity;
use journey_grammar::tree::{
    ConversionDecl, CreditDecl, EventPattern, Expr, MeasureDecl, MeasuredDecl, Name, Span,
};
use journey_program::plan::Credited;
use journey_program::types::{EVENT_FIELDS, EventId, Type};

/// What a measure is made of.
const PARTS: [&str; 3] = ["purchase", "loyalty", "advocacy"];
/// What may be credited without a name of its own.
const SENDS: &str = "sends";
const OFFERS: &str = "offers";
/// A path to a conversion is kept in memory: two years are the longest.
const WITHIN_MAX: i64 = 730 * 86_400_000;

impl Checker<'_> {
    pub(crate) fn conversion_decl(&mut self, decl: &ConversionDecl) -> Piece {
        self.no_extras(&decl.on, "a conversion");
        let Some(event) = self.counted(&decl.on, "it is nobody's conversion") else {
            return Piece::Nothing;
        };
        let filter = decl
            .on
            .filter
            .as_ref()
            .map(|filter| self.filter(event, filter));
        let value = decl.value.as_ref().map(|value| self.value_of(event, value));
        let mut credits = Vec::new();
        for credit in &decl.credits {
            self.credit(credit, event, decl.on.span, &mut credits);
        }
        Piece::Conversion(Box::new(Conversion {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            event,
            filter,
            value,
            credits,
        }))
    }

    /// An event that someone did: no broadcast, and nothing that we did ourselves.
    fn counted(&mut self, pattern: &EventPattern, why: &str) -> Option<EventId> {
        let event = self.pattern_event(pattern)?;
        if self.not_a_broadcast(event, pattern.span, why) {
            return None;
        }
        let sig = self.world.events.get(event.index())?;
        let (_, last) = sig.name.rsplit_once('.').unwrap_or(("", ""));
        let own = match last {
            "sent" => "a send",
            "shown" if sig.decided.is_some() => "an offer that was shown",
            "start" => "a start",
            _ => return Some(event),
        };
        let message = format!("{own} is what the program does, so it can't follow from it");
        self.report(
            Problem::new("cannot-convert", pattern.span, message)
                .help("name what the person does: an event, or another outcome"),
        );
        None
    }

    /// A number, or one currency's money.
    fn value_of(&mut self, event: EventId, e: &Expr) -> hir::Expr {
        let before = std::mem::replace(&mut self.place, Place::Where { event });
        let value = self.expr(e, None);
        let value = match value.ty.known().clone() {
            Type::Int | Type::IntIn(..) => self.fit(e, value, &Type::Number, None),
            due @ (Type::Money(_) | Type::Number) => self.fit(e, value, &due, None),
            Type::NumberIn(..) => self.fit(e, value, &Type::Number, None),
            Type::Error => value,
            other => {
                self.report_type("a value is a number or money", &other, e.span);
                self.failed(e.span)
            }
        };
        self.place = before;
        value
    }

    fn credit(&mut self, decl: &CreditDecl, event: EventId, on: Span, out: &mut Vec<Credit>) {
        let within = decl.within.as_ref().and_then(|e| {
            let ms = self.duration_ms(e)?;
            if ms <= 0 || ms > WITHIN_MAX {
                let message = "a conversion looks back longer than nothing and at most 730 days";
                self.report(Problem::new("out-of-range", e.span, message));
                return None;
            }
            Some(ms)
        });
        for path in &decl.what {
            let (Some(first), Some(last)) = (path.first(), path.last()) else {
                continue;
            };
            let span = first.span.to(last.span);
            let Some(what) = self.credited(path) else {
                continue;
            };
            if matches!(what, Credited::Event(touched, _) if touched == event) {
                let message = "a conversion can't be credited to itself";
                self.report(
                    Problem::new("cannot-convert", span, message)
                        .label(on, "this is what is counted"),
                );
                continue;
            }
            if out.iter().any(|credit| credit.what == what) {
                let message = "this is credited twice";
                self.report(Problem::new("declared-twice", span, message));
                continue;
            }
            out.extend(within.map(|within| Credit { what, within }));
        }
    }

    /// `sends`, `offers`, `CHANNEL`, `DECISION`, `EVENT`, `EVENT.FIELD`, `CHANNEL.OUTCOME`
    fn credited(&mut self, path: &[Name]) -> Option<Credited> {
        let first = path.first().filter(|name| !name.is_missing())?;
        let entity = self.world.names.get(&first.text).copied();
        match (path, entity) {
            ([one], None) if one.text == SENDS => {
                let sends = self.world.played().any(|(_, o)| !o.sends.is_empty());
                self.something(one, sends, "no journey sends anything")?;
                Some(Credited::Sends(None))
            }
            ([one], None) if one.text == OFFERS => {
                let decisions = !self.world.decisions.is_empty();
                self.something(one, decisions, "no decision gives offers")?;
                Some(Credited::Offers(None))
            }
            ([one], Some(Entity::Channel(id))) => {
                self.means(one, Meaning::Declared);
                Some(Credited::Sends(Some(id)))
            }
            ([one], Some(Entity::Decision(id))) => {
                self.means(one, Meaning::Declared);
                Some(Credited::Offers(Some(id)))
            }
            ([event, field], Some(Entity::Event(id))) => {
                self.means(event, Meaning::Declared);
                Some(Credited::Event(id, Some(self.label(id, field)?)))
            }
            ([one], None) => {
                let known = self.world.near(&one.text).map(|(name, _)| name);
                let known: Vec<&str> = known.chain([SENDS, OFFERS]).collect();
                let what = "channel, decision or event";
                self.report(words::unknown_name(one, what, known));
                None
            }
            _ => {
                let last = path.last()?;
                let mut pattern = EventPattern::missing(first.span.to(last.span));
                pattern.path = path.to_vec();
                let event = self.pattern_event(&pattern)?;
                if path.len() == 1 {
                    self.means(first, Meaning::Declared);
                }
                let why = "it touches no one in particular";
                if self.not_a_broadcast(event, pattern.span, why) {
                    return None;
                }
                Some(Credited::Event(event, None))
            }
        }
    }

    fn something(&mut self, name: &Name, there: bool, why: &str) -> Option<()> {
        if there {
            self.means(name, Meaning::BuiltIn);
            return Some(());
        }
        let message = format!("`{}` credits nothing: {why}", name.text);
        self.report(
            Problem::new("nothing-to-credit", name.span, message)
                .help("leave it out, or declare what is to be credited"),
        );
        None
    }

    /// The field of an event by which its touches are told apart: a text or an enum.
    fn label(&mut self, event: EventId, name: &Name) -> Option<u32> {
        let record = self.world.events.get(event.index())?.record;
        let first = u32::try_from(EVENT_FIELDS.len()).ok()?;
        let field = self.field_of(record, name, first)?;
        self.means(name, Meaning::Field(record));
        let def = self.world.records.get(record.index())?;
        let ty = def.fields.get(field as usize)?.ty.known().clone();
        if matches!(ty, Type::Text | Type::Enum(_) | Type::Error) {
            return Some(field);
        }
        self.report_type(
            "touches are told apart by a text or an enum",
            &ty,
            name.span,
        );
        None
    }

    // ── measures ────────────────────────────────────────────────────────────────────────────────

    pub(crate) fn measure_decl(&mut self, decl: &MeasureDecl) -> Piece {
        let names: Vec<Name> = decl.parts.iter().map(|part| part.part.clone()).collect();
        self.unique_names(&names, "part");
        if decl.parts.is_empty() && !decl.name.is_missing() {
            let message = format!("the measure `{}` measures nothing", decl.name.text);
            self.report(
                Problem::new("missing-part", decl.name.span, message)
                    .help("say its `purchase:`, `loyalty:` or `advocacy:`"),
            );
        }
        let mut measure = Measure {
            name: decl.name.text.clone(),
            decl: DeclId::default(),
            purchase: None,
            loyalty: None,
            advocacy: Vec::new(),
        };
        for part in &decl.parts {
            match part.part.text.as_str() {
                "purchase" => measure.purchase = self.purchase(part),
                "loyalty" => measure.loyalty = self.loyalty(part),
                "advocacy" => measure.advocacy = self.advocacy(part),
                "" => {}
                _ => self.report(words::unknown_name(&part.part, "part of a measure", PARTS)),
            }
        }
        Piece::Measure(measure)
    }

    /// The one name that a part is.
    fn lone<'n>(&mut self, part: &'n MeasuredDecl) -> Option<&'n Name> {
        for pattern in &part.what {
            self.no_extras(pattern, "a measure");
        }
        let what = part.what.first()?;
        let filtered = what.filter.as_ref().map(|filter| filter.span);
        let second = part.what.get(1).map(|second| second.span);
        if let Some(span) = second.or(filtered) {
            let message = format!("`{}` is one name", part.part.text);
            self.report(Problem::new("misplaced", span, message));
            return None;
        }
        match what.path.as_slice() {
            [name] => Some(name),
            [] => None,
            _ => {
                let message = format!("`{}` is one name", part.part.text);
                self.report(Problem::new("misplaced", what.span, message));
                None
            }
        }
    }

    fn purchase(&mut self, part: &MeasuredDecl) -> Option<u32> {
        let name = self.lone(part)?;
        self.resolve(name, "a conversion", |entity| match entity {
            Entity::Conversion(number) => Some(*number),
            _ => None,
        })
    }

    /// A field of the profile whose values are in an order, or an audience.
    fn loyalty(&mut self, part: &MeasuredDecl) -> Option<Loyalty> {
        let name = self.lone(part)?;
        let fields = &self.world.profile_fields().fields;
        let place = fields.iter().position(|field| field.name == name.text);
        let Some(place) = place else {
            let audience =
                self.resolve(
                    name,
                    "an audience or a field of the profile",
                    |entity| match entity {
                        Entity::Audience(id) => Some(*id),
                        _ => None,
                    },
                );
            return audience.map(Loyalty::Audience);
        };
        let ty = fields.get(place)?.ty.known().clone();
        if !matches!(ty, Type::Enum(_) | Type::Bool | Type::Error) {
            self.report_type("loyalty is an enum, a bool or an audience", &ty, name.span);
            return None;
        }
        u32::try_from(place).ok().map(Loyalty::Field)
    }

    fn advocacy(&mut self, part: &MeasuredDecl) -> Vec<Advocacy> {
        let mut all = Vec::new();
        for pattern in &part.what {
            self.no_extras(pattern, "a measure");
            let Some(event) = self.counted(pattern, "it is nobody's advocacy") else {
                continue;
            };
            let filter = pattern.filter.as_ref();
            let filter = filter.map(|filter| self.filter(event, filter));
            all.push(Advocacy { event, filter });
        }
        all
    }
}
