//! How the API does, as figures: one line of CloudWatch's embedded metric format for each request.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use jiff::Timestamp;
use program::metrics::{Figure, line, to_stdout};
use utoipa::openapi::OpenApi;

/// Where the lines go. Cloning shares it.
#[derive(Clone)]
pub struct Metrics(Arc<dyn Fn(&str) + Send + Sync>);

impl Metrics {
    /// The lines go to stdout, which on Lambda is the log.
    #[must_use]
    pub fn on_stdout() -> Self {
        Self::to(to_stdout)
    }

    /// The lines go there, each with its line feed.
    #[must_use]
    pub fn to(write: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self(Arc::new(write))
    }

    pub(crate) fn write(&self, measured: &Measured<'_>) {
        (self.0)(&measured.line());
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

/// How many of the signals that a request handed in were new, or made a new version; the answers to one signal and to a
/// batch carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SignalsStored(pub(crate) u32);

/// What is known of a request when it is answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Measured<'a> {
    pub(crate) at: Timestamp,
    pub(crate) operation: &'a str,
    pub(crate) status: u16,
    /// Whether a part of a good answer failed for the moment.
    pub(crate) part_failed: bool,
    pub(crate) latency: Duration,
    pub(crate) n_stored: Option<SignalsStored>,
}

impl Measured<'_> {
    /// What a client did wrong is an answer, and no error of ours.
    fn is_error(&self) -> bool {
        self.status >= 500 || self.part_failed
    }

    fn line(&self) -> String {
        let mut figures = vec![
            Figure::count("Requests", 1),
            Figure::count("Errors", u64::from(self.is_error())),
            Figure::duration("Latency", self.latency),
        ];
        figures.extend(self.n_stored.map(|SignalsStored(n)| Figure::count("SignalsStored", n.into())));
        line(self.at, self.operation, figures)
    }
}

/// The ids of the operations, by their methods and paths.
#[derive(Debug)]
pub(crate) struct Operations(HashMap<(Method, String), String>);

impl Operations {
    pub(crate) fn of(document: &OpenApi) -> Self {
        let paths = document.paths.paths.iter();
        let operations = paths.flat_map(|(path, item)| {
            let of_methods = [
                (Method::GET, &item.get),
                (Method::PUT, &item.put),
                (Method::POST, &item.post),
                (Method::DELETE, &item.delete),
                (Method::PATCH, &item.patch),
            ];
            of_methods.into_iter().filter_map(|(method, operation)| {
                let id = operation.as_ref()?.operation_id.clone()?;
                Some(((method, path.clone()), id))
            })
        });
        Self(operations.collect())
    }

    /// The id of an operation; `none` where there is none.
    pub(crate) fn name(&self, method: &Method, route: &str) -> &str {
        let method = if *method == Method::HEAD { Method::GET } else { method.clone() };
        self.0.get(&(method, route.to_owned())).map_or("none", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn measured() -> Measured<'static> {
        Measured {
            at: Timestamp::from_millisecond(1_790_000_000_000).unwrap(),
            operation: "create_signal",
            status: 201,
            part_failed: false,
            latency: Duration::from_micros(12_345),
            n_stored: Some(SignalsStored(1)),
        }
    }

    #[test]
    fn a_request_is_one_line() {
        assert_eq!(
            measured().line(),
            concat!(
                r#"{"Errors":0,"Latency":12.345,"Operation":"create_signal","Requests":1,"SignalsStored":1,"#,
                r#""_aws":{"CloudWatchMetrics":[{"Dimensions":[["Operation"]],"Metrics":["#,
                r#"{"Name":"Requests","Unit":"Count"},{"Name":"Errors","Unit":"Count"},"#,
                r#"{"Name":"Latency","Unit":"Milliseconds"},{"Name":"SignalsStored","Unit":"Count"}],"#,
                r#""Namespace":"Sigtower"}],"Timestamp":1790000000000}}"#,
                "\n"
            )
        );
    }

    /// The rules of the specification that a line can break.
    #[test]
    fn a_line_has_the_form_that_cloudwatch_reads() {
        for n_stored in [None, Some(SignalsStored(0)), Some(SignalsStored(100))] {
            let line = Measured { n_stored, ..measured() }.line();
            assert_eq!(line.matches('\n').count(), 1);
            let root: Value = serde_json::from_str(&line).unwrap();
            assert!(root["_aws"]["Timestamp"].is_i64());
            let directives = root["_aws"]["CloudWatchMetrics"].as_array().unwrap();
            assert!(!directives.is_empty());
            for directive in directives {
                assert!((1..=1024).contains(&directive["Namespace"].as_str().unwrap().len()));
                for set in directive["Dimensions"].as_array().unwrap() {
                    let set = set.as_array().unwrap();
                    assert!(set.len() <= 30);
                    for name in set {
                        let value = root[name.as_str().unwrap()].as_str().expect("a dimension is text in the root");
                        assert!((1..=1024).contains(&value.len()));
                    }
                }
                let metrics = directive["Metrics"].as_array().unwrap();
                assert!((1..=100).contains(&metrics.len()));
                for metric in metrics {
                    let name = metric["Name"].as_str().unwrap();
                    assert!(root[name].is_number(), "{name} is a number in the root");
                    assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()));
                }
            }
            assert_eq!(root.get("SignalsStored").is_some(), n_stored.is_some());
        }
    }

    #[test]
    fn what_the_server_did_wrong_is_an_error_and_what_the_client_did_is_not() {
        for (status, is_error) in [(200, false), (404, false), (429, false), (500, true), (503, true)] {
            assert_eq!(Measured { status, ..measured() }.is_error(), is_error, "{status}");
        }
        assert!(Measured { status: 200, part_failed: true, ..measured() }.is_error());
    }

    #[test]
    fn requests_are_counted_by_the_operation_that_they_ask_for() {
        let operations = Operations::of(&crate::openapi::document(crate::auth::Access::Keys));
        for (method, route, name) in [
            (Method::POST, "/api/v1/signals", "create_signal"),
            (Method::GET, "/api/v1/signals", "list_signals"),
            (Method::HEAD, "/api/v1/signals", "list_signals"),
            (Method::PATCH, "/api/v1/signals/{id}", "patch_signal"),
            (Method::PATCH, "/api/v1/signals", "none"),
            (Method::GET, "none", "none"),
        ] {
            assert_eq!(operations.name(&method, route), name, "{method} {route}");
        }
    }
}
