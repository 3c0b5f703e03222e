//! The usual record of a source, JSON text → input in one pass: what its rules read goes to numbered places, all else
//! is looked at as strictly as ever and left lying. Whatever is not plain (an escape, a key that stands twice, a value
//! that its field refuses) gives nothing here: the general way reads the record anew and says what it is.

mod scan;

use super::convert::Converter;
use super::json::Json;
use crate::input::{EventInput, Identifiers, Input, ProfileInput};
use journey_program::plan::{SourceFormat, SourcePlan, SourceRule, SourceTarget};
use journey_program::raw::{RawExpr, RawOp};
use journey_program::types::{EVENT_FIELDS, EventId, FieldDef, Value};
use scan::{Leaf, Node, Scan};

/// Places that a source's rules may read; one that reads more goes the general way.
const LEAVES_MAX: usize = 24;

/// What is read where, by number.
#[derive(Clone, Debug)]
pub(super) struct Direct {
    root: Node,
    /// number of the identifier, its place
    identify: Vec<(u32, usize)>,
    rules: Vec<Rule>,
}

/// The rules up to the first that is not plain: what no rule before that takes is not read here.
#[derive(Clone, Debug)]
struct Rule {
    /// its place must be this text; None: it takes everything
    when: Option<(usize, String)>,
    /// None: not plain
    made: Option<Made>,
}

#[derive(Clone, Debug)]
struct Made {
    target: Target,
    at: Option<usize>,
    id: usize,
}

#[derive(Clone, Debug)]
enum Target {
    /// the places of its own fields, in order
    Event(EventId, Vec<Option<usize>>),
    Profile(Vec<(u32, usize)>),
}

/// What a record is read with, besides itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct Given<'g> {
    pub(super) converter: &'g Converter<'g>,
    pub(super) source: &'g str,
    pub(super) arrived: i64,
}

impl Direct {
    /// None: nothing of this source is plain.
    pub(super) fn of(
        plan: &SourcePlan,
        identifiers: &[Option<u32>],
        broadcast: impl Fn(EventId) -> bool,
    ) -> Option<Self> {
        if plan.format != SourceFormat::Json {
            return None;
        }
        let mut root = Node::default();
        let mut identify = Vec::new();
        for ((_, raw), number) in plan.identify.iter().zip(identifiers) {
            let place = root.place(raw)?;
            identify.extend(number.map(|number| (number, place)));
        }
        identify.sort_by_key(|(number, _)| *number);
        let mut rules = Vec::new();
        for rule in &plan.rules {
            let when = match &rule.when {
                None => None,
                Some(raw) => match test(raw, &mut root) {
                    Some(when) => Some(when),
                    None => break,
                },
            };
            let made = made(rule, &mut root, &broadcast);
            rules.push(Rule { when, made });
        }
        let plain = !rules.is_empty() && root.is_plain() && root.leaves() <= LEAVES_MAX;
        plain.then_some(Self {
            root,
            identify,
            rules,
        })
    }

    /// None: not here.
    pub(super) fn read(&self, text: &str, given: Given<'_>) -> Option<Input> {
        let mut leaves = [Leaf::Absent; LEAVES_MAX];
        Scan::of(text)?.record(&self.root, &mut leaves)?;
        let leaf = |place: usize| leaves.get(place).copied().unwrap_or(Leaf::Absent);
        let rule = self.rule(leaf)?;
        let mut ids = Identifiers::with_capacity(self.identify.len());
        for (number, place) in &self.identify {
            match leaf(*place) {
                Leaf::Absent | Leaf::Null => {}
                Leaf::Text(text) | Leaf::Number(text) => {
                    if !text.is_empty() {
                        ids.push((*number, text.to_owned()));
                    }
                }
                Leaf::Bool(_) => return None,
            }
        }
        if ids.is_empty() {
            return None;
        }
        let converter = given.converter;
        let at = match rule.at {
            None => given.arrived,
            Some(place) => converter.time(&json(leaf(place))).ok()?,
        };
        let id = match leaf(rule.id) {
            Leaf::Text(text) | Leaf::Number(text) if !text.is_empty() => text.to_owned(),
            Leaf::Absent | Leaf::Null | Leaf::Bool(_) | Leaf::Text(_) | Leaf::Number(_) => {
                return None;
            }
        };
        let source = given.source.to_owned();
        Some(match &rule.target {
            Target::Event(event, places) => Input::Event(EventInput {
                event: *event,
                id,
                at,
                source,
                ids,
                fields: event_fields(converter, *event, places, leaf)?,
            }),
            Target::Profile(places) => Input::Profile(ProfileInput {
                id,
                at,
                source,
                ids,
                writes: writes(converter, places, leaf)?,
            }),
        })
    }

