//! What must hold of the template, each with the reason; and that each can be broken.

mod collecting;
mod counting;
mod following;
mod keeping;
mod running;
mod serving;
mod telling;

use std::collections::BTreeSet;

use serde_json::Value;

use crate::translated::Template;

/// Something that must hold of the template.
pub(crate) struct Property {
    pub(crate) says: &'static str,
    pub(crate) because: &'static str,
    pub(crate) holds: fn(&Template) -> bool,
}

/// All of them, by family.
const ALL: [(&str, &[Property]); 7] = [
    ("keeping", keeping::PROPERTIES),
    ("serving", serving::PROPERTIES),
    ("running", running::PROPERTIES),
    ("counting", counting::PROPERTIES),
    ("collecting", collecting::PROPERTIES),
    ("following", following::PROPERTIES),
    ("telling", telling::PROPERTIES),
];

#[test]
fn every_property_holds() {
    let template = Template::ours();
    for (family, properties) in ALL {
        let broken: Vec<String> = properties
            .iter()
            .filter(|property| !(property.holds)(template))
            .map(|property| format!("{}, because {}", property.says, property.because))
            .collect();
        assert!(broken.is_empty(), "{family}:\n  {}", broken.join("\n  "));
    }
}

#[test]
fn every_property_says_why_it_is_there() {
    let mut said = BTreeSet::new();
    for property in ALL.iter().flat_map(|(_, properties)| properties.iter()) {
        assert!(said.insert(property.says), "twice: {}", property.says);
        assert!(property.says.len() > 15 && property.because.len() > 25, "{}", property.says);
    }
    assert!(said.len() >= 60, "{}", said.len());
}

/// The paths of everything in a value, the inner before the outer.
fn paths(value: &Value, path: String, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, inner) in object {
                paths(inner, format!("{path}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(list) => {
            for (at, inner) in list.iter().enumerate() {
                paths(inner, format!("{path}/{at}"), found);
            }
        }
        _ => {}
    }
    found.push(path);
}

/// What somebody might write there instead.
fn others(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(is) => vec![Value::Null, Value::Bool(!is)],
        Value::Number(_) => vec![Value::Null, Value::from(0), Value::from(1_000_000_000)],
        Value::String(_) => vec![Value::Null, Value::from("other")],
        _ => vec![Value::Null],
    }
}

/// What a resource of some type must not have.
const UNWELCOME: [(&str, &str); 10] = [
    ("AWS::DynamoDB::Table", "TableName"),
    ("AWS::EC2::SecurityGroup", "GroupName"),
    ("AWS::EC2::SecurityGroup", "SecurityGroupIngress"),
    ("AWS::ECR::Repository", "RepositoryName"),
    ("AWS::ECS::Service", "LoadBalancers"),
    ("AWS::ECS::Service", "ServiceName"),
    ("AWS::Lambda::Function", "VpcConfig"),
    ("AWS::Lambda::Function", "FunctionName"),
    ("AWS::SQS::Queue", "QueueName"),
    ("AWS::SecretsManager::Secret", "Name"),
];

/// A property that no change of the template breaks would hold of anything. Each place of the template is changed once,
/// alone; then each unwelcome thing is added.
#[test]
fn every_property_can_be_broken() {
    let mut template = Template::ours().clone();
    // Permissions are looked at elsewhere, and are half of the template.
    if let Some(resources) = template.0["Resources"].as_object_mut() {
        resources.retain(|_, resource| resource["Type"] != "AWS::Lambda::Permission");
    }
    let mut found = Vec::new();
    paths(&template.0["Resources"], "/Resources".to_owned(), &mut found);
    let mut whole: Vec<&Property> = ALL.iter().flat_map(|(_, properties)| properties.iter()).collect();
    let n_properties = whole.len();
    for path in &found {
        let value = template.0.pointer(path).expect("a place").clone();
        for other in others(&value) {
            *template.0.pointer_mut(path).expect("a place") = other;
            whole.retain(|property| (property.holds)(&template));
            *template.0.pointer_mut(path).expect("a place") = value.clone();
        }
    }
    for (name, resource) in template.clone().resources() {
        for (_, unwelcome) in UNWELCOME.iter().filter(|(kind, _)| resource["Type"] == *kind) {
            let mut worse = template.clone();
            worse.0["Resources"][name]["Properties"][*unwelcome] = Value::from("other");
            let n_whole = ALL.iter().flat_map(|(_, it)| it.iter()).filter(|it| (it.holds)(&worse)).count();
            assert!(n_whole < n_properties, "{name} may have {unwelcome}");
            whole.retain(|property| (property.holds)(&worse));
        }
    }
    let whole: Vec<&str> = whole.iter().map(|property| property.says).collect();
    assert!(whole.is_empty(), "{} changes break none of these: {whole:#?}", found.len());
}
