//! The README's examples, run as they stand there: what it shows is what the command prints.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use crate::running::Up;

/// One `$ command` of a `console` block, and what stands below it.
struct Example {
    command: String,
    output: String,
}

fn readme() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    fs::read_to_string(path).expect("the README is there")
}

fn examples() -> Vec<Example> {
    let readme = readme();
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

/// Stands for curl in a shell that reads the examples as a user's does: it says what curl would be told.
const SAYS_ITS_ARGUMENTS: &str = r#"curl() { printf 'curl\0'; printf '%s\0' "$@"; }"#;

#[test]
fn every_request_of_the_readme_is_answered_well() {
    let readme = readme();
    let (_, section) = readme.split_once("## The API by example").expect("the section");
    let (_, block) = section.split_once("```sh\n").expect("its examples");
    let (block, _) = block.split_once("```").expect("their end");
    let folder = tempfile::tempdir().unwrap();
    let up = Up::start(folder.path(), &[]);
    let script = format!("set -eu\n{SAYS_ITS_ARGUMENTS}\n{}", block.replace("127.0.0.1:8000", &up.address.to_string()));
    let said = Command::new("sh").args(["-c", &script]).output().expect("a shell runs");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said = String::from_utf8(said.stdout).expect("text");
    let requests: Vec<Vec<&str>> = said.split("curl\0").skip(1).map(|it| it.split_terminator('\0').collect()).collect();
    assert_eq!(requests.len(), block.matches("curl ").count());
    assert!(requests.len() >= 9, "the README's examples were not found");
    for arguments in requests {
        let (mut path, mut headers, mut body) = (None, Vec::new(), "");
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match *argument {
                "-H" => headers.push(rest.next().and_then(|header| header.split_once(": ")).expect("a header")),
                "-d" => body = rest.next().expect("a body"),
                url => path = url.strip_prefix(&format!("http://{}", up.address)),
            }
        }
        let path = path.unwrap_or_else(|| panic!("no path on this server: {arguments:?}"));
        let (status, answer) = up.ask(if body.is_empty() { "GET" } else { "POST" }, path, &headers, body);
        assert!((200..300).contains(&status), "{status} {arguments:?}: {answer}");
        let json: Result<serde_json::Value, _> = serde_json::from_str(&answer);
        assert!(json.is_ok_and(|json| json.is_object()), "{arguments:?}: {answer}");
    }
}
