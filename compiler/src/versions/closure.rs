//! What of an older version is not what the newer one has, by words: a declaration is changed if its own words are,
//! or a file that it names, or anything that it may name of the kinds that are kept.

#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "a few kinds of declarations may be kept, and the rest is one case"
)]

use crate::db::{Db, Workspace};
use crate::names::{SigKind, Signature, all_chunks, signature_of};
use crate::parse::{Chunk, tree};
use crate::versions::Role;
use crate::world::seen;
use journey_grammar::tokens;
use journey_grammar::tree::{DeclKind, ModelKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A declaration as it is compared with another version's.
pub(super) struct Declared<'db> {
    pub chunk: Chunk<'db>,
    tokens: Vec<String>,
    words: BTreeSet<String>,
    /// contents of files that it names
    files: Vec<Option<Arc<str>>>,
    signature: &'db Signature,
    keepable: bool,
}

/// A program's own declarations by name.
pub(super) fn declared(db: &dyn Db, workspace: Workspace) -> BTreeMap<String, Declared<'_>> {
    let mut found = BTreeMap::new();
    for chunk in all_chunks(db, workspace) {
        if !matches!(chunk.file(db).role(db), Role::Own | Role::Program) {
            continue;
        }
        let (Some(decl), signature) = (tree(db, chunk), signature_of(db, chunk)) else {
            continue;
        };
        let text = chunk.text(db);
        let named = crate::load::named_files(text);
        let data = workspace.data(db);
        found.insert(
            signature.name.text.clone(),
            Declared {
                chunk,
                tokens: words_of(text),
                words: seen::words(text),
                files: named.iter().map(|path| data.get(path).cloned()).collect(),
                signature,
                keepable: keepable(&decl.kind),
            },
        );
    }
    found
}

fn words_of(text: &str) -> Vec<String> {
    let tokens = tokens(text).into_iter();
    let tokens = tokens.filter(|token| !token.kind.is_trivia());
    tokens.map(|token| token.text(text).to_owned()).collect()
}

fn keepable(kind: &DeclKind) -> bool {
    match kind {
        DeclKind::Journey(_)
        | DeclKind::Audience(_)
        | DeclKind::Decision(_)
        | DeclKind::Fn(_)
        | DeclKind::Const(_)
        | DeclKind::Message(_) => true,
        DeclKind::Model(model) => !matches!(model.kind, ModelKind::Learned { .. }),
        _ => false,
    }
}

/// The names of the older version's declarations that are no longer what they were.
pub(super) fn changed(
    before: &BTreeMap<String, Declared<'_>>,
    after: &BTreeMap<String, Declared<'_>>,
) -> BTreeSet<String> {
    let shared = |name: &str, old: &Declared<'_>| {
        let new = after.get(name);
        new.is_some_and(|new| takes_the_same(old, new))
    };
    let candidates = before.iter();
    let candidates: Vec<(&String, &Declared<'_>)> = candidates
        .filter(|(name, old)| old.keepable && !shared(name, old))
        .collect();
    let same =
        |old: &Declared<'_>, new: &Declared<'_>| old.tokens == new.tokens && old.files == new.files;
    let mut changed: BTreeSet<String> = candidates
        .iter()
        .filter(|(name, old)| !after.get(*name).is_some_and(|new| same(old, new)))
        .map(|(name, _)| (*name).clone())
        .collect();
    loop {
        let reads = |old: &Declared<'_>| old.words.iter().any(|word| changed.contains(word));
        let more: Vec<String> = candidates
            .iter()
            .filter(|(name, old)| !changed.contains(*name) && reads(old))
            .map(|(name, _)| (*name).clone())
            .collect();
        if more.is_empty() {
            return changed;
        }
        changed.extend(more);
    }
}

/// Two messages that take the same: the newer one's text is shown at once.
fn takes_the_same(old: &Declared<'_>, new: &Declared<'_>) -> bool {
    let is_message = |of: &Declared<'_>| matches!(of.signature.kind, SigKind::Message { .. });
    let head = |of: &Declared<'_>| -> Vec<String> {
        let all = of.tokens.iter();
        all.take_while(|word| *word != "{").cloned().collect()
    };
    is_message(old) && is_message(new) && head(old) == head(new)
}

/// What these names lead to among what is changed. Journeys lead to no journey: those are begun anew.
pub(super) fn reach(
    roots: impl Iterator<Item = String>,
    before: &BTreeMap<String, Declared<'_>>,
    changed: &BTreeSet<String>,
) -> BTreeSet<String> {
    let mut kept: BTreeSet<String> = BTreeSet::new();
    let mut open: Vec<String> = roots.collect();
    while let Some(name) = open.pop() {
        let Some(declared) = before.get(&name) else {
            continue;
        };
        if kept.insert(name) {
            let leads = declared.words.intersection(changed);
            open.extend(leads.filter(|word| !is_journey(before, word)).cloned());
        }
    }
    kept
}

pub(super) fn is_journey(declared: &BTreeMap<String, Declared<'_>>, name: &str) -> bool {
    let kind = declared.get(name).map(|declared| &declared.signature.kind);
    matches!(kind, Some(SigKind::Journey(..)))
}
