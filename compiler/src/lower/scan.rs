//! What must be known of the whole program before code is made: which texts stand in set tests (their symbols
//! come first, so that a set is a mask), which texts a profile's or event's list is tested for, every history,
//! and so the profile's block.

use super::history::Histories;
use super::tables::ProfileBlock;
use super::walk;
use crate::hir::{DeclId, Expr, ExprKind, Pat, Program, StepKind};
use journey_program::layout::{self, Layouter, Probes};
use journey_program::plan::Layout;
use journey_program::types::{RecordId, Type, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What an evaluation may do, from harmless to not; kept for computed fields and functions.
#[derive(Debug, Default)]
pub(super) struct Classes {
    pub(super) computed: BTreeMap<u32, (super::class::Class, u32)>,
    pub(super) functions: BTreeMap<u32, (super::class::Class, u32)>,
}

#[derive(Debug)]
pub(super) struct Found {
    pub(super) texts: Vec<String>,
    pub(super) layouts: Vec<Layout>,
    pub(super) histories: Histories,
    pub(super) block: ProfileBlock,
}

pub(super) fn scan(program: &Program) -> Found {
    let mut work = Scan {
        program,
        texts: Vec::new(),
        seen: BTreeSet::new(),
        probes: BTreeMap::new(),
        histories: Histories::default(),
    };
    walk::roots(program, &mut |decl, root| {
        walk::every(root, &mut |expr| work.see(decl, expr));
    });
    for journey in &program.journeys {
        walk::every_step(&journey.steps, &mut |step| {
            if let StepKind::Match { arms, .. } = &step.kind {
                work.patterns(arms.iter().flat_map(|(pats, _)| pats));
            }
        });
    }
    let mut probes = Probes::new();
    for ((record, field), texts) in &work.probes {
        let numbers = texts
            .iter()
            .take(layout::PROBES_MAX)
            .map(|text| number(&mut work.texts, text))
            .collect();
        probes.insert((*record, *field), numbers);
    }
    let layouts = layout::layouts(&program.records, &probes);
    let mut histories = work.histories;
    let block = block(program, &layouts, &mut histories);
    Found {
        texts: work.texts,
        layouts,
        histories,
        block,
    }
}

/// Fields, then a byte for each purpose and channel, one for each purpose, a bit for each audience, a slot
/// for each history.
fn block(program: &Program, layouts: &[Layout], histories: &mut Histories) -> ProfileBlock {
    let record = program.profile.record.index();
    let mut layouter = Layouter::after(layouts.get(record).map_or(0, |layout| layout.size));
    let pairs = program.purposes.len() * program.channels.len();
    let consent = layouter.bytes(u32::try_from(pairs).unwrap_or(u32::MAX), 1);
    let muted = layouter.bytes(u32::try_from(program.purposes.len()).unwrap_or(u32::MAX), 1);
    let bytes = program.audiences.len().div_ceil(8);
    let audiences = layouter.bytes(u32::try_from(bytes).unwrap_or(u32::MAX), 1);
    histories.place(&mut layouter, layouts);
    ProfileBlock {
        consent,
        muted,
        audiences,
        size: layouter.finish(),
    }
}

fn number(texts: &mut Vec<String>, text: &str) -> u32 {
    let place = texts.iter().position(|known| known == text);
    let place = place.unwrap_or_else(|| {
        texts.push(text.to_owned());
        texts.len() - 1
    });
    u32::try_from(place).unwrap_or(u32::MAX)
}

struct Scan<'p> {
    program: &'p Program,
    texts: Vec<String>,
    seen: BTreeSet<&'p str>,
    probes: BTreeMap<(RecordId, u32), Vec<&'p str>>,
    histories: Histories,
}

/// The record's field that an expression reads directly: of the profile, the event at hand, the entry.
#[expect(clippy::wildcard_enum_match_arm, reason = "few kinds are of interest")]
pub(super) fn field_read(program: &Program, expr: &Expr) -> Option<(RecordId, u32)> {
    match &expr.kind {
        ExprKind::Profile(field) => Some((program.profile.record, *field)),
        ExprKind::Field(base, field) => match (&base.kind, base.ty.known()) {
            (ExprKind::Event | ExprKind::Entry, Type::Record(record)) => Some((*record, *field)),
            _ => None,
        },
        ExprKind::Narrow(inner) => field_read(program, inner),
        _ => None,
    }
}

impl<'p> Scan<'p> {
    #[expect(clippy::wildcard_enum_match_arm, reason = "few kinds are of interest")]
    fn see(&mut self, decl: DeclId, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::In(_, items) if items.len() > 1 => {
                for item in items {
                    if let ExprKind::Value(Value::Text(text)) = &item.kind {
                        self.text(text);
                    }
                }
            }
            ExprKind::Match(_, arms) => self.patterns(arms.iter().flat_map(|(pats, _)| pats)),
            ExprKind::Contains(list, item) => {
                if let (Some(field), ExprKind::Value(Value::Text(text))) =
                    (field_read(self.program, list), &item.kind)
                    && matches!(list.ty.known(), Type::List(_))
                {
                    let texts = self.probes.entry(field).or_default();
                    if !texts.contains(&text.as_str()) {
                        texts.push(text);
                    }
                }
            }
            ExprKind::History(history) => {
                self.histories.note(self.program, decl, history, &expr.ty);
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &'p str) {
        if self.seen.insert(text) {
            self.texts.push(text.to_owned());
        }
    }

    fn patterns(&mut self, pats: impl Iterator<Item = &'p Pat>) {
        for pat in pats {
            if let Pat::Value(Value::Text(text)) = pat {
                self.text(text);
            }
        }
    }
}
