//! The API is served, and bounded.

use serde_json::{Value, json};

use super::Property;
use crate::translated::{Template, refers};

fn stage(t: &Template) -> &Value {
    t.all("AWS::ApiGatewayV2::Stage").first().map_or(&Value::Null, |(_, stage)| stage)
}

/// What SAM calls the stage that it makes.
fn stage_name(t: &Template) -> &str {
    t.all("AWS::ApiGatewayV2::Stage").first().map_or("", |(name, _)| name)
}

/// A line of the gateway's log: every variable is this, but for the status.
fn line_of_the_log(t: &Template, value: &str) -> String {
    let format = stage(t)["AccessLogSettings"]["Format"].as_str().unwrap_or_default();
    let mut parts = format.replace("$context.status", "200");
    while let Some(from) = parts.find("$context.") {
        let name = |c: char| c == '$' || c == '.' || c.is_ascii_alphanumeric();
        let to = parts[from..].find(|c| !name(c)).map_or(parts.len(), |n| from + n);
        parts.replace_range(from..to, value);
    }
    parts
}

fn operations(t: &Template) -> Vec<&Value> {
    let paths = t.get("Api/Body/paths").as_object().into_iter().flat_map(|paths| paths.values());
    paths.filter_map(Value::as_object).flat_map(|item| item.values()).collect()
}

fn every_integration(t: &Template, is: fn(&Value) -> bool) -> bool {
    let operations = operations(t);
    operations.len() > 20 && operations.iter().all(|it| is(&it["x-amazon-apigateway-integration"]))
}

/// The rate of a route that has one of its own.
fn rate<'a>(t: &'a Template, route: &str) -> &'a Value {
    &stage(t)["RouteSettings"][route]["ThrottlingRateLimit"]
}