    /// The first that fits.
    fn rule<'l>(&self, leaf: impl Fn(usize) -> Leaf<'l>) -> Option<&Made> {
        for rule in &self.rules {
            match &rule.when {
                None => return rule.made.as_ref(),
                Some((place, text)) => match leaf(*place) {
                    Leaf::Text(found) if found == text => return rule.made.as_ref(),
                    Leaf::Text(_) | Leaf::Absent | Leaf::Null => {}
                    Leaf::Bool(_) | Leaf::Number(_) => return None,
                },
            }
        }
        None
    }
}

/// None: more than a text that stands at a place.
fn test(raw: &RawExpr, root: &mut Node) -> Option<(usize, String)> {
    if let RawExpr::Binary(RawOp::Eq, left, right) = raw
        && let RawExpr::Text(text) = &**right
    {
        return Some((root.place(left)?, text.clone()));
    }
    None
}

/// None: the rule does more than reading fields.
fn made(rule: &SourceRule, root: &mut Node, broadcast: &impl Fn(EventId) -> bool) -> Option<Made> {
    if rule.each.is_some() {
        return None;
    }
    let at = match &rule.at {
        None => None,
        Some(raw) => Some(root.place(raw)?),
    };
    let id = root.place(rule.id.as_ref()?)?;
    let mut assigns = Vec::with_capacity(rule.assigns.len());
    for (field, raw) in &rule.assigns {
        assigns.push((*field, root.place(raw)?));
    }
    let target = match rule.target {
        SourceTarget::Event(event) if broadcast(event) => return None,
        SourceTarget::Event(event) => Target::Event(event, own_fields(&assigns)),
        SourceTarget::Profile => Target::Profile(assigns),
    };
    Some(Made { target, at, id })
}

/// By an event's own fields, as far as any is read: the first that is assigned to it counts.
fn own_fields(assigns: &[(u32, usize)]) -> Vec<Option<usize>> {
    let first = u32::try_from(EVENT_FIELDS.len()).unwrap_or(u32::MAX);
    let last = assigns.iter().map(|(field, _)| *field).max();
    let places = (first..last.map_or(first, |last| last.saturating_add(1))).map(|field| {
        let assign = assigns.iter().find(|(assigned, _)| *assigned == field);
        assign.map(|(_, place)| *place)
    });
    places.collect()
}

fn event_fields<'l>(
    converter: &Converter<'_>,
    event: EventId,
    places: &[Option<usize>],
    leaf: impl Fn(usize) -> Leaf<'l>,
) -> Option<Vec<Value>> {
    let plan = converter.program.events.get(event.index())?;
    let defs = &converter.record(plan.record)?.fields;
    let own = defs.get(EVENT_FIELDS.len()..)?;
    let mut fields = Vec::with_capacity(own.len());
    let mut places = places.iter();
    for def in own {
        let found = places.next().copied().flatten().map(&leaf);
        fields.push(field(converter, def, found)?);
    }
    Some(fields)
}

fn writes<'l>(
    converter: &Converter<'_>,
    places: &[(u32, usize)],
    leaf: impl Fn(usize) -> Leaf<'l>,
) -> Option<Vec<(u32, Value)>> {
    let defs = &converter.record(converter.program.profile.record)?.fields;
    let mut writes = Vec::with_capacity(places.len());
    for (number, place) in places {
        let (Some(def), found) = (defs.get(*number as usize), leaf(*place)) else {
            continue;
        };
        if !matches!(found, Leaf::Absent | Leaf::Null) {
            writes.push((*number, field(converter, def, Some(found))?));
        }
    }
    Some(writes)
}

fn field(converter: &Converter<'_>, def: &FieldDef, found: Option<Leaf<'_>>) -> Option<Value> {
    let found = found.map(json);
    let value = converter.field(found.as_ref(), &def.ty, def.default.as_ref());
    value.ok()
}

fn json(leaf: Leaf<'_>) -> Json<'_> {
    match leaf {
        Leaf::Absent | Leaf::Null => Json::Null,
        Leaf::Bool(value) => Json::Bool(value),
        Leaf::Number(text) => Json::Number(text.into()),
        Leaf::Text(text) => Json::Text(text.into()),
    }
}
