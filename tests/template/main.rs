//! The template of the deployment, as CloudFormation gets it: what must hold of it, and whether it fits the programs.
//!
//! `tests/template/translate.py` translates SAM's resources. The linters see what is malformed; they see no schedule that
//! overlaps itself and no right that nobody needs, so what matters is said here, property by property.

mod environment;
mod filter;
mod linters;
mod parameters;
mod properties;
mod rights;
mod routes;
mod runbook;
mod stack;
mod table;
mod translated;