pub(super) const PROPERTIES: &[Property] = &[
    Property {
        says: "it is an HTTP API",
        because: "it costs a third of a REST API for a request",
        holds: |t| *t.attribute("Api", "Type") == "AWS::ApiGatewayV2::Api" && !t.get("Api/Body").is_null(),
    },
    Property {
        says: "events come in payload format 2.0",
        because: "the programs refuse every other",
        holds: |t| every_integration(t, |it| it["payloadFormatVersion"] == "2.0"),
    },
    Property {
        says: "requests go to functions as they are",
        because: "only a proxy hands over path, query and headers",
        holds: |t| every_integration(t, |it| it["type"] == "aws_proxy" && it["httpMethod"] == "POST"),
    },
    Property {
        says: "there is no route for everything",
        because: "whatever scans the web would run a function, for money",
        holds: |t| {
            let paths = t.get("Api/Body/paths").as_object();
            paths.is_some_and(|it| it.len() > 10 && !it.contains_key("/$default") && !it.contains_key("/{proxy+}"))
                && operations(t).iter().all(|it| it.get("isDefaultRoute").is_none())
        },
    },
    Property {
        says: "changes are deployed without a step of their own",
        because: "a stage that is not would serve what was there before",
        holds: |t| stage(t)["AutoDeploy"] == true && stage(t)["StageName"] == "$default",
    },
    Property {
        says: "every route has a rate that all clients share",
        because: "keys bound a client, and not those that have none",
        holds: |t| {
            let all = &stage(t)["DefaultRouteSettings"];
            refers(&all["ThrottlingRateLimit"], "RouteRequestsPerSecond", None)
                && refers(&all["ThrottlingBurstLimit"], "RouteBurst", None)
        },
    },
    Property {
        says: "batches are bounded more tightly",
        because: "one of them writes as much as a hundred other requests",
        holds: |t| rate(t, "POST /api/v1/signals/batch").as_u64().is_some_and(|it| (1..=10).contains(&it)),
    },
    Property {
        says: "keys are made slowly",
        because: "nobody needs many, and whoever has stolen a key would like to",
        holds: |t| rate(t, "POST /api/v1/keys").as_u64().is_some_and(|it| (1..=2).contains(&it)),
    },
    Property {
        says: "the description of the API is bounded",
        because: "it is large and asks for no key",
        holds: |t| {
            ["GET /docs", "GET /openapi.json"]
                .iter()
                .all(|it| rate(t, it).as_u64().is_some_and(|it| (1..=10).contains(&it)))
        },
    },
    Property {
        says: "each request is a line of a log of the gateway",
        because: "what never reaches a function stands nowhere else",
        holds: |t| refers(&stage(t)["AccessLogSettings"]["DestinationArn"], "ApiLog", Some("Arn")),
    },
    Property {
        says: "that line is JSON with time, caller, route, status and id",
        because: "the metrics of refused requests are made of it, and people look for the id",
        holds: |t| {
            let object: Option<Value> = serde_json::from_str(&line_of_the_log(t, "7")).ok();
            object.is_some_and(|it| {
                ["time", "ip", "route", "status", "request_id"].iter().all(|name| it.get(name).is_some())
            })
        },
    },
    Property {
        says: "it stays JSON where something is not known",
        because: "the gateway writes `-` there, and a line that is no JSON is seen by no filter and no query",
        holds: |t| {
            let object: Option<Value> = serde_json::from_str(&line_of_the_log(t, "-")).ok();
            // As a number, with which the filters compare it.
            object.is_some_and(|it| it["status"] == 200 && it["latency_ms"] == "-" && it["bytes"] == "-")
        },
    },
    Property {
        says: "no header and no query stands in that line",
        because: "a key is a header, and clients put secrets into queries",
        holds: |t| {
            let line = stage(t)["AccessLogSettings"]["Format"].as_str();
            line.is_some_and(|it| it.len() > 50 && !it.contains("authorization") && !it.contains("header"))
        },
    },
    Property {
        says: "metrics by route are off",
        because: "each would be a custom metric that is paid for; the functions tell operations apart",
        holds: |t| stage(t)["DefaultRouteSettings"]["DetailedMetricsEnabled"] == false,
    },
    Property {
        says: "with a domain of one's own AWS's address is closed",
        because: "rules at the domain could be gone around otherwise",
        holds: |t| {
            let endpoint = t.get("Api/Body/servers/0/x-amazon-apigateway-endpoint-configuration");
            endpoint["disableExecuteApiEndpoint"] == json!({"Fn::If": ["HasDomain", true, false]})
        },
    },
    Property {
        says: "the domain speaks TLS 1.2 at least",
        because: "older versions are broken, and AWS takes them unless told otherwise",
        holds: |t| t.is("ApiDomain/DomainNameConfigurations/0/SecurityPolicy", "TLS_1_2"),
    },
    Property {
        says: "the domain is there only where one is given",
        because: "a deployment must work without one",
        holds: |t| ["ApiDomain", "ApiMapping"].iter().all(|it| *t.attribute(it, "Condition") == "HasDomain"),
    },
    Property {
        says: "the domain leads to this API",
        because: "a mapping to nothing answers 403 to everybody",
        holds: |t| {
            refers(t.get("ApiMapping/ApiId"), "Api", None)
                && refers(t.get("ApiMapping/DomainName"), "ApiDomain", None)
                && refers(t.get("ApiMapping/Stage"), stage_name(t), None)
        },
    },
    Property {
        says: "the domain does not lead to the API before that has its stage",
        because: "CloudFormation makes what does not refer to one another in any order, and a mapping to no stage fails",
        holds: |t| !stage_name(t).is_empty() && refers(t.get("ApiMapping/Stage"), stage_name(t), None),
    },
    Property {
        says: "functions of the API end before the gateway does",
        because: "it waits 30 seconds and answers 504, while the function would go on and be paid for",
        holds: |t| {
            ["SignalsReader", "SignalsWriter"]
                .iter()
                .all(|it| t.get(&format!("{it}/Timeout")).as_u64().is_some_and(|seconds| (13..30).contains(&seconds)))
        },
    },
];
