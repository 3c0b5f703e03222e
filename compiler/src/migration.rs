//! Two versions of a program → what is wrong with the ways from one to the other: each place at which an instance
//! may stand in the older version has an arm, and what it carries has the type that this version reads.

use crate::diagnostics::{Diagnostic, Location, severity};
use crate::hir::{
    Journey, LocalId, Migration, MigrationArm, MigrationTo, NodeId, Program, Step, StepKind,
    StepRef,
};
use crate::lower::walk::{blocks, every_step};
use journey_program::types::Type;
use std::collections::BTreeSet;

/// Where an instance may stand: a wait by its own name, else by the next named step in the source.
pub fn places(journey: &Journey) -> Vec<(String, StepRef)> {
    let mut walk = Walk {
        journey,
        unnamed: Vec::new(),
        found: Vec::new(),
    };
    every_step(&journey.steps, &mut |step| walk.step(step));
    // nothing named follows them: they bear the name that the journey's graph shows
    for step in std::mem::take(&mut walk.unnamed) {
        let name = walk.name(step).unwrap_or_default().to_owned();
        walk.found.push((name, step));
    }
    walk.found
}

struct Walk<'j> {
    journey: &'j Journey,
    /// waits without a name, since the last named step
    unnamed: Vec<StepRef>,
    found: Vec<(String, StepRef)>,
}

impl<'j> Walk<'j> {
    fn name(&self, step: StepRef) -> Option<&'j str> {
        let named = self.journey.named.get(usize::try_from(step.0).ok()?)?;
        Some(&named.name)
    }

    /// A step at which instances rest (`waits`), or that only has a name.
    fn meet(&mut self, step: StepRef, waits: bool) {
        // what has no name is numbered: `wait 2`
        let own = self.name(step).filter(|name| !name.contains(' '));
        let Some(own) = own else {
            if waits {
                self.unnamed.push(step);
            }
            return;
        };
        // the step itself is meant where its name is said, before those that only go by it
        if waits {
            self.found.push((own.to_owned(), step));
        }
        for before in std::mem::take(&mut self.unnamed) {
            self.found.push((own.to_owned(), before));
        }
    }

    fn step(&mut self, step: &Step) {
        let passes = matches!(
            &step.kind,
            StepKind::Split { .. } | StepKind::Decide { .. } | StepKind::Repeat { every: None, .. }
        );
        // at a send too an instance may rest: it may be postponed
        if let Some(own) = own_step(step) {
            self.meet(own, !passes);
        }
    }
}

/// What is wrong with the blocks that lead from one version to the other.
pub fn check(old: &Program, new: &Program) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for journey in &new.journeys {
        let before = old
            .journeys
            .iter()
            .find(|before| before.name == journey.name);
        let ways = journey.migrations.iter();
        for way in ways.filter(|way| way.from == old.version) {
            let pair = Pair { old, new, journey };
            match before {
                Some(before) => pair.check(before, way, &mut found),
                None => {
                    let message = format!("`{}` has no journey `{}`", old.version, journey.name);
                    found.push(pair.problem("migration-mismatch", way.node, message, None));
                }
            }
        }
    }
    found
}

struct Pair<'p> {
    old: &'p Program,
    new: &'p Program,
    journey: &'p Journey,
}

