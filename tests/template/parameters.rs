//! The template with values for its parameters: what its conditions and references come to.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value};

use crate::translated::{Template, root};

/// Values of parameters, over a template.
pub(crate) struct Given<'a> {
    template: &'a Template,
    values: BTreeMap<&'a str, Value>,
}

impl<'a> Given<'a> {
    /// The defaults, but for these.
    pub(crate) fn with(template: &'a Template, others: &[(&'a str, &str)]) -> Self {
        let parameters = template.0["Parameters"].as_object().expect("parameters");
        let mut values: BTreeMap<&str, Value> =
            parameters.iter().map(|(name, it)| (name.as_str(), it["Default"].clone())).collect();
        for (name, value) in others {
            assert!(values.insert(name, Value::from(*value)).is_some(), "no parameter {name}");
        }
        Self { template, values }
    }

    /// Whether a condition holds.
    pub(crate) fn holds(&self, condition: &str) -> bool {
        self.is_true(&self.template.0["Conditions"][condition])
    }

    fn is_true(&self, expression: &Value) -> bool {
        let parts = |name: &str| expression[name].as_array();
        if let Some(parts) = parts("Fn::Equals") {
            return text(&self.value(&parts[0])) == text(&self.value(&parts[1]));
        }
        if let Some(parts) = parts("Fn::Not") {
            return !self.is_true(&parts[0]);
        }
        if let Some(parts) = parts("Fn::And") {
            return parts.iter().all(|part| self.is_true(part));
        }
        if let Some(parts) = parts("Fn::Or") {
            return parts.iter().any(|part| self.is_true(part));
        }
        self.holds(expression["Condition"].as_str().expect("a condition"))
    }

    /// What a value comes to. What only AWS knows stays as it is; what is not there is null.
    pub(crate) fn value(&self, value: &Value) -> Value {
        match value {
            Value::Array(parts) => parts.iter().map(|part| self.value(part)).collect(),
            Value::Object(object) => self.object(object),
            plain => plain.clone(),
        }
    }

    fn object(&self, object: &Map<String, Value>) -> Value {
        if let Some(name) = object.get("Ref").and_then(Value::as_str) {
            return match name {
                "AWS::NoValue" => Value::Null,
                name => self.values.get(name).cloned().unwrap_or_else(|| Value::Object(object.clone())),
            };
        }
        if let Some(Value::Array(parts)) = object.get("Fn::If") {
            let condition = parts[0].as_str().expect("the name of a condition");
            return self.value(&parts[if self.holds(condition) { 1 } else { 2 }]);
        }
        if let Some(Value::Array(parts)) = object.get("Fn::FindInMap") {
            let keys = parts.iter().map(|part| text(&self.value(part)));
            let mut at = &self.template.0["Mappings"];
            for key in keys {
                at = &at[key];
            }
            return at.clone();
        }
        object.iter().map(|(name, value)| (name.clone(), self.value(value))).collect::<Map<_, _>>().into()
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[test]
fn all_parameters_have_a_default_and_say_what_they_are() {
    let template = Template::ours();
    for (name, parameter) in template.0["Parameters"].as_object().expect("parameters") {
        assert!(parameter.get("Default").is_some(), "{name}: a deployment must need no answers");
        assert!(parameter["Description"].as_str().is_some_and(|it| it.len() > 15 && it.ends_with('.')), "{name}");
    }
}

#[test]
fn each_interval_is_a_schedule_that_a_pass_does_not_outlive() {
    let template = Template::ours();
    let intervals = template.0["Parameters"]["ParseIntervalMinutes"]["AllowedValues"].as_array().expect("a list");
    assert!(intervals.len() > 3);
    for minutes in intervals {
        let minutes = minutes.as_str().expect("text");
        let given = Given::with(template, &[("ParseIntervalMinutes", minutes)]);
        let seconds = 60 * minutes.parse::<u64>().expect("a number");
        let expression = match minutes {
            "60" => "rate(1 hour)".to_owned(),
            minutes => format!("rate({minutes} minutes)"),
        };
        assert_eq!(given.value(template.get("Schedule/ScheduleExpression")), expression);
        assert_eq!(given.value(template.get("NoSuccessfulSweep/Period")), seconds);
        let timeout = given.value(template.get("ScraperBatch/Timeout")).as_u64().expect("seconds");
        assert!(timeout < seconds && timeout <= 900 && timeout > 60, "{minutes}: {timeout}");
    }
}

#[test]
fn what_is_optional_is_there_when_it_is_asked_for_and_only_then() {
    let template = Template::ours();
    let usual = Given::with(template, &[]);
    assert!(usual.holds("Collects") && !Given::with(template, &[("Collect", "no")]).holds("Collects"));
    let conditional = [
        "ReadsTelegram",
        "FollowsTelegram",
        "HasLogin",
        "HasOrigins",
        "HasDomain",
        "HasAlarmEmail",
        "HasBudget",
        "IsWarm",
        // Of the few places that a new account has none can be reserved: its first deployment would fail.
        "ReservesConcurrency",
    ];
    assert!(conditional.iter().all(|name| !usual.holds(name)));
    assert!(usual.holds("UsesOwnTable"));
    let account = Given::with(template, &[("Source", "telegram")]);
    assert!(account.holds("ReadsTelegram") && account.holds("HasLogin") && account.holds("ReadsBySchedule"));
    let realtime = Given::with(template, &[("Realtime", "on")]);
    assert!(realtime.holds("FollowsTelegram") && realtime.holds("HasLogin") && !realtime.holds("ReadsBySchedule"));
    let count = template.get("ScraperRealtime/DesiredCount");
    assert_eq!(realtime.value(count), 1);
    assert_eq!(Given::with(template, &[("Realtime", "on"), ("Collect", "no")]).value(count), 0);
    let mail = ("AlarmEmail", "desk@example.com");
    assert!(Given::with(template, &[mail]).holds("HasBudget"));
    assert!(!Given::with(template, &[mail, ("MonthlyBudgetUsd", "0")]).holds("HasBudget"));
    assert!(!Given::with(template, &[("WarmReadUnits", "20000")]).holds("IsWarm"));
    let warm = Given::with(template, &[("WarmReadUnits", "20000"), ("WarmWriteUnits", "12000")]);
    let units = serde_json::json!({"ReadUnitsPerSecond": "20000", "WriteUnitsPerSecond": "12000"});
    for place in ["", "GlobalSecondaryIndexes/0/", "GlobalSecondaryIndexes/1/"] {
        let path = format!("Table/{place}WarmThroughput");
        assert_eq!((warm.value(template.get(&path)), usual.value(template.get(&path))), (units.clone(), Value::Null));
    }
    let large = Given::with(template, &[("ReserveBatchConcurrency", "yes")]);
    let places = template.get("ScraperBatch/ReservedConcurrentExecutions");
    assert_eq!((usual.value(places), large.value(places)), (Value::Null, Value::from(1)));
}

#[test]
fn everything_works_on_another_table_when_it_is_told_to() {
    let template = Template::ours();
    let given = Given::with(template, &[("OtherTable", "restored"), ("OtherTableStream", "2026-11-23T10:15:30.123")]);
    for (name, resource) in template.resources() {
        // What is the table, and not what works on it.
        if name == "Table" {
            continue;
        }
        let text = given.value(&resource["Properties"]).to_string();
        let own = ["\"Table\"", "\"Table.", "${Table}", "${Table."];
        assert!(own.iter().all(|own| !text.contains(own)), "{name}: {text}");
    }
    let value = given.value(template.get("SignalsReader/Environment/Variables/SIGNALS_TABLE"));
    assert_eq!(value, "restored");
}

#[test]
fn a_first_deployment_that_failed_is_out_of_the_way_of_the_next() {
    let text = fs::read_to_string(root().join("samconfig.toml")).expect("a file");
    let settings: toml::Value = toml::from_str(&text).expect("TOML");
    let deploy = &settings["default"]["deploy"]["parameters"];
    assert_eq!(deploy["on_failure"].as_str(), Some("DELETE"));
    // SAM takes one of the two: this would keep what is broken.
    assert!(deploy.get("disable_rollback").is_none());
}

/// Whether every assertion of a rule holds where its condition does.
fn obeys(given: &Given<'_>, rule: &Value) -> bool {
    let assertions = rule["Assertions"].as_array().expect("assertions");
    !given.is_true(&rule["RuleCondition"]) || assertions.iter().all(|it| given.is_true(&it["Assert"]))
}

#[test]
fn what_belongs_together_is_asked_for_together() {
    let template = Template::ours();
    let broken = |others: &[(&str, &str)]| -> Vec<String> {
        let given = Given::with(template, others);
        let rules = template.0["Rules"].as_object().expect("rules");
        rules.iter().filter(|(_, rule)| !obeys(&given, rule)).map(|(name, _)| name.clone()).collect()
    };
    assert!(broken(&[]).is_empty());
    assert_eq!(broken(&[("Source", "telegram")]), ["AnAccountHasAnApplication"]);
    assert_eq!(broken(&[("DomainName", "signals.example.com")]), ["ADomainHasACertificate"]);
    assert_eq!(broken(&[("OtherTable", "restored")]), ["AnotherTableHasAStream"]);
    assert_eq!(broken(&[("WarmReadUnits", "20000")]), ["WarmUnitsComeInPairs"]);
    let all = ["ATaskHasANetwork", "ATaskThatRunsHasAnImage", "AnAccountHasAnApplication"];
    assert_eq!(broken(&[("Realtime", "on")]), all);
    let network =
        [("Realtime", "on"), ("TelegramApiId", "1"), ("RealtimeVpc", "vpc-1"), ("RealtimeSubnets", "subnet-1")];
    assert_eq!(broken(&network), ["ATaskThatRunsHasAnImage"]);
    assert_eq!(broken(&network[..3]), ["ATaskHasANetwork", "ATaskThatRunsHasAnImage"]);
    // First the repository and the secret, then what goes into them.
    assert!(broken(&[&network[..], &[("Collect", "no")]].concat()).is_empty());
    assert!(broken(&[&network[..], &[("RealtimeTag", "v1")]].concat()).is_empty());
}
