//! Native code: a section of an artifact in, an `Executor` out. Copies the code into memory of its own,
//! which is first writable and then executable, never both, and calls it with a frame on the stack.
//!
//! One of the two files with `unsafe`. What it relies on: sections come from the code generator, directly
//! or through an artifact that was checked, and were made from functions that the verifier accepted. What it
//! checks itself: the frame's form, that blocks hold what code reads at constant offsets, and lengths.
#![expect(
    unsafe_code,
    reason = "calls machine code, which only pointers can describe"
)]

use journey_program::abi::{self, ABI, ALIGN, NativeFunction, NativeSection, Target};
use journey_program::host::{Executor, FUEL, Host, HostOp};
use journey_program::ir::{Fault, FaultCode, SPACES, Space};
use journey_program::types::{FunctionId, SiteId};
use memmap2::{Mmap, MmapMut};
use std::any::Any;
use std::fmt;
use std::mem::{offset_of, size_of};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

/// Why a section cannot be run here; the caller takes the interpreter.
#[derive(Debug)]
pub enum LoadError {
    /// the section is for this machine
    OtherTarget(Target),
    /// the section was made for another form of frame
    OtherAbi(u32),
    /// a function lies outside of the code, or not where one may begin
    Damaged(FunctionId),
    /// the system gave no memory, or not to execute
    Memory(std::io::Error),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::OtherTarget(target) => write!(f, "native code for `{}`", target.name()),
            LoadError::OtherAbi(abi) => write!(f, "native code of form {abi}, not {ABI}"),
            LoadError::Damaged(id) => write!(f, "native code of function {} is damaged", id.0),
            LoadError::Memory(error) => write!(f, "no memory for native code: {error}"),
        }
    }
}

impl std::error::Error for LoadError {}

/// What code finds at its first argument; `abi` says the same to the code generator.
#[repr(C)]
struct Frame {
    blocks: [*mut u8; SPACES],
    clock: i64,
    fuel: i64,
    fault_code: i64,
    fault_site: i64,
    fault_a: i64,
    fault_b: i64,
    call: HostCall,
    host: *mut (),
}

type HostCall = unsafe extern "C" fn(*mut Frame, i64, *const i64) -> i64;
type Code = unsafe extern "C" fn(*mut Frame, *const i64, *mut i64) -> i64;

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(offset_of!(Frame, blocks) == abi::BLOCKS as usize);
    assert!(offset_of!(Frame, clock) == abi::CLOCK as usize);
    assert!(offset_of!(Frame, fuel) == abi::FUEL as usize);
    assert!(offset_of!(Frame, fault_code) == abi::FAULT_CODE as usize);
    assert!(offset_of!(Frame, fault_site) == abi::FAULT_SITE as usize);
    assert!(offset_of!(Frame, fault_a) == abi::FAULT_A as usize);
    assert!(offset_of!(Frame, fault_b) == abi::FAULT_B as usize);
    assert!(offset_of!(Frame, call) == abi::CALL as usize);
    assert!(offset_of!(Frame, host) == abi::HOST as usize);
    assert!(size_of::<Frame>() == abi::FRAME_SIZE as usize);
};

/// A program's functions, ready to be called.
pub struct NativeCode {
    functions: Vec<Entry>,
    /// where the functions lie; unmapped with this value
    map: Option<Mmap>,
    /// what they look up
    tables: Vec<u64>,
}

struct Entry {
    code: Code,
    params: usize,
    results: usize,
    extents: [usize; SPACES],
}

impl fmt::Debug for NativeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = self.map.as_ref().map_or(0, |map| map.len());
        write!(
            f,
            "NativeCode({} functions, {bytes} bytes)",
            self.functions.len()
        )
    }
}

impl NativeCode {
    /// Copies the code into pages that become read-execute. The section must come from the code generator:
    /// nothing here can tell good code from bad.
    pub fn load(section: &NativeSection) -> Result<Self, LoadError> {
        if Target::current() != Some(section.target) {
            return Err(LoadError::OtherTarget(section.target));
        }
        if section.abi != ABI {
            return Err(LoadError::OtherAbi(section.abi));
        }
        let map = if section.code.is_empty() {
            None
        } else {
            let mut map = MmapMut::map_anon(section.code.len()).map_err(LoadError::Memory)?;
            map.copy_from_slice(&section.code);
            let map = map.make_exec().map_err(LoadError::Memory)?;
            renew_instructions(&map);
            Some(map)
        };
        let code = map.as_deref().unwrap_or_default();
        let mut functions = Vec::with_capacity(section.functions.len());
        for (index, function) in section.functions.iter().enumerate() {
            let entry = entry(code, function, section.tables.len());
            functions.push(entry.ok_or(LoadError::Damaged(FunctionId::new(index)))?);
        }
        let tables = section.tables.clone();
        Ok(Self {
            functions,
            map,
            tables,
        })
    }

    /// Calls a function that makes no host call, over memory that stays where it is: no host, no allocation.
    /// A host call is refused as out of range.
    pub fn run_alone(
        &self,
        function: FunctionId,
        memory: &mut Memory<'_>,
        args: &[i64],
        results: &mut [i64],
    ) -> Result<(), Fault> {
        self.run_each(memory, &mut [(function, args, results)])
    }

