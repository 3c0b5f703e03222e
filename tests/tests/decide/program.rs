//! The decisions as a `.journey` program: compiled, its inputs written into profiles' blocks, its two functions
//! asked (all audiences; the branch, as the end of a journey's first step).

use journey_compiler::load::{File, lone_file};
use journey_compiler::lower::lower;
use journey_compiler::{Database, checked};
use journey_program::host::{Executor, Host, HostOp};
use journey_program::ir::{FaultCode, Space};
use journey_program::plan::{Program, bit_of};
use journey_program::record::{self, Symbols, Types};
use journey_program::types::{FunctionId, Type, Value};

const TEXT: &str = include_str!("rules.journey");
const RULES: &str = include_str!("../../data/decide/rules.txt");

/// The program and how its answers are read.
pub(crate) struct Decisions {
    pub plan: Program,
    /// places of the rules' 20 audiences, then of the 30 offers, among the plan's audiences
    places: Vec<usize>,
    /// the branch by the number of the reason with which the journey ends; 0: ran to its end
    branches: Vec<u8>,
    constants: Vec<u8>,
}

/// What a line's answer is, as far as the program decides it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Decided {
    pub audiences: u32,
    pub eligible: u32,
    pub branch: u8,
}

/// One person's memory: nothing else is asked of the host but texts that no rule names.
pub(crate) struct Desk<'a> {
    profile: &'a [u8],
    constants: &'a [u8],
    instance: &'a mut [u8],
}

impl Host for Desk<'_> {
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        let (HostOp::TextEq, [a, b]) = (op, args) else {
            return Err(FaultCode::OutOfRange);
        };
        let text = |word: i64| record::text_bytes(self.profile, offset(word));
        Ok(i64::from(text(*a) == text(*b)))
    }
    fn block(&self, space: Space) -> &[u8] {
        match space {
            Space::Profile => self.profile,
            Space::Const => self.constants,
            Space::Event | Space::Instance | Space::Scratch => &[],
        }
    }
    fn instance(&mut self) -> &mut [u8] {
        self.instance
    }
    fn clock(&self) -> i64 {
        0
    }
}

fn offset(word: i64) -> u32 {
    u32::try_from(word & 0xffff_ffff).unwrap()
}

fn names(kind: &str) -> Vec<&'static str> {
    let rules = RULES.lines().filter_map(|line| line.strip_prefix(kind));
    rules
        .map(|rule| rule.split([' ', ':']).next().unwrap())
        .collect()
}

impl Decisions {
    pub(crate) fn compile() -> Self {
        let db = Database::default();
        let workspace = lone_file(&db, File::new("decide.journey", TEXT));
        let program = checked(&db, workspace).unwrap();
        let plan = lower(&program, &|_, byte| (1, byte + 1));
        journey_program::verify::verify(&plan).unwrap();
        let place = |name: &str| plan.audiences.iter().position(|a| a.name == name).unwrap();
        let wanted = [names("audience "), names("offer ")].concat();
        let branches = names("branch ");
        let branch = |reason: &String| branches.iter().position(|b| b == reason).unwrap();
        let last = u8::try_from(branches.len()).unwrap();
        let reasons = plan.journeys[0].reasons.iter();
        let ends = reasons.map(|reason| u8::try_from(branch(reason)).unwrap());
        Self {
            places: wanted.into_iter().map(place).collect(),
            branches: [last].into_iter().chain(ends).collect(),
            constants: record::constants(&plan.texts),
            plan,
        }
    }

    /// The block of one line's person.
    pub(crate) fn block(&self, line: &serde_json::Value) -> Vec<u8> {
        let symbols = Symbols::of(&self.plan.texts);
        let types = Types::of(&self.plan, &symbols);
        let record = self.plan.profile.record.index();
        let mut block = vec![0; usize::try_from(self.plan.profile.size).unwrap()];
        let fields = self.plan.records[record].fields.iter();
        for (field, slot) in fields.zip(&self.plan.layouts[record].fields) {
            let raw = match field.name.strip_prefix("e_") {
                Some(name) => &line["event"][name],
                None => &line["profile"][&field.name],
            };
            let value = value(raw, &field.ty);
            record::set_field(&types, &mut block, 0, slot, &field.ty, &value);
        }
        block
    }

    pub(crate) fn audiences_fn(&self) -> FunctionId {
        self.plan.audiences_fn.unwrap()
    }

    pub(crate) fn decide(&self, executor: &dyn Executor, block: &[u8]) -> Decided {
        let mut desk = Desk {
            profile: block,
            constants: &self.constants,
            instance: &mut [0; 64],
        };
        let mut bits = [0i64; 1];
        executor
            .run(self.audiences_fn(), &mut desk, &[], &mut bits)
            .unwrap();
        let journey = &self.plan.journeys[0];
        let mut stop = [0i64; 3];
        executor
            .run(
                journey.run,
                &mut desk,
                &[i64::from(journey.start)],
                &mut stop,
            )
            .unwrap();
        let gather = |places: &[usize]| {
            let bits = places.iter().rev().map(|place| bit_of(&bits, *place));
            bits.fold(0u32, |word, bit| word << 1 | u32::from(bit))
        };
        let (audiences, offers) = self.places.split_at(20);
        Decided {
            audiences: gather(audiences),
            eligible: gather(offers),
            branch: self.branches[usize::try_from(stop[1]).unwrap()],
        }
    }
}

fn value(raw: &serde_json::Value, ty: &Type) -> Value {
    match ty.known() {
        Type::Bool => raw.as_bool().map(Value::Bool),
        Type::Int => raw.as_i64().map(Value::Int),
        Type::Number => raw.as_f64().map(Value::Number),
        Type::Text => raw.as_str().map(|text| Value::Text(text.to_owned())),
        Type::List(inner) => raw
            .as_array()
            .map(|items| Value::List(items.iter().map(|item| value(item, inner)).collect())),
        _ => None,
    }
    .unwrap_or(Value::Unknown)
}
