//! The description of the API as one page without scripts: what there is, what goes in, what comes out.

use std::fmt::Write as _;

use serde_json::Value;

const STYLE: &str = "
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark }
code, pre { font: 14px/1.45 ui-monospace, monospace }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8886; border-radius: .4rem }
details { border-top: 1px solid #8886; padding: .5rem 0 }
summary { cursor: pointer } summary b { display: inline-block; min-width: 4.5rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0 }
";

/// The page is made once, and knows neither port nor domain.
const SET: &str = "In the examples `$server` is where this page comes from: `server=http://127.0.0.1:8000`.";
const SET_WITH_KEY: &str = "In the examples `$server` is where this page comes from, without `/docs`, and `$key` is the \
                            secret of a key, `sgt_…`.";

/// The page of a description.
pub(super) fn page(document: &Value) -> String {
    let mut html = String::with_capacity(64 * 1024);
    let info = &document["info"];
    let title = format!("{} {}", text(&info["title"]), text(&info["version"]));
    let _ = write!(
        html,
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style><h1>{title}</h1><p>{}</p>\
         <p>For programs: <a href=\"/openapi.json\">openapi.json</a>.</p><p>{}</p><h2>Operations</h2>",
        prose(&info["description"]),
        prose(&Value::from(if needs_key(document) { SET_WITH_KEY } else { SET })),
    );
    let needs_key = needs_key(document);
    for (path, operations) in document["paths"].as_object().into_iter().flatten() {
        for (method, operation) in operations.as_object().into_iter().flatten() {
            operation_section(&mut html, path, method, operation, needs_key);
        }
    }
    html.push_str("<h2>Shapes</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        let _ = write!(html, "<details id=\"{0}\"><summary><code>{0}</code></summary>", escaped(name));
        let _ = write!(html, "<p>{}</p>", prose(&schema["description"]));
        properties(&mut html, schema);
        html.push_str("</details>");
    }
    html
}

fn operation_section(html: &mut String, path: &str, method: &str, operation: &Value, needs_key: bool) {
    let _ = write!(
        html,
        "<details><summary><b>{}</b><code>{}</code> {}</summary><p>{}</p>",
        escaped(&method.to_uppercase()),
        escaped(path),
        text(&operation["summary"]),
        prose(&operation["description"])
    );
    let _ = write!(html, "<pre>{}</pre>", escaped(&curl(path, method, operation, needs_key)));
    let parameters = operation["parameters"].as_array();
    if let Some(parameters) = parameters.filter(|it| !it.is_empty()) {
        html.push_str("<h4>Parameters</h4><table>");
        for parameter in parameters {
            let _ = write!(
                html,
                "<tr><td><code>{}</code><td>{}<td>{}<td>{}",
                text(&parameter["name"]),
                text(&parameter["in"]),
                kind(&parameter["schema"]),
                prose(&parameter["description"])
            );
        }
        html.push_str("</table>");
    }
    if let Some((media_type, body)) = body_of(operation) {
        let _ = write!(html, "<h4>Body</h4><p><code>{}</code>: {}</p>", escaped(media_type), kind(&body["schema"]));
    }
    html.push_str("<h4>Answers</h4><table>");
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let shape = answer["content"].as_object().and_then(|content| content.values().next());
        let _ = write!(
            html,
            "<tr><td>{}<td>{}<td>{}",
            escaped(status),
            prose(&answer["description"]),
            shape.map(|shape| kind(&shape["schema"])).unwrap_or_default()
        );
    }
    html.push_str("</table></details>");
}

/// The kind of the body that goes in, and what it is.
fn body_of(operation: &Value) -> Option<(&str, &Value)> {
    operation["requestBody"]["content"].as_object()?.iter().next().map(|(media_type, body)| (media_type.as_str(), body))
}

/// Whether whoever shows no key is let in nowhere but where an operation says otherwise.
fn needs_key(document: &Value) -> bool {
    let ways = document["security"].as_array();
    ways.is_some_and(|ways| ways.iter().all(|way| way.as_object().is_some_and(|way| !way.is_empty())))
}

