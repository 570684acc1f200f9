//! The template as a stack in an emulator: what is referred to is there, and of the kind that is wanted.
//!
//! moto makes all of the template but what `stack.py` lists, and drops properties that it does not know: what must hold
//! of those is said in `properties`.

use std::path::Path;

use serde_json::Value;

use crate::translated::{Template, install, program, written};

fn made(arguments: &[&str]) -> Value {
    install("moto");
    let script = Path::new("tests/template/stack.py");
    let output = program("moto", "python")
        .arg(script)
        .arg(written("moto"))
        .args(arguments)
        .output()
        .expect("the Python of moto");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_stack_is_made_whose_parts_find_one_another() {
    let stack = made(&[]);
    assert_eq!(stack["status"], "CREATE_COMPLETE");
    let resources = stack["resources"].as_object().expect("resources");
    assert!(resources.values().all(|it| it[0] == "CREATE_COMPLETE"), "{resources:?}");
    // All but those of which moto makes nothing.
    let left_out = stack["left_out"].as_array().expect("names");
    let of_an_account = stack["conditional"].as_array().expect("names");
    assert_eq!(resources.len() + left_out.len() + of_an_account.len(), Template::ours().resources().len());
    let conditions = ["ReadsTelegram", "FollowsTelegram", "HasLogin"];
    let is_of_an_account = |it: &Value| it["Condition"].as_str().is_some_and(|it| conditions.contains(&it));
    let expected = Template::ours().resources().iter().filter(|(_, it)| is_of_an_account(it)).map(|(name, _)| name);
    assert_eq!(*of_an_account, expected.cloned().map(Value::from).collect::<Vec<_>>());
    assert!(of_an_account.len() > 15);
    for name in ["Table", "SignalsReader", "SignalsWriter", "SignalsStream", "ScraperBatch", "SignalsStreamChanges"] {
        assert!(resources.contains_key(name), "{name}");
    }

    let (table, name) = (&stack["table"], stack["table"]["TableName"].as_str().expect("a name"));
    assert_eq!(stack["outputs"]["TableName"], name);
    for (function, configuration) in stack["functions"].as_object().expect("functions") {
        assert_eq!(configuration["Environment"]["Variables"]["SIGNALS_TABLE"], name, "{function}");
        // A function is told of no secret where there is none.
        assert!(!configuration["Environment"].to_string().contains("TELEGRAM"), "{function}");
        let role = resources[&format!("{function}Role")][1].as_str().expect("a name");
        assert!(configuration["Role"].as_str().is_some_and(|it| it.ends_with(role)), "{function}");
    }
    let source = &stack["sources"][0];
    assert_eq!(source["EventSourceArn"], table["LatestStreamArn"]);
    assert!(source["FunctionArn"].as_str().is_some_and(|it| it.contains("SignalsStream")), "{source}");
    let failed = source["DestinationConfig"]["OnFailure"]["Destination"].as_str().expect("a queue");
    assert!(failed.starts_with("arn:aws:sqs:") && failed.contains("UncountedRecords"), "{failed}");

    let arn = table["TableArn"].as_str().expect("an ARN");
    for (role, policy) in stack["policies"].as_object().expect("policies") {
        let policy = policy.to_string();
        assert!(!policy.contains("Fn::") && !policy.contains("${"), "{role}: {policy}");
        assert!(policy.contains(&format!("'{arn}'")) || role == "ScheduleRole", "{role}: {policy}");
    }
}

#[test]
fn with_a_task_its_parts_find_one_another_too() {
    let stack = made(&["realtime"]);
    assert_eq!(stack["status"], "CREATE_COMPLETE");
    let resources = stack["resources"].as_object().expect("resources");
    let id = |name: &str| resources[name][1].as_str().unwrap_or_else(|| panic!("{name}")).to_owned();
    let (service, task) = (&stack["realtime"]["service"], &stack["realtime"]["task"]);
    assert_eq!((&service["taskDefinition"], &service["desiredCount"]), (&task["taskDefinitionArn"], &1.into()));
    assert!(service["clusterArn"].as_str().is_some_and(|it| it.ends_with(&id("RealtimeCluster"))), "{service}");
    let container = &task["containerDefinitions"][0];
    let image = container["image"].as_str().expect("an image");
    assert!(image.contains(&id("RealtimeImages")) && image.ends_with(":v1"), "{image}");
    assert_eq!(container["logConfiguration"]["options"]["awslogs-group"], *id("ScraperRealtimeLog"));
    let variables = container["environment"].as_array().expect("variables");
    let value = |name: &str| variables.iter().find(|it| it["name"] == name).expect("it is given")["value"].clone();
    assert_eq!(value("SIGNALS_TABLE"), stack["table"]["TableName"]);
    assert_eq!((value("TELEGRAM_API_ID"), value("AWS_REGION")), ("12345".into(), "eu-central-1".into()));
    assert!(value("TELEGRAM_SESSION_SECRET").as_str().is_some_and(|it| it.ends_with("TelegramRealtimeLogin")));
    let group = &stack["realtime"]["group"]["SecurityGroups"][0];
    assert_eq!(group["IpPermissions"], serde_json::json!([]));
    // The functions are still told of no login.
    assert!(!stack["functions"].to_string().contains("TELEGRAM"));
    let table = stack["table"]["TableArn"].as_str().expect("an ARN");
    assert!(stack["policies"]["ScraperRealtimeRole"].to_string().contains(table));
}