    /// Calls such functions one after another over the same memory; the first fault ends it.
    pub fn run_each(
        &self,
        memory: &mut Memory<'_>,
        calls: &mut [(FunctionId, &[i64], &mut [i64])],
    ) -> Result<(), Fault> {
        let mut frame = self.frame(memory.clock, refuse);
        let lengths = frame.show(memory, size_of_val(self.tables.as_slice()));
        for (function, args, results) in calls {
            let entry = self.entry(*function, args, results)?;
            let mut extents = entry.extents.iter().zip(lengths);
            if !extents.all(|(extent, length)| *extent <= length) {
                return Err(misfit());
            }
            frame.fuel = FUEL;
            // SAFETY: the blocks live as long as `memory` and hold what the function reads and writes at constant
            // offsets; lengths of arguments and results were compared; handles come from inside of the blocks.
            let status =
                unsafe { (entry.code)(&raw mut frame, args.as_ptr(), results.as_mut_ptr()) };
            frame.outcome(status)?;
        }
        Ok(())
    }

    fn frame(&self, clock: i64, call: HostCall) -> Frame {
        let mut frame = Frame::new(clock, call, std::ptr::null_mut());
        if let Some(tables) = frame.blocks.get_mut(abi::TABLES as usize) {
            *tables = self.tables.as_ptr().cast_mut().cast();
        }
        frame
    }

    /// The function, if it may be called with these; its results are made zero.
    fn entry(
        &self,
        function: FunctionId,
        args: &[i64],
        results: &mut [i64],
    ) -> Result<&Entry, Fault> {
        let entry = self.functions.get(function.index()).ok_or_else(misfit)?;
        if args.len() < entry.params || results.len() < entry.results {
            return Err(misfit());
        }
        results.fill(0);
        Ok(entry)
    }
}

/// The blocks of a call without a host.
#[derive(Debug)]
pub struct Memory<'a> {
    pub profile: &'a [u8],
    pub event: &'a [u8],
    pub instance: &'a mut [u8],
    pub constants: &'a [u8],
    pub clock: i64,
}

impl Executor for NativeCode {
    fn run(
        &self,
        function: FunctionId,
        host: &mut dyn Host,
        args: &[i64],
        results: &mut [i64],
    ) -> Result<(), Fault> {
        let entry = self.entry(function, args, results)?;
        let clock = host.clock();
        let mut call = Call {
            host,
            entry,
            panic: None,
        };
        let mut frame = self.frame(clock, answer);
        if !call.renew(&mut frame) {
            return Err(misfit());
        }
        frame.host = (&raw mut call).cast();
        // SAFETY: the blocks belong to the host, which nothing else touches during the call; they hold what the
        // function reads and writes at constant offsets, now and after each host call (`renew`); lengths of
        // arguments and results were compared; handles come from inside of the blocks.
        let status = unsafe { (entry.code)(&raw mut frame, args.as_ptr(), results.as_mut_ptr()) };
        if let Some(panic) = call.panic {
            resume_unwind(panic);
        }
        frame.outcome(status)
    }

    fn name(&self) -> &'static str {
        "native"
    }
}

/// What a host call needs: the host, and what the running function asks of blocks.
struct Call<'a> {
    host: &'a mut dyn Host,
    entry: &'a Entry,
    /// carried over the machine code, which cannot be unwound
    panic: Option<Box<dyn Any + Send>>,
}

impl Call<'_> {
    /// Writes the blocks' places into the frame; false if one is too short for the function.
    fn renew(&mut self, frame: &mut Frame) -> bool {
        let entry = self.entry;
        frame.see_mut(self.host.instance(), entry)
            & frame.see(Space::Profile, self.host.block(Space::Profile), entry)
            & frame.see(Space::Event, self.host.block(Space::Event), entry)
            & frame.see(Space::Const, self.host.block(Space::Const), entry)
            & frame.see(Space::Scratch, self.host.block(Space::Scratch), entry)
    }

    fn answer(&mut self, frame: &mut Frame, op: HostOp, args: &[i64]) -> i64 {
        let host = AssertUnwindSafe(&mut *self.host);
        let answer = catch_unwind(|| {
            let host = host;
            host.0.call(op, args)
        });
        let code = match answer {
            Ok(Ok(word)) if self.renew(frame) => return word,
            Ok(Ok(_)) => FaultCode::OutOfRange,
            Ok(Err(code)) => code,
            Err(panic) => {
                self.panic = Some(panic);
                FaultCode::OutOfRange
            }
        };
        frame.fault_code = code as i64;
        0
    }
}

