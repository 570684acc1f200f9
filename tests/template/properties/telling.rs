//! Somebody is told when something is wrong.

use scraper::telegram::RealtimeSettings;
use serde_json::{Value, json};

use super::Property;
use crate::translated::{Template, refers};

fn every_alarm(t: &Template, is: fn(&Value) -> bool) -> bool {
    let alarms = t.all("AWS::CloudWatch::Alarm");
    alarms.len() >= 9 && alarms.iter().all(|(_, alarm)| is(alarm))
}

/// The resources of which an alarm sums a metric.
fn summed<'a>(t: &'a Template, alarm: &str, metric: &str) -> Vec<&'a Value> {
    let metrics = t.get(&format!("{alarm}/Metrics")).as_array().into_iter().flatten();
    let of_metric = metrics.filter(|it| it["MetricStat"]["Metric"]["MetricName"] == metric);
    of_metric.map(|it| &it["MetricStat"]["Metric"]["Dimensions"][0]["Value"]).collect()
}

fn queue_is_kept(t: &Template, is: fn(&Value) -> bool) -> bool {
    let queues = t.all("AWS::SQS::Queue");
    queues.len() == 2 && queues.iter().all(|(_, queue)| is(queue))
}

pub(super) const PROPERTIES: &[Property] = &[
    Property {
        says: "every alarm tells somebody when it begins",
        because: "an alarm that nobody hears is none",
        holds: |t| every_alarm(t, |it| it["AlarmActions"] == json!([{"Ref": "Alarms"}])),
    },
    Property {
        says: "every alarm tells when it is over",
        because: "nobody should get up for what has mended itself",
        holds: |t| every_alarm(t, |it| it["OKActions"] == json!([{"Ref": "Alarms"}])),
    },
    Property {
        says: "every alarm says what happened",
        because: "it is read at night, by somebody who did not build it",
        holds: |t| every_alarm(t, |it| it["AlarmDescription"].as_str().is_some_and(|it| it.len() > 30)),
    },
    Property {
        says: "figures of two stacks of an account are not added up",
        because: "the passes of one would hide that the other is silent, and each is alarmed by both",
        holds: |t| {
            let is_own = |it: &Value| refers(it, "AWS::StackName", None);
            let functions = t.all("AWS::Lambda::Function");
            let task = t.get("ScraperRealtimeTask/ContainerDefinitions/0/Environment").as_array();
            let of_task = task.and_then(|it| it.iter().find(|it| it["Name"] == "METRICS_NAMESPACE"));
            let by_operation = |it: &&(&str, &Value)| it.1["Dimensions"][0]["Name"] == "Operation";
            let alarms = t.all("AWS::CloudWatch::Alarm");
            functions.len() == 4
                && functions.iter().all(|(_, it)| is_own(&it["Environment"]["Variables"]["METRICS_NAMESPACE"]))
                && of_task.is_some_and(|it| is_own(&it["Value"]))
                && alarms.iter().filter(by_operation).count() == 4
                && alarms.iter().filter(by_operation).all(|(_, it)| is_own(&it["Namespace"]))
        },
    },
    Property {
        says: "two periods without a pass that read something are an alarm",
        because: "a silent collector looks like silent channels",
        holds: |t| {
            t.is("NoSuccessfulSweep/MetricName", "SweepsSucceeded")
                && refers(t.get("NoSuccessfulSweep/Namespace"), "AWS::StackName", None)
                && t.is("NoSuccessfulSweep/Dimensions/0", json!({"Name": "Operation", "Value": "sweep"}))
                && t.is("NoSuccessfulSweep/EvaluationPeriods", 2)
        },
    },
    Property {
        says: "no passes at all are an alarm",
        because: "a schedule that is switched off sends no figures",
        holds: |t| {
            t.get("NoSuccessfulSweep/TreatMissingData")["Fn::If"][1] == "breaching"
                && t.is("NoSuccessfulSweep/ComparisonOperator", "LessThanThreshold")
                && t.is("NoSuccessfulSweep/Threshold", 1)
        },
    },
    Property {
        says: "a login that is over is an alarm at once",
        because: "a person must log in, and no pass reads anything before",
        holds: |t| {
            t.is("LoginOver/MetricName", "LoginOver")
                && refers(t.get("LoginOver/Namespace"), "AWS::StackName", None)
                && t.is("LoginOver/Dimensions/0", json!({"Name": "Operation", "Value": "sweep"}))
                && t.is("LoginOver/ComparisonOperator", "GreaterThanOrEqualToThreshold")
                && t.is("LoginOver/Threshold", 1)
                && t.is("LoginOver/DatapointsToAlarm", 1)
        },
    },
    Property {
        says: "an alarm of the login does not come and go between passes",
        because: "a pass that ends just behind its period would tell that all is well, and the next one that it is not",
        holds: |t| {
            t.get("LoginOver/Period") == t.get("NoSuccessfulSweep/Period") && t.is("LoginOver/EvaluationPeriods", 2)
        },
    },
    Property {
        says: "a login of the task that is over is an alarm at once",
        because: "the task ends and is started anew, and each time finds nobody logged in",
        holds: |t| {
            t.is("RealtimeLoginOver/MetricName", "LoginOver")
                && refers(t.get("RealtimeLoginOver/Namespace"), "AWS::StackName", None)
                && t.is("RealtimeLoginOver/Dimensions/0", json!({"Name": "Operation", "Value": "realtime"}))
                && t.is("RealtimeLoginOver/ComparisonOperator", "GreaterThanOrEqualToThreshold")
                && t.is("RealtimeLoginOver/Threshold", 1)
                && t.is("RealtimeLoginOver/DatapointsToAlarm", 1)
        },
    },
    Property {
        says: "nor does that of the task between its tries",
        because: "it says so once, waits a quarter of an hour, ends, and takes minutes to be started anew",
        holds: |t| {
            let number = |name: &str| t.get(&format!("RealtimeLoginOver/{name}")).as_u64();
            let variables = t.get("ScraperRealtimeTask/ContainerDefinitions/0/Environment").as_array();
            let pause = variables.and_then(|it| it.iter().find(|it| it["Name"] == "TELEGRAM_LOGIN_PAUSE_SECONDS"));
            let pause = pause.and_then(|it| it["Value"].as_str()).and_then(|it| it.parse::<u64>().ok());
            let (Some(period), Some(n), Some(pause)) = (number("Period"), number("EvaluationPeriods"), pause) else {
                return false;
            };
            (pause + 2 * period..=2 * pause).contains(&(period * n))
        },
    },
    Property {
        says: "a task that ends without being stopped is an alarm",
        because: "somebody else has its lease, or a variable is wrong, and ECS only starts it anew",
        holds: |t| {
            t.is("CountRealtimeEnds/FilterPattern", r#"{ $.event = "realtime.ended" }"#)
                && refers(t.get("CountRealtimeEnds/LogGroupName"), "ScraperRealtimeLog", None)
                && t.get("CountRealtimeEnds/MetricTransformations/0/MetricName") == t.get("RealtimeEnded/MetricName")
                && t.get("CountRealtimeEnds/MetricTransformations/0/MetricNamespace")
                    == t.get("RealtimeEnded/Namespace")
                && t.is("RealtimeEnded/Threshold", 1)
        },
    },
    Property {
        says: "a lease that a pass loses while it reads is an alarm",
        because: "two collect at a time, or a pass stood still for so long that another one took it for dead",
        holds: |t| {
            t.is("CountLeasesLost/FilterPattern", r#"{ $.event = "sweep.taken_over" }"#)
                && refers(t.get("CountLeasesLost/LogGroupName"), "ScraperBatchLog", None)
                && t.get("CountLeasesLost/MetricTransformations/0/MetricName") == t.get("LeaseLost/MetricName")
                && t.get("CountLeasesLost/MetricTransformations/0/MetricNamespace") == t.get("LeaseLost/Namespace")
                && t.is("LeaseLost/MetricName", "LeasesLost")
                && t.is("LeaseLost/Threshold", 1)
        },
    },
    Property {
        says: "half an hour in which the task looks at no channel is an alarm",
        because: "it looks at each every quarter of an hour also where nothing happens, and may run and be told nothing",
        holds: |t| {
            t.is("RealtimeSilent/MetricName", "ChannelsRead")
                && refers(t.get("RealtimeSilent/Namespace"), "AWS::StackName", None)
                && t.is("RealtimeSilent/Dimensions/0", json!({"Name": "Operation", "Value": "realtime"}))
                && t.get("RealtimeSilent/TreatMissingData")["Fn::If"][1] == "breaching"
                && t.is("RealtimeSilent/ComparisonOperator", "LessThanThreshold")
                && t.is("RealtimeSilent/Threshold", 1)
                && t.is("RealtimeSilent/Period", RealtimeSettings::default().check_every.as_secs())
                && t.is("RealtimeSilent/EvaluationPeriods", 2)
        },
    },
    Property {
        says: "ten minutes without a task are an alarm",
        because: "an image that cannot be pulled, or a subnet without a way out, is told to ECS alone",
        holds: |t| {
            t.is("RealtimeNotRunning/MetricName", "CPUUtilization")
                && t.is("RealtimeNotRunning/Statistic", "SampleCount")
                && t.get("RealtimeNotRunning/TreatMissingData")["Fn::If"][1] == "breaching"
                && t.is("RealtimeNotRunning/ComparisonOperator", "LessThanThreshold")
                && refers(t.get("RealtimeNotRunning/Dimensions/0/Value"), "RealtimeCluster", None)
                && refers(t.get("RealtimeNotRunning/Dimensions/1/Value"), "ScraperRealtime", Some("Name"))
        },
    },
    Property {
        says: "alarms of the task are silent while it is to stand still",
        because: "nobody should be told of what somebody has just decided",
        holds: |t| {
            let names = ["RealtimeLoginOver", "RealtimeEnded", "RealtimeSilent", "RealtimeNotRunning"];
            let collects = json!({"Fn::If": ["Collects", true, false]});
            names.iter().all(|it| t.is(&format!("{it}/ActionsEnabled"), collects.clone()))
        },
    },
    Property {
        says: "nothing is missed while nothing is to be collected",
        because: "an alarm that began while it told nobody tells nobody either when it is to be heard again",
        holds: |t| {
            let while_collecting = |it: &str| json!({"Fn::If": [it, "breaching", "notBreaching"]});
            t.is("NoSuccessfulSweep/TreatMissingData", while_collecting("ReadsBySchedule"))
                && ["RealtimeSilent", "RealtimeNotRunning"]
                    .iter()
                    .all(|it| t.is(&format!("{it}/TreatMissingData"), while_collecting("Collects")))
        },
    },
    Property {
        says: "its period is that of the schedule",
        because: "with another one it would never end, or never begin",
        holds: |t| {
            let seconds = json!({"Fn::FindInMap": ["Every", {"Ref": "ParseIntervalMinutes"}, "Seconds"]});
            t.is("NoSuccessfulSweep/Period", seconds)
        },
    },
    Property {
        says: "errors of every function are an alarm",
        because: "a panic, a timeout and a program that cannot start are told to Lambda alone",
        holds: |t| {
            let functions = summed(t, "FunctionErrors", "Errors");
            t.is("FunctionErrors/Threshold", 1)
                && functions.len() == 4
                && t.functions().iter().all(|name| functions.iter().any(|it| refers(it, name, None)))
        },
    },
    Property {
        says: "throttles of functions that clients and counters wait for are an alarm",
        because: "requests are refused and counters stand still while nothing fails",
        holds: |t| {
            let functions = summed(t, "FunctionThrottles", "Throttles");
            let awaited = ["SignalsReader", "SignalsWriter", "SignalsStream"];
            functions.len() == 3 && awaited.iter().all(|name| functions.iter().any(|it| refers(it, name, None)))
        },
    },
    Property {
        says: "answers of 500 and above are an alarm",
        because: "clients see them before anybody else does",
        holds: |t| {
            t.is("ServerErrors/MetricName", "5xx") && refers(t.get("ServerErrors/Dimensions/0/Value"), "Api", None)
        },
    },
    Property {
        says: "counters that are behind are an alarm",
        because: "the stream forgets after a day, and what was not counted then is lost",
        holds: |t| {
            t.is("CountersBehind/MetricName", "IteratorAge")
                && t.get("CountersBehind/Threshold").as_u64().is_some_and(|ms| (60_000..=6 * 3_600_000).contains(&ms))
        },
    },
    Property {
        says: "what lies in a queue is an alarm",
        because: "nothing empties them but people",
        holds: |t| {
            let queues = summed(t, "DeadLetters", "ApproximateNumberOfMessagesVisible");
            let names = ["FailedSweeps", "UncountedRecords"];
            queues.len() == 2 && names.iter().all(|it| queues.iter().any(|queue| refers(queue, it, Some("QueueName"))))
        },
    },
    Property {
        says: "a table that takes less than it is asked for is an alarm",
        because: "signals are late, and somebody has to warm the table or spread it",
        holds: |t| {
            let table = json!({"Fn::If": ["UsesOwnTable", {"Ref": "Table"}, {"Ref": "OtherTable"}]});
            ["ReadThrottleEvents", "WriteThrottleEvents"].iter().all(|metric| {
                let tables = summed(t, "TableThrottles", metric);
                tables.len() == 3 && tables.iter().all(|it| **it == table)
            })
        },
    },
    Property {
        says: "so is an index that does",
        because: "every list goes through one, and figures of the table alone leave its indexes out",
        holds: |t| {
            let indexes = t.get("Table/GlobalSecondaryIndexes").as_array().into_iter().flatten();
            indexes.clone().count() == 2
                && indexes.map(|it| &it["IndexName"]).all(|index| {
                    let metrics = t.get("TableThrottles/Metrics").as_array().into_iter().flatten();
                    let names = metrics.map(|it| &it["MetricStat"]["Metric"]);
                    let of_index = json!({"Name": "GlobalSecondaryIndexName", "Value": index});
                    names.filter(|it| it["Dimensions"][1] == of_index).count() == 2
                })
        },
    },
    Property {
        says: "an alarm of the table ends when it takes again what it is asked for",
        because: "DynamoDB tells of refusals alone, and without a zero in between the alarm would stay as it is",
        holds: |t| t.is("TableThrottles/Metrics/0/Expression", "SUM(FILL(METRICS(), 0))"),
    },
    Property {
        says: "a zero that stands in for the newest figure keeps no alarm from beginning",
        because: "figures come some minutes late, and until then the gap is filled",
        holds: |t| {
            let number = |name: &str| t.get(&format!("TableThrottles/{name}")).as_u64();
            let (Some(n), Some(of)) = (number("DatapointsToAlarm"), number("EvaluationPeriods")) else { return false };
            n < of && n > 1
        },
    },
    Property {
        says: "refused keys are counted by status 401 and 403",
        because: "the gateway counts all of 4xx as one",
        holds: |t| {
            t.is("CountRefusedKeys/FilterPattern", "{ ($.status = 401) || ($.status = 403) }")
                && refers(t.get("CountRefusedKeys/LogGroupName"), "ApiLog", None)
        },
    },
    Property {
        says: "a burst of refused keys is an alarm",
        because: "somebody tries keys, or one was revoked that is still in use",
        holds: |t| {
            t.is("RefusedKeys/MetricName", "RefusedKeys")
                && t.get("CountRefusedKeys/MetricTransformations/0/MetricName") == t.get("RefusedKeys/MetricName")
                && t.get("CountRefusedKeys/MetricTransformations/0/MetricNamespace") == t.get("RefusedKeys/Namespace")
        },
    },
    Property {
        says: "a burst of status 429 is an alarm",
        because: "a client runs wild, or the rates are too low for those that do not",
        holds: |t| {
            t.is("CountTooMany/FilterPattern", "{ $.status = 429 }")
                && t.get("CountTooMany/MetricTransformations/0/MetricName") == t.get("TooManyRequests/MetricName")
                && t.get("CountTooMany/MetricTransformations/0/MetricNamespace") == t.get("TooManyRequests/Namespace")
                && refers(t.get("CountTooMany/LogGroupName"), "ApiLog", None)
        },
    },
    Property {
        says: "alarms go to an address where one is given",
        because: "a topic without a reader tells nobody",
        holds: |t| {
            *t.attribute("AlarmsByEmail", "Condition") == "HasAlarmEmail"
                && refers(t.get("AlarmsByEmail/TopicArn"), "Alarms", None)
                && refers(t.get("AlarmsByEmail/Endpoint"), "AlarmEmail", None)
        },
    },
    Property {
        says: "costs are watched where an address is given",
        because: "a loop costs more in a night than the deployment in a year",
        holds: |t| {
            *t.attribute("Budget", "Condition") == "HasBudget"
                && refers(t.get("Budget/Budget/BudgetLimit/Amount"), "MonthlyBudgetUsd", None)
                && t.is("Budget/NotificationsWithSubscribers/0/Notification/Threshold", 80)
        },
    },
    Property {
        says: "the budget has no name of its own",
        because: "another address or limit makes another budget before the first one goes, and the name would be taken",
        holds: |t| t.get("Budget/Budget").is_object() && t.get("Budget/Budget/BudgetName").is_null(),
    },
    Property {
        says: "what lies in a queue stays for two weeks",
        because: "whoever looks at it may be on holiday",
        holds: |t| queue_is_kept(t, |it| it["MessageRetentionPeriod"] == 14 * 24 * 3600),
    },
    Property {
        says: "queues are encrypted",
        because: "what failed has the names of channels in it",
        holds: |t| queue_is_kept(t, |it| it["SqsManagedSseEnabled"] == true),
    },
    Property {
        says: "the dashboard shows the figures of the predecessor",
        because: "who operated it looks for signals, delivery, time, channels and errors",
        holds: |t| {
            let body = t.get("Dashboard/DashboardBody/Fn::Sub/0").as_str().unwrap_or_default();
            let names = ["SignalsCollected", "PostsFailed", "Latency", "ChannelsRead", "Errors", "IteratorAge"];
            let body = body.replace("${Seconds}", "300");
            let of_task = &t.get("Dashboard/DashboardBody/Fn::Sub/1/OfTask")["Fn::If"];
            let with_task = body.replace("${OfTask}", of_task[1]["Fn::Sub"].as_str().unwrap_or_default());
            let n_widgets = |body: &str| {
                let body: Option<Value> = serde_json::from_str(body).ok();
                body.and_then(|it| it["widgets"].as_array().map(Vec::len))
            };
            // Lambda's, API Gateway's, DynamoDB's and ECS's begin with `AWS/`, and ours are the stack's.
            let names_own =
                |body: &str| body.contains(r#"["${AWS::StackName}", "#) && !body.contains(r#"["Sigtower", "#);
            n_widgets(&body.replace("${OfTask}", "")) == Some(6)
                && names_own(&body)
                && of_task[1]["Fn::Sub"].as_str().is_some_and(names_own)
                && n_widgets(&with_task) == Some(8)
                && of_task[0] == "FollowsTelegram"
                && names.iter().all(|it| body.contains(it))
        },
    },
    Property {
        says: "the dashboard is called after stack and region",
        because: "its name is one for all regions of an account, and the same stack in a second one could not be made",
        holds: |t| t.is("Dashboard/DashboardName", json!({"Fn::Sub": "${AWS::StackName}-${AWS::Region}"})),
    },
    Property {
        says: "quiet hours are no alarm",
        because: "without requests there are no figures, and all but what reads channels may be quiet",
        holds: |t| {
            let alarms = t.all("AWS::CloudWatch::Alarm");
            let steady = ["NoSuccessfulSweep", "RealtimeNotRunning", "RealtimeSilent"];
            let others: Vec<_> = alarms.iter().filter(|(name, _)| !steady.contains(name)).collect();
            others.len() >= 8 && others.iter().all(|(_, it)| it["TreatMissingData"] == "notBreaching")
        },
    },
];
