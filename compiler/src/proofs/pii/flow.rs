//! What an expression's value is made of: the first marked field that flows into it, and the way from there.

use super::{Door, Given};
use crate::db::{Db, Workspace};
use crate::hir::{
    Expr, ExprKind, History, ListAggregate, ListQuery, LocalId, NodeId, Piece, Question,
};
use crate::proofs::reads::Reads;
use crate::proofs::translate::View;
use crate::types::decl;
use journey_program::plan::HistoryAggregate;
use journey_program::types::{EVENT_FIELDS, EventId, Type};
use std::collections::{BTreeMap, BTreeSet};

/// A marked field that flows somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::proofs) struct Flow {
    /// `` `profile.email` ``
    pub source: String,
    pub hops: Vec<Hop>,
}

/// A place on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::proofs) struct Hop {
    /// another declaration; None: the one that is looked at
    pub decl: Option<String>,
    pub node: Option<NodeId>,
    pub text: String,
}

impl Flow {
    fn read(source: String, node: NodeId) -> Self {
        let text = format!("{source} is read here");
        Self {
            source,
            hops: Vec::new(),
        }
        .on(Some(node), text)
    }

    /// The same flow, one step further.
    pub(super) fn on(mut self, node: Option<NodeId>, text: String) -> Self {
        let decl = None;
        self.hops.push(Hop { decl, node, text });
        self
    }

    /// The flow as another declaration sees it: its places lie elsewhere.
    pub(super) fn from(mut self, decl: &str, text: &str) -> Self {
        self.hops.retain(|hop| hop.decl.is_some());
        self.hops.push(Hop {
            decl: Some(decl.to_owned()),
            node: None,
            text: text.to_owned(),
        });
        self
    }
}

/// Follows values through the expressions of one declaration.
pub(super) struct Follow<'a> {
    pub reads: &'a Reads<'a>,
    /// what the author says may be seen
    pub revealed: &'a BTreeSet<NodeId>,
    pub given: &'a Given,
    /// in a journey that others start: the event that does
    pub entry: Option<EventId>,
    pub env: &'a BTreeMap<LocalId, Flow>,
    /// in a function: its parameters are looked for, and nothing else
    pub params: Option<u32>,
}

