//! The intake's promises: good and bad values of every type, hostile inputs, sources, and two oracles
//! (`serde_json` for JSON, the crate `csv` for rows).

#[cfg(test)]
#[path = "intake/direct.rs"]
mod direct;
#[cfg(test)]
#[path = "intake/envelope.rs"]
mod envelope;
#[cfg(test)]
#[path = "intake/oracles.rs"]
mod oracles;
#[cfg(test)]
#[path = "intake/readers.rs"]
mod readers;
#[cfg(test)]
#[path = "intake/real.rs"]
mod real;
#[cfg(test)]
#[path = "intake/shop.rs"]
mod shop;
#[cfg(test)]
#[path = "intake/sources.rs"]
mod sources;
#[cfg(test)]
#[path = "intake/values.rs"]
mod values;
