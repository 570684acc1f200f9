//! What programs that others wrote say of the template, and of the workflows that deploy it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::parameters::Given;
use crate::translated::{Template, install, program, root, written};

#[test]
fn sam_takes_it() {
    install("sam");
    let output = program("sam", "sam").args(["validate", "--lint"]).output().expect("sam");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

/// The linter of SAM sees no reference between resources of SAM: the translated template is looked at as well
/// (<https://github.com/aws-cloudformation/cfn-lint/pull/4636>).
#[test]
fn cfn_lint_finds_nothing_in_what_it_becomes() {
    for file in [written("cfn-lint"), written_with_everything("cfn-lint")] {
        let output = program("sam", "cfn-lint").arg("--template").arg(&file).output().expect("cfn-lint");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && said.is_empty(), "{said}");
    }
}

/// The translated template as a file in which every condition for something more holds by default: checkov does not look
/// at what is not there by default.
fn written_with_everything(program: &str) -> PathBuf {
    let mut template = Template::ours().clone();
    for (name, value) in [
        ("AlarmEmail", "desk@example.com"),
        ("CertificateArn", "arn:aws:acm:eu-central-1:123456789012:certificate/1"),
        ("DomainName", "signals.example.com"),
        ("Realtime", "on"),
        ("RealtimeSubnets", "subnet-12345678,subnet-87654321"),
        ("RealtimeTag", "v1"),
        ("RealtimeVpc", "vpc-12345678"),
        ("Source", "telegram"),
        ("TelegramApiId", "1"),
    ] {
        template.0["Parameters"][name]["Default"] = Value::from(value);
    }
    let given = Given::with(&template, &[]);
    let conditions = template.resources().values().filter_map(|it| it["Condition"].as_str());
    assert!(conditions.clone().count() > 20 && conditions.clone().all(|it| given.holds(it)));
    let file = written(program).with_file_name(format!("template-with-everything-for-{program}.json"));
    fs::write(&file, template.0.to_string()).expect("a file");
    file
}

#[test]
fn checkov_finds_nothing_but_what_has_a_reason() {
    install("checkov");
    let file = written_with_everything("checkov");
    // Without the download of descriptions it asks nobody.
    let arguments = ["--framework", "cloudformation", "--skip-download", "--output", "json"];
    let output = program("checkov", "checkov").args(arguments).arg("--file").arg(&file).output().expect("checkov");
    let report: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    });
    let found = |kind: &str| -> BTreeSet<(String, String)> {
        let checks = report["results"][kind].as_array().expect("checks");
        let pair = |it: &Value| {
            Some((it["resource"].as_str()?.split_once('.')?.1.to_owned(), it["check_id"].as_str()?.to_owned()))
        };
        checks.iter().filter_map(pair).collect()
    };
    assert_eq!(found("failed_checks"), BTreeSet::new());
    assert!(found("passed_checks").len() > 120, "{}", report["summary"]);
    // A reason that no check asks for says something that is not so.
    assert_eq!(found("skipped_checks"), reasons());
}

#[test]
fn zizmor_finds_nothing_in_the_workflows() {
    install("zizmor");
    let arguments = ["--offline", "--no-progress", "--persona", "pedantic", ".github/workflows"];
    let output = program("zizmor", "zizmor").args(arguments).output().expect("zizmor");
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("deploy.yml"), "{said}");
}

/// Whoever has moved a tag has not moved a hash.
#[test]
fn actions_of_others_are_named_by_their_hash() {
    let mut n_actions = 0;
    for file in fs::read_dir(root().join(".github/workflows")).expect("a folder") {
        let text = fs::read_to_string(file.expect("an entry").path()).expect("a file");
        for line in text.lines().filter_map(|line| line.trim().trim_start_matches("- ").strip_prefix("uses: ")) {
            let (action, version) = line.split_once(" # v").unwrap_or_else(|| panic!("no version: {line}"));
            let hash = action.split_once('@').expect("a place").1;
            assert!(hash.len() == 40 && hash.bytes().all(|b| b.is_ascii_hexdigit()), "{line}");
            assert!(version.split('.').count() == 3, "{line}");
            n_actions += 1;
        }
    }
    assert!(n_actions > 5);
}

/// The checks that the template has a reason against, by resource.
fn reasons() -> BTreeSet<(String, String)> {
    let mut reasons = BTreeSet::new();
    for (name, resource) in Template::ours().resources() {
        // SAM copies the reasons of a function to what it makes beside it.
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig" {
            continue;
        }
        for skip in resource["Metadata"]["checkov"]["skip"].as_array().into_iter().flatten() {
            assert!(skip["comment"].as_str().is_some_and(|it| it.len() > 30), "{name}: {skip}");
            reasons.insert((name.clone(), skip["id"].as_str().expect("a check").to_owned()));
        }
    }
    reasons
}
