//! `sigtower doctor`: what is wrong with this machine and its store, why, and what to do about it.
//!
//! Each question has a time of its own, so that the whole is answered soon also where nothing answers.

mod account;
pub(crate) mod finding;
mod folder;
mod integrity;
mod kept;
mod port;
mod preview;
mod space;

use jiff::Timestamp;
use serde::Serialize;

use crate::channels::chosen;
use crate::cli::desk::DoctorArgs;
use crate::data_folder;
use crate::doctor::finding::{Finding, Grade};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::{log, output, runtime};

#[derive(Serialize)]
struct Answer<'a> {
    schema: &'static str,
    /// Whether nothing fails; warnings may be there.
    ok: bool,
    at: Timestamp,
    checks: &'a [Finding],
}

/// Looks at everything and tells.
pub(crate) fn run(args: &DoctorArgs) -> Result<Exit, Stop> {
    log::install(args.store.verbose)?;
    let now = Timestamp::now();
    let findings = runtime::run(async { Ok(look(args, now).await) })?;
    let ok = !findings.iter().any(|it| it.grade == Grade::Fail);
    if args.json {
        output::print_json(&Answer { schema: "doctor/1", ok, at: now, checks: &findings })?
    } else {
        output::print(&findings.iter().map(Finding::lines).collect::<String>())?
    }
    Ok(if ok { Exit::Ok } else { Exit::Failed })
}

async fn look(args: &DoctorArgs, now: Timestamp) -> Vec<Finding> {
    let (mut findings, mut path) = (Vec::new(), None);
    if args.store.table.is_none() {
        match data_folder::chosen(args.store.data_dir.as_deref()) {
            Ok(chosen) => path = Some(chosen),
            Err(stop) => findings.push(Finding::of_stop("data folder", &stop)),
        }
    }
    // Before anything is opened, since that makes what is missing.
    let is_there = path.as_ref().is_none_or(|path| path.exists());
    if let Some(path) = &path {
        findings.push(folder::usable(path));
        findings.push(space::look(path));
    }
    let kept = match path.is_some() || args.store.table.is_some() {
        true if is_there => kept::look(&args.store, now).await,
        _ => kept::Kept::default(),
    };
    if let Some(path) = path.as_ref().filter(|_| is_there) {
        findings.push(folder::owner(path, kept.is_alone));
        findings.extend(folder::private(path));
    }
    if let Some(path) = path.as_ref().filter(|_| is_there) {
        findings.extend(integrity::look(path).await);
    }
    let channels = match chosen::named() {
        Ok(named) => kept::channels(&kept.runs, &named, args.every, now),
        Err(stop) => Finding::of_stop("channels", &stop),
    };
    let of_what_is_kept = [kept::clock(kept.latest(), now), channels];
    findings.extend(kept.findings.into_iter().chain(of_what_is_kept));
    findings.push(preview::look(&args.preview_url, &kept.runs, now).await);
    findings.extend(account::look(args, is_there).await);
    findings.extend(args.backend.finding().await);
    findings.push(port::look(args.port, path.as_deref()));
    findings
}
