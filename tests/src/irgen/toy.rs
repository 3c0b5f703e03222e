//! The world of random functions: blocks of one shape, and a host that answers from a hash of all it was
//! asked so far, moves its blocks at every call, and sometimes refuses.

use super::rng::{Rng, mix};
use journey_program::host::{Host, HostOp};
use journey_program::ir::{FaultCode, Place, Repr, Space, Ty, handle};
use journey_program::plan::{
    EnterPlan, FunctionContext, InstancePlan, JourneyPlan, Layout, PatternPlan, ProfilePlan,
    Program, ReenterPlan,
};
use journey_program::types::{EventId, FunctionId, JourneyId, RecordId};

/// Bytes of a record. All blocks are records of this one shape, one after the other.
pub const RECORD: u32 = 128;
/// By `Space`: how many records of it may be reached at constant offsets.
pub const RECORDS: [u32; 5] = [2, 1, 2, 0, 0];
pub const TEXTS: u32 = 6;
/// Records in each block: handles reach further than constant offsets.
const REAL: usize = 4;
const SPACES: [Space; 5] = [
    Space::Profile,
    Space::Event,
    Space::Instance,
    Space::Const,
    Space::Scratch,
];

/// Where fields of a form lie in a record: first byte, length of one, how many.
pub fn region(repr: Repr) -> (u32, u32, usize) {
    match repr {
        Repr::Bool => (8, 1, 8),
        Repr::Byte => (16, 1, 8),
        Repr::Int => (24, 8, 4),
        Repr::Num => (56, 8, 4),
        Repr::Text => (88, 16, 1),
        Repr::List => (104, 16, 1),
        Repr::Ref => (0, 0, 1),
    }
}

/// The program around the functions: what the verifier asks for.
pub fn world() -> Program {
    let layout = Layout {
        size: RECORD,
        fields: Vec::new(),
    };
    let pattern = PatternPlan {
        event: EventId(0),
        also: Vec::new(),
        filter: None,
        key: None,
        each: None,
        of_send: None,
    };
    let journey = JourneyPlan {
        version: None,
        places: Vec::new(),
        migrations: Vec::new(),
        snapshot: None,
        name: "toy".to_owned(),
        priority: 0,
        enter: EnterPlan::On {
            pattern,
            element: None,
        },
        key: None,
        reenter: ReenterPlan::Always,
        watch: None,
        exits: Vec::new(),
        goals: Vec::new(),
        goal_within: None,
        goal_of_last_send: false,
        holdout: None,
        salt: String::new(),
        instance: InstancePlan {
            size: RECORD * RECORDS[2],
            entry: None,
            locals: Vec::new(),
            beside: Vec::new(),
        },
        run: FunctionId(0),
        waits: Vec::new(),
        sends: Vec::new(),
        splits: Vec::new(),
        decides: Vec::new(),
        reasons: Vec::new(),
        start: 0,
        recalls: Vec::new(),
        steps: Vec::new(),
    };
    Program {
        layouts: vec![layout],
        texts: (0..TEXTS).map(|text| format!("text {text}")).collect(),
        profile: ProfilePlan {
            size: RECORD * RECORDS[0],
            ..ProfilePlan::default()
        },
        journeys: vec![journey],
        ..Program::default()
    }
}

/// What every random function finds in its spaces.
pub fn context() -> FunctionContext {
    FunctionContext {
        event: Some(RecordId(0)),
        instance: Some(JourneyId(0)),
    }
}

const BYTES: usize = REAL * RECORD as usize;

/// One block in two places: at each call it moves from one to the other, and what it left is spoilt.
#[derive(Clone, Debug)]
struct Moving {
    places: [[u8; BYTES]; 2],
    now: usize,
}

impl Moving {
    fn bytes(&self) -> &[u8] {
        &self.places[self.now]
    }
    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.places[self.now]
    }
    fn go(&mut self) {
        let [first, second] = &mut self.places;
        let (from, to) = if self.now == 0 {
            (first, second)
        } else {
            (second, first)
        };
        *to = *from;
        for byte in from {
            // Bools stay bools, doubles stay finite: spoilt, but sound.
            *byte ^= 1;
        }
        self.now = 1 - self.now;
    }
}

/// The host, and what it saw.
#[derive(Clone, Debug)]
pub struct Toy {
    blocks: Box<[Moving; SPACES.len()]>,
    clock: i64,
    /// of all calls with their arguments, in order
    pub hash: u64,
    pub calls: u64,
    /// of a hundred calls, so many are refused
    refusals: u64,
    /// every call in words, if they are asked for
    pub log: Option<Vec<(HostOp, Vec<i64>)>>,
}

