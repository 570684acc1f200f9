//! `sigtower deploy`, with programs of this test's own in place of SAM and cargo where AWS would be asked.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

#[cfg(target_os = "linux")]
use crate::desk::Desk;
use crate::moto::Moto;
use crate::{exits_with, sigtower, stderr, stdout};

const OUTPUTS: &str = r#"[{"OutputKey":"ApiUrl","OutputValue":"https://a1.example"},{"OutputKey":"TableName","OutputValue":"sigtower-Table-1"}]"#;

const ENVIRONMENT: [(&str, &str); 4] = [
    ("AWS_REGION", "eu-central-1"),
    ("SAM_CLI_TELEMETRY", "0"),
    ("AWS_ACCESS_KEY_ID", "AKIANOBODY"),
    ("AWS_SECRET_ACCESS_KEY", "not-a-secret-of-anybody"),
];

/// A folder with programs that write down how they were called.
struct Programs {
    folder: tempfile::TempDir,
}

impl Programs {
    /// `sam` answers its first word so, and ends well; `cargo` always does.
    fn new(sam: &str) -> Self {
        let programs = Self { folder: tempfile::tempdir().expect("a folder") };
        programs.add("sam", &format!("case $1 in {sam} *) ;; esac"));
        programs.add("cargo", "exit 0");
        programs
    }

    fn add(&self, name: &str, script: &str) {
        let (path, log) = (self.folder.path().join(name), self.folder.path().join("called"));
        let text = format!("#!/bin/sh\necho \"{name} $*\" >> '{}'\n{script}\n", log.display());
        fs::write(&path, text).expect("a file");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its rights");
    }

    /// Runs the command with these programs, and others of the system.
    fn deploy(&self, arguments: &[&str], more: &Path) -> Output {
        let root = root();
        let mut words = vec!["deploy", "--source-dir", root.to_str().expect("UTF-8")];
        words.extend(arguments);
        let mut command = sigtower(&words);
        command.env("PATH", self.path(more)).envs(ENVIRONMENT);
        command.output().expect("the command starts")
    }

    fn path(&self, more: &Path) -> String {
        format!("{}:{}:/usr/bin:/bin", self.folder.path().display(), more.display())
    }

    /// The command at a terminal.
    #[cfg(target_os = "linux")]
    fn at_a_terminal(&self, arguments: &[&str]) -> Desk {
        let (root, path) = (root(), self.path(Path::new("/bin")));
        let mut words = vec!["deploy", "--source-dir", root.to_str().expect("UTF-8")];
        words.extend(arguments);
        let variables: Vec<_> = ENVIRONMENT.into_iter().chain([("PATH", path.as_str())]).collect();
        Desk::sit_down(self.folder.path(), &words, &variables)
    }

    fn called(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.path().join("called")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package lies in the repository").to_owned()
}

#[test]
fn it_builds_deploys_and_says_where_the_api_is() {
    let programs = Programs::new(&format!("list) echo '{OUTPUTS}' ;;"));
    let output = programs.deploy(&["--yes", "--set", "Channels=whalechart", "--stack", "mine"], Path::new("/bin"));
    exits_with(&output, 0);
    assert_eq!(stdout(&output), "https://a1.example\n");
    let expected = [
        "sam --version",
        "cargo lambda --version",
        "sam validate --lint --region eu-central-1",
        "sam list stack-outputs --stack-name mine --output json --region eu-central-1",
        "sam build --parameter-overrides Architecture=x86_64",
        "sam deploy --stack-name mine --no-fail-on-empty-changeset --no-confirm-changeset \
         --region eu-central-1 --parameter-overrides Architecture=x86_64 Channels=whalechart",
        "sam list stack-outputs --stack-name mine --output json --region eu-central-1",
    ];
    assert_eq!(programs.called(), expected);
    assert!(stderr(&output).contains("keys create --table sigtower-Table-1"), "{}", stderr(&output));
    assert!(!stderr(&output).contains("not-a-secret"), "{}", stderr(&output));
    // Without an account nobody has to log in.
    assert!(!stderr(&output).contains("login"), "{}", stderr(&output));
}

#[test]
fn it_says_which_command_puts_a_login_into_its_secret() {
    let outputs = OUTPUTS.replace(
        ']',
        r#",{"OutputKey":"TelegramRealtimeLogin","OutputValue":"arn:aws:secretsmanager:eu-central-1:1:secret:x-1"},
            {"OutputKey":"RealtimeImages","OutputValue":"1.dkr.ecr.eu-central-1.amazonaws.com/images"}]"#,
    );
    let programs = Programs::new(&format!("list) echo '{}' ;;", outputs.replace('\n', "")));
    let output = programs.deploy(&["--yes", "--set", "Realtime=on"], Path::new("/bin"));
    exits_with(&output, 0);
    assert_eq!(stdout(&output), "https://a1.example\n");
    let said = stderr(&output);
    for words in [
        "logged in yet: AWS_REGION=eu-central-1 sigtower login realtime --secret arn:aws:secretsmanager:eu-central-1:1:secret:x-1",
        "1.dkr.ecr.eu-central-1.amazonaws.com/images:TAG",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("login batch"), "{said}");
}

