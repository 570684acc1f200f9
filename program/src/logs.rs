//! One line of log for each event: JSON for programs, or one line for people. Secrets are taken out by their shape.
//!
//! The fields have the predecessor's names: `timestamp`, `level`, `event`, `signal_id`, `symbol`, `source`,
//! `confidence`; those of the enclosing spans, such as `request_id`, stand beside them.

use std::fmt::{self, Write as _};
use std::io::Write;
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use regex::Regex;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Registry;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

/// The clock: an argument, so that tests can stop it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// For whom the lines are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For programs: one JSON object a line.
    Json,
    /// For people: time, level, event and fields.
    Text,
}

/// A subscriber that writes events of this level and above.
pub fn subscriber<O: Write>(
    level: Level,
    format: Format,
    clock: Clock,
    output: impl Fn() -> O + Send + Sync + 'static,
) -> impl Subscriber + Send + Sync {
    // The libraries below speak only when something is wrong.
    let own = ["program", "functions", "signals", "scraper", "sigtower", "launcher"];
    let allowed = tracing_subscriber::filter::filter_fn(move |metadata| {
        let is_own = own.iter().any(|name| metadata.target().split("::").next() == Some(name));
        *metadata.level() <= if is_own { level } else { level.min(Level::WARN) }
    });
    Registry::default().with(Lines { format, clock, output }.with_filter(allowed))
}

/// From now on events of this level and above are lines of JSON on stdout, and so are panics.
pub fn install(level: Level) {
    let subscriber = subscriber(level, Format::Json, Arc::new(Timestamp::now), std::io::stdout);
    // It fails only where there is one already, and then there is a log.
    let _ = tracing::subscriber::set_global_default(subscriber);
    log_panics();
}

/// From now on a panic is one event that names its place. What it says may hold a stranger's text, and stays unsaid.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!("{}:{}", place.file(), place.line())).unwrap_or_default();
        tracing::error!(place, "thread.panicked");
    }));
}

struct Lines<F> {
    format: Format,
    clock: Clock,
    output: F,
}

impl<S, F, O> Layer<S> for Lines<F>
where
    S: Subscriber + for<'s> LookupSpan<'s>,
    F: Fn() -> O + 'static,
    O: Write,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        if let Some(span) = context.span(id) {
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(fields) = span.extensions_mut().get_mut::<Fields>()
        {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        for span in context.event_scope(event).into_iter().flat_map(|scope| scope.from_root()) {
            if let Some(of_span) = span.extensions().get::<Fields>() {
                fields.0.extend(of_span.0.clone());
            }
        }
        event.record(&mut fields);
        let name = fields.0.remove("message").and_then(|it| it.as_str().map(str::to_owned)).unwrap_or_default();
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let line = match self.format {
            Format::Json => json(&(self.clock)(), &level, &name, fields.0),
            Format::Text => text(&(self.clock)(), &level, &name, &fields.0),
        };
        // A log that cannot be written must not stop the work; there is nobody left to tell.
        let _ = (self.output)().write_all(line.as_bytes());
    }
}

fn json(now: &Timestamp, level: &str, event: &str, fields: Map<String, Value>) -> String {
    let mut object = Map::new();
    object.insert("timestamp".to_owned(), Value::from(format!("{now:.3}")));
    object.insert("level".to_owned(), Value::from(level));
    object.insert("event".to_owned(), Value::from(redacted(event)));
    object.extend(fields);
    let mut line = Value::Object(object).to_string();
    line.push('\n');
    line
}

fn text(now: &Timestamp, level: &str, event: &str, fields: &Map<String, Value>) -> String {
    let mut line = format!("{now:.0} {level:5} {}", visible(&redacted(event)));
    for (name, value) in fields {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let _ = write!(line, " {name}={}", visible(&value));
    }
    line.push('\n');
    line
}

