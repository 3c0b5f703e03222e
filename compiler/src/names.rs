//! Names: what each declaration shows to the others (`signature`), who declares what, and what uses whom.
//! A signature leaves bodies out, so that an edit inside one changes nothing that another declaration sees.

pub mod graph;
pub mod index;
pub mod sent;
pub mod signature;
pub mod uses;

pub use signature::{SigKind, Signature};

use crate::db::{Db, Workspace};
use crate::parse::{Chunk, chunks, tree};
use crate::versions::Role;
use std::sync::Arc;

/// What a declaration shows to the others.
#[salsa::tracked]
pub fn signature_of<'db>(db: &'db dyn Db, chunk: Chunk<'db>) -> Signature {
    let mut signature = tree(db, chunk).map_or_else(Signature::default, Signature::of);
    if let Role::Older(older) = chunk.file(db).role(db) {
        older.rename_uses(&mut signature);
        signature.older = Some(Arc::clone(older));
    }
    signature
}

/// Every declaration of the program, by file and place.
pub fn all_chunks<'db>(db: &'db dyn Db, workspace: Workspace) -> Vec<Chunk<'db>> {
    workspace
        .files(db)
        .iter()
        .flat_map(|file| chunks(db, *file).iter().copied())
        .collect()
}
