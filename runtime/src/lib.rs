//! journey-runtime
