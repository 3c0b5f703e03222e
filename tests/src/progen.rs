//! Whole programs at random: a seed in, the text of a `.journey` program out that means something in every
//! line, and traces of events for it. What is generated is marked by name, so that a campaign can tell what it
//! never tried. Files: `decls`, `consents`, `channels` (declarations), `expr`, `bools`, `numbers`, `times`, `lists`,
//! `history` (expressions by type), `journey`, `steps`, `waits`, `trace` (events),
//! `answers` (a desk), `beside` (files), `templates`, `sources`, `trial` (all executions on one).

mod acting;
mod answers;
mod beside;
mod bools;
mod channels;
mod consents;
pub mod coverage;
mod decls;
mod expr;
mod history;
mod journey;
mod lists;
mod measures;
mod numbers;
mod offers;
mod prizes;
mod sources;
mod steps;
mod templates;
mod times;
pub mod trace;
pub mod trial;
mod waits;

use crate::irgen::Rng;
use std::collections::BTreeMap;

/// What was generated, by name.
pub type Marks = BTreeMap<&'static str, u64>;

/// Types that generated programs use.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ty {
    Bool,
    Int,
    /// `int in 0..5`
    Small,
    Num,
    Eur,
    Text,
    Time,
    Date,
    Clock,
    Dur,
    Zone,
    Tier,
    Item,
    /// an offer of the one type
    Prize,
    Event(usize),
    List(Box<Ty>),
    Opt(Box<Ty>),
}

pub(crate) const TIERS: [&str; 4] = ["none", "bronze", "silver", "gold"];

impl Ty {
    pub(crate) fn opt(self) -> Ty {
        Ty::Opt(Box::new(self))
    }
    pub(crate) fn list(self) -> Ty {
        Ty::List(Box::new(self))
    }
    /// How an author writes it.
    pub(crate) fn word(&self, world: &World) -> String {
        match self {
            Ty::Bool => "bool".to_owned(),
            Ty::Int => "int".to_owned(),
            Ty::Small => "int in 0..5".to_owned(),
            Ty::Num => "number".to_owned(),
            Ty::Eur => "money<EUR>".to_owned(),
            Ty::Text => "text".to_owned(),
            Ty::Time => "time".to_owned(),
            Ty::Date => "date".to_owned(),
            Ty::Clock => "clock".to_owned(),
            Ty::Dur => "duration".to_owned(),
            Ty::Zone => "timezone".to_owned(),
            Ty::Tier => "tier".to_owned(),
            Ty::Item => "item".to_owned(),
            Ty::Prize => "prize".to_owned(),
            Ty::Event(event) => world.events[*event].name.clone(),
            Ty::List(of) => format!("list<{}>", of.word(world)),
            Ty::Opt(of) => format!("{}?", of.word(world)),
        }
    }
    pub(crate) fn ordered(&self) -> bool {
        use Ty::{Clock, Date, Dur, Eur, Int, Num, Small, Text, Tier, Time};
        matches!(
            self,
            Int | Small | Num | Eur | Text | Time | Date | Clock | Dur | Tier
        )
    }
}

/// Something that can be named: how, and its type.
pub(crate) type Named = (String, Ty);

#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub name: String,
    pub broadcast: bool,
    pub fields: Vec<Named>,
}

#[derive(Clone, Debug)]
pub(crate) struct Channel {
    pub name: String,
    pub outcomes: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub name: String,
    pub params: Vec<Named>,
    pub channels: Vec<String>,
}

/// What the declarations so far say.
#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub consts: Vec<Named>,
    pub functions: Vec<(String, Vec<Ty>, Ty)>,
    pub events: Vec<Event>,
    pub profile: Vec<Named>,
    pub lets: Vec<Named>,
    pub channels: Vec<Channel>,
    pub messages: Vec<Message>,
    pub audiences: Vec<String>,
    pub decisions: Vec<prizes::Decision>,
    pub models: Vec<Named>,
}

/// How far an expression may read the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    Never,
    /// where it can be solved for
    Solvable,
    Free,
}

/// What may be read at a place.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub vars: Vec<Named>,
    pub clock: Clock,
    /// whether histories may be asked
    pub histories: bool,
    /// in a journey: steps that have been set, by name
    pub sends: Option<Vec<String>>,
}

/// One declaration: journeys and audiences may be left out while a failure is made small.
#[derive(Clone, Debug)]
pub struct Decl {
    pub spare: bool,
    pub text: String,
}

