//! `grammar`: what a `.journey` text looks like. text → tokens → declarations → tree.

pub mod tree;
