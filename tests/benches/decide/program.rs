//! Our side: `decide.journey`, compiled; its inputs as profile blocks, its answers as the rival's.

use super::data::Pair;
use super::rival::{Answer, Profile};
use journey_cli::compile;
use journey_cli::project::Project;
use journey_compiler::codegen;
use journey_program::abi::Target;
use journey_program::plan::{Program, bit_of};
use journey_program::record::{self, Symbols, Types};
use journey_program::types::{FunctionId, Type, Value};
use journey_runtime::native::{Memory, NativeCode};
use std::path::Path;

pub struct Native {
    plan: Program,
    code: NativeCode,
    constants: Vec<u8>,
    audiences: FunctionId,
    /// who is eligible, and every rank
    offers: FunctionId,
    branch: FunctionId,
    start: i64,
    /// of each audience, in the order of the rules: its place among the results
    order: Vec<usize>,
}

/// Profiles' blocks, each of one size.
pub struct Blocks {
    bytes: Vec<u8>,
    size: usize,
}

impl Blocks {
    pub fn of(&self, at: usize) -> &[u8] {
        &self.bytes[at * self.size..][..self.size]
    }
}

/// What the functions return: a bit an audience; a bit an offer and their ranks; why the journey stopped. And which
/// offer is the best.
#[derive(Default)]
pub struct Words {
    audiences: [i64; 1],
    offers: [i64; 31],
    best: Option<usize>,
    branch: [i64; 3],
}

impl Native {
    pub fn new() -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
        let project = Project::open(Some(&folder.join("benches/decide/decide.journey"))).unwrap();
        let program = journey_compiler::checked(&project.db, project.workspace).unwrap();
        let plan = compile::plan(&program, &project.sources).unwrap();
        let section = codegen::compile(&plan, Target::current().unwrap()).unwrap();
        println!("decide: {} bytes of native code", section.code.len());
        let rules = std::fs::read_to_string(folder.join("data/decide/rules.txt")).unwrap();
        let names = rules.lines().filter_map(|line| {
            let mut words = line.split([' ', ':']);
            match words.next()? {
                "audience" => Some(words.next()?.to_owned()),
                _ => None,
            }
        });
        let place = |name: String| {
            plan.audiences
                .iter()
                .position(|audience| audience.name == name)
        };
        let order: Vec<usize> = names.map(|name| place(name).unwrap()).collect();
        assert_eq!((order.len(), plan.audiences.len()), (20, 20));
        let decision = &plan.decisions[0];
        assert_eq!(decision.candidates.len(), 30);
        let together = decision.together.unwrap();
        assert!(together.ranked);
        Self {
            code: NativeCode::load(&section).unwrap(),
            constants: record::constants(&plan.texts),
            audiences: plan.audiences_fn.unwrap(),
            offers: together.function,
            branch: plan.journeys[0].run,
            start: i64::from(plan.journeys[0].start),
            order,
            plan,
        }
    }

    /// All profiles, with what happened last in them, one behind the other like the rival's structs. Their
    /// texts are left out: no rule reads them, a list's mask says what it contains.
    pub fn blocks(&self, pairs: &[Pair]) -> Blocks {
        let symbols = Symbols::of(&self.plan.texts);
        let types = Types::of(&self.plan, &symbols);
        let record = self.plan.profile.record;
        let fields = &self.plan.records[record.index()].fields;
        let size = self.plan.profile.size as usize;
        let mut bytes = Vec::with_capacity(size * pairs.len());
        for pair in pairs {
            let values: Vec<Value> = fields
                .iter()
                .map(|field| value(pair, &field.name, &field.ty))
                .collect();
            let mut block = record::write(&types, record, &values);
            block.resize(size, 0);
            bytes.extend(block);
        }
        Blocks { bytes, size }
    }

    /// All functions, one behind the other; their results are written into `words`.
    pub fn run(&self, block: &[u8], words: &mut Words) {
        let mut memory = Memory {
            profile: block,
            event: &[],
            instance: &mut [0; 64],
            constants: &self.constants,
            clock: 0,
        };
        let start = [self.start];
        self.code
            .run_each(
                &mut memory,
                &mut [
                    (self.audiences, &[], &mut words.audiences),
                    (self.offers, &[], &mut words.offers),
                    (self.branch, &start, &mut words.branch),
                ],
            )
            .unwrap();
        let (eligible, ranks) = words.offers.split_at(1);
        words.best = best_of(eligible, ranks);
    }

    pub fn answer(&self, words: &Words) -> Answer {
        let audiences = self.order.iter().zip(0..);
        let audiences = audiences.fold(0, |bits, (place, bit)| {
            bits | u32::from(bit_of(&words.audiences, *place)) << bit
        });
        Answer {
            audiences,
            offer: words.best.map_or(255, |best| best as u8),
            // The journey's end: reasons count from 1, in the order of the branches.
            branch: (words.branch[1] - 1) as u8,
        }
    }
}

/// The candidate of the highest rank among those whose bits are set, the first of equals: what the engine does with
/// these words beside its record of all.
fn best_of(words: &[i64], ranks: &[i64]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (word, first) in words.iter().zip((0..).step_by(64)) {
        let mut left = word.cast_unsigned();
        while left != 0 {
            let at = first + left.trailing_zeros() as usize;
            left &= left - 1;
            let rank = f64::from_bits(ranks.get(at)?.cast_unsigned());
            if best.is_none_or(|(_, most)| rank > most) {
                best = Some((at, rank));
            }
        }
    }
    best.map(|(at, _)| at)
}

/// A field's value out of the typed structs, or the raw line where they keep bits.
fn value(pair: &Pair, name: &str, ty: &Type) -> Value {
    if let Some(cap) = name.strip_prefix("cap_") {
        return Value::Int(i64::from(pair.profile.caps[cap.parse::<usize>().unwrap()]));
    }
    if let Type::Enum(id) = ty {
        return Value::Enum(*id, u32::from(place(pair, name)));
    }
    let raw = pair.raw["profile"]
        .get(name)
        .or_else(|| pair.raw["event"].get(name));
    match (ty, raw) {
        (Type::Bool, Some(raw)) => Value::Bool(raw.as_bool().unwrap()),
        (Type::Int | Type::IntIn(..), Some(raw)) => Value::Int(raw.as_i64().unwrap()),
        (Type::Number | Type::NumberIn(..), Some(raw)) => Value::Number(raw.as_f64().unwrap()),
        (Type::List(_), Some(raw)) => {
            let tags = raw.as_array().unwrap().iter();
            Value::List(
                tags.map(|tag| Value::Text(tag.as_str().unwrap().to_owned()))
                    .collect(),
            )
        }
        _ => Value::Unknown,
    }
}

/// An enum's place: the rival's enums are declared in the same order.
fn place(pair: &Pair, name: &str) -> u8 {
    let (
        Profile {
            country,
            language,
            tier,
            lifecycle,
            fav_category,
            ..
        },
        event,
    ) = (&pair.profile, &pair.event);
    match name {
        "country" => *country as u8,
        "language" => *language as u8,
        "tier" => *tier as u8,
        "lifecycle" => *lifecycle as u8,
        "fav_category" => *fav_category as u8,
        "kind" => event.kind as u8,
        "channel" => event.channel as u8,
        "device" => event.device as u8,
        "category" => event.category as u8,
        "source" => event.source as u8,
        other => panic!("no enum {other}"),
    }
}
