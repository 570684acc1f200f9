//! One line of the input: a JSON object with a `text`, and maybe an `id`.

use std::fmt;

use serde::de::{self, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// How deep a line may nest, as in most JSON readers; an echoed id must not be what breaks those behind us.
const DEEPEST_NESTING: usize = 128;

/// A post of a stream.
#[derive(Debug)]
pub(super) struct Request<'a> {
    /// The id in the input's own spelling.
    pub(super) id: Option<&'a RawValue>,
    /// The post in the input's own spelling, without the quotes.
    text: &'a str,
}

impl<'a> Request<'a> {
    /// Reads a line; `None` where it is no such object.
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        let line = std::str::from_utf8(line).ok()?;
        if nests_too_deep(line.as_bytes()) {
            return None;
        }
        serde_json::from_str(line).ok()
    }

    /// The post. What is escaped is resolved in `buffer`: a new string for each line would cost more than all else,
    /// because growing it makes the threads wait for each other in the allocator.
    pub(super) fn text<'b>(&self, buffer: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        if !self.text.contains('\\') {
            return self.text;
        }
        buffer.clear();
        unescape(self.text, buffer);
        buffer
    }
}

/// Appends the characters that a JSON string stands for; its escapes are known to be well formed.
///
/// Half of a surrogate pair, which programs leave behind that cut texts by UTF-16 units, becomes U+FFFD.
fn unescape(mut text: &str, into: &mut String) {
    while let Some((plain, escape)) = text.split_once('\\') {
        into.push_str(plain);
        let (c, n_bytes) = match escape.as_bytes().first() {
            Some(b'u') => unicode(escape),
            Some(b'b') => ('\u{8}', 1),
            Some(b'f') => ('\u{c}', 1),
            Some(b'n') => ('\n', 1),
            Some(b'r') => ('\r', 1),
            Some(b't') => ('\t', 1),
            Some(&other) => (char::from(other), 1),
            None => return,
        };
        into.push(c);
        text = &escape[n_bytes..];
    }
    into.push_str(text);
}

/// The character of `uXXXX`, or of `uXXXX\uXXXX` where that is a surrogate pair, and how many bytes it takes.
fn unicode(escape: &str) -> (char, usize) {
    let unit = |at: usize| escape.get(at..at + 4).and_then(|hex| u16::from_str_radix(hex, 16).ok());
    let first = unit(1).unwrap_or_default();
    let second = if escape.get(5..7) == Some("\\u") { unit(7) } else { None };
    match char::decode_utf16([first].into_iter().chain(second)).next() {
        Some(Ok(c)) if c.len_utf16() == 2 => (c, 11),
        Some(Ok(c)) => (c, 5),
        _ => (char::REPLACEMENT_CHARACTER, 5),
    }
}

/// Whether brackets nest deeper than [`DEEPEST_NESTING`].
fn nests_too_deep(line: &[u8]) -> bool {
    let opens = |byte: &u8| matches!(byte, b'[' | b'{');
    // Counting is many times faster than following strings, and settles nearly every line.
    if line.iter().filter(|byte| opens(byte)).count() <= DEEPEST_NESTING {
        return false;
    }
    let (mut depth, mut is_string, mut is_escaped) = (0_usize, false, false);
    for byte in line {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = is_string,
            b'"' => is_string = !is_string,
            _ if is_string => {}
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST_NESTING {
            return true;
        }
    }
    false
}

// By hand, because a derived reader would take an array for the object, and refuse a key given twice.
impl<'de: 'a, 'a> Deserialize<'de> for Request<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RequestVisitor)
    }
}

struct RequestVisitor;

impl<'de> Visitor<'de> for RequestVisitor {
    type Value = Request<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a string `text`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let (mut id, mut text) = (None, None);
        while let Some(key) = map.next_key()? {
            match key {
                Key::Id => id = Some(map.next_value()?),
                Key::Text => text = Some(map.next_value::<&RawValue>()?),
                Key::Other => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        let quoted = text.ok_or_else(|| de::Error::missing_field("text"))?.get();
        let text = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        Ok(Request { id, text: text.ok_or_else(|| de::Error::custom("`text` is no string"))? })
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "lowercase")]
enum Key {
    Id,
    Text,
    #[serde(other)]
    Other,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(line: &str, id: Option<&str>, text: &str) {
        let request = Request::read(line.as_bytes()).unwrap();
        assert_eq!((request.id.map(RawValue::get), request.text(&mut String::from("before"))), (id, text));
    }

