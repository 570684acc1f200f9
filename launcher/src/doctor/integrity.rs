//! Whether the file of the database is damaged.

use std::path::Path;
use std::time::Duration;

use signals::store::embedded::integrity::{Integrity, integrity};

use crate::doctor::finding::Finding;
use crate::store_api::RESTORE;

const NAME: &str = "integrity";
/// How long it is looked for: some hundred megabytes are read meanwhile.
const WITHIN: Duration = Duration::from_secs(3);

/// Looks through the database of a folder; nothing where there is none.
pub(super) async fn look(folder: &Path) -> Option<Finding> {
    let database = folder.join("signals.db");
    if !database.exists() {
        return None;
    }
    let shown = database.display().to_string();
    let looked = tokio::task::spawn_blocking(move || integrity(&database, WITHIN)).await;
    Some(match looked {
        Ok(Integrity::Sound) => Finding::ok(NAME, "the database is not damaged"),
        Ok(Integrity::Damaged(lines)) => Finding::fail(NAME, format!("{shown} is damaged"), lines.join("; "), RESTORE),
        Ok(Integrity::Unfinished) => Finding::ok(
            NAME,
            format!("nothing is damaged in what was read of the database within {} s", WITHIN.as_secs()),
        ),
        Ok(Integrity::Unread(why)) => {
            Finding::warn(NAME, format!("{shown} was not looked through"), why, "run it again")
        }
        Err(error) => Finding::warn(NAME, format!("{shown} was not looked through"), error, "run it again"),
    })
}
