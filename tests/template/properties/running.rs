//! How the functions run.

use serde_json::{Value, json};

use super::Property;
use crate::translated::{Template, refers};

fn every_function(t: &Template, is: impl Fn(&str, &Value) -> bool) -> bool {
    let functions = t.all("AWS::Lambda::Function");
    functions.len() == 4 && functions.iter().all(|(name, function)| is(name, function))
}

pub(super) const PROPERTIES: &[Property] = &[
    Property {
        says: "functions run on Amazon Linux 2023",
        because: "the programs need its glibc, and provided.al2 is past its end",
        holds: |t| every_function(t, |_, it| it["Runtime"] == "provided.al2023"),
    },
    Property {
        says: "functions are programs called bootstrap",
        because: "that is what the runtime starts, and what cargo-lambda makes",
        holds: |t| every_function(t, |_, it| it["Handler"] == "bootstrap"),
    },
    Property {
        says: "all functions have the processor of the parameter",
        because: "a program for another one does not start",
        holds: |t| every_function(t, |_, it| it["Architectures"] == json!([{"Ref": "Architecture"}])),
    },
    Property {
        says: "each function is built from the program of its name",
        because: "a writer behind the reader's role answers 500 to everything",
        holds: |t| {
            let programs = [
                ("SignalsReader", "signals-reader"),
                ("SignalsWriter", "signals-writer"),
                ("SignalsStream", "signals-stream"),
                ("ScraperBatch", "scraper-batch"),
            ];
            programs.iter().all(|(name, program)| {
                let metadata = t.attribute(name, "Metadata");
                metadata["BuildMethod"] == "rust-cargolambda" && metadata["BuildProperties"]["Binary"] == *program
            })
        },
    },
    Property {
        says: "functions are built in the folder of their crate",
        because: "at the root cargo would build the database of laptops into them",
        holds: |t| {
            let keys = [
                ("SignalsReader", "functions/"),
                ("SignalsWriter", "functions/"),
                ("SignalsStream", "functions/"),
                ("ScraperBatch", "scraper/"),
            ];
            keys.iter().all(|(name, folder)| t.is(&format!("{name}/Code/S3Key"), format!("{folder}bootstrap.zip")))
        },
    },
    Property {
        says: "each function logs into a group of its own",
        because: "a role that may write into one group can forge no line of another",
        holds: |t| every_function(t, |name, it| refers(&it["LoggingConfig"]["LogGroup"], &format!("{name}Log"), None)),
    },
    Property {
        says: "lines of the log are left as they are",
        because: "CloudWatch reads figures only from lines that are nothing but JSON of ours",
        holds: |t| every_function(t, |_, it| it["LoggingConfig"]["LogFormat"] == "Text"),
    },
    Property {
        says: "functions are traced as the parameter says",
        because: "where the time of a slow request went is seen nowhere else",
        holds: |t| every_function(t, |_, it| refers(&it["TracingConfig"]["Mode"], "Tracing", None)),
    },
    Property {
        says: "no function lies in a network of one's own",
        because: "it would need a gateway that costs by the hour to reach DynamoDB and the web",
        holds: |t| every_function(t, |_, it| it["VpcConfig"].is_null()),
    },
    Property {
        says: "functions have memory enough and not too much",
        because: "processor comes with memory, TLS needs some, and all of it is paid for",
        holds: |t| every_function(t, |_, it| it["MemorySize"].as_u64().is_some_and(|mb| (256..=1024).contains(&mb))),
    },
    Property {
        says: "no variable looks like a secret",
        because: "variables are shown in the console to whoever may look at functions",
        holds: |t| {
            every_function(t, |_, it| {
                it["Environment"]["Variables"].as_object().is_some_and(|variables| {
                    let names = ["SECRET", "TOKEN", "PASSWORD", "HASH", "API_KEY"];
                    let looks_secret = |it: &str| names.iter().any(|name| it.contains(name));
                    // It says where the secret is, as its value shows.
                    let is_a_place = |value: &Value| refers(&value["Fn::If"][1], "TelegramBatchLogin", None);
                    !variables.is_empty()
                        && variables.iter().all(|(name, value)| !looks_secret(name) || is_a_place(value))
                        && variables.contains_key("LOG_LEVEL")
                })
            })
        },
    },
    Property {
        says: "functions are tagged",
        because: "their costs are found by the tag",
        holds: |t| {
            every_function(t, |_, it| {
                it["Tags"].as_array().is_some_and(|it| it.contains(&json!({"Key": "Project", "Value": "sigtower"})))
            })
        },
    },
    Property {
        says: "no log is kept for ever",
        because: "CloudWatch keeps them for ever unless told otherwise, at three cents a gigabyte and month",
        holds: |t| {
            let groups = t.all("AWS::Logs::LogGroup");
            groups.len() == 6 && groups.iter().all(|(_, it)| refers(&it["RetentionInDays"], "LogRetentionDays", None))
        },
    },
    Property {
        says: "logs go with the stack",
        because: "they are no data, and a name that is taken stops the next deployment",
        holds: |t| {
            let groups = t.all("AWS::Logs::LogGroup");
            groups.iter().all(|(name, _)| *t.attribute(name, "DeletionPolicy") == "Delete") && groups.len() == 6
        },
    },
    Property {
        says: "two stacks of an account have logs of their own",
        because: "the second could not be made, or both would write into one",
        holds: |t| {
            let groups = t.all("AWS::Logs::LogGroup");
            groups.len() == 6
                && groups.iter().all(|(_, it)| {
                    it["LogGroupName"]["Fn::Sub"].as_str().is_some_and(|name| name.contains("${AWS::StackName}"))
                })
        },
    },
    Property {
        says: "nothing has a name that two stacks would share",
        because: "names that are fixed collide when a stack is made twice in an account",
        holds: |t| {
            let names = [
                "AlarmName",
                "ClusterName",
                "Family",
                "FunctionName",
                "GroupName",
                "QueueName",
                "RepositoryName",
                "RoleName",
                "ServiceName",
                "TopicName",
            ];
            t.resources().iter().all(|(_, it)| names.iter().all(|name| !it["Properties"][*name].is_string()))
        },
    },
];
