//! The vocabulary is data that people write: each line must say what it seems to say.

use std::collections::{BTreeMap, BTreeSet};

use crate::{files, none, read};

/// The roles that the parser knows: `Name = "word",` in its source.
fn roles() -> BTreeSet<String> {
    let source = read("signals/src/parser/vocabulary/role.rs");
    let table = source.split("\nroles! {").nth(1).and_then(|rest| rest.split("\n}").next()).expect("a table of roles");
    let words = table.lines().filter_map(|line| line.trim().strip_suffix("\",")?.split_once(" = \""));
    let roles: BTreeSet<String> = words.map(|(_, word)| word.to_owned()).chain(["none".to_owned()]).collect();
    assert!(roles.len() > 20, "the table of roles was not found");
    roles
}

/// One form of a vocabulary file.
struct Form {
    at: String,
    head: String,
    form: String,
}

/// The forms of every file, and the lines that are none.
fn forms() -> (Vec<Form>, Vec<String>) {
    let (mut forms, mut malformed) = (Vec::new(), Vec::new());
    for path in files("signals/vocabulary", ".txt") {
        for (i, line) in read(&path).lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let at = format!("{}:{}", path.display(), i + 1);
            let Some((head, list)) = line.split_once(':') else {
                malformed.push(format!("{at}: no colon"));
                continue;
            };
            for form in list.split(',').map(str::trim).filter(|form| !form.is_empty()) {
                forms.push(Form { at: at.clone(), head: head.trim().to_owned(), form: form.to_lowercase() });
            }
        }
    }
    (forms, malformed)
}

#[test]
fn every_line_is_a_known_role_and_its_forms() {
    let roles = roles();
    let (forms, mut offences) = forms();
    for form in &forms {
        let Form { at, head, form } = form;
        let is_coin = head.starts_with("coin ") || head.starts_with("word_coin ");
        let (role, value) = head.split_once('=').unwrap_or((head, "0"));
        if !is_coin && (!roles.contains(role.trim()) || value.trim().parse::<u16>().is_err()) {
            offences.push(format!("{at}: `{head}` is no role"));
        }
        if form.split(' ').any(|word| word.trim_end_matches('*').contains('*')) {
            offences.push(format!("{at}: `{form}` has a star inside a word"));
        }
        if form == "*" || form.contains(':') {
            offences.push(format!("{at}: `{form}` is no form"));
        }
    }
    offences.sort();
    offences.dedup();
    none("lines that say nothing", &offences);
}

#[test]
fn a_form_plays_one_role_in_its_language() {
    let mut first: BTreeMap<(String, String), Form> = BTreeMap::new();
    let mut offences = Vec::new();
    for form in forms().0 {
        let file = form.at.split(':').next().unwrap_or_default().to_owned();
        match first.get(&(file.clone(), form.form.clone())) {
            Some(known) if known.head != form.head => {
                offences
                    .push(format!("{}: `{}` is {}, and {} at {}", form.at, form.form, form.head, known.head, known.at));
            }
            Some(_) => {}
            None => {
                first.insert((file, form.form.clone()), form);
            }
        }
    }
    none("forms of two roles, of which the first counts", &offences);
}
