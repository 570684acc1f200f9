//! One pass after the other over channels that change, fail and are left in the middle: nothing is lost, nothing doubled.

mod backend;
mod passes;
mod world;
