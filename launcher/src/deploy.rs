//! `sigtower deploy`: builds the functions and deploys the template, with SAM, which it needs on the path.
//!
//! It does what infra/README.md says to do by hand. Credentials are found by SAM as every program finds them; none is
//! read here, so none can be shown.

mod running;
mod steps;

use std::collections::BTreeSet;
use std::io::Write as _;
use std::pin::pin;

use inquire::Confirm;
use serde::Deserialize;

use crate::cli::deploy::DeployArgs;
use crate::deploy::running::{Stopped, failed, is_there, said, step};
use crate::deploy::steps::{Steps, shown};
use crate::exit::Exit;
use crate::failure::{Failure, Stop};
use crate::{asking, output, runtime};

const HOW_TO_INSTALL: &str = "in the clone of the repository: tests/install cargo-lambda sam && \
     export PATH=\"$PWD/tests/.venv/cargo-lambda/bin:$PWD/tests/.venv/sam/bin:$PATH\"";

/// Deploys.
pub(crate) fn run(args: &DeployArgs) -> Result<Exit, Stop> {
    let folder = &args.source_dir;
    if !folder.join("template.yaml").is_file() {
        let why = format!("there is no template.yaml in {}", folder.display());
        return Err(Stop::failed("cannot deploy", why, "run it in a clone of the repository, or give --source-dir"));
    }
    if let Some(name) = given_twice(args) {
        let (what, why) = (format!("`--set {name}=…` is given twice"), "only one of them can count".to_owned());
        return Err(Stop::Usage(Failure { what, why, next: "give it once".to_owned() }));
    }
    if let Some(why) = asking::why_not().filter(|_| !args.yes && !args.dry_run) {
        let what = "cannot ask whether to make the changes".to_owned();
        let next = "give --yes to make them without being asked, or --dry-run to change nothing".to_owned();
        return Err(Stop::Usage(Failure { what, why, next }));
    }
    for words in [&["sam", "--version"][..], &["cargo", "lambda", "--version"]] {
        is_there(words, folder).map_err(|why| {
            Stop::failed("cannot deploy", format!("`{}` does not run: {why}", words.join(" ")), HOW_TO_INSTALL)
        })?;
    }
    asking::run(async {
        let mut stopped = pin!(runtime::stopped()?);
        if args.dry_run { shown_only(args, stopped.as_mut()).await } else { deployed(args, stopped.as_mut()).await }
    })
}

fn given_twice(args: &DeployArgs) -> Option<&str> {
    let mut names = BTreeSet::new();
    args.parameters.iter().map(|it| it.name.as_str()).find(|name| !names.insert(*name))
}

/// Says what would be run.
async fn shown_only(args: &DeployArgs, mut stopped: Stopped<'_>) -> Result<Exit, Stop> {
    let steps = Steps::of(args);
    step(&steps.validate, &args.source_dir, &mut stopped).await?;
    let show = (!args.yes).then_some(&steps.show);
    let all = [Some(&steps.list), Some(&steps.build), show, Some(&steps.deploy), Some(&steps.list)];
    output::print(&all.into_iter().flatten().map(|words| shown(words) + "\n").collect::<String>())?;
    output::say!("Nothing was changed: this is what would be run, in {}.", args.source_dir.display());
    let is_set = |name: &str, value: &str| args.parameters.iter().any(|it| it.name == name && it.value == value);
    say_what_is_left(args, |key| match key {
        "TelegramBatchLogin" if is_set("Source", "telegram") => Some("SECRET"),
        "TelegramRealtimeLogin" if is_set("Realtime", "on") => Some("SECRET"),
        "RealtimeImages" if is_set("Realtime", "on") => Some("REPOSITORY"),
        _ => None,
    });
    Ok(Exit::Ok)
}

