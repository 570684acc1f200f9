//! The store that a command works on itself: of a folder, of the process that owns the folder, or a table.

use std::time::{Duration, Instant};

use signals::store::embedded::Engine;
use signals::store::{Counting, Shards, SignalStore};

use crate::cli::StoreArgs;
use crate::data_folder::{self, BETWEEN_LOOKS, Claim, DataFolder, WAITS};
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
        let store = SignalStore::connect_to_write(table, Shards::AWS, Counting::FromStream).await;
        let store = store.map_err(|error| store_api::unusable(table, &error))?;
        return Ok(OpenStore { store, folder: None });
    }
    let path = data_folder::chosen(place.data_dir.as_deref())?;
    let until = Instant::now() + waits;
    loop {
        let owner = match DataFolder::claim(&path)? {
            Claim::Owned(folder) => {
                let (engine, store) = store_api::engine_of(&folder).await?;
                return Ok(OpenStore { store, folder: Some((folder, engine)) });
            }
            Claim::Taken(owner) => owner,
        };
        if let Some(known) = &owner
            && let Some(Ok(store)) = door::store(known).await
        {
            return Ok(OpenStore { store, folder: None });
        }
        if Instant::now() >= until {
            return Err(data_folder::taken(&path, owner.as_ref(), "wait until it is done, or stop it"));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