    #[test]
    fn an_id_keeps_its_spelling_whatever_it_is() {
        for id in ["7", "-0.50", "1e400", "12345678901234567890123", "\"a\\u0062\"", "null", "true", "[1, {\"a\" :2}]"]
        {
            check(&format!(r#"{{"id":{id},"text":"x"}}"#), Some(id), "x");
        }
        check(r#"{"text":"x"}"#, None, "x");
    }

    #[test]
    fn other_keys_are_ignored_and_of_a_key_given_twice_the_last_counts() {
        check(r#"{"label":{"a":[1,null,{"b":"}"}]},"text":"x","n":1e999,"id":1}"#, Some("1"), "x");
        check(r#"{"id":1,"text":"x","id":2,"text":"y"}"#, Some("2"), "y");
        check(r#"{"\u0074ext":"x"}"#, None, "x");
        check(r#"{"Text":1,"text":"x"}"#, None, "x");
    }

    #[test]
    fn escapes_are_resolved() {
        check(r#"{"text":"\"a\nb\"\u0020\/\\\ud83d\ude80\t\r\b\fЖ\u0416"}"#, None, "\"a\nb\" /\\🚀\t\r\u{8}\u{c}ЖЖ");
        check(r#"{"text":"\\n"}"#, None, "\\n");
    }

    #[test]
    fn every_character_survives_being_escaped() {
        for c in (0..=0x10_FFFF).step_by(97).filter_map(char::from_u32) {
            let units: String = c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect();
            check(&format!(r#"{{"text":"a{units}\\{units}"}}"#), None, &format!("a{c}\\{c}"));
        }
    }

    #[test]
    fn half_a_surrogate_pair_does_not_spoil_the_post() {
        check(r#"{"text":"\ud83d"}"#, None, "\u{fffd}");
        check(
            r#"{"text":"\ude80\ud83dx\ud83d\u0041\ud83d\ud83d\ude80"}"#,
            None,
            "\u{fffd}\u{fffd}x\u{fffd}A\u{fffd}🚀",
        );
    }

    #[test]
    fn a_text_without_escapes_is_not_copied() {
        let mut buffer = String::new();
        assert_eq!(Request::read(br#"{"text":"plain"}"#).unwrap().text(&mut buffer), "plain");
        assert_eq!(buffer.capacity(), 0);
    }

    #[test]
    fn what_is_no_object_with_a_text_is_refused() {
        for line in [
            &b"{"[..],
            b"null",
            b"\"text\"",
            b"[1,\"x\"]",
            b"{}",
            br#"{"id":1}"#,
            br#"{"text":1}"#,
            br#"{"text":null}"#,
            br#"{"text":["x"]}"#,
            br#"{"text":"x"} {"text":"y"}"#,
            br#"{"text":"x",}"#,
            br#"{text:"x"}"#,
            br#"{"text":"\ud83"}"#,
            br#"{"text":"\x"}"#,
            br#"{"text":"\"}"#,
            b"{\"text\":\"\xff\"}",
            b"{\"other\":\"\xff\",\"text\":\"x\"}",
            b"{\"text\":\"tab\there\"}",
        ] {
            assert!(Request::read(line).is_none(), "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn nesting_is_bounded_and_brackets_in_a_text_do_not_count() {
        let nested = |n: usize| format!(r#"{{"text":"x","y":{}{}}}"#, "[".repeat(n), "]".repeat(n));
        check(&nested(DEEPEST_NESTING - 1), None, "x");
        assert!(Request::read(nested(DEEPEST_NESTING).as_bytes()).is_none());
        assert!(Request::read("[".repeat(1_000_000).as_bytes()).is_none());
        let brackets = "[".repeat(1000);
        check(&format!(r#"{{"text":"\\\"{brackets}"}}"#), None, &format!("\\\"{brackets}"));
    }
}