impl Toy {
    /// Calm worlds hold small values and a host that refuses nothing.
    pub fn new(rng: &mut Rng, calm: bool) -> Self {
        let mut block = || {
            let mut bytes = [0; BYTES];
            for to in bytes.chunks_exact_mut(RECORD as usize) {
                record(rng, calm, to);
            }
            Moving {
                places: [bytes, bytes],
                now: 0,
            }
        };
        Self {
            blocks: Box::new([block(), block(), block(), block(), block()]),
            clock: if calm { 1_790_000_000_000 } else { rng.int() },
            hash: rng.word(),
            calls: 0,
            refusals: if calm { 0 } else { 6 },
            log: None,
        }
    }

    /// A value of a type, as an argument.
    pub fn argument(rng: &mut Rng, ty: Ty, calm: bool) -> i64 {
        match ty {
            Ty::Bool => i64::from(rng.chance(50)),
            Ty::Int if calm => rng.small(),
            Ty::Int => rng.int(),
            Ty::Num if calm => rng.plain_num().cast_signed(),
            Ty::Num => rng.num().cast_signed(),
            Ty::Text => handle(rng.pick(&SPACES), 88),
            Ty::List => handle(rng.pick(&SPACES), 104),
            Ty::Ref => {
                let record = u32::try_from(rng.below(REAL)).expect("few records");
                handle(rng.pick(&SPACES), record * RECORD)
            }
        }
    }

    /// All memory, for comparison.
    pub fn memory(&self) -> impl Iterator<Item = &[u8]> {
        self.blocks.iter().map(Moving::bytes)
    }

    /// Writes into every block, as operations do: what was read before a call may differ after it.
    fn stir(&mut self, word: u64) {
        let at = usize::try_from(word % 4).expect("below four");
        for block in self.blocks.iter_mut() {
            let bytes = block.bytes_mut();
            bytes[24 + 8 * at..32 + 8 * at].copy_from_slice(&(word % 100).to_le_bytes());
            bytes[8 + at] ^= 1;
            bytes[at] ^= 0x55;
        }
    }
}

fn record(rng: &mut Rng, calm: bool, to: &mut [u8]) {
    for (at, word) in to.chunks_exact_mut(8).enumerate() {
        let value = match at {
            1 => rng.word() & 0x0101_0101_0101_0101,
            3..7 => Toy::argument(rng, Ty::Int, calm).cast_unsigned(),
            7..11 => Toy::argument(rng, Ty::Num, calm).cast_unsigned(),
            _ => rng.word(),
        };
        word.copy_from_slice(&value.to_le_bytes());
    }
}

impl Host for Toy {
    fn call(&mut self, op: HostOp, args: &[i64]) -> Result<i64, FaultCode> {
        self.calls += 1;
        self.hash = mix(self.hash ^ (op as u64 + 1));
        for arg in args {
            self.hash = mix(self.hash.rotate_left(5) ^ arg.cast_unsigned());
        }
        if let Some(log) = &mut self.log {
            log.push((op, args.to_vec()));
        }
        for block in self.blocks.iter_mut() {
            block.go();
        }
        let word = mix(self.hash);
        self.stir(word);
        if word % 100 < self.refusals {
            let code = usize::try_from(word >> 8).expect("64 bits") % FaultCode::ALL.len();
            return Err(FaultCode::ALL[code]);
        }
        let mut rng = Rng::new(word);
        let calm = self.refusals == 0;
        Ok(op
            .result()
            .map_or(0, |ty| Self::argument(&mut rng, ty, calm)))
    }
    fn block(&self, space: Space) -> &[u8] {
        self.blocks[space as usize].bytes()
    }
    fn instance(&mut self) -> &mut [u8] {
        self.blocks[Space::Instance as usize].bytes_mut()
    }
    fn clock(&self) -> i64 {
        self.clock
    }
}

/// A place of a field of this form, at a constant offset or in a record that a register names.
pub fn place(rng: &mut Rng, repr: Repr, space: Space) -> Place {
    let (first, length, count) = region(repr);
    let nth = u32::try_from(rng.below(count)).expect("few fields");
    let records = RECORDS[space as usize].max(1);
    let record = u32::try_from(rng.below(records as usize)).expect("few records");
    Place::At {
        space,
        offset: record * RECORD + first + nth * length,
    }
}
