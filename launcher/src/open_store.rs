//! The store that a command works on itself: of a folder, of the process that owns the folder, or a table.

use std::time::Duration;

use signals::store::SignalStore;
use signals::store::embedded::Engine;

use crate::cli::StoreArgs;
use crate::data_folder::{self, DataFolder, Reached, WAITS};
use crate::failure::Stop;
use crate::{door, store_api};

/// A store; the folder is kept from others as long as this lives.
pub(crate) struct OpenStore {
    pub(crate) store: SignalStore,
    folder: Option<(DataFolder, Engine)>,
}

impl OpenStore {
    /// Whether nobody else can be at work on it: then whoever holds a lease of it is dead.
    pub(crate) fn is_alone(&self) -> bool {
        self.folder.is_some()
    }
}

/// Opens the store that the command line names.
pub(crate) async fn open(place: &StoreArgs) -> Result<OpenStore, Stop> {
    open_within(place, WAITS).await
}

/// The same, waiting so long for a folder that another process uses.
pub(crate) async fn open_within(place: &StoreArgs, waits: Duration) -> Result<OpenStore, Stop> {
    if let Some(table) = &place.table {
        return Ok(OpenStore { store: store_api::known_table(table).await?, folder: None });
    }
    let path = data_folder::chosen(place.data_dir.as_deref())?;
    match data_folder::reach(&path, waits, door::store).await? {
        Reached::Own(folder) => {
            let (engine, store) = store_api::engine_of(&folder).await?;
            Ok(OpenStore { store, folder: Some((folder, engine)) })
        }
        Reached::Other(store) => Ok(OpenStore { store, folder: None }),
    }
}
