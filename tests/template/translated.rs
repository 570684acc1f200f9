//! The translated template, and how to look into it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use serde_json::{Map, Value};

/// A translated template.
#[derive(Clone, Debug)]
pub(crate) struct Template(pub(crate) Value);

/// The folder of the tests, in which their programs are.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    folder().parent().expect("the package lies in the repository").to_owned()
}

/// Installs this program unless it is there.
pub(crate) fn install(program: &str) {
    let installed = Command::new(folder().join("install")).arg(program).status().expect("bash");
    assert!(installed.success(), "{program} could not be installed: tests/install {program}");
}

/// A program of a virtual environment of the tests, that asks nobody and knows no account.
pub(crate) fn program(environment: &str, name: &str) -> Command {
    let mut command = Command::new(folder().join(".venv").join(environment).join("bin").join(name));
    command
        .current_dir(root())
        .env("AWS_DEFAULT_REGION", "eu-central-1")
        .env("AWS_ACCESS_KEY_ID", "nobody")
        .env("AWS_SECRET_ACCESS_KEY", "nothing")
        .env("SAM_CLI_TELEMETRY", "0");
    command
}

/// The text of the translated template.
pub(crate) fn text() -> &'static str {
    static TEXT: OnceLock<String> = OnceLock::new();
    TEXT.get_or_init(|| {
        install("sam");
        let script = Path::new("tests/template/translate.py");
        let output = program("sam", "python").arg(script).arg("template.yaml").output().expect("the Python of sam");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    })
}

/// The translated template as a file for this program.
pub(crate) fn written(program: &str) -> PathBuf {
    let file = folder().join(".venv").join(format!("template-for-{program}.json"));
    fs::write(&file, text()).expect("a file");
    file
}

impl Template {
    /// The template of this repository.
    pub(crate) fn ours() -> &'static Self {
        static OURS: OnceLock<Template> = OnceLock::new();
        OURS.get_or_init(|| Self(serde_json::from_str(text()).expect("JSON")))
    }

    /// The resources by their names.
    pub(crate) fn resources(&self) -> &Map<String, Value> {
        static NONE: OnceLock<Map<String, Value>> = OnceLock::new();
        self.0["Resources"].as_object().unwrap_or_else(|| NONE.get_or_init(Map::new))
    }

    /// The properties of the resources of a type, by their names.
    pub(crate) fn all(&self, kind: &str) -> Vec<(&str, &Value)> {
        let of_kind = self.resources().iter().filter(|(_, it)| it["Type"] == kind);
        of_kind.map(|(name, it)| (name.as_str(), &it["Properties"])).collect()
    }

    /// A property of a resource by its path, such as `Table/BillingMode`; null where there is none.
    pub(crate) fn get(&self, path: &str) -> &Value {
        let (resource, rest) = path.split_once('/').unwrap_or((path, ""));
        let properties = &self.0["Resources"][resource]["Properties"];
        if rest.is_empty() { properties } else { properties.pointer(&format!("/{rest}")).unwrap_or(&Value::Null) }
    }

    /// Whether a property is this.
    pub(crate) fn is(&self, path: &str, value: impl Into<Value>) -> bool {
        *self.get(path) == value.into()
    }

    /// An attribute of a resource beside its properties, such as `DeletionPolicy`.
    pub(crate) fn attribute(&self, resource: &str, name: &str) -> &Value {
        &self.0["Resources"][resource][name]
    }

    /// The names of the functions.
    pub(crate) fn functions(&self) -> Vec<&str> {
        self.all("AWS::Lambda::Function").into_iter().map(|(name, _)| name).collect()
    }
}

/// Whether a value refers to this resource, and to this attribute of it if one is given.
pub(crate) fn refers(value: &Value, resource: &str, attribute: Option<&str>) -> bool {
    match attribute {
        None => value["Ref"] == resource,
        Some(attribute) => {
            let target = &value["Fn::GetAtt"];
            target == &serde_json::json!([resource, attribute])
                || target == &Value::from(format!("{resource}.{attribute}"))
        }
    }
}