impl Follow<'_> {
    pub(super) fn of(&self, e: &Expr) -> Option<Flow> {
        if self.revealed.contains(&e.node) {
            return None;
        }
        match &e.kind {
            ExprKind::Profile(_) | ExprKind::Computed(_) | ExprKind::Local(_) => self.named(e),
            ExprKind::Field(base, field) => self.field(e, base, *field),
            ExprKind::History(history) => self.history(e, history),
            ExprKind::Neg(a)
            | ExprKind::Narrow(a)
            | ExprKind::Some(a)
            | ExprKind::Widen(a)
            | ExprKind::YearsSince(a)
            | ExprKind::Escape(a) => self.of(a),
            ExprKind::Arith(_, a, b) | ExprKind::Else(a, b) | ExprKind::DateAt(a, b) => {
                self.of(a).or_else(|| self.of(b))
            }
            ExprKind::If(_, a, b) => self.of(a).or_else(|| self.of(b)),
            ExprKind::Match(_, arms) => arms.iter().find_map(|(_, arm)| self.of(arm)),
            ExprKind::ListQuery(query) => self.list_query(query),
            ExprKind::List(items)
            | ExprKind::Record(_, items)
            | ExprKind::Least(items)
            | ExprKind::Greatest(items) => items.iter().find_map(|item| self.of(item)),
            ExprKind::Concat(pieces) => pieces.iter().find_map(|piece| match piece {
                Piece::Text(_) => None,
                Piece::Value(value) | Piece::Format(value, _) => self.of(value),
            }),
            ExprKind::Join(join) => {
                let own = self.of(&join.list);
                self.with(join.binder, own, |inner| inner.of(&join.body))
            }
            ExprKind::Call(function, args) => self.call(e, *function, args),
            // answers to questions, and what is no value of a person's own
            ExprKind::Value(_)
            | ExprKind::Event
            | ExprKind::Entry
            | ExprKind::Consent(..)
            | ExprKind::Muted(_)
            | ExprKind::InAudience(_)
            | ExprKind::Not(_)
            | ExprKind::Known(_)
            | ExprKind::And(..)
            | ExprKind::Or(..)
            | ExprKind::Compare(..)
            | ExprKind::Contains(..)
            | ExprKind::StartsWith(..)
            | ExprKind::EndsWith(..)
            | ExprKind::Matches(..)
            | ExprKind::In(..)
            | ExprKind::Between(..)
            | ExprKind::Logistic(_)
            | ExprKind::Trees(..)
            | ExprKind::Learned(..)
            | ExprKind::Now
            | ExprKind::Today => None,
        }
    }

    fn named(&self, e: &Expr) -> Option<Flow> {
        match &e.kind {
            ExprKind::Profile(field) => {
                let def = self
                    .reads
                    .world()
                    .profile_fields()
                    .fields
                    .get(*field as usize)?;
                def.pii
                    .then(|| Flow::read(format!("`profile.{}`", def.name), e.node))
            }
            ExprKind::Computed(number) => {
                let flow = computed(self.reads.db, self.reads.workspace, *number).as_ref()?;
                let name = &self.reads.world().profile.lets.get(*number as usize)?.0;
                Some(
                    flow.clone()
                        .on(Some(e.node), format!("`{name}` is made of it")),
                )
            }
            ExprKind::Local(local) => {
                if self.params.is_some_and(|params| local.0 < params) {
                    return Some(Flow::read(local.0.to_string(), e.node));
                }
                self.env.get(local).cloned()
            }
            _ => None,
        }
    }

    /// With a variable that holds what flows there.
    fn with<T>(
        &self,
        local: LocalId,
        flow: Option<Flow>,
        read: impl FnOnce(&Follow<'_>) -> T,
    ) -> T {
        let mut env = self.env.clone();
        match flow {
            Some(flow) => env.insert(local, flow),
            None => env.remove(&local),
        };
        read(&Follow {
            reads: self.reads,
            revealed: self.revealed,
            given: self.given,
            entry: self.entry,
            env: &env,
            params: self.params,
        })
    }

    fn field(&self, e: &Expr, base: &Expr, field: u32) -> Option<Flow> {
        let world = self.reads.world();
        if let (ExprKind::Entry, Some(entry)) = (&base.kind, self.entry) {
            let place = field.checked_sub(u32::try_from(EVENT_FIELDS.len()).ok()?)?;
            let flow = self.given.get(&(Door::Start(entry), place))?;
            return Some(flow.clone().on(Some(e.node), "it is read here".to_owned()));
        }
        let record = world.records.get(base.ty.record()?.index())?;
        let def = record.fields.get(field as usize)?;
        if def.pii && self.params.is_none() {
            let source = format!("`{}.{}`", record.name, def.name);
            return Some(Flow::read(source, e.node));
        }
        self.of(base)
    }

    fn history(&self, e: &Expr, history: &History) -> Option<Flow> {
        let gives = match history.question {
            Question::Any | Question::No => false,
            Question::Aggregate(aggregate) => !matches!(
                aggregate,
                HistoryAggregate::Count | HistoryAggregate::Distinct
            ),
        };
        let world = self.reads.world();
        let event = world.events.get(history.event.index()).filter(|_| gives)?;
        let mut record = event.record;
        for field in &history.value {
            let def = world
                .records
                .get(record.index())?
                .fields
                .get(*field as usize)?;
            if def.pii {
                let source = format!("`{}.{}`", event.name, def.name);
                return Some(Flow::read(source, e.node));
            }
            match def.ty.known() {
                Type::Record(inner) => record = *inner,
                _ => return None,
            }
        }
        None
    }

    fn list_query(&self, query: &ListQuery) -> Option<Flow> {
        match query.aggregate {
            ListAggregate::Any | ListAggregate::All | ListAggregate::Count => None,
            ListAggregate::Sum
            | ListAggregate::Avg
            | ListAggregate::Min
            | ListAggregate::Max
            | ListAggregate::First
            | ListAggregate::Last => {
                let own = self.of(&query.list);
                match &query.value {
                    Some(value) => self.with(query.binder, own, |inner| inner.of(value)),
                    None => own,
                }
            }
        }
    }

    /// Through the parameters that a function's result is made of.
    fn call(&self, e: &Expr, function: u32, args: &[Expr]) -> Option<Flow> {
        let passes = passes(self.reads.db, self.reads.workspace, function);
        let name = &self.reads.world().functions.get(function as usize)?.name;
        let through = passes.iter().filter_map(|place| args.get(*place as usize));
        let flow = through.into_iter().find_map(|arg| self.of(arg))?;
        Some(flow.on(Some(e.node), format!("`{name}` makes its result of it")))
    }
}

/// What a computed field is made of.
#[salsa::tracked(returns(ref))]
fn computed(db: &dyn Db, workspace: Workspace, number: u32) -> Option<Flow> {
    let reads = Reads { db, workspace };
    let name = &reads.world().profile.lets.get(number as usize)?.0;
    let checked = reads.checked("")?;
    let decl::Piece::Profile(lets) = &checked.piece else {
        return None;
    };
    let own = lets.iter().find(|own| own.name == *name)?;
    let follow = Follow {
        reads: &reads,
        revealed: &checked.revealed,
        given: &Given::new(),
        entry: None,
        env: &BTreeMap::new(),
        params: None,
    };
    let mut flow = follow.of(&own.value)?;
    flow.hops.retain(|hop| hop.decl.is_some());
    Some(flow)
}

/// The parameters whose values are in a function's result.
#[salsa::tracked(returns(ref))]
fn passes(db: &dyn Db, workspace: Workspace, number: u32) -> Vec<u32> {
    let reads = Reads { db, workspace };
    let Some(function) = reads.function(number) else {
        return Vec::new();
    };
    let Some(checked) = reads.checked(&function.name) else {
        return Vec::new();
    };
    let count = u32::try_from(function.params.len()).unwrap_or(u32::MAX);
    let given = Given::new();
    let mut hidden: BTreeSet<NodeId> = checked.revealed.clone();
    let mut found = Vec::new();
    // one after the other: those that are found are passed over the next time
    loop {
        let follow = Follow {
            reads: &reads,
            revealed: &hidden,
            given: &given,
            entry: None,
            env: &BTreeMap::new(),
            params: Some(count),
        };
        let Some(flow) = follow.of(&function.body) else {
            break;
        };
        let Ok(place) = flow.source.parse::<u32>() else {
            break;
        };
        found.push(place);
        let reads_it = |e: &Expr| matches!(e.kind, ExprKind::Local(local) if local.0 == place);
        crate::lower::walk::every(&function.body, &mut |e| {
            if reads_it(e) {
                hidden.insert(e.node);
            }
        });
    }
    found.sort_unstable();
    found
}
