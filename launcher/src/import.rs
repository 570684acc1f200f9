//! `sigtower import`: a chat that Telegram Desktop exported, or a backup, into the store.

use std::collections::BTreeSet;
use std::path::Path;
use std::pin::pin;

use jiff::tz::TimeZone;
use scraper::export::{Export, ExportError, ExportOptions};
use scraper::report::SweepReport;

use crate::cli::ImportArgs;
use crate::exit::Exit;
use crate::failure::Stop;
use crate::holding;
use crate::progress::Progress;
use crate::{backup, batch, log, open_store, output, runtime, sources, sweep_table};

/// Imports.
pub(crate) fn run(args: &ImportArgs) -> Result<Exit, Stop> {
    match (&args.export, &args.backup) {
        (Some(export), _) => posts(args, export),
        (None, Some(file)) => backup::import(args, file),
        (None, None) => Err(Stop::failed("nothing to import", "no file is named", "sigtower import PATH")),
    }
}

fn posts(args: &ImportArgs, path: &Path) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let failed = |error: &dyn std::fmt::Display| {
        let next = "mend the cause and import it again: what is there already is not stored twice; \
                    sigtower doctor looks for causes";
        Stop::failed(format!("cannot import `{}`", path.display()), error, next)
    };
    let zone = match &args.zone {
        None => TimeZone::UTC,
        Some(name) => TimeZone::get(name).map_err(|error| failed(&error))?,
    };
    let options = ExportOptions { channel: args.channel.clone(), zone };
    let mut export = Export::open(path, options).map_err(|error| failed(&error))?;
    let (sweep, n_skipped) = runtime::start()?.block_on(async {
        let opened = open_store::open(&args.store).await?;
        let collector = sources::collector(&opened.store, args.keep.settings(), &args.backend)?;
        let mut stopped = pin!(runtime::stopped()?);
        let taking = holding::take(&opened.store, opened.is_alone());
        let holding = holding::unless_stopped(taking, &mut stopped).await?.map_or_else(Err, Ok)?;
        let mut pass = collector.import(holding.lease());
        let mut nameless = BTreeSet::new();
        let work = async {
            let mut progress = Progress::begin("importing");
            loop {
                // Reading a file waits for the disk, and a large one is parsed for a while.
                let read = tokio::task::spawn_blocking(move || {
                    let chunk = export.next_chunk();
                    (export, chunk)
                });
                let chunk: Result<_, ExportError>;
                (export, chunk) = read.await.map_err(|error| failed(&error))?;
                let Some(chunk) = chunk.map_err(|error| failed(&error))? else {
                    return Ok(export.progress().n_chats_skipped);
                };
                if chunk.chat.kind == "public_channel" && chunk.chat.sighting.username().is_none() {
                    nameless.insert(chunk.chat.channel.clone());
                }
                progress.add((chunk.chunk.posts.len() + chunk.chunk.bad.len()) as u64);
                pass.take(chunk).await.map_err(|error| failed(&error))?;
            }
        };
        let ended = runtime::until_stopped(stopped, work, holding.give_back()).await;
        let sweep = pass.finish().await;
        let n_skipped = ended.inspect_err(|_| tell(&sweep))?;
        for channel in &nameless {
            crate::output::say!(
                "{channel} is a public channel whose name the export does not say: its posts stand under that number. \
                 Read it by the number alone from now on, or its signals stand twice."
            );
        }
        Ok::<_, Stop>((sweep, n_skipped))
    })?;
    if args.json {
        output::print_json(&sweep_table::Shape::of(&sweep))?
    } else {
        sweep_table::print(&sweep)?
    }
    if n_skipped > 0 {
        crate::output::say!("{n_skipped} chats of the export are no channels and were left out.");
    }
    Ok(batch::exit(&sweep))
}

/// What was kept before something failed.
fn tell(sweep: &SweepReport) {
    crate::output::say!("Kept before it failed: {} posts, {} new.", sweep.total.fetched, sweep.total.stored);
}
