//! The README's examples, run as they stand there: what it shows is what the command prints.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// One `$ command` of a `console` block, and what stands below it.
struct Example {
    command: String,
    output: String,
}

fn examples() -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(path).expect("the README is there");
    let mut examples: Vec<Example> = Vec::new();
    let mut is_console = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            is_console = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ ").filter(|_| is_console) {
            examples.push(Example { command: command.to_owned(), output: String::new() });
        } else if let Some(example) = examples.last_mut().filter(|_| is_console) {
            example.output.push_str(line);
            example.output.push('\n');
        }
    }
    examples
}

#[test]
fn every_example_prints_what_the_readme_shows() {
    let examples = examples();
    assert!(examples.len() >= 4, "the README's examples were not found");
    let command = Path::new(env!("CARGO_BIN_EXE_sigtower")).parent().expect("it lies in a folder");
    let path = env::join_paths(
        [command.to_owned()].into_iter().chain(env::split_paths(&env::var_os("PATH").unwrap_or_default())),
    );
    let path = path.expect("paths can be joined");
    let mut differences = Vec::new();
    for Example { command, output } in examples {
        let shell = Command::new("sh").args(["-c", &command]).env("PATH", &path).env("NO_COLOR", "1").output();
        let shown = shell.expect("a shell runs");
        let shown = format!("{}{}", String::from_utf8_lossy(&shown.stdout), String::from_utf8_lossy(&shown.stderr));
        if shown != output {
            differences.push(format!("$ {command}\n--- README\n{output}--- command\n{shown}"));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