/// The host call of `run`.
unsafe extern "C" fn answer(frame: *mut Frame, op: i64, args: *const i64) -> i64 {
    // SAFETY: code passes on the frame it was called with; nobody else holds it while code runs.
    let frame = unsafe { &mut *frame };
    // SAFETY: `run` put its own `Call` there, which outlives the code's run.
    let call = unsafe { &mut *frame.host.cast::<Call<'_>>() };
    let Some(op) = usize::try_from(op).ok().and_then(|op| HostOp::ALL.get(op)) else {
        frame.fault_code = FaultCode::OutOfRange as i64;
        return 0;
    };
    // SAFETY: the verifier has seen that a call has as many arguments as its operation.
    let args = unsafe { std::slice::from_raw_parts(args, op.params().len()) };
    call.answer(frame, *op, args)
}

/// The host call where there is no host.
unsafe extern "C" fn refuse(frame: *mut Frame, _op: i64, _args: *const i64) -> i64 {
    // SAFETY: code passes on the frame it was called with; nobody else holds it while code runs.
    unsafe { (*frame).fault_code = FaultCode::OutOfRange as i64 };
    0
}

impl Frame {
    fn new(clock: i64, call: HostCall, host: *mut ()) -> Self {
        Self {
            blocks: [std::ptr::null_mut(); SPACES],
            clock,
            fuel: FUEL,
            fault_code: 0,
            fault_site: 0,
            fault_a: 0,
            fault_b: 0,
            call,
            host,
        }
    }

    /// Code never writes into a block other than the instance's.
    fn see(&mut self, space: Space, block: &[u8], entry: &Entry) -> bool {
        self.put(space, block.as_ptr().cast_mut(), block.len(), entry)
    }
    fn see_mut(&mut self, instance: &mut [u8], entry: &Entry) -> bool {
        self.put(
            Space::Instance,
            instance.as_mut_ptr(),
            instance.len(),
            entry,
        )
    }
    /// Points to all blocks; gives their lengths.
    fn show(&mut self, memory: &mut Memory<'_>, tables: usize) -> [usize; SPACES] {
        let mut lengths = [0; SPACES];
        let blocks = [
            (Space::Profile, memory.profile),
            (Space::Event, memory.event),
            (Space::Const, memory.constants),
        ];
        let blocks = blocks.map(|(space, block)| (space, block.as_ptr().cast_mut(), block.len()));
        let instance = (
            Space::Instance,
            memory.instance.as_mut_ptr(),
            memory.instance.len(),
        );
        for (space, at, length) in blocks.into_iter().chain([instance]) {
            self.point(space, at);
            if let Some(there) = lengths.get_mut(space as usize) {
                *there = length;
            }
        }
        if let Some(there) = lengths.get_mut(abi::TABLES as usize) {
            *there = tables;
        }
        lengths
    }
    fn point(&mut self, space: Space, at: *mut u8) {
        if let Some(slot) = self.blocks.get_mut(space as usize) {
            *slot = at;
        }
    }
    fn put(&mut self, space: Space, at: *mut u8, len: usize, entry: &Entry) -> bool {
        self.point(space, at);
        entry
            .extents
            .get(space as usize)
            .is_none_or(|extent| len >= *extent)
    }

    fn outcome(&self, status: i64) -> Result<(), Fault> {
        if status == 0 {
            return Ok(());
        }
        let code = FaultCode::ALL
            .into_iter()
            .find(|code| *code as i64 == self.fault_code);
        Err(Fault {
            code: code.unwrap_or(FaultCode::OutOfRange),
            site: SiteId(u32::try_from(self.fault_site).unwrap_or(u32::MAX)),
            a: self.fault_a,
            b: self.fault_b,
        })
    }
}

/// The fault of a call that does not fit its function: a defect of the caller.
#[cold]
fn misfit() -> Fault {
    Fault {
        code: FaultCode::OutOfRange,
        site: SiteId(u32::MAX),
        a: 0,
        b: 0,
    }
}

fn entry(code: &[u8], function: &NativeFunction, tables: usize) -> Option<Entry> {
    let start = usize::try_from(function.offset).ok()?;
    let bytes = code
        .get(start..)?
        .get(..usize::try_from(function.len).ok()?)?;
    if bytes.is_empty() || !function.offset.is_multiple_of(ALIGN) {
        return None;
    }
    let mut extents = [0; SPACES];
    for (to, from) in extents.iter_mut().zip(function.extents) {
        *to = usize::try_from(from).ok()?;
    }
    if extents.get(abi::TABLES as usize)? / 8 > tables {
        return None;
    }
    Some(Entry {
        // SAFETY: the bytes are in pages that may be executed, at the start of a function that the code
        // generator made with this very signature; `NativeCode` keeps the pages as long as the entry.
        code: unsafe { std::mem::transmute::<*const u8, Code>(bytes.as_ptr()) },
        params: usize::try_from(function.params).ok()?,
        results: usize::try_from(function.results).ok()?,
        extents,
    })
}

/// Processors with separate caches must be told that these bytes are instructions now.
#[cfg(target_arch = "aarch64")]
fn renew_instructions(code: &[u8]) {
    unsafe extern "C" {
        fn __clear_cache(from: *const u8, to: *const u8);
    }
    let range = code.as_ptr_range();
    // SAFETY: the range is mapped memory.
    unsafe { __clear_cache(range.start, range.end) };
}

#[cfg(not(target_arch = "aarch64"))]
fn renew_instructions(_code: &[u8]) {}
