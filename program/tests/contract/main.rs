//! What the contract promises, in one binary: bytes and values, arithmetic and civil time (against
//! Python's `decimal`, `datetime`, `zoneinfo`), the verifier, the interpreter, the forms of a program.

#[cfg(test)]
mod arith;
#[cfg(test)]
mod artifact;
#[cfg(test)]
mod civil;
#[cfg(test)]
mod interpreter;
#[cfg(test)]
mod python;
#[cfg(test)]
mod records;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod text;
#[cfg(test)]
mod verifier;
#[cfg(test)]
mod words;
