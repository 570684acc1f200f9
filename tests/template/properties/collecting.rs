//! The channels are read on time, by one at a time.

use serde_json::{Value, json};

use super::Property;
use crate::translated::refers;

pub(super) const PROPERTIES: &[Property] = &[
    Property {
        says: "the schedule begins a pass",
        because: "nothing would be collected",
        holds: |t| refers(t.get("Schedule/Target/Arn"), "ScraperBatch", Some("Arn")),
    },
    Property {
        says: "it stands still when nothing is to be collected",
        because: "a table that is being filled or exchanged must not change under whoever does it",
        holds: |t| {
            t.is("Schedule/State", json!({"Fn::If": ["ReadsBySchedule", "ENABLED", "DISABLED"]}))
                && ["NoSuccessfulSweep", "LoginOver", "LeaseLost"].iter().all(|it| {
                    t.is(&format!("{it}/ActionsEnabled"), json!({"Fn::If": ["ReadsBySchedule", true, false]}))
                })
        },
    },
    Property {
        says: "it says what the program wants to hear",
        because: "the program refuses every other event",
        holds: |t| {
            let said = t.get("Schedule/Target/Input").as_str().and_then(|it| serde_json::from_str::<Value>(it).ok());
            said == Some(json!({"command": "sweep"}))
        },
    },
    Property {
        says: "it is the schedule of EventBridge Scheduler",
        because: "scheduled rules are its predecessor, and have no queue for what failed",
        holds: |t| t.all("AWS::Scheduler::Schedule").len() == 1 && t.all("AWS::Events::Rule").is_empty(),
    },
    Property {
        says: "it begins on time",
        because: "within a flexible window two passes could follow close on one another",
        holds: |t| t.is("Schedule/FlexibleTimeWindow/Mode", "OFF"),
    },
    Property {
        says: "a pass that could not begin is not begun again",
        because: "the next one makes up for it, and two would run",
        holds: |t| t.is("Schedule/Target/RetryPolicy/MaximumRetryAttempts", 0),
    },
    Property {
        says: "a pass that failed is not run again",
        because: "Lambda tries events twice more by itself, at moments of its own",
        holds: |t| {
            let configs = t.all("AWS::Lambda::EventInvokeConfig");
            configs.len() == 1
                && configs[0].1["MaximumRetryAttempts"] == 0
                && refers(&configs[0].1["FunctionName"], "ScraperBatch", None)
        },
    },
    Property {
        says: "a pass that found no place is soon forgotten",
        because: "throttled events wait for hours otherwise, and all run when there is place",
        holds: |t| {
            let configs = t.all("AWS::Lambda::EventInvokeConfig");
            configs.first().is_some_and(|(_, it)| {
                it["MaximumEventAgeInSeconds"].as_u64().is_some_and(|it| (60..=120).contains(&it))
            })
        },
    },
    Property {
        says: "a pass that did not begin is kept in a queue",
        because: "a schedule that may not invoke its function says so nowhere else",
        holds: |t| refers(t.get("Schedule/Target/DeadLetterConfig/Arn"), "FailedSweeps", Some("Arn")),
    },
    Property {
        says: "a pass that failed is kept in a queue",
        because: "its event and error are gone with the log otherwise",
        holds: |t| {
            let configs = t.all("AWS::Lambda::EventInvokeConfig");
            configs.first().is_some_and(|(_, it)| {
                refers(&it["DestinationConfig"]["OnFailure"]["Destination"], "FailedSweeps", Some("Arn"))
            })
        },
    },
    Property {
        says: "one pass runs at a time where a place is reserved for it",
        because: "the lease in the table keeps two apart everywhere, and this spares the second its beginning",
        holds: |t| {
            let places = t.get("ScraperBatch/ReservedConcurrentExecutions");
            *places == json!({"Fn::If": ["ReservesConcurrency", 1, {"Ref": "AWS::NoValue"}]})
        },
    },
    Property {
        says: "a pass ends before the next begins",
        because: "the next would find no place, and be counted as throttled",
        holds: |t| {
            t.is(
                "ScraperBatch/Timeout",
                json!({"Fn::FindInMap": ["Every", {"Ref": "ParseIntervalMinutes"}, "Timeout"]}),
            )
        },
    },
    Property {
        says: "the source is the one of the parameter",
        because: "a deployment that says telegram and reads the preview would miss channels in silence",
        holds: |t| refers(t.get("ScraperBatch/Environment/Variables/SIGTOWER_SOURCE"), "Source", None),
    },
    Property {
        says: "the function is told where its login is, where it has one",
        because: "without it the function refuses to start with an account",
        holds: |t| {
            let place = t.get("ScraperBatch/Environment/Variables/TELEGRAM_SESSION_SECRET");
            *place == json!({"Fn::If": ["ReadsTelegram", {"Ref": "TelegramBatchLogin"}, {"Ref": "AWS::NoValue"}]})
        },
    },
    Property {
        says: "the function may read its login",
        because: "a secret that nobody may read looks like a login that is over",
        holds: |t| {
            refers(t.get("ScraperBatchLogin/Roles/0"), "ScraperBatchRole", None)
                && t.is("ScraperBatchLogin/PolicyDocument/Statement/0/Action/0", "secretsmanager:GetSecretValue")
                && refers(t.get("ScraperBatchLogin/PolicyDocument/Statement/0/Resource"), "TelegramBatchLogin", None)
                && t.is("ScraperBatchLogin/PolicyDocument/Statement/1/Action/0", "kms:Decrypt")
                && refers(
                    t.get("ScraperBatchLogin/PolicyDocument/Statement/1/Resource"),
                    "TelegramLoginKey",
                    Some("Arn"),
                )
        },
    },
    Property {
        says: "the schedule may invoke this function and nothing else",
        because: "a schedule is easily changed to invoke another",
        holds: |t| {
            refers(t.get("Schedule/Target/RoleArn"), "ScheduleRole", Some("Arn"))
                && refers(
                    t.get("ScheduleRole/Policies/0/PolicyDocument/Statement/0/Resource"),
                    "ScraperBatch",
                    Some("Arn"),
                )
        },
    },
];
