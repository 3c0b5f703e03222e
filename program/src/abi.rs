//! How native code is called and what it finds: the frame's layout, and the form of compiled code in an
//! artifact. The code generator writes loads at these offsets, the loader builds a frame that has them
//! (and asserts it); neither knows the other. All fields are eight bytes wide, on every target.
//!
//! A function is `extern "C" fn(frame, args: *const i64, results: *mut i64) -> i64`: it returns 0, or 1 after it
//! wrote a fault into the frame. Arguments and results are words in order; results are zero before the call.
//!
//! A host call is `extern "C" fn(frame, op: i64, args: *const i64) -> i64`, found in the frame: it returns the
//! result's word; a refusal leaves its code in the frame, which the code looks at right after the call. It
//! renews the block pointers, since any operation may move any block.

use crate::ir::SPACES;
use serde::{Deserialize, Serialize};

/// Raised whenever the frame or the calling convention changes: a section of another number is not run.
pub const ABI: u32 = 2;

/// `blocks: [*mut u8; SPACES]`, by `Space`
pub const BLOCKS: i32 = 0;
/// among the blocks, after those of spaces: the section's tables
pub const TABLES: i32 = 5;
/// now, in milliseconds
#[expect(clippy::cast_possible_truncation, reason = "eight spaces")]
pub const CLOCK: i32 = BLOCKS + 8 * (SPACES as i32);
/// loop heads that may still be passed
pub const FUEL: i32 = CLOCK + 8;
/// a `FaultCode`, or 0
pub const FAULT_CODE: i32 = FUEL + 8;
pub const FAULT_SITE: i32 = FAULT_CODE + 8;
pub const FAULT_A: i32 = FAULT_SITE + 8;
pub const FAULT_B: i32 = FAULT_A + 8;
/// the host call's address
pub const CALL: i32 = FAULT_B + 8;
/// what the host call needs; the code never looks at it
pub const HOST: i32 = CALL + 8;
pub const FRAME_SIZE: i32 = HOST + 8;

/// Every function of a section begins at a multiple of this.
pub const ALIGN: u32 = 16;

/// What native code is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Target {
    X86_64Linux,
    Aarch64Linux,
}

impl Target {
    pub const ALL: [Target; 2] = [Target::X86_64Linux, Target::Aarch64Linux];

    /// As in an artifact's listing and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Target::X86_64Linux => "x86_64-linux",
            Target::Aarch64Linux => "aarch64-linux",
        }
    }
    /// What this process runs on, if code can be made for it.
    pub fn current() -> Option<Self> {
        if !cfg!(target_os = "linux") {
            None
        } else if cfg!(target_arch = "x86_64") {
            Some(Target::X86_64Linux)
        } else if cfg!(target_arch = "aarch64") {
            Some(Target::Aarch64Linux)
        } else {
            None
        }
    }
}

/// All functions of a program for one target: position independent, no relocations, no traps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeSection {
    pub target: Target,
    pub abi: u32,
    /// of every function, by `FunctionId`
    pub functions: Vec<NativeFunction>,
    pub code: Vec<u8>,
    /// words that the code looks up, found by the frame's pointer
    pub tables: Vec<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NativeFunction {
    pub offset: u32,
    pub len: u32,
    pub params: u32,
    pub results: u32,
    /// bytes of each space that the code reads or writes at constant offsets; the loader refuses a
    /// call whose blocks are shorter
    pub extents: [u32; SPACES],
}