async fn deployed(args: &DeployArgs, mut stopped: Stopped<'_>) -> Result<Exit, Stop> {
    let (folder, steps) = (&args.source_dir, Steps::of(args));
    for words in [&steps.validate, &steps.list, &steps.build] {
        output::say!("+ {}", shown(words));
        if words == &steps.list {
            // A build takes long: whoever has no credentials is told before.
            reached(words, args, &mut stopped).await?;
        } else {
            step(words, folder, &mut stopped).await?;
        }
    }
    if !args.yes {
        output::say!("+ {}", shown(&steps.show));
        step(&steps.show, folder, &mut stopped).await?;
        if !is_wanted().await? {
            let next = "run it again, with --set for what should be otherwise";
            return Err(Stop::failed("nothing was deployed", "you said no", next));
        }
    }
    output::say!("+ {}", shown(&steps.deploy));
    let ended = step(&steps.deploy, folder, &mut stopped).await;
    if let Err(Stop::Interrupted | Stop::Terminated) = &ended {
        output::say!(
            "AWS may go on with the changes: {}aws cloudformation describe-stacks --stack-name {}",
            region(args),
            args.stack
        );
    }
    ended?;
    let answer = said(&steps.list, folder, &mut stopped).await?;
    tell(args, &outputs(&steps.list, &answer)?)
}

/// Whether AWS answers, with or without such a stack.
async fn reached(words: &[String], args: &DeployArgs, stopped: &mut Stopped<'_>) -> Result<(), Stop> {
    let answer = said(words, &args.source_dir, stopped).await?;
    // That there is no such stack, or one of which nothing was made yet, is an answer.
    let text = String::from_utf8_lossy(&answer.stderr);
    if answer.status.success() || text.contains("The input stack") {
        return Ok(());
    }
    // Whoever waits for it wants to read it.
    let _ = std::io::stderr().write_all(&answer.stderr);
    let why = format!("AWS cannot be asked: {}", answer.status);
    let next = "what SAM said stands above; see that credentials and region are those of your account";
    Err(Stop::failed("cannot deploy", why, next))
}

/// Asks whether the changes that are shown are to be made.
async fn is_wanted() -> Result<bool, Stop> {
    let asked = tokio::task::spawn_blocking(|| {
        Confirm::new("Make the changes that are shown above?")
            .with_default(false)
            .with_render_config(asking::looks())
            .prompt()
    });
    match asked.await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Stop::Interrupted),
        Err(error) => Err(Stop::failed("cannot ask", error, "give --yes to make the changes without being asked")),
    }
}

/// One output of a stack, as SAM says it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StackOutput {
    output_key: String,
    output_value: String,
}

fn outputs(words: &[String], answer: &std::process::Output) -> Result<Vec<StackOutput>, Stop> {
    if !answer.status.success() {
        let _ = std::io::stderr().write_all(&answer.stderr);
        return Err(failed(words, answer.status.to_string()));
    }
    serde_json::from_slice(&answer.stdout)
        .map_err(|error| failed(words, format!("it gave no list of outputs: {error}")))
}

/// What stands before a command that asks AWS, where the environment does not say the region.
fn region(args: &DeployArgs) -> String {
    args.region.as_ref().map_or_else(String::new, |region| format!("AWS_REGION={region} "))
}

/// What only a person can do, of what the deployment has: the image of the task, and logins. Commands alone are said; what
/// is put into a secret does not pass through here.
fn say_what_is_left<'a>(args: &DeployArgs, of: impl Fn(&str) -> Option<&'a str>) {
    if let Some(repository) = of("RealtimeImages") {
        output::say!(
            "The task runs the image {repository}:TAG that RealtimeTag names; infra/README.md says how it is made and put there."
        );
    }
    for (key, name) in [("TelegramBatchLogin", "batch"), ("TelegramRealtimeLogin", "realtime")] {
        if let Some(secret) = of(key) {
            output::say!("Where nobody is logged in yet: {}sigtower login {name} --secret {secret}", region(args));
        }
    }
}

/// Where the API is, how to get the first key, and what is left to do.
fn tell(args: &DeployArgs, outputs: &[StackOutput]) -> Result<Exit, Stop> {
    let of = |key: &str| outputs.iter().find(|it| it.output_key == key).map(|it| it.output_value.as_str());
    let required = |key: &str| {
        let missing =
            || Stop::failed("deployed, but", format!("the stack has no output {key}"), "sam list stack-outputs");
        of(key).ok_or_else(missing)
    };
    let (url, table) = (required("ApiUrl")?, required("TableName")?);
    output::print(&format!("{url}\n"))?;
    output::say!(
        "The API is there. Make its first key: {}sigtower keys create --table {table} --name desk --scope read --scope write",
        region(args)
    );
    say_what_is_left(args, of);
    Ok(Exit::Ok)
}
