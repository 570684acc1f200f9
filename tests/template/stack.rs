//! The template as a stack in an emulator: what is referred to is there, and of the kind that is wanted.
//!
//! moto makes all of the template but what `stack.py` lists, and drops properties that it does not know: what must hold
//! of those is said in `properties`.

use std::path::Path;

use serde_json::Value;

use crate::translated::{Template, install, program, written};

fn made() -> Value {
    install("moto");
    let script = Path::new("tests/template/stack.py");
    let output = program("moto", "python").arg(script).arg(written("moto")).output().expect("the Python of moto");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn a_stack_is_made_whose_parts_find_one_another() {
    let stack = made();
    assert_eq!(stack["status"], "CREATE_COMPLETE");
    let resources = stack["resources"].as_object().expect("resources");
    assert!(resources.values().all(|it| it[0] == "CREATE_COMPLETE"), "{resources:?}");
    // All but those of which moto makes nothing.
    let left_out = stack["left_out"].as_array().expect("names");
    let of_an_account = stack["conditional"].as_array().expect("names");
    assert_eq!(resources.len() + left_out.len() + of_an_account.len(), Template::ours().resources().len());
    assert_eq!(*of_an_account, ["LoginOver", "ScraperBatchLogin", "TelegramBatchLogin", "TelegramLoginKey"]);
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
