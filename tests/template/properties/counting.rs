//! The counters are kept from the stream, each record once.

use serde_json::Value;

use super::Property;
use crate::translated::{Template, refers};

const SOURCE: &str = "SignalsStreamChanges";

fn number(t: &Template, name: &str) -> Option<i64> {
    t.get(&format!("{SOURCE}/{name}")).as_i64()
}

pub(super) const PROPERTIES: &[Property] = &[
    Property {
        says: "the stream's events go to the function that counts",
        because: "the counters would stand still",
        holds: |t| refers(t.get(&format!("{SOURCE}/FunctionName")), "SignalsStream", None),
    },
    Property {
        says: "it reads the stream of the table that the others write",
        because: "after a restore it would count the changes of the wrong table",
        holds: |t| {
            let parts = t.get(&format!("{SOURCE}/EventSourceArn/Fn::If"));
            parts[0] == "UsesOwnTable"
                && refers(&parts[1], "Table", Some("StreamArn"))
                && parts[2]["Fn::Sub"]
                    .as_str()
                    .is_some_and(|it| it.ends_with("${OtherTable}/stream/${OtherTableStream}"))
        },
    },
    Property {
        says: "it has a tumbling window",
        because: "only then does Lambda say of which shard records are, by which each is counted once",
        holds: |t| number(t, "TumblingWindowInSeconds").is_some_and(|it| (1..=900).contains(&it)),
    },
    Property {
        says: "the records of a shard come one batch after the other",
        because: "how far a shard is counted is one number",
        holds: |t| number(t, "ParallelizationFactor") == Some(1),
    },
    Property {
        says: "it begins with the oldest record",
        because: "what is stored before it is ready would never be counted",
        holds: |t| t.is(&format!("{SOURCE}/StartingPosition"), "TRIM_HORIZON"),
    },
    Property {
        says: "a batch that fails is halved",
        because: "one record that cannot be counted would hold up all behind it",
        holds: |t| t.is(&format!("{SOURCE}/BisectBatchOnFunctionError"), true),
    },
    Property {
        says: "it tries for half a day",
        because: "an outage of the table must not lose counts",
        holds: |t| {
            number(t, "MaximumRecordAgeInSeconds").is_some_and(|it| it >= 6 * 3600)
                && number(t, "MaximumRetryAttempts").is_some_and(|it| (1000..=10_000).contains(&it))
        },
    },
    Property {
        says: "what it gives up on is left in the stream for hours",
        because: "the queue gets only the place of a record, and the stream forgets after a day",
        holds: |t| number(t, "MaximumRecordAgeInSeconds").is_some_and(|it| it > 0 && it <= 12 * 3600),
    },
    Property {
        says: "what it gives up on goes into a queue",
        because: "nobody would know which signals the counters lack",
        holds: |t| {
            refers(t.get(&format!("{SOURCE}/DestinationConfig/OnFailure/Destination")), "UncountedRecords", Some("Arn"))
        },
    },
    Property {
        says: "batches are large and wait a little",
        because: "a hundred signals counted at once cost a tenth of a hundred counted alone",
        holds: |t| {
            number(t, "BatchSize").is_some_and(|it| (100..=1000).contains(&it))
                && number(t, "MaximumBatchingWindowInSeconds").is_some_and(|it| (1..=30).contains(&it))
        },
    },
    Property {
        says: "it is woken by signals alone",
        because: "its own counters are rows of the same table, and would wake it again",
        holds: |t| {
            let pattern = t.get(&format!("{SOURCE}/FilterCriteria/Filters/0/Pattern")).as_str().unwrap_or_default();
            serde_json::from_str::<Value>(pattern).is_ok_and(|it| it["dynamodb"]["Keys"]["PK"]["S"].is_array())
        },
    },
    Property {
        says: "it has time for a batch with all retries of the store",
        because: "one that is cut is delivered again, and cut again",
        holds: |t| t.get("SignalsStream/Timeout").as_u64().is_some_and(|it| (30..=300).contains(&it)),
    },
];
