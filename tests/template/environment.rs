//! The variables of the functions and of the task against what the programs read, and the template's defaults against
//! what they take.

use std::collections::BTreeSet;
use std::fs;

use program::metrics::Namespace;
use scraper::holding::LEASE_TIME;
use scraper::lambda::config::BatchSource;
use scraper::preview::PreviewConfig;
use scraper::telegram::{LOOK_UPS_PER_DAY, TelegramConfig};
use serde_json::{Map, Value, json};

use crate::parameters::Given;
use crate::translated::{Template, root};

/// The variables that a source names before its tests.
fn read_by(path: &str) -> BTreeSet<String> {
    let source = fs::read_to_string(root().join(path)).expect("a source");
    let source = source.split("\n#[cfg(test)]").next().unwrap_or_default();
    let strings = source.split('"').skip(1).step_by(2);
    let names = strings.filter(|it| it.len() > 3 && it.bytes().all(|b| b.is_ascii_uppercase() || b == b'_'));
    names.map(str::to_owned).collect()
}

/// The variables of a function, or of the task.
fn given_to(program: &str) -> Map<String, Value> {
    let template = Template::ours();
    if program != "ScraperRealtime" {
        let variables = template.get(&format!("{program}/Environment/Variables"));
        return variables.as_object().expect("variables").clone();
    }
    let variables = template.get("ScraperRealtimeTask/ContainerDefinitions/0/Environment").as_array();
    let pair = |it: &Value| (it["Name"].as_str().expect("a name").to_owned(), it["Value"].clone());
    variables.expect("variables").iter().map(pair).collect()
}

fn names(variables: Map<String, Value>) -> BTreeSet<String> {
    variables.into_iter().map(|(name, _)| name).collect()
}

/// The variables of a function or of the task with these parameters, as its process sees them.
fn variables<'a>(program: &str, others: &[(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> {
    let value = Given::with(Template::ours(), others).value(&given_to(program).into());
    move |name: &str| match &value[name] {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        // What is made with the stack has a name that only AWS knows.
        Value::Object(reference) => reference["Ref"].as_str().map(|name| format!("sigtower-{name}")),
        number => Some(number.to_string()),
    }
}

#[test]
fn each_function_is_given_what_its_program_reads_and_nothing_else() {
    let api = read_by("functions/src/config.rs");
    let of_collectors = read_by("scraper/src/environment.rs");
    let batch = &of_collectors | &read_by("scraper/src/lambda/config.rs");
    let mut realtime = &of_collectors | &read_by("scraper/src/container/config.rs");
    assert!(api.len() > 4 && batch.len() > 10 && realtime.len() > 8);
    assert_eq!(names(given_to("SignalsReader")), api);
    assert_eq!(names(given_to("SignalsWriter")), api);
    assert_eq!(names(given_to("ScraperBatch")), batch);
    // Lambda says in which region it is; a container is told.
    realtime.insert("AWS_REGION".to_owned());
    assert_eq!(names(given_to("ScraperRealtime")), realtime);
    let of_stream = names(given_to("SignalsStream"));
    assert!(of_stream.is_subset(&api) && of_stream.contains("SIGNALS_TABLE"), "{of_stream:?}");
}

#[test]
fn the_programs_take_the_defaults_of_the_template() {
    for function in ["SignalsReader", "SignalsWriter", "SignalsStream"] {
        let config = functions::config::Config::from_variables(variables(function, &[])).expect("a configuration");
        assert_eq!((config.table.as_str(), config.threshold.percent()), ("sigtower-Table", 70), "{function}");
        assert_eq!(Some(config.namespace), Namespace::parse("sigtower-AWS::StackName"), "{function}");
    }
    let config = scraper::lambda::config::Config::from_variables(variables("ScraperBatch", &[])).expect("one");
    assert_eq!((config.channels.len(), config.collect.most_posts), (12, 100));
    assert_eq!(config.source, BatchSource::Preview(PreviewConfig::default()));
    assert_eq!(Some(config.namespace), Namespace::parse("sigtower-AWS::StackName"));
}

