//! Audiences that always hold the same people under two names. Only those that read the same fields and events
//! are held against each other.

use super::Verdict;
use super::audiences::{one_not_other, span_of, who};
use super::reads::Reads;
use super::translate::View;
use crate::check::check_decl;
use crate::db::{Db, Workspace};
use crate::hir::{Audience, Expr, ExprKind};
use crate::lower::walk;
use crate::names::{SigKind, all_chunks, signature_of};
use crate::types::Problem;
use crate::types::decl::Piece;
use std::collections::{BTreeMap, BTreeSet};

/// More audiences than this are not held against each other.
const COMPARED_MAX: usize = 200;

/// What an audience reads: kinds and numbers of fields, events, consents.
type Reading = BTreeSet<(u8, u32)>;

/// Problems with the declaration's number. Asked of audiences alone: what a journey says does not matter here.
#[salsa::tracked(returns(ref))]
pub fn alike(db: &dyn Db, workspace: Workspace) -> Vec<(usize, Problem)> {
    let reads = &Reads { db, workspace };
    let chunks = all_chunks(db, workspace);
    let mut out = Vec::new();
    let mut alike: BTreeMap<Reading, Vec<(usize, &Audience)>> = BTreeMap::new();
    let mut count = 0;
    for (at, chunk) in chunks.iter().enumerate() {
        if !matches!(signature_of(db, *chunk).kind, SigKind::Audience(_)) {
            continue;
        }
        let checked = check_decl(db, workspace, *chunk);
        let Piece::Audience(audience) = &checked.piece else {
            continue;
        };
        if !super::sound(checked) || matches!(audience.predicate.kind, ExprKind::InAudience(_)) {
            continue;
        }
        count += 1;
        let mut reading = Reading::new();
        gather(reads, &audience.predicate, 0, &mut reading);
        if !reading.is_empty() {
            alike.entry(reading).or_default().push((at, audience));
        }
    }
    if count > COMPARED_MAX {
        return out;
    }
    for group in alike.values_mut() {
        group.sort_by(|a, b| a.1.name.cmp(&b.1.name));
        for (place, (at, audience)) in group.iter().enumerate() {
            let twin = group
                .iter()
                .take(place)
                .find(|(_, other)| same(reads, &other.predicate, &audience.predicate));
            let (Some((_, other)), Some(chunk)) = (twin, chunks.get(*at)) else {
                continue;
            };
            let checked = check_decl(db, workspace, *chunk);
            let message = format!(
                "`{}` and `{}` always hold the same people",
                other.name, audience.name
            );
            let mut problem = Problem::new(
                "same-audience",
                span_of(checked, &audience.predicate),
                message,
            )
            .help(format!(
                "say one by the other: `audience {} = {}`",
                audience.name, other.name
            ));
            problem
                .related
                .push((other.name.clone(), "the same people".to_owned()));
            out.push((*at, problem));
        }
    }
    eligibilities(reads, &alike, &mut out);
    out
}

/// Offers and groups that are for the same people as an audience which they do not name.
fn eligibilities(
    reads: &Reads<'_>,
    audiences: &BTreeMap<Reading, Vec<(usize, &Audience)>>,
    out: &mut Vec<(usize, Problem)>,
) {
    let (db, workspace) = (reads.db, reads.workspace);
    for (at, chunk) in all_chunks(db, workspace).iter().enumerate() {
        if !matches!(
            signature_of(db, *chunk).kind,
            SigKind::Offer(..) | SigKind::Group(_)
        ) {
            continue;
        }
        let checked = check_decl(db, workspace, *chunk);
        let (name, eligible) = match &checked.piece {
            Piece::Offer(offer) => (&offer.name, &offer.rules.eligible),
            Piece::Group(group) => (&group.name, &group.rules.eligible),
            _ => continue,
        };
        let Some(eligible) = eligible else {
            continue;
        };
        if !super::sound(checked) || matches!(eligible.kind, ExprKind::InAudience(_)) {
            continue;
        }
        let mut reading = Reading::new();
        gather(reads, eligible, 0, &mut reading);
        let mut among = audiences.get(&reading).into_iter().flatten();
        let Some((_, twin)) = among.find(|(_, of)| same(reads, &of.predicate, eligible)) else {
            continue;
        };
        let message = format!("`{name}` is for those who are in `{}`", twin.name);
        let mut problem = Problem::new("same-eligibility", span_of(checked, eligible), message)
            .help(format!("say it by its name: `eligible when {}`", twin.name));
        problem
            .related
            .push((twin.name.clone(), "the same people".to_owned()));
        out.push((at, problem));
    }
}

fn same(reads: &Reads<'_>, a: &Expr, b: &Expr) -> bool {
    one_not_other(reads, a, b) == Verdict::Never
        && one_not_other(reads, b, a) == Verdict::Never
        // nobody is in either: that is said of each
        && who(reads, a, true) != Verdict::Never
        && who(reads, a, false) != Verdict::Never
}

fn gather(reads: &Reads<'_>, e: &Expr, depth: usize, reading: &mut Reading) {
    walk::every(e, &mut |inner| match &inner.kind {
        ExprKind::Profile(field) => {
            reading.insert((0, *field));
        }
        ExprKind::History(history) => {
            reading.insert((1, history.event.0));
        }
        ExprKind::Consent(purpose, _) => {
            reading.insert((2, purpose.0));
        }
        ExprKind::Muted(purpose) => {
            reading.insert((3, purpose.0));
        }
        ExprKind::InAudience(id) if depth < 32 => {
            if let Some(inner) = reads.audience(*id) {
                gather(reads, inner, depth + 1, reading);
            }
        }
        ExprKind::Computed(number) if depth < 32 => {
            if let Some(inner) = reads.computed(*number) {
                gather(reads, inner, depth + 1, reading);
            }
        }
        _ => {}
    });
}
