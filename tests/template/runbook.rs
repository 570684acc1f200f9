//! `infra/README.md` against the template: what it names is there, and what is there is explained.

use std::fs;

use serde_json::Value;

use crate::translated::{Template, root};

fn runbook() -> String {
    fs::read_to_string(root().join("infra/README.md")).expect("a file")
}

/// The code between single backticks and in blocks.
fn code(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

#[test]
fn every_alarm_has_a_row_that_says_what_to_do() {
    let (text, template) = (runbook(), Template::ours());
    let alarms = template.all("AWS::CloudWatch::Alarm");
    assert!(alarms.len() >= 9);
    for (name, _) in alarms {
        let row = text.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let cells: Vec<&str> = row.unwrap_or_else(|| panic!("no row for {name}")).split('|').map(str::trim).collect();
        assert!(cells.len() >= 5 && cells[2].len() > 20 && cells[3].len() > 10, "{name}: {cells:?}");
    }
}

/// How many metrics the alarms with this condition look at, of which each is paid for.
fn n_alarm_metrics(condition: &Value) -> usize {
    let template = Template::ours();
    let alarms = template.all("AWS::CloudWatch::Alarm").into_iter();
    let alarms = alarms.filter(|(name, _)| template.attribute(name, "Condition") == condition);
    let n_of = |alarm: &Value| match alarm["Metrics"].as_array() {
        Some(metrics) => metrics.iter().filter(|it| it.get("MetricStat").is_some()).count(),
        None => 1,
    };
    alarms.map(|(_, alarm)| n_of(alarm)).sum()
}

#[test]
fn its_costs_count_the_alarms_that_there_are() {
    let text = runbook();
    let costs = |row: &str| -> Vec<String> {
        let line = text.lines().find(|line| line.starts_with(&format!("| {row}"))).expect("a row");
        line.split('|').map(|it| it.trim().to_owned()).collect()
    };
    let always = costs("alarms (each metric of one), dashboard, metrics of passes ");
    let n_always = n_alarm_metrics(&Value::Null);
    assert_eq!(always[2], format!("{n_always}, 1, 10"));
    // An alarm's metric is 10 cents, the dashboard 300, a metric 30.
    let cents = 10 * n_always + 300 + 10 * 30;
    assert_eq!(always[3], format!("{}.{:02}", cents / 100, cents % 100));
    let n_of_task = n_alarm_metrics(&Value::from("FollowsTelegram"));
    assert_eq!(costs("alarms and metrics ")[2], format!("{n_of_task} and 10"));
    assert_eq!(n_alarm_metrics(&Value::from("ReadsTelegram")), 1);
}

#[test]
fn parameters_and_outputs_that_it_names_are_there() {
    let (text, template) = (runbook(), Template::ours());
    let is = |section: &str, name: &str| template.0[section].get(name).is_some();
    let mut n_set = 0;
    for (name, _) in text.split_whitespace().filter_map(|word| word.trim_matches('`').split_once('=')) {
        if name.starts_with(|c: char| c.is_ascii_uppercase()) && name.chars().any(|c| c.is_ascii_lowercase()) {
            let of_aws = ["StreamEnabled", "Enabled", "Key", "Name", "PointInTimeRecoveryEnabled"];
            assert!(is("Parameters", name) || of_aws.contains(&name), "no parameter {name}");
            n_set += 1;
        }
    }
    assert!(n_set > 5);
    for name in code(&text).into_iter().filter(|it| it.ends_with("Url") || *it == "TableName") {
        assert!(is("Outputs", name), "no output {name}");
    }
}

/// The lines of its blocks of commands.
fn command_lines(text: &str) -> Vec<&str> {
    let blocks = text.split("```").skip(1).step_by(2);
    blocks.filter_map(|block| block.strip_prefix("sh\n")).flat_map(str::lines).collect()
}

/// `sam deploy` by itself would put there whatever was built last, or sources that were never built.
#[test]
fn nothing_is_deployed_that_was_not_built_for_it() {
    let text = runbook();
    let lines = command_lines(&text);
    assert!(lines.iter().filter(|line| line.contains("sigtower deploy ")).count() > 4);
    let by_hand: Vec<&&str> = lines.iter().filter(|line| line.contains("sam deploy")).collect();
    assert!(by_hand.is_empty(), "{by_hand:?}");
}

#[test]
fn what_its_commands_ask_the_stack_for_is_an_output() {
    let (text, template) = (runbook(), Template::ours());
    let asked: Vec<&str> = text.split("$(of_stack ").skip(1).filter_map(|it| Some(it.split_once(')')?.0)).collect();
    assert!(asked.len() > 5 && asked.iter().all(|name| template.0["Outputs"].get(name).is_some()), "{asked:?}");
}

/// A login that also lies on a machine is one that two may use, and Telegram ends it.
#[test]
fn logins_go_into_their_secrets_and_no_file() {
    let text = runbook();
    let lines = command_lines(&text);
    let logins: Vec<&&str> = lines.iter().filter(|line| line.contains("sigtower login ")).collect();
    assert!(logins.len() == 2 && logins.iter().all(|line| line.contains(" --secret ")), "{logins:?}");
    assert!(!text.contains("put-secret-value") && !text.contains("--secret-string"));
}

#[test]
fn it_deploys_with_the_commands_of_the_readme() {
    let commands = |text: &str, heading: &str| -> Vec<String> {
        let below = text.lines().skip_while(|line| *line != heading).skip_while(|line| *line != "```sh").skip(1);
        below.take_while(|line| *line != "```").map(str::to_owned).collect()
    };
    let readme = fs::read_to_string(root().join("README.md")).expect("a file");
    let (of_readme, here) = (commands(&readme, "## Deploy"), commands(&runbook(), "## Deploy"));
    assert_eq!(of_readme, here);
    assert_eq!(here.len(), 3);
}
