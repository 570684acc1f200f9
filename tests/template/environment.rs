//! The variables of the functions against what the programs read, and the template's defaults against what they take.

use std::collections::BTreeSet;
use std::fs;

use scraper::lambda::config::BatchSource;
use scraper::preview::PreviewConfig;
use scraper::telegram::{LOOK_UPS_PER_DAY, TelegramConfig};
use serde_json::{Value, json};

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

fn given_to(function: &str) -> BTreeSet<String> {
    let variables = Template::ours().get(&format!("{function}/Environment/Variables"));
    variables.as_object().expect("variables").keys().cloned().collect()
}

/// The variables of a function with these parameters, as its process sees them.
fn variables<'a>(function: &str, others: &[(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> {
    let template = Template::ours();
    let value = Given::with(template, others).value(template.get(&format!("{function}/Environment/Variables")));
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
    let (api, batch) = (read_by("functions/src/config.rs"), read_by("scraper/src/lambda/config.rs"));
    assert!(api.len() > 4 && batch.len() > 4);
    assert_eq!(given_to("SignalsReader"), api);
    assert_eq!(given_to("SignalsWriter"), api);
    assert_eq!(given_to("ScraperBatch"), batch);
    let of_stream = given_to("SignalsStream");
    assert!(of_stream.is_subset(&api) && of_stream.contains("SIGNALS_TABLE"), "{of_stream:?}");
}

#[test]
fn the_programs_take_the_defaults_of_the_template() {
    for function in ["SignalsReader", "SignalsWriter", "SignalsStream"] {
        let config = functions::config::Config::from_variables(variables(function, &[])).expect("a configuration");
        assert_eq!((config.table.as_str(), config.threshold.percent()), ("sigtower-Table", 70), "{function}");
    }
    let config = scraper::lambda::config::Config::from_variables(variables("ScraperBatch", &[])).expect("one");
    assert_eq!((config.channels.len(), config.collect.most_posts), (12, 100));
    assert_eq!(config.source, BatchSource::Preview(PreviewConfig::default()));
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
    assert_eq!(rule["RuleCondition"], json!({"Fn::Equals": [{"Ref": "Source"}, "telegram"]}));
}
