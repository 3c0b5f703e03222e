//! journey-compiler
