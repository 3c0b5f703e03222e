//! Where somebody stands in a journey, and the same place in what is kept of it: blocks are found by the way to
//! them from the journey's beginning.

use journey_compiler::hir::{Journey, Send, Step, StepKind, WaitArm};

/// Blocks of the older journey, each with the one at the same place in the newer.
pub(super) struct Places<'p> {
    blocks: Vec<(&'p [Step], &'p [Step])>,
}

impl<'p> Places<'p> {
    pub(super) fn between(old: &'p Journey, new: &'p Journey) -> Self {
        let (old, new) = (blocks(old), blocks(new));
        let same = |(way, block): (String, &'p [Step])| {
            let (_, to) = new.iter().find(|(other, _)| *other == way)?;
            Some((block, *to))
        };
        Self {
            blocks: old.into_iter().filter_map(same).collect(),
        }
    }

    pub(super) fn block(&self, block: &[Step]) -> Option<&'p [Step]> {
        if block.is_empty() {
            return Some(&[]);
        }
        let mut all = self.blocks.iter();
        let (_, to) = all.find(|(old, _)| std::ptr::eq(*old, block))?;
        Some(to)
    }

    fn steps(&self) -> impl Iterator<Item = (&'p Step, &'p Step)> {
        self.blocks
            .iter()
            .flat_map(|(old, new)| old.iter().zip(*new))
    }

    pub(super) fn step(&self, step: &Step) -> Option<&'p Step> {
        let mut all = self.steps();
        all.find(|(old, _)| std::ptr::eq(*old, step))
            .map(|(_, new)| new)
    }

    /// The same by where a step lies.
    pub(super) fn address(&self, at: usize) -> Option<usize> {
        let mut all = self.steps();
        let of = |step: &Step| std::ptr::from_ref(step).addr();
        all.find(|(old, _)| of(old) == at).map(|(_, new)| of(new))
    }

    pub(super) fn send(&self, send: &Send) -> Option<&'p Send> {
        self.steps()
            .find_map(|(old, new)| match (&old.kind, &new.kind) {
                (StepKind::Send(old), StepKind::Send(new)) if std::ptr::eq(old, send) => Some(new),
                _ => None,
            })
    }

    /// Those of the newer one.
    pub(super) fn sends(&self) -> impl Iterator<Item = &'p Send> {
        self.steps().filter_map(|(_, new)| match &new.kind {
            StepKind::Send(send) => Some(send),
            _ => None,
        })
    }
}

pub(super) fn arms(step: &Step) -> &[WaitArm] {
    match &step.kind {
        StepKind::WaitFor { arms, .. } => arms,
        _ => &[],
    }
}

fn blocks(journey: &Journey) -> Vec<(String, &[Step])> {
    let mut all = Vec::new();
    walk("steps".to_owned(), &journey.steps, &mut all);
    for (number, exit) in journey.exits.iter().enumerate() {
        if let Some(steps) = &exit.steps {
            walk(format!("exit {number}"), steps, &mut all);
        }
    }
    all
}

fn walk<'p>(way: String, steps: &'p [Step], all: &mut Vec<(String, &'p [Step])>) {
    for (number, step) in steps.iter().enumerate() {
        for (part, block) in inside(step).into_iter().enumerate() {
            walk(format!("{way}/{number} {part}"), block, all);
        }
    }
    all.push((way, steps));
}

/// The blocks of a step, in source order.
pub(super) fn inside(step: &Step) -> Vec<&[Step]> {
    let all: Vec<&Vec<Step>> = match &step.kind {
        StepKind::WaitUntil { past, .. } => past.iter().collect(),
        // what waits for answers may have other arms by now, and its timeout stays the first
        StepKind::WaitFor { arms, timeout, .. } => {
            let arms = arms.iter().map(|arm| &arm.steps);
            timeout.iter().chain(arms).collect()
        }
        StepKind::If { arms, otherwise } => {
            let arms = arms.iter().map(|(_, steps)| steps);
            arms.chain([otherwise]).collect()
        }
        StepKind::Match { arms, .. } => arms.iter().map(|(_, steps)| steps).collect(),
        StepKind::Split { arms, .. } => arms.iter().map(|arm| &arm.steps).collect(),
        StepKind::Send(send) => vec![&send.otherwise],
        StepKind::Repeat { steps, .. } => vec![steps],
        _ => Vec::new(),
    };
    all.into_iter().map(Vec::as_slice).collect()
}

/// The same, arms before what comes when none of them is met.
pub(super) fn in_source_order(step: &Step) -> Vec<&[Step]> {
    let mut blocks = inside(step);
    if let StepKind::WaitFor {
        timeout: Some(_), ..
    } = &step.kind
    {
        blocks.rotate_left(1);
    }
    blocks
}
