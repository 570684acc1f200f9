//! What the documents say against what is there.

use std::collections::BTreeSet;

use crate::{CRATES, before_tests, files, none, read, root};

/// The lines of the first code block below the heading, without comments and continued lines joined.
fn block_below(text: &str, heading: &str) -> Vec<String> {
    let below = text.lines().skip_while(|line| *line != heading).skip(1);
    let block = below.skip_while(|line| !line.starts_with("```")).skip(1).take_while(|line| !line.starts_with("```"));
    let code = block.collect::<Vec<_>>().join("\n").replace("\\\n", " ");
    let lines = code.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(str::to_owned).collect()
}

fn set_up() -> Vec<String> {
    block_below(&read("README.md"), "## Quick start")
}

#[test]
fn two_commands_set_the_project_up() {
    let commands = set_up();
    assert_eq!(commands.len(), 2, "{commands:#?}");
    assert!(commands[0].contains("cargo run") && commands[0].ends_with(" up"), "the first runs it: {}", commands[0]);
}

#[test]
fn continuous_integration_runs_the_tests_as_the_readme_does() {
    let commands = set_up();
    let run = read(".ci/run");
    assert!(run.lines().any(|line| line.trim().ends_with(&commands[1])), "`{}` is not in .ci/run", commands[1]);
}

#[test]
fn the_architecture_names_every_crate_and_every_module_of_the_domain() {
    let text = read("ARCHITECTURE.md");
    let crates = CRATES.iter().map(|(name, _)| *name).filter(|name| root().join(name).is_dir());
    let unnamed = crates.filter(|name| !text.contains(&format!("`{name}`"))).map(str::to_owned);
    let mut offences: Vec<String> = unnamed.collect();
    let lib = read("signals/src/lib.rs");
    let modules = lib.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    offences
        .extend(modules.filter(|name| !text.contains(&format!("{name}.rs"))).map(|name| format!("signals::{name}")));
    none("not in ARCHITECTURE.md", &offences);
}

#[test]
fn the_architecture_names_every_stage_of_the_parser() {
    let text = read("ARCHITECTURE.md");
    let stages = files("signals/src/parser", ".rs").into_iter();
    let stages = stages.filter(|path| path.parent().is_some_and(|parent| parent.ends_with("parser")));
    let names = stages.map(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default());
    let offences: Vec<String> = names.filter(|name| !text.contains(&format!("`{name}`"))).collect();
    none("not in ARCHITECTURE.md", &offences);
}

#[test]
fn paths_in_the_documents_exist() {
    let mut offences = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "DEPENDENCIES.md", "infra/README.md"] {
        let text = read(document);
        let named = text.split('`').skip(1).step_by(2).filter(|code| {
            let is_path = code.contains('/') && !code.contains([' ', '<', '*', '{', ':', '$', '#']);
            is_path
                && CRATES
                    .iter()
                    .map(|(name, _)| *name)
                    .chain(["fuzz", ".ci", "infra", ".github"])
                    .any(|top| code.split('/').next() == Some(top))
        });
        offences.extend(named.filter(|path| !root().join(path).exists()).map(|path| format!("{document}: {path}")));
    }
    none("paths that lead nowhere", &offences);
}

#[test]
fn every_language_of_the_readme_has_a_vocabulary_and_every_vocabulary_a_row() {
    let readme = read("README.md");
    let listed = readme.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` |")).map(|(code, _)| code);
    let mut listed: Vec<&str> = listed.filter(|code| code.len() == 2).collect();
    listed.sort_unstable();
    let stems = files("signals/vocabulary", ".txt")
        .into_iter()
        .filter_map(|path| Some(path.file_stem()?.to_string_lossy().into_owned()));
    let found: Vec<String> = stems.filter(|stem| stem.len() == 2).collect();
    assert_eq!(listed, found);
}

/// The variables that a source names before its tests, in their order.
fn variables(path: &str) -> Vec<String> {
    let source = read(path);
    let strings = before_tests(&source).split('"').skip(1).step_by(2);
    let names = strings.filter(|text| text.len() > 3 && text.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
    names.map(str::to_owned).collect()
}

/// The variables of the README's tables below this heading, whose third cell of a row says which programs read each.
fn listed(heading: &str, program: &str) -> Vec<String> {
    let readme = read("README.md");
    let below = readme.lines().skip_while(|line| *line != heading).skip(1);
    let section = below.take_while(|line| !line.starts_with("## "));
    let rows = section.filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let of_program = rows.filter(|(_, rest)| rest.split(" | ").next().is_some_and(|cell| cell.contains(program)));
    of_program.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn the_readme_lists_the_variables_that_are_read() {
    let shared = "scraper/src/environment.rs";
    for (program, paths) in [
        ("API", vec!["functions/src/config.rs"]),
        ("batch", vec![shared, "scraper/src/lambda/config.rs"]),
        ("realtime", vec![shared, "scraper/src/container/config.rs"]),
    ] {
        let read: BTreeSet<String> = paths.into_iter().flat_map(variables).collect();
        let listed = listed("## Configuration", program).into_iter().collect();
        assert_eq!(read, listed, "{program}");
    }
}
