//! journey-program