/// The text without what would steer a terminal or begin another line.
fn visible(text: &str) -> String {
    let steers = |c: char| {
        c.is_control() || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().flat_map(|c| if steers(c) { c.escape_unicode().collect() } else { vec![c] }).collect()
}

/// What looks like a secret, whatever it is called: a bot's token, our own keys, an API hash, a phone number, keys of
/// AWS, secrets of webhooks, and runs of characters as long as a session.
static SECRETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?-u:\b)[0-9]{8,10}:[A-Za-z0-9_-]{35}(?-u:\b)",
        r"|sgt_[A-Za-z0-9_-]{16,}",
        r"|whsec_[A-Za-z0-9+/=_-]{16,}",
        r"|(?-u:\b)(?:AKIA|ASIA)[0-9A-Z]{16}(?-u:\b)",
        r"|(?-u:\b)[0-9a-fA-F]{32,}(?-u:\b)",
        r"|\+[0-9]{10,15}(?-u:\b)",
        r"|[A-Za-z0-9+/_-]{100,}={0,2}",
    ))
    .expect("the pattern is well formed")
});

/// The text with every secret taken out.
#[must_use]
pub fn redacted(text: &str) -> String {
    SECRETS.replace_all(text, "[redacted]").into_owned()
}

#[derive(Debug, Default)]
struct Fields(Map<String, Value>);

impl Visit for Fields {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.0.insert(field.name().to_owned(), Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), Value::from(redacted(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Mutex;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, act: impl FnOnce()) -> String {
        let written = Written::default();
        let writer = written.clone();
        let clock: Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
        let subscriber = subscriber(Level::INFO, format, clock, move || writer.clone());
        tracing::subscriber::with_default(subscriber, act);
        String::from_utf8(written.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn an_event_is_one_object_with_the_fields_of_its_spans() {
        let line = logged(Format::Json, || {
            tracing::info_span!("request", request_id = "r-1").in_scope(|| {
                tracing::info!(signal_id = "whalechart_7_0", confidence = %"0.80", n = 3u64, "signal.stored");
                tracing::debug!("not.shown");
            });
        });
        assert_eq!(
            line,
            "{\"confidence\":\"0.80\",\"event\":\"signal.stored\",\"level\":\"info\",\"n\":3,\"request_id\":\"r-1\",\
             \"signal_id\":\"whalechart_7_0\",\"timestamp\":\"1970-01-01T00:00:00.000Z\"}\n"
        );
    }

    #[test]
    fn a_panic_is_told_by_its_place_alone() {
        let usual = std::panic::take_hook();
        log_panics();
        let line = logged(Format::Json, || {
            let panicked = std::panic::catch_unwind(|| panic!("{} was sent", "what a stranger wrote"));
            assert!(panicked.is_err());
        });
        std::panic::set_hook(usual);
        let object: Value = serde_json::from_str(&line).unwrap();
        assert_eq!((&object["event"], &object["level"]), (&Value::from("thread.panicked"), &Value::from("error")));
        assert!(object["place"].as_str().unwrap().contains("logs.rs:"), "{line}");
        assert!(!line.contains("stranger"), "{line}");
    }

    #[test]
    fn nobody_can_forge_a_line() {
        for hostile in
            ["a\r\nb", "\u{1b}[31mred", "\"}\n{\"event\":\"forged\"}", "\u{202e}txt.exe", "a\u{0}b", "\u{2028}"]
        {
            let json = logged(Format::Json, || tracing::info!(symbol = hostile, "{hostile}"));
            assert_eq!(json.lines().count(), 1, "{json:?}");
            let object: Value = serde_json::from_str(&json).unwrap();
            assert_eq!(object["symbol"], hostile);
            let text = logged(Format::Text, || tracing::info!(symbol = hostile, "{hostile}"));
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            assert!(!text.contains('\u{1b}') && !text.contains('\u{202e}'), "{text:?}");
        }
    }

    #[test]
    fn secrets_are_taken_out_by_their_shape() {
        let hash = "0123456789abcdef".repeat(2);
        let key = format!("sgt_{}", "Ab1-".repeat(10));
        let token = format!("123456789:{}", "A".repeat(35));
        let session = "Zx9".repeat(80);
        for secret in [&hash, &key, &token, &session, "+10000000000", "AKIAIOSFODNN7EXAMPLE"] {
            let line = logged(Format::Json, || tracing::info!(error = %format!("got {secret} there"), "x {secret}"));
            assert!(!line.contains(secret.trim_start_matches('+')), "{line}");
        }
        let id = "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d";
        assert_eq!(redacted(id), id);
        assert_eq!(redacted("whalechart_4711_0 45000.125"), "whalechart_4711_0 45000.125");
    }
}
