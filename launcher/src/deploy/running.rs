//! How other programs are run: on until they end by themselves, also where somebody stops this command meanwhile.

use std::io;
use std::path::Path;
use std::pin::Pin;
use std::process::{Child, Command, ExitStatus, Output, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use tokio::task::{JoinHandle, spawn_blocking};

use super::steps::shown;
use crate::failure::Stop;

/// When somebody stops this command.
pub(super) type Stopped<'a> = Pin<&'a mut dyn Future<Output = Stop>>;

/// Whether a program starts and ends well.
pub(super) fn is_there(words: &[&str], folder: &Path) -> Result<(), String> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(status.to_string()),
        Err(error) => Err(error.to_string()),
    }
}

/// Runs a step, which talks to whoever looks on. Its stdout is not ours: that is kept for the answer.
pub(super) async fn step(words: &[String], folder: &Path, stopped: &mut Stopped<'_>) -> Result<(), Stop> {
    let started = command(words, folder).stdout(io::stderr()).spawn();
    let mut child = started.map_err(|error| failed(words, error.to_string()))?;
    let ended = until_it_ends(pid(&child), spawn_blocking(move || child.wait()), stopped).await?;
    if ended.as_ref().is_ok_and(ExitStatus::success) {
        return Ok(());
    }
    Err(failed(words, ended.map_or_else(|error| error.to_string(), |status| status.to_string())))
}

/// Runs a step that says something to us.
pub(super) async fn said(words: &[String], folder: &Path, stopped: &mut Stopped<'_>) -> Result<Output, Stop> {
    let started = command(words, folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let child = started.map_err(|error| failed(words, error.to_string()))?;
    let ended = until_it_ends(pid(&child), spawn_blocking(move || child.wait_with_output()), stopped).await?;
    ended.map_err(|error| failed(words, error.to_string()))
}

pub(super) fn failed(words: &[String], why: String) -> Stop {
    let next = "what it said stands above; mend it and run the command again, which goes on from there";
    Stop::failed(format!("`{}` failed", shown(words)), why, next)
}

fn command(words: &[String], folder: &Path) -> Command {
    let mut command = Command::new(&words[0]);
    command.args(&words[1..]).current_dir(folder);
    command
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().and_then(Pid::from_raw)
}

/// Waits for a program. Ctrl-C reaches it by the terminal, SIGTERM through here; either way it tidies up before we end.
async fn until_it_ends<T>(
    pid: Option<Pid>,
    mut ends: JoinHandle<io::Result<T>>,
    stopped: &mut Stopped<'_>,
) -> Result<io::Result<T>, Stop> {
    tokio::select! {
        ended = &mut ends => Ok(ended.unwrap_or_else(|error| Err(io::Error::other(error)))),
        stop = stopped.as_mut() => {
            if let (Stop::Terminated, Some(pid)) = (&stop, pid) {
                // It may have ended by itself.
                let _ = kill_process(pid, Signal::TERM);
            }
            let _ = ends.await;
            Err(stop)
        }
    }
}