fn curl(path: &str, method: &str, operation: &Value, needs_key: bool) -> String {
    let mut command = format!("curl -X {} \"$server{path}\"", method.to_uppercase());
    if needs_key && operation["security"].is_null() {
        command.push_str(" \\\n  -H \"authorization: Bearer $key\"");
    }
    if let Some((media_type, _)) = body_of(operation) {
        // Not `-d`, which takes the ends out of lines.
        let _ = write!(command, " \\\n  -H 'content-type: {media_type}' --data-binary @body");
    }
    command
}

fn properties(html: &mut String, schema: &Value) {
    if let Some(words) = schema["enum"].as_array() {
        let words: Vec<String> = words.iter().map(|word| format!("<code>{}</code>", text(word))).collect();
        let _ = write!(html, "<p>{}</p>", words.join(", "));
    }
    let parts = schema["allOf"].as_array().into_iter().flatten();
    for part in parts {
        let _ = write!(html, "<p>{}</p>", kind(part));
        properties(html, part);
    }
    let Some(fields) = schema["properties"].as_object() else { return };
    let required: Vec<&str> = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html.push_str("<table>");
    for (name, field) in fields {
        let must = if required.contains(&name.as_str()) { "required" } else { "" };
        let _ = write!(
            html,
            "<tr><td><code>{}</code><td>{}<td>{must}<td>{}",
            escaped(name),
            kind(field),
            prose(&field["description"])
        );
    }
    html.push_str("</table>");
}

/// What a value is, in a few words, with a link to its shape.
fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#{0}\">{0}</a>", escaped(name));
    }
    for choice in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[choice].as_array() {
            return choices.iter().map(kind).collect::<Vec<_>>().join(" or ");
        }
    }
    let named = match &schema["type"] {
        Value::Array(types) => types.iter().map(text).collect::<Vec<_>>().join(" or "),
        other => text(other),
    };
    match &schema["items"] {
        Value::Null => named,
        items => format!("{named} of {}", kind(items)),
    }
}

fn text(value: &Value) -> String {
    escaped(value.as_str().unwrap_or_default())
}

/// Prose with `code` in it.
fn prose(value: &Value) -> String {
    let parts = value.as_str().unwrap_or_default().split('`').map(escaped).enumerate();
    parts.map(|(i, part)| if i % 2 == 1 { format!("<code>{part}</code>") } else { part }).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_shows_every_operation_and_runs_nothing() {
        let document = serde_json::to_value(crate::openapi::document(crate::auth::Access::Keys)).unwrap();
        let page = page(&document);
        for (path, operations) in document["paths"].as_object().unwrap() {
            assert!(page.contains(path.as_str()), "{path}");
            for operation in operations.as_object().unwrap().values() {
                assert!(page.contains(operation["summary"].as_str().unwrap()), "{operation}");
            }
        }
        assert!(!page.contains("<script") && !page.contains("http-equiv"));
    }

    #[test]
    fn an_example_brings_what_its_operation_wants() {
        let example = |access, path: &str, method: &str| {
            let document = serde_json::to_value(crate::openapi::document(access)).unwrap();
            curl(path, method, &document["paths"][path][method], needs_key(&document))
        };
        let (keys, loopback) = (crate::auth::Access::Keys, crate::auth::Access::Loopback);
        assert_eq!(
            example(keys, "/api/v1/backup", "post"),
            "curl -X POST \"$server/api/v1/backup\" \\\n  -H \"authorization: Bearer $key\" \\\n  \
             -H 'content-type: application/jsonl' --data-binary @body"
        );
        assert_eq!(
            example(loopback, "/api/v1/signals", "post"),
            "curl -X POST \"$server/api/v1/signals\" \\\n  -H 'content-type: application/json' --data-binary @body"
        );
        assert_eq!(example(keys, "/docs", "get"), "curl -X GET \"$server/docs\"");
        let document = serde_json::to_value(crate::openapi::document(keys)).unwrap();
        assert!(!page(&document).contains("127.0.0.1"));
    }

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(prose(&Value::from("a `<b>` & \"c\"")), "a <code>&lt;b&gt;</code> &amp; &quot;c&quot;");
    }
}