#[test]
fn the_task_is_told_of_its_login_and_takes_the_defaults_of_the_template() {
    let on = [("Realtime", "on"), ("TelegramApiId", "12345")];
    let config = scraper::container::config::Config::from_variables(variables("ScraperRealtime", &on)).expect("one");
    assert_eq!((config.table.as_str(), config.channels.len()), ("sigtower-Table", 12));
    assert_eq!((config.telegram, config.look_ups_per_day), (TelegramConfig::new(12345), LOOK_UPS_PER_DAY));
    assert_eq!(config.secret.to_string(), "sigtower-TelegramRealtimeLogin");
    // The lease of a login has the same length for whoever takes it.
    assert_eq!(config.lease_time, LEASE_TIME);
    let others = [on[0], on[1], ("TelegramLookUpsPerDay", "0"), ("LogLevel", "trace"), ("Shards", "64,1,9")];
    let config =
        scraper::container::config::Config::from_variables(variables("ScraperRealtime", &others)).expect("one");
    assert_eq!(config.look_ups_per_day, 0);
}

#[test]
fn the_programs_take_what_the_template_lets_pass() {
    let others = [
        ("ConfidenceThreshold", "0.85"),
        ("CorsOrigins", "https://desk.example"),
        ("RequestsPerSecond", "100000"),
        ("LogLevel", "trace"),
        ("Shards", "64,1,9"),
    ];
    let config = functions::config::Config::from_variables(variables("SignalsReader", &others)).expect("one");
    assert_eq!(config.origins, ["https://desk.example"]);
    for (delay, milliseconds) in [("250ms", 250), ("0s", 0), ("59s", 59_000), ("1m", 60_000)] {
        let others = [("MaxMessagesPerChannel", "10000"), ("PreviewUrl", "https://t.me:8443"), ("PreviewDelay", delay)];
        let config = scraper::lambda::config::Config::from_variables(variables("ScraperBatch", &others)).expect("one");
        let BatchSource::Preview(preview) = config.source else { panic!("{:?}", config.source) };
        assert_eq!(preview.delay.as_millis(), milliseconds);
    }
}

#[test]
fn with_an_account_the_program_is_told_of_its_login_and_limits() {
    let account = |others: &[(&str, &str)]| {
        let others = [&[("Source", "telegram"), ("TelegramApiId", "12345")], others].concat();
        let config = scraper::lambda::config::Config::from_variables(variables("ScraperBatch", &others)).expect("one");
        match config.source {
            BatchSource::Telegram(account) => account,
            source @ BatchSource::Preview(_) => panic!("{source:?}"),
        }
    };
    let usual = account(&[]);
    assert_eq!(usual.telegram, TelegramConfig::new(12345));
    assert_eq!(
        (usual.look_ups_per_day, usual.secret.to_string()),
        (LOOK_UPS_PER_DAY, "sigtower-TelegramBatchLogin".to_owned())
    );
    for n in ["0", "300"] {
        let other = account(&[("TelegramLookUpsPerDay", n), ("TelegramFloodWaitSeconds", n)]);
        assert_eq!(other.look_ups_per_day.to_string(), n);
        assert_eq!(other.telegram.longest_inline_wait.as_secs().to_string(), n);
    }
    // The rule of the template refuses this before the program does.
    let without = variables("ScraperBatch", &[("Source", "telegram")]);
    let error = scraper::lambda::config::Config::from_variables(without).expect_err("an application is needed");
    assert!(error.to_string().starts_with("TELEGRAM_API_ID is `0`"), "{error}");
    let rule = &Template::ours().0["Rules"]["AnAccountHasAnApplication"];
    assert_eq!(rule["RuleCondition"]["Fn::Or"][0], json!({"Fn::Equals": [{"Ref": "Source"}, "telegram"]}));
}
