//! A condition, part by part: what a program has noted in, its parts with their values out, in the order in which
//! they stand. What the language does not look at, since a part before it has decided, is left out.

use super::version::Version;
use journey_program::notes::NoteKind;
use journey_program::plan::Site;
use journey_program::types::{Type, Value};
use journey_runtime::actions::json;
use journey_runtime::engine::Asked;
use journey_runtime::host::Noted;
use journey_runtime::scalar::word_value;
use std::collections::BTreeMap;

/// A part of a condition, and what it came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    pub depth: usize,
    /// as it is written
    pub text: String,
    pub site: Site,
    /// JSON; of a condition `true` or `false`
    pub value: String,
    /// of its operands that are no constants: as written, JSON
    pub of: Vec<(String, String)>,
}

impl Clause {
    pub fn holds(&self) -> Option<bool> {
        match &*self.value {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    pub fn place(&self) -> String {
        format!("{}:{}:{}", self.site.file, self.site.line, self.site.column)
    }
}

/// The parts of what was asked; of the audiences' predicates those of one.
pub fn clauses(version: &Version, asked: &Asked, audience: Option<usize>) -> Vec<Clause> {
    let mut notes = Notes {
        version,
        noted: BTreeMap::new(),
        inside: BTreeMap::new(),
        clauses: Vec::new(),
    };
    for noted in &asked.notes {
        notes.noted.insert(noted.note, noted);
    }
    let mut roots = Vec::new();
    for number in notes.noted.keys().copied() {
        let Some(plan) = version.notes.get(number as usize) else {
            continue;
        };
        let of = plan
            .audience
            .and_then(|number| usize::try_from(number).ok());
        match plan
            .around
            .filter(|around| notes.noted.contains_key(around))
        {
            Some(around) => notes.inside.entry(around).or_default().push(number),
            None if of == audience => roots.push(number),
            None => {}
        }
    }
    for root in roots {
        notes.tell(root, 0);
    }
    notes.clauses
}

/// Audiences within audiences that are told.
pub const DEPTH: usize = 8;

/// The same, with what each audience that it names asked when it was last found out, below it.
pub fn unfolded(version: &Version, told: Vec<Clause>, last: &Asked, depth: usize) -> Vec<Clause> {
    let names = &version.program.audiences;
    let mut all = Vec::with_capacity(told.len());
    for clause in told {
        let number = names.iter().position(|plan| plan.name == clause.text);
        let under = clause.depth + 1;
        all.push(clause);
        if let (Some(number), Some(left)) = (number, depth.checked_sub(1)) {
            let parts = unfolded(version, clauses(version, last, Some(number)), last, left);
            all.extend(parts.into_iter().map(|part| Clause {
                depth: part.depth + under,
                ..part
            }));
        }
    }
    all
}

struct Notes<'v> {
    version: &'v Version,
    noted: BTreeMap<u32, &'v Noted>,
    /// the notes inside of a note
    inside: BTreeMap<u32, Vec<u32>>,
    clauses: Vec<Clause>,
}

impl Notes<'_> {
    fn kind(&self, number: u32) -> NoteKind {
        let plan = self.version.notes.get(number as usize);
        plan.map_or(NoteKind::Value, |plan| plan.kind)
    }

    /// In the order of the text.
    fn parts(&self, number: u32) -> Vec<u32> {
        let mut parts = self.inside.get(&number).cloned().unwrap_or_default();
        let start = |number: &u32| {
            let plan = self.version.notes.get(*number as usize);
            let site = plan.and_then(|plan| self.version.site(plan.site));
            site.map(|site| (site.file.clone(), site.start))
        };
        parts.sort_by_key(|number| (start(number), *number));
        parts
    }

    fn tell(&mut self, number: u32, depth: usize) {
        let Some(plan) = self.version.notes.get(number as usize) else {
            return;
        };
        let (Some(site), Some(value)) = (self.version.site(plan.site), self.value(number)) else {
            return;
        };
        let parts = self.parts(number);
        let (bools, values): (Vec<u32>, Vec<u32>) = parts
            .into_iter()
            .partition(|part| self.kind(*part) != NoteKind::Value);
        let of = values.iter().filter_map(|part| {
            let plan = self.version.notes.get(*part as usize)?;
            let site = self.version.site(plan.site)?;
            Some((self.version.excerpt(site), self.value(*part)?))
        });
        let clause = Clause {
            depth,
            text: self.version.excerpt(site),
            site: site.clone(),
            value,
            of: of.collect(),
        };
        self.clauses.push(clause);
        let decided = match plan.kind {
            NoteKind::All => Some("false"),
            NoteKind::Any => Some("true"),
            NoteKind::Not | NoteKind::Test | NoteKind::Value => None,
        };
        for part in bools {
            self.tell(part, depth + 1);
            if decided.is_some() && self.value(part).as_deref() == decided {
                break;
            }
        }
    }

    fn value(&self, number: u32) -> Option<String> {
        let noted = self.noted.get(&number)?;
        let plan = self.version.notes.get(number as usize)?;
        Some(json::value(&self.version.program, &value(noted, &plan.ty)))
    }
}

fn value(noted: &Noted, ty: &Type) -> Value {
    if !noted.known {
        return Value::Unknown;
    }
    if let Some(text) = &noted.text {
        return Value::Text(text.clone());
    }
    if *ty.known() == Type::Bool {
        return Value::Bool(noted.word != 0);
    }
    if matches!(ty.known(), Type::Number | Type::NumberIn(..)) {
        return Value::Number(f64::from_bits(noted.word.cast_unsigned()));
    }
    word_value(noted.word, ty)
}
