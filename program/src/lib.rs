//! What every program here has in common, whatever it does: what its environment tells it, what it logs, which figures
//! it writes, which files it writes whole or not at all, and how it lives on Lambda.
#![warn(missing_docs)]

#[cfg(feature = "lambda")]
pub mod lambda;
pub mod logs;
pub mod metrics;
pub mod variables;
#[cfg(feature = "whole-file")]
pub mod whole_file;
