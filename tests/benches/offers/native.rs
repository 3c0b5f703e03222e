//! Our side: the program compiled; its functions called as the engine calls them, with a host that answers what they
//! ask (the model), and nothing of the engine's record.

use super::people::Person;
use journey_cli::compile;
use journey_cli::project::Project;
use journey_compiler::codegen;
use journey_program::abi::Target;
use journey_program::host::{Executor, Host, HostOp};
use journey_program::ir::{FaultCode, Space};
use journey_program::plan::{Program, words_of};
use journey_program::record::{self, Symbols, Types};
use journey_program::types::{EnumId, FunctionId, Type, Value};
use journey_runtime::native::NativeCode;
use std::path::Path;

pub struct Native {
    plan: Program,
    code: NativeCode,
    constants: Vec<u8>,
    offers: FunctionId,
    model: FunctionId,
}

/// One person's memory.
struct Desk<'a> {
    native: &'a Native,
    profile: &'a [u8],
}

impl Host for Desk<'_> {
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        let (HostOp::Model, [_]) = (op, args) else {
            return Err(FaultCode::OutOfRange);
        };
        let mut result = [0];
        let model = self.native.model;
        let code = &self.native.code;
        code.run(model, self, &[], &mut result)
            .map_err(|fault| fault.code)?;
        Ok(result[0])
    }
    fn block(&self, space: Space) -> &[u8] {
        match space {
            Space::Profile => self.profile,
            Space::Const => &self.native.constants,
            Space::Event | Space::Instance | Space::Scratch => &[],
        }
    }
    fn instance(&mut self) -> &mut [u8] {
        &mut []
    }
    fn clock(&self) -> i64 {
        0
    }
}

impl Native {
    pub fn new(folder: &Path) -> Self {
        let project = Project::open(Some(folder)).unwrap();
        let program = project.checked(false).unwrap();
        let plan = compile::plan(&program, &project.sources).unwrap();
        let section = codegen::compile(&plan, Target::current().unwrap()).unwrap();
        println!("offers: {} bytes of native code", section.code.len());
        let together = plan.decisions[0].together.unwrap();
        assert!(together.ranked);
        let model = plan
            .functions
            .iter()
            .position(|f| f.name.starts_with("model."));
        Self {
            code: NativeCode::load(&section).unwrap(),
            constants: record::constants(&plan.texts),
            offers: together.function,
            model: FunctionId::new(model.unwrap()),
            plan,
        }
    }

    pub fn block(&self, person: &Person) -> Vec<u8> {
        let symbols = Symbols::of(&self.plan.texts);
        let types = Types::of(&self.plan, &symbols);
        let record = self.plan.profile.record;
        let fields = &self.plan.records[record.index()].fields;
        let values: Vec<Value> = fields
            .iter()
            .map(|field| value(person, &field.name, &field.ty))
            .collect();
        let mut block = record::write(&types, record, &values);
        block.resize(self.plan.profile.size as usize, 0);
        block
    }

    pub fn decide(&self, block: &[u8]) -> Option<(usize, u64)> {
        let words = words_of(self.plan.decisions[0].candidates.len());
        let mut results = [0; 512];
        let mut desk = Desk {
            native: self,
            profile: block,
        };
        self.code
            .run(self.offers, &mut desk, &[], &mut results)
            .unwrap();
        let (eligible, ranks) = results.split_at(words);
        best_of(eligible, ranks)
    }

    pub fn model(&self, block: &[u8]) -> f64 {
        let mut result = [0];
        let mut desk = Desk {
            native: self,
            profile: block,
        };
        self.code
            .run(self.model, &mut desk, &[], &mut result)
            .unwrap();
        f64::from_bits(result[0].cast_unsigned())
    }
}

/// The candidate of the highest rank among those whose bits are set, the first of equals.
fn best_of(words: &[i64], ranks: &[i64]) -> Option<(usize, u64)> {
    let mut best: Option<(usize, f64)> = None;
    for (word, first) in words.iter().zip((0..).step_by(64)) {
        let mut left = word.cast_unsigned();
        while left != 0 {
            let at = first + left.trailing_zeros() as usize;
            left &= left - 1;
            let rank = f64::from_bits(ranks[at].cast_unsigned());
            if best.is_none_or(|(_, most)| rank > most) {
                best = Some((at, rank));
            }
        }
    }
    best.map(|(at, rank)| (at, rank.to_bits()))
}

fn value(person: &Person, name: &str, ty: &Type) -> Value {
    match (name, ty) {
        ("tier", _) => Value::Enum(EnumId::new(0), u32::from(person.tier)),
        ("age", _) => Value::Int(i64::from(person.age)),
        ("orders", _) => Value::Int(i64::from(person.orders)),
        ("spend", _) => Value::Number(person.spend),
        ("push", _) => Value::Bool(person.push),
        (_, Type::NumberIn(..)) => {
            let feature: usize = name.trim_start_matches('x').parse().unwrap();
            Value::Number(person.features[feature])
        }
        _ => Value::Unknown,
    }
}
