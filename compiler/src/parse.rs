//! Files → declarations → trees. A declaration is the unit of work: an edit inside one re-parses that one,
//! and an edit that only moves it re-parses nothing, since its place is kept apart from its text.

use crate::db::{Db, SourceFile};
use crate::versions::Role;
use journey_grammar::tree::Decl;
use journey_grammar::{Parsed, parse_chunk, split, token};

/// The text of one declaration, with the comments before it.
#[salsa::tracked(debug)]
pub struct Chunk<'db> {
    #[returns(copy)]
    pub file: SourceFile,
    /// its first two words: who it is, so that an edit above it or inside it leaves it the same declaration
    #[returns(deref)]
    key: String,
    #[tracked]
    #[returns(deref)]
    pub text: String,
    /// where it begins in its file
    #[tracked]
    #[returns(copy)]
    pub offset: u32,
}

/// The declarations of a file, in order.
#[salsa::tracked]
pub fn chunks<'db>(db: &'db dyn Db, file: SourceFile) -> Vec<Chunk<'db>> {
    let text = file.text(db);
    split(text)
        .into_iter()
        .filter_map(|place| {
            let whole = slice(text, place.start, place.end);
            // Blank lines around it are nobody's: more of them change no declaration.
            let own = whole.trim_start();
            let before = u32::try_from(whole.len() - own.len()).unwrap_or_default();
            let own = own.trim_end();
            let key = key(own);
            let counts = !own.is_empty() && file.role(db).has(&key, own);
            counts.then(|| Chunk::new(db, file, key, own.to_owned(), place.start + before))
        })
        .collect()
}

/// The tree of one declaration and what is wrong with its syntax.
#[salsa::tracked]
pub fn parse_decl<'db>(db: &'db dyn Db, chunk: Chunk<'db>) -> Parsed {
    let mut parsed = parse_chunk(chunk.text(db));
    if let (Role::Older(older), Some(decl)) = (chunk.file(db).role(db), &mut parsed.decl) {
        older.rename(decl);
    }
    parsed
}

/// The tree alone.
pub fn tree<'db>(db: &'db dyn Db, chunk: Chunk<'db>) -> Option<&'db Decl> {
    parse_decl(db, chunk).decl.as_ref()
}

fn key(text: &str) -> String {
    // Only the beginning is looked at: a broken declaration can be a whole file.
    let head: String = text.chars().take(4096).collect();
    token::tokens(&head)
        .iter()
        .filter(|token| !token.kind.is_trivia())
        .take(2)
        .map(|token| token.text(&head))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Bytes `start..end` of a text; empty where they are no whole characters of it.
pub(crate) fn slice(text: &str, start: u32, end: u32) -> &str {
    text.get(start as usize..end as usize).unwrap_or_default()
}
