//! Who may do what: every statement of every role.
//!
//! On the table, a role may do what `infra/rights.json` says, and `functions/tests/e2e`, `scraper/tests/lambda` and
//! `scraper/tests/container` run the programs with these rights and no others.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::{Value, json};

use crate::translated::{Template, root};

/// One statement of a role.
struct Statement<'a> {
    role: &'a str,
    sid: &'a str,
    body: &'a Value,
}

impl Statement<'_> {
    fn actions(&self) -> Vec<&str> {
        list(&self.body["Action"]).into_iter().map(|it| it.as_str().expect("an action")).collect()
    }

    fn resources(&self) -> Vec<String> {
        list(&self.body["Resource"]).into_iter().map(place).collect()
    }
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |list| list.iter().collect())
}

/// A resource in short: what it is where the stack uses its own table.
fn place(value: &Value) -> String {
    if let Some(parts) = value["Fn::If"].as_array() {
        assert_eq!(parts[0], "UsesOwnTable");
        return place(&parts[1]);
    }
    if let Some(name) = value["Ref"].as_str() {
        return name.to_owned();
    }
    if let Some(target) = value["Fn::GetAtt"].as_array() {
        return target.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(".");
    }
    value["Fn::Sub"].as_str().or(value.as_str()).unwrap_or_else(|| panic!("{value}")).replace(['$', '{', '}'], "")
}

fn statements(template: &Template) -> Vec<Statement<'_>> {
    let mut statements = Vec::new();
    for (role, properties) in template.all("AWS::IAM::Role") {
        for policy in list(&properties["Policies"]) {
            for body in list(&policy["PolicyDocument"]["Statement"]) {
                statements.push(Statement { role, sid: body["Sid"].as_str().expect("a name"), body });
            }
        }
    }
    for (name, properties) in template.all("AWS::IAM::Policy") {
        assert!(properties.get("Users").is_none() && properties.get("Groups").is_none(), "{name}");
        for role in list(&properties["Roles"]) {
            let role = role["Ref"].as_str().expect("a role of the template");
            for body in list(&properties["PolicyDocument"]["Statement"]) {
                statements.push(Statement { role, sid: body["Sid"].as_str().expect("a name"), body });
            }
        }
    }
    statements
}

/// Statements with a star, each with the reason why it is there.
const STARS: [(&str, &str, &str); 6] = [
    ("SignalsReaderRole", "Trace", "X-Ray has no resources that could be named"),
    ("SignalsWriterRole", "Trace", "X-Ray has no resources that could be named"),
    ("SignalsStreamRole", "Trace", "X-Ray has no resources that could be named"),
    ("ScraperBatchRole", "Trace", "X-Ray has no resources that could be named"),
    (
        "RealtimeStartRole",
        "Registry",
        "a token for registries is one for all of the account, and pulls nothing by itself",
    ),
    ("SignalsStreamRole", "Streams", "the streams of a table can be listed only together, and it is this one table"),
];

#[test]
fn no_action_and_no_resource_has_a_star_without_a_reason() {
    let template = Template::ours();
    for it in statements(template) {
        assert_eq!(it.body["Effect"], "Allow", "{} {}", it.role, it.sid);
        assert!(it.body.get("NotAction").is_none() && it.body.get("NotResource").is_none(), "{} {}", it.role, it.sid);
        assert!(it.actions().iter().all(|action| !action.contains('*')), "{} {}", it.role, it.sid);
        let has_star = it.resources().iter().any(|resource| resource.contains('*'));
        let reason = STARS.iter().find(|(role, sid, _)| (*role, *sid) == (it.role, it.sid));
        assert_eq!(has_star, reason.is_some_and(|(.., why)| why.len() > 20), "{} {}", it.role, it.sid);
    }
}

