//! `sigtower deploy`: builds the functions and deploys the template, with SAM, which it needs on the path.
//!
//! It does what infra/README.md says to do by hand. Credentials are found by SAM as every program finds them; none is
//! read here, so none can be shown.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use serde::Deserialize;

use crate::cli::deploy::{DeployArgs, Parameter};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::output;

const HOW_TO_INSTALL: &str = "in the clone of the repository: tests/install cargo-lambda sam && \
     export PATH=\"$PWD/tests/.venv/cargo-lambda/bin:$PWD/tests/.venv/sam/bin:$PATH\"";

/// Deploys.
pub(crate) fn run(args: &DeployArgs) -> Result<Exit, Stop> {
    let folder = &args.source_dir;
    if !folder.join("template.yaml").is_file() {
        let why = format!("there is no template.yaml in {}", folder.display());
        return Err(Stop::failed("cannot deploy", why, "run it in a clone of the repository, or give --source-dir"));
    }
    for program in [&["sam", "--version"][..], &["cargo", "lambda", "--version"]] {
        is_there(program, folder)?;
    }
    let [validate, build, deploy, list] = steps(args);
    if args.dry_run {
        // It looks at the template and asks nobody.
        step(&validate, folder)?;
        output::print(&[build, deploy, list].iter().map(|step| shown(step) + "\n").collect::<String>())?;
        crate::output::say!("Nothing was changed: this is what would be run, in {}.", folder.display());
        let is_set = |name: &str, value: &str| args.parameters.iter().any(|it| it.name == name && it.value == value);
        say_what_is_left(|key| match key {
            "TelegramBatchLogin" if is_set("Source", "telegram") => Some("SECRET"),
            "TelegramRealtimeLogin" if is_set("Realtime", "on") => Some("SECRET"),
            "RealtimeImages" if is_set("Realtime", "on") => Some("REPOSITORY"),
            _ => None,
        });
        return Ok(Exit::Ok);
    }
    for words in [validate, build, deploy] {
        crate::output::say!("+ {}", shown(&words));
        step(&words, folder)?;
    }
    tell(&outputs(&list, folder)?)
}

/// What is run, in this order; the last one says what came of it.
fn steps(args: &DeployArgs) -> [Vec<String>; 4] {
    let with = |words: &[&str], more: &[&[String]]| {
        let words = words.iter().map(|&word| word.to_owned());
        words.chain(more.iter().flat_map(|more| more.iter().cloned())).collect::<Vec<_>>()
    };
    let region: Vec<String> = args.region.iter().flat_map(|it| ["--region".to_owned(), it.clone()]).collect();
    let ask: Vec<String> = args.yes.then(|| "--no-confirm-changeset".to_owned()).into_iter().collect();
    // Said to both, always: a stack keeps the parameters that it had, and what is built must be for what is deployed.
    let is_architecture = |it: &&Parameter| it.name == "Architecture";
    let built_for = args.parameters.iter().find(is_architecture).map_or("x86_64", |it| it.value.as_str());
    let built_for = vec!["--parameter-overrides".to_owned(), format!("Architecture={built_for}")];
    let others = args.parameters.iter().filter(|it| !is_architecture(it));
    let others: Vec<String> = others.map(|it| format!("{}={}", it.name, it.value)).collect();
    let deploy = ["sam", "deploy", "--stack-name", &args.stack, "--no-fail-on-empty-changeset"];
    let outputs = ["sam", "list", "stack-outputs", "--stack-name", &args.stack, "--output", "json"];
    [
        with(&["sam", "validate", "--lint"], &[&region]),
        with(&["sam", "build"], &[&built_for]),
        with(&deploy, &[&ask, &region, &built_for, &others]),
        with(&outputs, &[&region]),
    ]
}

fn is_there(words: &[&str], folder: &Path) -> Result<(), Stop> {
    let mut command = Command::new(words[0]);
    command.args(&words[1..]).current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        answered => {
            let why = answered.map_or_else(|error| error.to_string(), |status| status.to_string());
            Err(Stop::failed("cannot deploy", format!("`{}` does not run: {why}", words.join(" ")), HOW_TO_INSTALL))
        }
    }
}

/// Runs a step, which talks to whoever looks on. Its stdout is not ours: that is kept for the answer.
fn step(words: &[String], folder: &Path) -> Result<(), Stop> {
    let ended = Command::new(&words[0]).args(&words[1..]).current_dir(folder).stdout(io::stderr()).status();
    match ended {
        Ok(status) if status.success() => Ok(()),
        ended => Err(failed(words, ended.map_or_else(|error| error.to_string(), |status| status.to_string()))),
    }
}

fn failed(words: &[String], why: String) -> Stop {
    let next = "what it said stands above; mend it and run the command again, which goes on from there";
    Stop::failed(format!("`{}` failed", shown(words)), why, next)
}

/// One output of a stack, as SAM says it.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct StackOutput {
    output_key: String,
    output_value: String,
}

fn outputs(words: &[String], folder: &Path) -> Result<Vec<StackOutput>, Stop> {
    let mut command = Command::new(&words[0]);
    let ended = command.args(&words[1..]).current_dir(folder).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let ended = ended.map_err(|error| failed(words, error.to_string()))?;
    if !ended.status.success() {
        return Err(failed(words, ended.status.to_string()));
    }
    serde_json::from_slice(&ended.stdout).map_err(|error| failed(words, format!("it gave no list of outputs: {error}")))
}

/// What only a person can do, of what the deployment has: the image of the task, and logins. Commands alone are said; what
/// is put into a secret passes from a file to AWS, and not through here.
fn say_what_is_left<'a>(of: impl Fn(&str) -> Option<&'a str>) {
    if let Some(repository) = of("RealtimeImages") {
        crate::output::say!(
            "The task runs the image {repository}:TAG that RealtimeTag names; infra/README.md says how it is made and put there."
        );
    }
    for (key, name) in [("TelegramBatchLogin", "batch"), ("TelegramRealtimeLogin", "realtime")] {
        if let Some(secret) = of(key) {
            crate::output::say!(
                "Where the login `{name}` is not in its secret yet: sigtower login {name} --logins-dir logins-for-aws && \
                 aws secretsmanager put-secret-value --secret-id {secret} \
                 --secret-string file://logins-for-aws/{name}.session && rm -r logins-for-aws"
            );
        }
    }
}

/// Where the API is, how to get the first key, and what is left to do.
fn tell(outputs: &[StackOutput]) -> Result<Exit, Stop> {
    let of = |key: &str| outputs.iter().find(|it| it.output_key == key).map(|it| it.output_value.as_str());
    let required = |key: &str| {
        let missing =
            || Stop::failed("deployed, but", format!("the stack has no output {key}"), "sam list stack-outputs");
        of(key).ok_or_else(missing)
    };
    let (url, table) = (required("ApiUrl")?, required("TableName")?);
    output::print(&format!("{url}\n"))?;
    crate::output::say!(
        "The API is there. Make its first key: sigtower keys create --table {table} --name desk --scope read --scope write"
    );
    say_what_is_left(of);
    Ok(Exit::Ok)
}

/// A command as a shell takes it.
fn shown(words: &[String]) -> String {
    let plain = |word: &String| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=,.:/@+".contains(&b));
    let words = words.iter().map(|word| if plain(word) { word.clone() } else { format!("'{word}'") });
    words.collect::<Vec<_>>().join(" ")
}
