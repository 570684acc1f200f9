//! `sigtower export` and `sigtower import --backup`: everything that is kept, as JSON lines, and back.

use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::Body;
use axum::http::Method;
use functions::wire::backup::ImportedBody;
use futures_util::{StreamExt as _, stream};
use program::whole_file::WholeFile;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::cli::{ExportArgs, ImportArgs};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::input::{self, Input};
use crate::progress::Progress;
use crate::store_api::{Question, Sends, StoreApi};
use crate::{log, output, runtime};

const PATH: &str = "/api/v1/backup";
/// How long a backup may stand still before whoever sends it is taken for dead.
const STANDS_STILL: Duration = Duration::from_secs(60);
/// How many bytes of a backup are read at once, and how often ahead of the store.
const READ_BYTES: usize = 64 * 1024;
const READ_AHEAD: usize = 4;
/// Lines of a backup that are no rows: the first and the last.
const NO_ROWS: u64 = 2;

/// Writes a backup.
pub(crate) fn export(args: &ExportArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    runtime::run(async {
        let mut target = Target::begin(&args.file)?;
        let api = StoreApi::reach(&args.store).await?;
        let next = "try again; nothing was written";
        let question = Question {
            method: Method::GET,
            path: PATH,
            sends: Sends::Nothing,
            failure: "cannot take the backup",
            next,
        };
        let mut body = api.ask_stream(question).await?.into_data_stream();
        let mut progress = Progress::begin("exporting");
        let mut n_lines = 0;
        let torn = |why: &dyn std::fmt::Display| Stop::failed("the backup broke off", why, next);
        while let Some(bytes) = timeout(STANDS_STILL, body.next()).await.map_err(|error| torn(&error))? {
            let bytes = bytes.map_err(|error| torn(&error))?;
            target.write(&bytes)?;
            let n_more = lines_in(&bytes);
            n_lines += n_more;
            progress.add(n_more);
        }
        drop(progress);
        target.finish()?;
        crate::output::say!("Exported {} rows.", n_lines.saturating_sub(NO_ROWS));
        Ok(Exit::Ok)
    })
}

/// Reads a backup.
pub(crate) fn import(args: &ImportArgs, file: &Path) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let input = input::open(file, "a backup", "sigtower import --backup -")?;
    let name = input.name.clone();
    let imported: ImportedBody = runtime::run(async {
        let api = StoreApi::reach(&args.store).await?;
        let unread = Arc::new(OnceLock::new());
        let question = Question {
            method: Method::POST,
            path: PATH,
            sends: Sends::Lines(streamed(input, unread.clone())),
            failure: "cannot import the backup",
            next: "mend the cause and import the whole file again: what is there already does no harm",
        };
        let answer = api.ask(question).await;
        match unread.get() {
            Some(error) => Err(Stop::unread(&name, error, "sigtower import --backup -")),
            None => answer,
        }
    })?;
    if args.json {
        #[derive(Serialize)]
        struct Answer {
            schema: &'static str,
            #[serde(flatten)]
            imported: ImportedBody,
        }
        output::print_json(&Answer { schema: "imported/1", imported })?;
    } else {
        let ImportedBody { written, unchanged, expired } = imported;
        output::print(&format!(
            "Imported {written} rows; {unchanged} were there already, and the time of {expired} was over.\n"
        ))?;
    }
    Ok(Exit::Ok)
}

/// The input as a body; where it cannot be read, the body breaks off and `unread` says why.
fn streamed(mut input: Input, unread: Arc<OnceLock<io::Error>>) -> Body {
    let (sender, receiver) = mpsc::channel::<io::Result<Vec<u8>>>(READ_AHEAD);
    std::thread::spawn(move || {
        let mut progress = Progress::begin("importing");
        loop {
            let mut bytes = vec![0; READ_BYTES];
            let read = match input.bytes.read(&mut bytes) {
                Ok(0) => return,
                Ok(n_bytes) => {
                    bytes.truncate(n_bytes);
                    progress.add(lines_in(&bytes));
                    Ok(bytes)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let broken = io::Error::from(error.kind());
                    let _ = unread.set(error);
                    Err(broken)
                }
            };
            // Whoever was to receive it has answered already.
            if sender.blocking_send(read).is_err() {
                return;
            }
        }
    });
    Body::from_stream(stream::unfold(receiver, async |mut receiver| Some((receiver.recv().await?, receiver))))
}

fn lines_in(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// Where a backup goes.
enum Target {
    Stdout,
    File(WholeFile, String),
}

impl Target {
    fn begin(path: &Path) -> Result<Self, Stop> {
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        let name = path.display().to_string();
        let file = WholeFile::begin(path).map_err(|error| unwritten(&name, &error))?;
        Ok(Self::File(file, name))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        match self {
            Self::Stdout => io::stdout().lock().write_all(bytes).map_err(|error| Stop::unwritten(&error)),
            Self::File(file, name) => file.write_all(bytes).map_err(|error| unwritten(name, &error)),
        }
    }

    fn finish(self) -> Result<(), Stop> {
        match self {
            Self::Stdout => io::stdout().lock().flush().map_err(|error| Stop::unwritten(&error)),
            Self::File(file, name) => file.finish().map_err(|error| unwritten(&name, &error)),
        }
    }
}

fn unwritten(name: &str, error: &io::Error) -> Stop {
    Stop::failed(
        format!("cannot write `{name}`"),
        error,
        "name a file in a folder that has room and that you may write to",
    )
}