impl Pair<'_> {
    fn check(&self, before: &Journey, way: &Migration, found: &mut Vec<Diagnostic>) {
        let version = &self.old.version;
        let stands = places(before);
        let names: BTreeSet<&str> = stands.iter().map(|(name, _)| name.as_str()).collect();
        for name in &names {
            if !way.arms.iter().any(|arm| arm.old == **name) {
                let message = format!("nothing says how who stands at `{name}` goes on");
                let help = format!("add `{name} => STEP`, or `{name} => end`");
                found.push(self.problem("migration-incomplete", way.node, message, Some(help)));
            }
        }
        for arm in &way.arms {
            if !names.contains(arm.old.as_str()) {
                let message = format!("in `{version}` nobody stands at `{}`", arm.old);
                let all: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                let help = format!("they stand at {}", all.join(", "));
                found.push(self.problem("migration-mismatch", arm.node, message, Some(help)));
            }
            if let MigrationTo::Step(step, sets) = &arm.to {
                self.carried(before, arm, *step, sets, found);
            }
        }
    }

    /// Variables that stand before the step: each is carried with its type, or set.
    fn carried(
        &self,
        before: &Journey,
        arm: &MigrationArm,
        step: StepRef,
        sets: &[(LocalId, crate::hir::Expr)],
        found: &mut Vec<Diagnostic>,
    ) {
        let mut due = BTreeSet::new();
        written_before(&self.journey.steps, step, &mut due);
        let set: BTreeSet<LocalId> = sets.iter().map(|(local, _)| *local).collect();
        for local in due.difference(&set) {
            let number = usize::try_from(local.0).unwrap_or(usize::MAX);
            let Some(local) = self.journey.locals.get(number) else {
                continue;
            };
            let carried = before.locals.iter().find(|old| old.name == local.name);
            let ty = shown(self.new, &local.ty);
            let message = match carried.map(|old| shown(self.old, &old.ty)) {
                Some(old) if old == ty => continue,
                Some(old) => format!("`{}` was `{old}` and is `{ty}` now", local.name),
                None => format!("`{}` is new, and nothing sets it", local.name),
            };
            let help = format!("set it: `{} => STEP {{ {}: … }}`", arm.old, local.name);
            found.push(self.problem("migration-mismatch", arm.node, message, Some(help)));
        }
    }

    fn problem(
        &self,
        code: &'static str,
        node: NodeId,
        message: String,
        help: Option<String>,
    ) -> Diagnostic {
        let decl = usize::try_from(self.journey.decl.0).unwrap_or(usize::MAX);
        let sites = self.new.sites.get(decl);
        let node = usize::try_from(node.0).unwrap_or(usize::MAX);
        let (start, end) = sites
            .and_then(|sites| sites.spans.get(node).copied())
            .unwrap_or_default();
        let file = sites.map_or_else(String::new, |sites| sites.file.clone());
        Diagnostic {
            code,
            severity: severity(code),
            message,
            at: Location { file, start, end },
            labels: Vec::new(),
            help,
            fix: None,
            alternative: None,
            related: Vec::new(),
        }
    }
}

/// The `let`s in the source before a step. True: it was met.
fn written_before(steps: &[Step], wanted: StepRef, found: &mut BTreeSet<LocalId>) -> bool {
    for step in steps {
        if own_step(step) == Some(wanted) {
            return true;
        }
        if let StepKind::Let { local, .. } = &step.kind {
            found.insert(*local);
        }
        for inner in blocks(step) {
            // what a branch alone sets is not read behind it
            let mut branch = found.clone();
            if written_before(inner, wanted, &mut branch) {
                *found = branch;
                return true;
            }
        }
    }
    false
}

pub(crate) fn own_step(step: &Step) -> Option<StepRef> {
    match &step.kind {
        StepKind::Wait { step, .. }
        | StepKind::WaitUntil { step, .. }
        | StepKind::WaitFor { step, .. }
        | StepKind::Collect { step, .. }
        | StepKind::Repeat { step, .. }
        | StepKind::Split { step, .. }
        | StepKind::Decide { step, .. } => Some(*step),
        StepKind::Send(send) => Some(send.step),
        StepKind::Withdraw { .. }
        | StepKind::If { .. }
        | StepKind::Match { .. }
        | StepKind::Let { .. }
        | StepKind::SetLocal { .. }
        | StepKind::SetField { .. }
        | StepKind::Emit { .. }
        | StepKind::Start { .. }
        | StepKind::Mute { .. }
        | StepKind::Leave
        | StepKind::Again
        | StepKind::Restart { .. }
        | StepKind::End { .. } => None,
    }
}

/// A type by its names, which two versions share; enums and records with what is in them.
pub(crate) fn shown(program: &Program, ty: &Type) -> String {
    match ty {
        Type::Optional(inner) => format!("{}?", shown(program, inner)),
        Type::List(inner) => format!("list<{}>", shown(program, inner)),
        Type::Enum(id) => {
            let found = program.enums.get(id.index());
            found.map_or_else(String::new, |e| {
                format!("{} {{ {} }}", e.name, e.values.join(", "))
            })
        }
        Type::Record(id) => {
            let Some(record) = program.records.get(id.index()) else {
                return String::new();
            };
            let fields = record.fields.iter();
            let fields = fields.map(|f| format!("{}: {}", f.name, shown(program, &f.ty)));
            format!(
                "{} {{ {} }}",
                record.name,
                fields.collect::<Vec<_>>().join(", ")
            )
        }
        Type::Money(currency) => format!("money<{}>", String::from_utf8_lossy(&currency.0)),
        Type::Offer(id) => format!("offer {}", id.0),
        Type::IntIn(low, high) => format!("int in {low}..{high}"),
        Type::NumberIn(low, high) => {
            format!(
                "number in {}..{}",
                f64::from_bits(*low),
                f64::from_bits(*high)
            )
        }
        Type::Error => "?".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Int => "int".to_owned(),
        Type::Number => "number".to_owned(),
        Type::Text => "text".to_owned(),
        Type::Time => "time".to_owned(),
        Type::Date => "date".to_owned(),
        Type::Clock => "clock".to_owned(),
        Type::Duration => "duration".to_owned(),
        Type::Span => "span".to_owned(),
        Type::Timezone => "timezone".to_owned(),
    }
}