#[derive(Clone, Debug)]
pub struct Source {
    pub decls: Vec<Decl>,
    /// files beside the program: name, what is in it
    pub files: Vec<(&'static str, String)>,
    pub marks: Marks,
}

impl Source {
    pub fn text(&self) -> String {
        self.decls.iter().map(|d| format!("{}\n", d.text)).collect()
    }
}

/// The generator: what is declared, where one stands, what came up.
pub(crate) struct Gen {
    pub rng: Rng,
    pub world: World,
    pub scope: Scope,
    pub marks: Marks,
    pub files: Vec<(&'static str, String)>,
    names: usize,
    /// the journey in the making
    pub here: journey::Here,
}

/// A program whose every choice follows from the seed.
pub fn program(seed: u64) -> Source {
    let mut writer = Gen {
        rng: Rng::new(seed),
        world: World::default(),
        scope: Scope {
            vars: Vec::new(),
            clock: Clock::Never,
            histories: false,
            sends: None,
        },
        marks: Marks::new(),
        files: Vec::new(),
        names: 0,
        here: journey::Here::default(),
    };
    let mut decls = writer.declarations();
    for number in 0..2 + writer.rng.below(3) {
        let text = writer.journey(number);
        decls.push(Decl { spare: true, text });
    }
    let text = writer.started();
    decls.push(Decl { spare: false, text });
    decls.extend(writer.offers(seed));
    let sends = decls.iter().any(|decl| decl.text.contains("    send "));
    decls.extend(writer.measures(seed, sends));
    Source {
        decls,
        files: writer.files,
        marks: writer.marks,
    }
}

impl Gen {
    pub(crate) fn mark(&mut self, what: &'static str) {
        *self.marks.entry(what).or_default() += 1;
    }

    /// A name that nothing else has.
    pub(crate) fn fresh(&mut self, stem: &str) -> String {
        self.names += 1;
        format!("{stem}{}", self.names)
    }

    /// One of these, marked.
    pub(crate) fn choose(&mut self, from: &[&'static str]) -> &'static str {
        let chosen = self.rng.pick(from);
        self.mark(chosen);
        chosen
    }

    /// Names of what is readable, records opened.
    pub(crate) fn opened(&self, name: &str, ty: &Ty) -> Vec<Named> {
        let mut all = vec![(name.to_owned(), ty.clone())];
        match ty {
            Ty::Event(event) => {
                all.extend(
                    self.world.events[*event]
                        .fields
                        .iter()
                        .map(|(f, t)| (format!("{name}.{f}"), t.clone())),
                );
                all.push((format!("{name}.at"), Ty::Time));
                all.push((format!("{name}.late"), Ty::Bool));
                all.push((format!("{name}.source"), Ty::Text));
            }
            Ty::Prize => all.extend(
                prizes::prize_fields()
                    .into_iter()
                    .map(|(f, t)| (format!("{name}.{f}"), t)),
            ),
            Ty::Item => all.extend(
                item_fields()
                    .into_iter()
                    .map(|(f, t)| (format!("{name}.{f}"), t)),
            ),
            _ => {}
        }
        all
    }

    /// Makes something readable.
    pub(crate) fn add(&mut self, name: &str, ty: &Ty) {
        let all = self.opened(name, ty);
        self.scope.vars.extend(all);
    }

    /// Fields of the profile and computed ones, as the scope names them.
    pub(crate) fn add_profile(&mut self, prefix: &str) {
        let all: Vec<Named> = self
            .world
            .profile
            .iter()
            .chain(&self.world.lets)
            .cloned()
            .collect();
        for (name, ty) in all {
            self.add(&format!("{prefix}{name}"), &ty);
        }
        if prefix.is_empty() {
            self.scope.vars.extend(self.world.models.clone());
        }
    }

    pub(crate) fn add_consts(&mut self) {
        let all = self.world.consts.clone();
        self.scope.vars.extend(all);
    }

    /// Runs with another scope, then has this one again.
    pub(crate) fn within<T>(&mut self, scope: Scope, run: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.scope, scope);
        let made = run(self);
        self.scope = before;
        made
    }
}

pub(crate) fn item_fields() -> Vec<Named> {
    [
        ("sku", Ty::Text),
        ("price", Ty::Eur),
        ("qty", Ty::Int),
        ("rank", Ty::Tier),
        ("weight", Ty::Num.opt()),
        ("gift", Ty::Bool),
        ("marks", Ty::Text.list()),
    ]
    .into_iter()
    .map(|(name, ty)| (name.to_owned(), ty))
    .collect()
}
