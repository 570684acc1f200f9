//! `sigtower deploy`, with programs of this test's own in place of SAM and cargo where AWS would be asked.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::{exits_with, sigtower, stderr, stdout};

const OUTPUTS: &str = r#"[{"OutputKey":"ApiUrl","OutputValue":"https://a1.example"},{"OutputKey":"TableName","OutputValue":"sigtower-Table-1"}]"#;

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
        let path = format!("{}:{}:/usr/bin:/bin", self.folder.path().display(), more.display());
        let root = root();
        let mut words = vec!["deploy", "--source-dir", root.to_str().expect("UTF-8")];
        words.extend(arguments);
        let mut command = sigtower(&words);
        command.env("PATH", path).env("AWS_REGION", "eu-central-1").env("SAM_CLI_TELEMETRY", "0");
        command.env("AWS_ACCESS_KEY_ID", "AKIANOBODY").env("AWS_SECRET_ACCESS_KEY", "not-a-secret-of-anybody");
        command.output().expect("the command starts")
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
        "sam validate --lint",
        "sam build --parameter-overrides Architecture=x86_64",
        "sam deploy --stack-name mine --no-fail-on-empty-changeset --no-confirm-changeset \
         --parameter-overrides Architecture=x86_64 Channels=whalechart",
        "sam list stack-outputs --stack-name mine --output json",
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
        "sigtower login realtime --logins-dir logins-for-aws && aws secretsmanager put-secret-value \
         --secret-id arn:aws:secretsmanager:eu-central-1:1:secret:x-1 \
         --secret-string file://logins-for-aws/realtime.session && rm -r logins-for-aws",
        "1.dkr.ecr.eu-central-1.amazonaws.com/images:TAG",
    ] {
        assert!(said.contains(words), "{said}");
    }
    assert!(!said.contains("login batch"), "{said}");
}

#[test]
fn what_is_built_for_is_what_is_deployed() {
    let programs = Programs::new(&format!("list) echo '{OUTPUTS}' ;;"));
    exits_with(&programs.deploy(&["--set", "Architecture=arm64", "--region", "eu-west-1"], Path::new("/bin")), 0);
    let called = programs.called();
    assert!(called.contains(&"sam build --parameter-overrides Architecture=arm64".to_owned()), "{called:?}");
    let deployed = called.iter().find(|call| call.starts_with("sam deploy")).expect("a deployment");
    assert!(deployed.ends_with("--region eu-west-1 --parameter-overrides Architecture=arm64"), "{deployed}");
}

/// With the SAM of the tests, which looks at the template of the repository.
#[test]
fn a_dry_run_looks_at_the_template_and_changes_nothing() {
    let installed = Command::new(root().join("tests/install")).arg("sam").status().expect("bash");
    assert!(installed.success(), "SAM could not be installed: tests/install sam");
    let programs = Programs::new("");
    fs::remove_file(programs.folder.path().join("sam")).expect("it is there");
    let output = programs
        .deploy(&["--dry-run", "--set", "Collect=no", "--set", "Realtime=on"], &root().join("tests/.venv/sam/bin"));
    exits_with(&output, 0);
    let expected = "sam build --parameter-overrides Architecture=x86_64\n\
                    sam deploy --stack-name sigtower --no-fail-on-empty-changeset \
                    --parameter-overrides Architecture=x86_64 Collect=no Realtime=on\n\
                    sam list stack-outputs --stack-name sigtower --output json\n";
    assert_eq!(stdout(&output), expected);
    assert_eq!(programs.called(), ["cargo lambda --version"]);
    for words in ["Nothing was changed", "REPOSITORY:TAG", "sigtower login realtime", "--secret-id SECRET "] {
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
}
