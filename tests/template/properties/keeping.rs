//! The table keeps what is in it.

use serde_json::json;

use super::Property;

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
        says: "the table is tagged",
        because: "its costs are found by the tag",
        holds: |t| t.is("Table/Tags/0", json!({"Key": "Project", "Value": "sigtower"})),
    },
];
