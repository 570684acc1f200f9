//! The table keeps what is in it.

use serde_json::{Value, json};

use super::Property;
use crate::translated::refers;

/// The secrets with a login.
const LOGINS: [&str; 2] = ["TelegramBatchLogin", "TelegramRealtimeLogin"];
/// They, and the key of both.
const OF_LOGINS: [&str; 3] = ["TelegramBatchLogin", "TelegramRealtimeLogin", "TelegramLoginKey"];

pub(super) const PROPERTIES: &[Property] = &[
    Property {
        says: "the table outlives the stack",
        because: "whoever deletes a stack means the programs, not years of signals",
        holds: |t| *t.attribute("Table", "DeletionPolicy") == "Retain",
    },
    Property {
        says: "the table outlives a change that would replace it",
        because: "CloudFormation makes a new table and deletes the old one when a key changes",
        holds: |t| *t.attribute("Table", "UpdateReplacePolicy") == "Retain",
    },
    Property {
        says: "the table is protected against deletion",
        because: "a click in the console is enough otherwise",
        holds: |t| t.is("Table/DeletionProtectionEnabled", true),
    },
    Property {
        says: "the table can be restored to any second of the last weeks",
        because: "a mistake of a program destroys faster than backups are taken",
        holds: |t| t.is("Table/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled", true),
    },
    Property {
        says: "the table is encrypted under a key of KMS",
        because: "then its use stands in CloudTrail, which the default key does not show",
        holds: |t| t.is("Table/SSESpecification/SSEEnabled", true) && t.is("Table/SSESpecification/SSEType", "KMS"),
    },
    Property {
        says: "the table costs by request",
        because: "a deployment that is not used must cost about nothing",
        holds: |t| t.is("Table/BillingMode", "PAY_PER_REQUEST") && t.get("Table/ProvisionedThroughput").is_null(),
    },
    Property {
        says: "no index has units of its own",
        because: "an index that is provisioned costs by the hour, and throttles the table",
        holds: |t| {
            let indexes = t.get("Table/GlobalSecondaryIndexes").as_array();
            indexes.is_some_and(|it| it.len() == 2 && it.iter().all(|index| index["ProvisionedThroughput"].is_null()))
        },
    },
    Property {
        says: "rows that are over are removed by `ttl`",
        because: "idempotency records and passed-over posts would stay and cost for ever",
        holds: |t| t.is("Table/TimeToLiveSpecification", json!({"AttributeName": "ttl", "Enabled": true})),
    },
    Property {
        says: "the stream shows rows before and after a change",
        because: "counters move by the difference of the two",
        holds: |t| t.is("Table/StreamSpecification/StreamViewType", "NEW_AND_OLD_IMAGES"),
    },
    Property {
        says: "the table has no name of its own",
        because: "a table with a fixed name cannot be replaced, nor the stack deployed twice in an account",
        holds: |t| t.get("Table/TableName").is_null(),
    },
    Property {
        says: "both indexes are as warm as the table",
        because: "an index that throttles holds up the writes of the table",
        holds: |t| {
            let warm = t.get("Table/WarmThroughput");
            !warm.is_null()
                && [0, 1].iter().all(|n| t.get(&format!("Table/GlobalSecondaryIndexes/{n}/WarmThroughput")) == warm)
        },
    },
    Property {
        says: "the login to Telegram outlives the stack",
        because: "a stack that is made anew, or reads the preview for a while, would end a login that a person made",
        holds: |t| {
            OF_LOGINS.iter().all(|name| {
                t.attribute(name, "DeletionPolicy").as_str().is_some_and(|it| it.starts_with("Retain"))
                    && *t.attribute(name, "UpdateReplacePolicy") == "Retain"
            })
        },
    },
    Property {
        says: "a deployment that fails leaves no secret and no key that it made",
        because: "both are paid for by the month, are empty, and would be made once more by the next try",
        holds: |t| OF_LOGINS.iter().all(|it| *t.attribute(it, "DeletionPolicy") == "RetainExceptOnCreate"),
    },
    Property {
        says: "the login is made empty, with words that never change",
        because: "CloudFormation writes a text that changed over whatever people put there",
        holds: |t| LOGINS.iter().all(|it| t.is(&format!("{it}/SecretString"), scraper::telegram::NO_LOGIN_YET)),
    },
    Property {
        says: "the login has no name of its own",
        because: "one that was kept would be in the way of the next stack, and of the next change of the source",
        holds: |t| LOGINS.iter().all(|it| t.get(&format!("{it}/Name")).is_null()),
    },
    Property {
        says: "the login is encrypted under a key of its own that is renewed",
        because: "under the key of all secrets whoever may read one of them may decrypt it",
        holds: |t| {
            LOGINS.iter().all(|it| refers(t.get(&format!("{it}/KmsKeyId")), "TelegramLoginKey", Some("Arn")))
                && t.is("TelegramLoginKey/EnableKeyRotation", true)
        },
    },
    Property {
        says: "a key that is deleted can be taken back for a month",
        because: "nothing that it encrypted is ever read again",
        holds: |t| t.is("TelegramLoginKey/PendingWindowInDays", 30),
    },
    Property {
        says: "secret and key are there for an account alone",
        because: "both cost by the month, and the preview needs neither",
        holds: |t| {
            let names = ["TelegramBatchLogin", "ScraperBatchLogin", "LoginOver"];
            let either = json!([{"Condition": "ReadsTelegram"}, {"Condition": "FollowsTelegram"}]);
            names.iter().all(|name| *t.attribute(name, "Condition") == "ReadsTelegram")
                && *t.attribute("TelegramLoginKey", "Condition") == "HasLogin"
                && t.0["Conditions"]["HasLogin"]["Fn::Or"] == either
        },
    },
    Property {
        says: "nobody decrypts the login but through Secrets Manager",
        because: "there each reading stands in CloudTrail with the name of the secret",
        holds: |t| {
            let statements = t.get("TelegramLoginKey/KeyPolicy/Statement").as_array();
            let decrypts = |it: &&Value| it["Action"].to_string().contains("kms:Decrypt");
            let of_service = |it: &Value| it["Condition"]["StringEquals"]["kms:ViaService"].to_string();
            statements.is_some_and(|it| {
                let decrypting: Vec<&Value> = it.iter().filter(decrypts).collect();
                decrypting.len() == 1 && of_service(decrypting[0]).contains("secretsmanager.")
            })
        },
    },
    Property {
        says: "the table is tagged",
        because: "its costs are found by the tag",
        holds: |t| t.is("Table/Tags/0", json!({"Key": "Project", "Value": "sigtower"})),
    },
];