/// Every right that there is. A new one is to be seen here, and in a review.
const ALL: &str = "\
SignalsReaderRole Rows: BatchGetItem GetItem Query on Table.Arn
SignalsReaderRole Indexes: Query on Table.Arn/index/by-time Table.Arn/index/by-symbol
SignalsReaderRole Log: CreateLogStream PutLogEvents on SignalsReaderLog.Arn
SignalsReaderRole Trace: PutTelemetryRecords PutTraceSegments on *
SignalsWriterRole Rows: GetItem PutItem Query UpdateItem on Table.Arn
SignalsWriterRole Indexes: Query on Table.Arn/index/by-time Table.Arn/index/by-symbol
SignalsWriterRole Log: CreateLogStream PutLogEvents on SignalsWriterLog.Arn
SignalsWriterRole Trace: PutTelemetryRecords PutTraceSegments on *
SignalsStreamRole Rows: GetItem UpdateItem on Table.Arn
SignalsStreamRole Stream: DescribeStream GetRecords GetShardIterator on Table.StreamArn
SignalsStreamRole Streams: ListStreams on Table.Arn/stream/*
SignalsStreamRole Uncounted: SendMessage on UncountedRecords.Arn
SignalsStreamRole Log: CreateLogStream PutLogEvents on SignalsStreamLog.Arn
SignalsStreamRole Trace: PutTelemetryRecords PutTraceSegments on *
ScraperBatchRole Rows: ConditionCheckItem GetItem PutItem Query UpdateItem on Table.Arn
ScraperBatchRole Indexes: Query on Table.Arn/index/by-time Table.Arn/index/by-symbol
ScraperBatchRole Forget: DeleteItem on Table.Arn
ScraperBatchRole Failed: SendMessage on FailedSweeps.Arn
ScraperBatchRole Log: CreateLogStream PutLogEvents on ScraperBatchLog.Arn
ScraperBatchRole Trace: PutTelemetryRecords PutTraceSegments on *
ScraperBatchRole Login: GetSecretValue on TelegramBatchLogin
ScraperBatchRole LoginKey: Decrypt on TelegramLoginKey.Arn
ScraperRealtimeRole Rows: ConditionCheckItem GetItem PutItem Query UpdateItem on Table.Arn
ScraperRealtimeRole Indexes: Query on Table.Arn/index/by-time Table.Arn/index/by-symbol
ScraperRealtimeRole Forget: DeleteItem on Table.Arn
ScraperRealtimeRole Login: GetSecretValue on TelegramRealtimeLogin
ScraperRealtimeRole LoginKey: Decrypt on TelegramLoginKey.Arn
RealtimeStartRole Registry: GetAuthorizationToken on *
RealtimeStartRole Image: BatchCheckLayerAvailability BatchGetImage GetDownloadUrlForLayer on RealtimeImages.Arn
RealtimeStartRole Log: CreateLogStream PutLogEvents on ScraperRealtimeLog.Arn
ScheduleRole Begin: InvokeFunction on ScraperBatch.Arn
ScheduleRole Failed: SendMessage on FailedSweeps.Arn
";

#[test]
fn these_are_all_rights() {
    let of = |it: &Statement<'_>| {
        let verbs: Vec<&str> = it.actions().iter().filter_map(|action| Some(action.split_once(':')?.1)).collect();
        format!("{} {}: {} on {}", it.role, it.sid, verbs.join(" "), it.resources().join(" "))
    };
    let mut found: Vec<String> = statements(Template::ours()).iter().map(of).collect();
    let mut expected: Vec<String> = ALL.lines().map(str::to_owned).collect();
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
}

#[test]
fn on_the_table_each_function_may_do_what_its_tests_do_with_and_nothing_else() {
    let text = fs::read_to_string(root().join("infra/rights.json")).expect("a file");
    let rights: BTreeMap<String, Vec<Value>> = serde_json::from_str(&text).expect("rights");
    let template = Template::ours();
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for it in statements(template) {
        let actions: Vec<&str> = it.actions().iter().filter_map(|it| it.strip_prefix("dynamodb:")).collect();
        let resources = it.resources();
        let is_rows = resources.iter().all(|it| it == "Table.Arn" || it.contains("/index/"));
        if actions.is_empty() || !is_rows {
            continue;
        }
        let on = if resources.iter().all(|it| it.contains("/index/")) { "indexes" } else { "table" };
        let mut right = json!({"actions": actions, "on": [on]});
        if let Some(condition) = it.body.get("Condition") {
            right["leading_keys"] = condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].clone();
            // Without this, a request that names no key would pass.
            assert_eq!(condition["Null"]["dynamodb:LeadingKeys"], "false");
        }
        let program = it.role.strip_suffix("Role").expect("the role of a program");
        let of_function = &template.attribute(program, "Metadata")["BuildProperties"]["Binary"];
        let of_task = template.get(&format!("{program}Task/ContainerDefinitions/0/Name"));
        let name = of_function.as_str().or(of_task.as_str()).expect("a program");
        found.entry(name.to_owned()).or_default().insert(right.to_string());
    }
    let expected = rights.into_iter().map(|(name, rights)| (name, rights.iter().map(Value::to_string).collect()));
    assert_eq!(found, expected.collect());
}

#[test]
fn who_reads_cannot_write_and_who_collects_can_delete_no_signal() {
    for it in statements(Template::ours()) {
        let writes = ["PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "PartiQL", "Table"];
        let is_write = it.actions().iter().any(|action| writes.iter().any(|verb| action.contains(verb)));
        assert!(!is_write || it.role != "SignalsReaderRole", "{}", it.sid);
        if it.actions().contains(&"dynamodb:DeleteItem") {
            let keys = &it.body["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"];
            // Posts that were passed over, and drafts that were refused. Signals are below `C#` and `A#`.
            assert!(["ScraperBatchRole", "ScraperRealtimeRole"].contains(&it.role), "{}", it.role);
            assert_eq!(*keys, json!(["PO#*", "RJ#*"]));
        }
    }
}

#[test]
fn each_login_is_read_by_its_one_program_and_written_by_people() {
    let template = Template::ours();
    let of_logins = |it: &Statement<'_>| {
        it.actions().iter().any(|action| action.starts_with("secretsmanager:") || action.starts_with("kms:"))
    };
    let mut readers = BTreeSet::new();
    for it in statements(template).iter().filter(|it| of_logins(it)) {
        let secret = match it.role {
            "ScraperBatchRole" => "TelegramBatchLogin",
            "ScraperRealtimeRole" => "TelegramRealtimeLogin",
            role => panic!("{role}: {}", it.sid),
        };
        readers.insert((it.role, it.sid));
        if it.sid == "Login" {
            assert_eq!(it.resources(), [secret]);
            continue;
        }
        // Of this one secret, and through Secrets Manager: both are encrypted under one key.
        let of_key = &it.body["Condition"]["StringEquals"];
        assert_eq!(of_key["kms:EncryptionContext:SecretARN"], json!({"Ref": secret}), "{}", it.role);
        assert!(of_key["kms:ViaService"]["Fn::Sub"].as_str().is_some_and(|it| it.starts_with("secretsmanager.")));
    }
    assert_eq!(readers.len(), 4);
    assert_eq!(*template.attribute("ScraperBatchLogin", "Condition"), "ReadsTelegram");
    assert_eq!(*template.attribute("ScraperRealtimeLogin", "Condition"), "FollowsTelegram");
    // In the policy of a key, the star is that key.
    let statements = list(template.get("TelegramLoginKey/KeyPolicy/Statement"));
    assert_eq!(statements.len(), 2);
    for statement in statements {
        assert!(
            statement["Principal"]["AWS"]["Fn::Sub"].as_str().is_some_and(|it| it.ends_with(":root")),
            "{statement}"
        );
        let actions: Vec<&str> = list(&statement["Action"]).into_iter().filter_map(Value::as_str).collect();
        assert!(actions.iter().all(|it| it.starts_with("kms:") && !it.contains('*')), "{actions:?}");
        let decrypts = actions.iter().any(|it| ["kms:Decrypt", "kms:GenerateDataKey", "kms:ReEncrypt"].contains(it));
        assert_eq!(decrypts, statement["Condition"]["StringEquals"].get("kms:ViaService").is_some(), "{statement}");
        assert!(!actions.iter().any(|it| it.contains("Grant")), "a grant would let others decrypt: {actions:?}");
    }
}

#[test]
fn each_function_has_a_role_of_its_own_and_every_role_one_service_that_takes_it() {
    let template = Template::ours();
    let mut roles = BTreeSet::new();
    for (name, function) in template.all("AWS::Lambda::Function") {
        let role = place(&function["Role"]);
        assert_eq!(role, format!("{name}Role.Arn"));
        assert!(roles.insert(role));
    }
    for (name, role) in template.all("AWS::IAM::Role") {
        assert!(role.get("ManagedPolicyArns").is_none(), "{name}: AWS's own policies have stars");
        let trust = list(&role["AssumeRolePolicyDocument"]["Statement"]);
        let service = match name {
            "ScheduleRole" => "scheduler.amazonaws.com",
            "RealtimeStartRole" | "ScraperRealtimeRole" => "ecs-tasks.amazonaws.com",
            _ => "lambda.amazonaws.com",
        };
        assert_eq!((trust.len(), &trust[0]["Principal"]), (1, &json!({"Service": service})), "{name}");
        // Of the others it is not documented that they name the account.
        if ["ScheduleRole", "ScraperRealtimeRole"].contains(&name) {
            let account = &trust[0]["Condition"]["StringEquals"]["aws:SourceAccount"];
            assert_eq!(*account, json!({"Ref": "AWS::AccountId"}), "{name}: in the name of other accounts");
        }
    }
}

#[test]
fn only_its_routes_may_invoke_a_function() {
    let permissions = Template::ours().all("AWS::Lambda::Permission");
    assert!(permissions.len() > 20);
    for (name, permission) in permissions {
        assert_eq!(permission["Principal"], "apigateway.amazonaws.com", "{name}");
        assert_eq!(permission["Action"], "lambda:InvokeFunction", "{name}");
        let function = permission["FunctionName"]["Ref"].as_str().expect("a function");
        assert!(["SignalsReader", "SignalsWriter"].contains(&function), "{name}: {function}");
        let source = permission["SourceArn"]["Fn::Sub"][0].as_str().expect("an address");
        let (_, route) = source.split_once("${__ApiId__}/${__Stage__}/").unwrap_or_else(|| panic!("{name}: {source}"));
        assert!(route.len() > 5 && !route.starts_with('*'), "{name}: {source}");
        // The gateway names a route by its path with values in it, which no brace is.
        assert!(!route.contains('{'), "{name}: {source}");
        assert_eq!(permission["SourceArn"]["Fn::Sub"][1]["__ApiId__"], json!({"Ref": "Api"}), "{name}");
    }
}
