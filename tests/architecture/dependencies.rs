//! Who may use whom, and what may be used from outside: the manifests against [`CRATES`] and DEPENDENCIES.md.

use std::collections::BTreeSet;

use toml::{Table, Value};

use crate::{CRATES, none, read, root};

const SECTIONS: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

fn manifest(path: &str) -> Table {
    read(path).parse().unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The folders of the members.
fn members() -> Vec<String> {
    let workspace = manifest("Cargo.toml");
    let members = workspace["workspace"]["members"].as_array().expect("members is a list");
    members.iter().map(|member| member.as_str().expect("a member is a name").to_owned()).collect()
}

/// The name of the member in a folder: the last part of its path.
fn name_of(member: &str) -> &str {
    member.rsplit('/').next().unwrap_or(member)
}

/// The names that a package's manifest lists in one section, for all platforms.
fn used(manifest: &Table, section: &str) -> BTreeSet<String> {
    let platforms = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = platforms.filter_map(Value::as_table).chain([manifest]);
    let names = tables.filter_map(|table| table.get(section)?.as_table()).flat_map(Table::keys);
    names.cloned().collect()
}

/// What DEPENDENCIES.md lists under `## name`, or under `### section` there: lines of the form "- `name`: reason".
fn reasons(of: &str) -> Vec<(String, String)> {
    let text = read("DEPENDENCIES.md");
    let heading = format!("## {of}");
    let lines = text.lines().skip_while(|line| *line != heading).skip(1).take_while(|line| !line.starts_with("## "));
    let entries = lines.filter_map(|line| line.strip_prefix("- `")?.split_once("`: "));
    entries.map(|(name, reason)| (name.to_owned(), reason.to_owned())).collect()
}

#[test]
fn every_member_is_a_crate_with_a_place_in_the_design() {
    for member in members() {
        assert!(CRATES.iter().any(|(name, _)| *name == name_of(&member)), "`{member}` has no place in CRATES");
        assert!(root().join(&member).is_dir(), "`{member}` is no folder");
        let package = manifest(&format!("{member}/Cargo.toml"));
        assert_eq!(package["package"]["name"].as_str(), Some(name_of(&member)));
        assert_eq!(package["lints"]["workspace"].as_bool(), Some(true), "{member}: lints are the workspace's");
    }
}

#[test]
fn crates_use_one_another_in_one_direction() {
    let mut offences = Vec::new();
    for member in members() {
        let manifest = manifest(&format!("{member}/Cargo.toml"));
        let may = CRATES.iter().find(|(name, _)| *name == name_of(&member)).map_or(&[][..], |(_, may)| may);
        for name in SECTIONS.iter().flat_map(|section| used(&manifest, section)) {
            if CRATES.iter().any(|(known, _)| *known == name) && !may.contains(&name.as_str()) {
                offences.push(format!("{member} → {name}"));
            }
        }
    }
    none("arrows that the design does not have", &offences);
}

#[test]
fn every_dependency_has_a_reason_and_every_reason_a_dependency() {
    let mut offences = Vec::new();
    for member in members() {
        let manifest = manifest(&format!("{member}/Cargo.toml"));
        let used: BTreeSet<String> = SECTIONS.iter().flat_map(|section| used(&manifest, section)).collect();
        let used: BTreeSet<String> =
            used.into_iter().filter(|name| CRATES.iter().all(|(known, _)| known != name)).collect();
        let reasons = reasons(name_of(&member));
        let listed: BTreeSet<String> = reasons.iter().map(|(name, _)| name.clone()).collect();
        offences.extend(used.difference(&listed).map(|name| format!("{member}: `{name}` is used without a reason")));
        offences.extend(listed.difference(&used).map(|name| format!("{member}: `{name}` is listed but not used")));
        let empty = reasons.iter().filter(|(_, reason)| reason.len() < 10);
        offences.extend(empty.map(|(name, _)| format!("{member}: `{name}` has no reason that says anything")));
    }
    none("DEPENDENCIES.md against the manifests", &offences);
}

#[test]
fn versions_stand_in_the_workspace_alone() {
    let mut offences = Vec::new();
    for member in members() {
        let manifest = manifest(&format!("{member}/Cargo.toml"));
        for section in SECTIONS {
            let table = manifest.get(section).and_then(Value::as_table);
            let own = table
                .into_iter()
                .flatten()
                .filter(|(_, spec)| spec.get("workspace").and_then(Value::as_bool) != Some(true));
            offences.extend(own.map(|(name, _)| format!("{member}: {name}")));
        }
    }
    none("dependencies that name their own version", &offences);
}

#[test]
fn what_the_workspace_offers_is_used() {
    let workspace = manifest("Cargo.toml");
    let offered = workspace["workspace"]["dependencies"].as_table().expect("a table");
    let manifests: Vec<Table> = members().iter().map(|member| manifest(&format!("{member}/Cargo.toml"))).collect();
    let unused = offered.keys().filter(|name| {
        !manifests.iter().any(|manifest| SECTIONS.iter().any(|section| used(manifest, section).contains(*name)))
    });
    none("shared versions that nobody uses", &unused.cloned().collect::<Vec<_>>());
}

#[test]
fn what_runs_on_lambda_has_no_engine_in_it() {
    for member in ["functions", "scraper"] {
        let manifest = manifest(&format!("{member}/Cargo.toml"));
        let features = manifest["dependencies"]["signals"]["features"].as_array().expect("a list").clone();
        assert_eq!(features, [Value::from("dynamodb")], "{member}");
        let text = format!("{:?}", manifest["features"]);
        assert!(!text.contains("embedded"), "{member}: {text}");
    }
}

#[test]
fn a_panic_ends_no_process_on_lambda() {
    let workspace = manifest("Cargo.toml");
    assert_eq!(workspace["profile"]["release"]["panic"].as_str(), Some("unwind"), "cargo-lambda's own choice is abort");
}