#[test]
fn what_is_built_for_is_what_is_deployed() {
    let programs = Programs::new(&format!("list) echo '{OUTPUTS}' ;;"));
    let output = programs.deploy(&["--yes", "--set", "Architecture=arm64", "--region", "eu-west-1"], Path::new("/bin"));
    exits_with(&output, 0);
    let first_key = "first key: AWS_REGION=eu-west-1 sigtower keys create --table sigtower-Table-1";
    assert!(stderr(&output).contains(first_key), "{}", stderr(&output));
    let called = programs.called();
    assert!(called.contains(&"sam build --parameter-overrides Architecture=arm64".to_owned()), "{called:?}");
    let deployed = called.iter().find(|call| call.starts_with("sam deploy")).expect("a deployment");
    assert!(deployed.ends_with("--region eu-west-1 --parameter-overrides Architecture=arm64"), "{deployed}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_would_change_is_shown_and_made_only_where_somebody_says_yes() {
    let sam = format!("deploy) case \"$*\" in *no-execute*) echo 'two changes' ;; esac ;; list) echo '{OUTPUTS}' ;;");
    for (answer, code, last) in [("n\r", 1, "--no-execute-changeset"), ("y\r", 0, "stack-outputs")] {
        let programs = Programs::new(&sam);
        let mut desk = programs.at_a_terminal(&[]);
        desk.sees("two changes");
        desk.sees("Make the changes that are shown above?");
        desk.types(answer);
        desk.sees(if code == 0 { "The API is there." } else { "nothing was deployed" });
        assert_eq!(desk.code(), Some(code));
        let called = programs.called();
        assert!(called.last().is_some_and(|call| call.contains(last)), "{called:?}");
        assert_eq!(called.iter().any(|call| call.contains("--no-confirm-changeset")), code == 0, "{called:?}");
    }
    let programs = Programs::new(&sam);
    let output = programs.deploy(&[], Path::new("/bin"));
    exits_with(&output, 2);
    assert!(stderr(&output).contains("give --yes") && programs.called().is_empty(), "{}", stderr(&output));
}

#[cfg(target_os = "linux")]
#[test]
fn whoever_stops_it_lets_sam_tidy_up_and_is_told_that_aws_may_go_on() {
    let sam = "deploy) trap 'echo tidied up; exit 1' INT TERM; echo begun; while :; do sleep 0.1; done ;;";
    let programs = Programs::new(sam);
    let mut desk = programs.at_a_terminal(&["--yes", "--region", "eu-west-1"]);
    desk.sees("begun");
    desk.types("\u{3}");
    desk.sees("tidied up");
    desk.sees("AWS_REGION=eu-west-1 aws cloudformation describe-stacks --stack-name sigtower");
    assert_eq!(desk.code(), Some(130));

    let mut command = Command::new(env!("CARGO_BIN_EXE_sigtower"));
    command.args(["deploy", "--yes", "--source-dir"]).arg(root()).env_clear().envs(ENVIRONMENT);
    command.env("PATH", programs.path(Path::new("/bin"))).stderr(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().expect("the command starts");
    let mut said = BufReader::new(child.stderr.take().expect("a pipe")).lines().map(|line| line.expect("UTF-8"));
    assert!(said.by_ref().any(|line| line == "begun"));
    let sent = Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status();
    assert!(sent.expect("kill(1) starts").success());
    let rest: Vec<String> = said.collect();
    assert!(rest.iter().any(|line| line == "tidied up") && rest.iter().any(|it| it.contains("may go on")), "{rest:?}");
    child.wait().expect("it ends");
}

#[test]
fn whoever_has_no_credentials_is_told_before_anything_is_built() {
    let programs = Programs::new("list) echo 'Error: AWS Credentials are required.' >&2; exit 1 ;;");
    let output = programs.deploy(&["--yes"], Path::new("/bin"));
    exits_with(&output, 1);
    for words in ["Credentials are required", "AWS cannot be asked", "credentials and region"] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert!(!programs.called().iter().any(|call| call.starts_with("sam build")));
}

/// With the SAM of the tests, and a CloudFormation on loopback: what it says of a stack that is not there.
#[test]
fn that_there_is_no_stack_yet_is_an_answer() {
    let tests = root().join("tests");
    let moto = Moto::start(&tests);
    let sam = tests.join(".venv/sam/bin/sam");
    let ask = |endpoint: &str| {
        let programs = Programs::new("");
        programs.add("sam", &format!("case $1 in list) exec '{}' \"$@\" ;; esac", sam.display()));
        let mut command = sigtower(&["deploy", "--yes", "--source-dir", root().to_str().expect("UTF-8")]);
        command.env("PATH", programs.path(Path::new("/bin"))).envs(ENVIRONMENT).env("AWS_ENDPOINT_URL", endpoint);
        let output = command.env("AWS_MAX_ATTEMPTS", "1").output().expect("the command starts");
        (output, programs.called())
    };
    let installed = Command::new(tests.join("install")).arg("sam").status().expect("bash");
    assert!(installed.success(), "SAM could not be installed: tests/install sam");
    let (output, called) = ask(&moto.endpoint);
    assert!(called.iter().any(|call| call.starts_with("sam build")), "{called:?} {}", stderr(&output));
    let (output, called) = ask("http://127.0.0.1:9");
    exits_with(&output, 1);
    assert!(!called.iter().any(|call| call.starts_with("sam build")), "{called:?}");
    assert!(stderr(&output).contains("AWS cannot be asked"), "{}", stderr(&output));
}

/// With the SAM of the tests, which looks at the template of the repository.
#[test]
fn a_dry_run_looks_at_the_template_and_changes_nothing() {
    let installed = Command::new(root().join("tests/install")).arg("sam").status().expect("bash");
    assert!(installed.success(), "SAM could not be installed: tests/install sam");
    let programs = Programs::new("");
    fs::remove_file(programs.folder.path().join("sam")).expect("it is there");
    let sets = ["--dry-run", "--set", "Collect=no", "--set", "Realtime=on", "--set", "AlarmEmail="];
    let output = programs.deploy(&sets, &root().join("tests/.venv/sam/bin"));
    exits_with(&output, 0);
    let expected = "sam list stack-outputs --stack-name sigtower --output json --region eu-central-1\n\
                    sam build --parameter-overrides Architecture=x86_64\n\
                    sam deploy --stack-name sigtower --no-fail-on-empty-changeset --no-execute-changeset \
                    --region eu-central-1 --parameter-overrides Architecture=x86_64 Collect=no Realtime=on 'AlarmEmail=\"\"'\n\
                    sam deploy --stack-name sigtower --no-fail-on-empty-changeset --no-confirm-changeset \
                    --region eu-central-1 --parameter-overrides Architecture=x86_64 Collect=no Realtime=on 'AlarmEmail=\"\"'\n\
                    sam list stack-outputs --stack-name sigtower --output json --region eu-central-1\n";
    assert_eq!(stdout(&output), expected);
    assert_eq!(programs.called(), ["cargo lambda --version"]);
    for words in ["Nothing was changed", "REPOSITORY:TAG", "sigtower login realtime --secret SECRET"] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert!(!stderr(&output).contains("login batch"), "{}", stderr(&output));
}

#[test]
fn what_is_missing_is_named_with_how_to_get_it() {
    let programs = Programs::new("");
    programs.add("cargo", "exit 101");
    let output = programs.deploy(&["--yes"], Path::new("/bin"));
    exits_with(&output, 1);
    for words in ["`cargo lambda --version` does not run", "tests/install cargo-lambda sam"] {
        assert!(stderr(&output).contains(words), "{}", stderr(&output));
    }
    assert!(!programs.called().iter().any(|call| call.starts_with("sam build")));
    let elsewhere = sigtower(&["deploy", "--source-dir", "/"]).output().expect("the command starts");
    exits_with(&elsewhere, 1);
    assert!(stderr(&elsewhere).contains("no template.yaml"), "{}", stderr(&elsewhere));
}

#[test]
fn a_step_that_fails_is_the_last() {
    let programs = Programs::new("build) echo 'no space left' >&2; exit 3 ;;");
    let output = programs.deploy(&["--yes"], Path::new("/bin"));
    exits_with(&output, 1);
    assert!(
        stderr(&output).contains("no space left")
            && stderr(&output).contains("`sam build --parameter-overrides Architecture=x86_64` failed")
    );
    assert!(programs.called().last().is_some_and(|call| call.starts_with("sam build")));
    assert_eq!(stdout(&output), "");
}

#[test]
fn a_value_that_a_shell_would_read_is_refused() {
    let output = sigtower(&["deploy", "--set", "Channels=$(id)"]).output().expect("the command starts");
    exits_with(&output, 2);
    assert!(stderr(&output).contains("a shell"), "{}", stderr(&output));
    let output = sigtower(&["deploy", "--source-dir", root().to_str().expect("UTF-8"), "--set", "A=1", "--set", "A=2"])
        .output()
        .expect("the command starts");
    exits_with(&output, 2);
    assert!(stderr(&output).contains("`--set A=…` is given twice"), "{}", stderr(&output));
}
