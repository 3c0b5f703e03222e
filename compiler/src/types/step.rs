//! Steps of a journey, in the order in which they run. Beside types this follows what every path has set:
//! variables, facts, sends, whether a loop's cycle has waited, and where a path can't go on.

mod act;
mod again;
mod answers;
mod awaited;
mod branch;
mod decide;
mod prefer;
mod send;
mod state;
mod wait;

pub(crate) use state::{State, Walk};

use super::{Checker, Problem};
use crate::diagnostics::words;
use crate::hir::{LocalId, Step, StepKind};
use crate::world::Entity;
use journey_grammar::tree::{self, Assign, Expr, Name, Span, StepKind as Tree, TypeRef};
use journey_program::types::Type;

/// Some steps, checked.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) steps: Vec<Step>,
    /// no path comes out at its end
    pub(crate) ends: bool,
}

/// One step, checked: nothing where it was broken; whether the path ends with it.
type One = (Option<StepKind>, bool);

impl Checker<'_> {
    /// The steps of a block, from the state at hand; afterwards the state is the one at its end.
    pub(crate) fn steps(&mut self, steps: &[tree::Step], walk: &mut Walk) -> Block {
        let mut block = Block::default();
        let mut told = false;
        let mut last = Span::default();
        for step in steps {
            if block.ends && !told {
                told = true;
                self.report(
                    Problem::new("unreachable-step", step.span, "no path comes to this step")
                        .label(last, "every path ends or leaves here"),
                );
            }
            let node = self.node(step.span);
            let (kind, ends) = self.step(step, walk);
            if let Some(kind) = kind {
                block.steps.push(Step { node, kind });
            }
            block.ends |= ends;
            last = step.span;
        }
        block
    }

    fn step(&mut self, step: &tree::Step, walk: &mut Walk) -> One {
        let goes_on = |kind| (kind, false);
        match &step.kind {
            Tree::Wait { name, delay } => goes_on(self.wait(name.as_ref(), delay, step.span, walk)),
            Tree::WaitUntil {
                name,
                weekday,
                until,
                past,
            } => goes_on(self.wait_until(
                (name.as_ref(), weekday.as_ref(), until),
                past.as_deref(),
                step.span,
                walk,
            )),
            Tree::WaitFor { name, up_to, what } => {
                self.wait_for(name.as_ref(), up_to.as_ref(), what, step.span, walk)
            }
            Tree::If { arms, otherwise } => self.if_step(arms, otherwise.as_deref(), walk),
            Tree::Match { value, arms } => self.match_step(value, arms, step.span, walk),
            Tree::Split { name, salt, arms } => {
                self.split(name, salt.as_ref(), arms, step.span, walk)
            }
            Tree::Send(send) => self.send(send, step.span, walk),
            Tree::Decide {
                name,
                decision,
                args,
            } => goes_on(self.decide(name, decision, args, step.span, walk)),
            Tree::Let { name, ty, value } => goes_on(self.let_step(name, ty.as_ref(), value, walk)),
            Tree::Set { name, value } => goes_on(self.set(name, value)),
            Tree::Emit { event, assigns, to } => goes_on(self.emit(event, assigns, to.as_ref())),
            Tree::Mute { purpose, delay } => goes_on(self.mute(purpose, delay.as_ref())),
            Tree::Start { journey, args } => goes_on(self.start(journey, args)),
            Tree::Withdraw { step: name } => goes_on(self.withdraw(name, walk)),
            Tree::Collect {
                pattern,
                up_to,
                most,
                name,
            } => goes_on(self.collect((pattern, up_to, most, name), step.span, walk)),
            Tree::Repeat {
                every,
                times,
                condition,
                steps,
            } => self.repeat(
                (every.as_ref(), times.as_ref(), condition.as_ref()),
                steps,
                step.span,
                walk,
            ),
            Tree::Leave => (self.leave(step.span, walk), true),
            Tree::Again => (self.again(step.span, walk), true),
            Tree::Restart { times } => (self.restart(times.as_ref(), step.span, walk), true),
            Tree::End { reason } => {
                let reason = reason.as_ref().map(|name| name.text.clone());
                (Some(StepKind::End { reason }), true)
            }
            Tree::Broken => (None, false),
        }
    }

    fn let_step(
        &mut self,
        name: &Name,
        ty: Option<&TypeRef>,
        value: &Expr,
        walk: &mut Walk,
    ) -> Option<StepKind> {
        let declared = ty.map(|ty| self.type_ref(ty));
        let value = match &declared {
            Some(ty) => self.expr_as(value, ty),
            None => self.expr(value, None),
        };
        let ty = declared.unwrap_or_else(|| value.ty.clone());
        let local = self.set_here(name, ty, walk)?;
        Some(StepKind::Let { local, value })
    }

    /// A variable that is set here for the first time on this path.
    fn set_here(&mut self, name: &Name, ty: Type, walk: &mut Walk) -> Option<LocalId> {
        if name.is_missing() {
            return None;
        }
        if self
            .scope
            .locals
            .iter()
            .any(|(visible, _)| *visible == name.text)
        {
            let message = format!("`{}` is set already", name.text);
            let mut problem = Problem::new("declared-twice", name.span, message)
                .help(format!("to change it, write `set {} = …`", name.text));
            if let Some(first) = self.elsewhere.get(&name.text).filter(|s| **s != name.span) {
                problem = problem.label(*first, "it is set here");
            }
            self.report(problem);
        }
        // Branches that exclude each other share the variable, if it has one type in all of them.
        let shared = walk.variables.get(&name.text).copied().filter(|id| {
            self.locals
                .get(id.0 as usize)
                .is_some_and(|local| local.ty == ty)
        });
        let local = match shared {
            Some(id) => {
                self.scope.locals.push((name.text.clone(), id));
                id
            }
            None => self.declare(&name.text, ty),
        };
        walk.variables.insert(name.text.clone(), local);
        Some(local)
    }

    fn set(&mut self, path: &[Name], value: &Expr) -> Option<StepKind> {
        let target = match path {
            [name] => name,
            [profile, name] if profile.text == "profile" => name,
            _ => {
                self.expr(value, None);
                let span = path.first()?.span.to(path.last()?.span);
                self.report(
                    Problem::new("cannot-set", span, "a part of a value can't be set")
                        .help("set the variable or the profile field as a whole"),
                );
                return None;
            }
        };
        if let [name] = path
            && let Some((_, local)) = self
                .scope
                .locals
                .iter()
                .rev()
                .find(|(visible, _)| *visible == name.text)
        {
            let local = *local;
            let ty = self.locals.get(local.0 as usize)?.ty.clone();
            self.read(name, super::Meaning::Local, ty.clone());
            let value = self.expr_as(value, &ty);
            self.forget_root(&["local", &local.0.to_string()]);
            return Some(StepKind::SetLocal { local, value });
        }
        self.means(target, super::Meaning::Profile);
        let record = self.world.profile_fields();
        let field = record
            .fields
            .iter()
            .position(|field| field.name == target.text);
        let Some(field) = field else {
            self.expr(value, None);
            self.report_not_settable(target);
            return None;
        };
        let at = u32::try_from(field).ok()?;
        let identifier = self
            .world
            .profile
            .identifiers
            .iter()
            .any(|(_, id)| *id == at);
        if identifier {
            let message = format!("`{}` identifies the person", target.text);
            self.report(
                Problem::new("cannot-set", target.span, message)
                    .help("identifiers come with events, a journey can't change them"),
            );
        }
        let ty = record.fields.get(field)?.ty.clone();
        let value = self.expr_as(value, &ty);
        self.forget_root(&["profile", &at.to_string()]);
        self.forget_computed();
        Some(StepKind::SetField { field: at, value })
    }

    fn report_not_settable(&mut self, name: &Name) {
        if name.is_missing() {
            return;
        }
        if self
            .world
            .profile
            .lets
            .iter()
            .any(|(computed, _)| *computed == name.text)
        {
            let message = format!("`{}` is computed, so it can't be set", name.text);
            self.report(Problem::new("cannot-set", name.span, message));
            return;
        }
        if let Some(place) = self.elsewhere.get(&name.text).copied() {
            self.report(not_set(name, place));
            return;
        }
        let world = self.world;
        let locals: Vec<String> = self
            .scope
            .locals
            .iter()
            .map(|(name, _)| name.clone())
            .collect();
        let fields = world
            .profile_fields()
            .fields
            .iter()
            .map(|field| field.name.as_str());
        let known = locals.iter().map(String::as_str).chain(fields);
        self.report(words::unknown_name(
            name,
            "variable or profile field",
            known,
        ));
    }

    fn emit(
        &mut self,
        event: &Name,
        assigns: &[Assign],
        to: Option<&(Name, Expr)>,
    ) -> Option<StepKind> {
        let to = to.and_then(|to| self.emit_to(to));
        let id = self.resolve(event, "an event", |e| match e {
            Entity::Event(id) => Some(*id),
            _ => None,
        });
        let names: Vec<Name> = assigns.iter().map(|assign| assign.name.clone()).collect();
        self.unique_names(&names, "value");
        let Some(id) = id else {
            for assign in assigns {
                self.expr(&assign.value, Some(&Type::Error));
            }
            return None;
        };
        if to.is_some() {
            self.not_a_broadcast(id, event.span, "it goes to everyone");
        }
        let record = self.world.events.get(id.index())?.record;
        let def = self.world.records.get(record.index())?;
        let mut fields: Vec<Option<crate::hir::Expr>> = Vec::new();
        fields.resize_with(def.fields.len().saturating_sub(4), || None);
        let mut broken = false;
        for assign in assigns {
            let Some(at) = self.field_of(record, &assign.name, 4) else {
                broken = true;
                self.expr(&assign.value, Some(&Type::Error));
                continue;
            };
            let ty = def
                .fields
                .get(at as usize)
                .map_or(Type::Error, |field| field.ty.clone());
            let value = self.expr_as(&assign.value, &ty);
            if let Some(slot) = fields.get_mut((at as usize).saturating_sub(4)) {
                *slot = Some(value);
            }
        }
        let missing: Vec<&str> = def
            .fields
            .iter()
            .skip(4)
            .zip(&fields)
            .filter(|(field, value)| {
                value.is_none() && field.default.is_none() && !field.ty.is_optional()
            })
            .map(|(field, _)| field.name.as_str())
            .collect();
        if !missing.is_empty() && !broken {
            let message = format!("`{}` needs {} too", event.text, words::listed(&missing));
            self.report(Problem::new("missing-field", event.span, message));
        }
        Some(StepKind::Emit {
            event: id,
            fields,
            to,
        })
    }

    /// Forgets what was proved of a value and of everything inside it.
    fn forget_root(&mut self, root: &[&str]) {
        self.scope
            .known
            .retain(|fact| !root.iter().zip(fact).all(|(root, part)| root == part));
    }

    /// Time has passed: what the profile says may have changed, what came with events has not.
    pub(crate) fn time_passes(&mut self) {
        self.scope.known.retain(|fact| {
            fact.first()
                .is_some_and(|root| root == "local" || root == "entry")
        });
    }
}

/// A name that some paths set, and not this one.
pub(crate) fn not_set(name: &Name, place: Span) -> Problem {
    let message = format!("`{}` is not set on every path to here", name.text);
    Problem::new("name-not-set", name.span, message)
        .label(place, "it is set here")
        .help("set it before the paths part, or read it where it is set")
}
