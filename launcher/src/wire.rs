//! JSON shapes that only the command line has; the others are the API's.

pub(crate) mod line;
