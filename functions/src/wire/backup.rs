//! What reading a backup did, on the wire.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What became of the rows of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = Imported)]
pub struct ImportedBody {
    /// Rows that were written.
    pub written: u64,
    /// Rows that were there already, the same.
    pub unchanged: u64,
    /// Rows whose time was over.
    pub expired: u64,
}
