//! What `sigtower deploy` runs, as words of command lines.

use crate::cli::deploy::{DeployArgs, Parameter};

/// The commands, in the order in which they run.
pub(super) struct Steps {
    /// Looks at the template, and asks nobody.
    pub(super) validate: Vec<String>,
    pub(super) build: Vec<String>,
    /// Shows what would change, and changes nothing.
    pub(super) show: Vec<String>,
    pub(super) deploy: Vec<String>,
    /// Says what a stack has; also the first question to AWS.
    pub(super) list: Vec<String>,
}

impl Steps {
    pub(super) fn of(args: &DeployArgs) -> Self {
        let with = |words: &[&str], more: &[&[String]]| {
            let words = words.iter().map(|&word| word.to_owned());
            words.chain(more.iter().flat_map(|more| more.iter().cloned())).collect::<Vec<_>>()
        };
        let region: Vec<String> = args.region.iter().flat_map(|it| ["--region".to_owned(), it.clone()]).collect();
        // Said to both, always: a stack keeps the parameters that it had, and what is built must be for what is deployed.
        let is_architecture = |it: &&Parameter| it.name == "Architecture";
        let built_for = args.parameters.iter().find(is_architecture).map_or("x86_64", |it| it.value.as_str());
        let built_for = vec!["--parameter-overrides".to_owned(), format!("Architecture={built_for}")];
        // SAM knows an empty value by its quotes alone.
        let value = |it: &Parameter| if it.value.is_empty() { "\"\"".to_owned() } else { it.value.clone() };
        let others = args.parameters.iter().filter(|it| !is_architecture(it));
        let others: Vec<String> = others.map(|it| format!("{}={}", it.name, value(it))).collect();
        let deploy = |how: &str| {
            let words = ["sam", "deploy", "--stack-name", &args.stack, "--no-fail-on-empty-changeset", how];
            with(&words, &[&region, &built_for, &others])
        };
        let outputs = ["sam", "list", "stack-outputs", "--stack-name", &args.stack, "--output", "json"];
        Self {
            validate: with(&["sam", "validate", "--lint"], &[&region]),
            build: with(&["sam", "build"], &[&built_for]),
            show: deploy("--no-execute-changeset"),
            deploy: deploy("--no-confirm-changeset"),
            list: with(&outputs, &[&region]),
        }
    }
}

/// A command as a shell takes it.
pub(super) fn shown(words: &[String]) -> String {
    let plain = |word: &String| word.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=,.:/@+".contains(&b));
    let words = words.iter().map(|word| if plain(word) { word.clone() } else { format!("'{word}'") });
    words.collect::<Vec<_>>().join(" ")
}
