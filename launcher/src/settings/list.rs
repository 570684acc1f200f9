//! How the list of channels in a `sigtower.toml` is changed, so that comments and order of the file stay.

use toml_edit::{Array, DocumentMut, Item, Value};

use super::files::at_line;

/// Under which key the list stands.
const KEY: &str = "channels";
/// How a name is set in where nothing shows how its writer does it.
const INDENT: &str = "\n    ";

/// A file of settings, and the list in it.
#[derive(Debug)]
pub(crate) struct ChannelList {
    document: DocumentMut,
    /// The names as they are written; `None` where the file has no list.
    names: Option<Vec<Value>>,
    /// What stands before each name, between it and the name before, and behind the last: commas apart.
    gaps: Vec<String>,
}

impl ChannelList {
    /// Reads a file.
    pub(crate) fn of(text: &str) -> Result<Self, String> {
        let document: DocumentMut =
            text.parse().map_err(|error: toml_edit::TomlError| at_line(text, error.span(), error.message()))?;
        let (names, gaps) = match document.get(KEY) {
            None => (None, vec![String::new()]),
            Some(Item::Value(Value::Array(array))) => (Some(array.iter().cloned().collect::<Vec<_>>()), gaps(array)),
            Some(item) => {
                let text = item.as_value().map(written).unwrap_or_default();
                let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
                (Some(names.map(Value::from).collect()), Vec::new())
            }
        };
        let mut list = Self { document, names: None, gaps };
        if let Some(names) = names {
            // A text with commas has no gaps of its own, and becomes a list.
            if list.gaps.len() != names.len() + 1 {
                list.begin(names);
            } else {
                list.names = Some(names);
            }
        }
        Ok(list)
    }

    /// The names as they are written; `None` where the file has no list.
    pub(crate) fn names(&self) -> Option<Vec<String>> {
        Some(self.names.as_ref()?.iter().map(written).collect())
    }

    /// Begins a list of these, one on each line.
    pub(crate) fn begin(&mut self, names: impl IntoIterator<Item = impl Into<Value>>) {
        let names: Vec<Value> = names.into_iter().map(Into::into).collect();
        self.gaps = vec![INDENT.to_owned(); names.len()];
        self.gaps.push("\n".to_owned());
        self.names = Some(names);
    }

    /// Puts a name behind the others.
    pub(crate) fn push(&mut self, name: &str) {
        let tail = self.gaps.pop().unwrap_or_default();
        let indent = self.gaps.last().and_then(|gap| gap.rfind('\n').map(|at| gap[at..].to_owned()));
        let (before, behind) = match tail.rfind('\n') {
            Some(at) => (format!("{}{}", &tail[..at], indent.as_deref().unwrap_or(INDENT)), tail[at..].to_owned()),
            None if self.gaps.is_empty() => (String::new(), tail),
            None => (indent.unwrap_or_else(|| " ".to_owned()), tail),
        };
        self.gaps.extend([before, behind]);
        self.names.get_or_insert_default().push(name.into());
    }

    /// Takes the name at this place out, with the comment behind it on its line; others stay.
    pub(crate) fn remove(&mut self, at: usize) {
        let Some(names) = self.names.as_mut().filter(|names| at < names.len()) else { return };
        names.remove(at);
        let before = self.gaps.remove(at);
        let behind = &mut self.gaps[at];
        let kept = before.rfind('\n').map_or("", |end| &before[..end]);
        *behind = match behind.find('\n') {
            Some(end) => format!("{kept}{}", &behind[end..]),
            None if at < names.len() => before,
            None if kept.contains('#') => format!("{kept}\n{behind}"),
            None => std::mem::take(behind),
        };
    }

    /// The file with the list as it is now.
    pub(crate) fn text(mut self) -> String {
        let Some(names) = self.names else { return self.document.to_string() };
        let mut array = Array::new();
        for (name, gap) in names.into_iter().zip(&self.gaps) {
            array.push_formatted(name.decorated(gap.as_str(), ""));
        }
        let behind = self.gaps.last().map_or("", String::as_str);
        array.set_trailing(behind);
        array.set_trailing_comma(behind.starts_with('\n') && !array.is_empty());
        match self.document.get_mut(KEY).and_then(Item::as_value_mut) {
            Some(there) => {
                if let Some(before) = there.as_array() {
                    array.set_trailing_comma(before.trailing_comma() && !array.is_empty());
                }
                // What stands around the value, such as a comment behind it.
                *array.decor_mut() = there.decor().clone();
                *there = Value::Array(array);
            }
            None => {
                let before = self.document.trailing().as_str().unwrap_or_default().to_owned();
                let line_end = if before.is_empty() || before.ends_with('\n') { "" } else { "\n" };
                self.document.insert(KEY, Item::Value(Value::Array(array)));
                if let Some(mut key) = self.document.key_mut(KEY) {
                    key.leaf_decor_mut().set_prefix(format!("{before}{line_end}"));
                }
                self.document.set_trailing("");
            }
        }
        self.document.to_string()
    }
}

fn gaps(array: &Array) -> Vec<String> {
    let text = |raw: Option<&toml_edit::RawString>| raw.and_then(|raw| raw.as_str()).unwrap_or_default().to_owned();
    let (mut gaps, mut open) = (Vec::with_capacity(array.len() + 1), String::new());
    for value in array {
        gaps.push(open + &text(value.decor().prefix()));
        open = text(value.decor().suffix());
    }
    gaps.push(open + &text(Some(array.trailing())));
    gaps
}

/// A value as a flag would have it.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => text.value().clone(),
        other => other.to_string().trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: &str, change: impl FnOnce(&mut ChannelList), after: &str) {
        let mut list = ChannelList::of(before).unwrap();
        change(&mut list);
        let text = list.text();
        assert_eq!(text, after);
        assert!(text.parse::<toml::Table>().is_ok(), "{text}");
    }

    fn add(name: &'static str) -> impl FnOnce(&mut ChannelList) {
        move |list| list.push(name)
    }

    fn take(at: usize) -> impl FnOnce(&mut ChannelList) {
        move |list| list.remove(at)
    }

    const LINES: &str = "\
# mine
every = \"10m\" # slow
channels = [ # these
  # the good ones
  \"one1\", # best
  \"two2\", # noisy
  # the last one
  \"three\" # new
] # so much
port = 1
";

    #[test]
    fn a_list_in_lines_stays_one_with_its_comments() {
        check(LINES, add("four"), &LINES.replace("\"three\" # new\n", "\"three\", # new\n  \"four\"\n"));
        check(LINES, take(0), &LINES.replace("  \"one1\", # best\n", ""));
        check(LINES, take(1), &LINES.replace("  \"two2\", # noisy\n", ""));
        let third = LINES.replace("  \"three\" # new\n", "").replace("\"two2\",", "\"two2\"");
        check(LINES, take(2), &third);
        let comma = "channels = [\n\t\"one1\",\n\t\"two2\",\n]\n";
        check(comma, add("four"), "channels = [\n\t\"one1\",\n\t\"two2\",\n\t\"four\",\n]\n");
        check(comma, take(1), "channels = [\n\t\"one1\",\n]\n");
    }

    #[test]
    fn a_list_on_one_line_stays_on_it() {
        check("channels = [\"one1\"]\nport = 1\n", add("two2"), "channels = [\"one1\", \"two2\"]\nport = 1\n");
        check("channels = [ 'one1', 'two2' ]\n", take(0), "channels = [ 'two2' ]\n");
        check("channels = [ 'one1', 'two2' ]\n", take(1), "channels = [ 'one1' ]\n");
        check("channels = []\n", add("one1"), "channels = [\"one1\"]\n");
        check("channels = [\n]\n", add("one1"), "channels = [\n    \"one1\"\n]\n");
        check("channels = [\"one1\", # best\n\"two2\"]\n", take(1), "channels = [\"one1\" # best\n]\n");
    }

    #[test]
    fn a_text_with_commas_becomes_a_list() {
        let list = ChannelList::of("channels = \"one1, two2\" # both\n").unwrap();
        assert_eq!(list.names().unwrap(), ["one1", "two2"]);
        let after = "channels = [\n    \"one1\",\n    \"two2\",\n    \"three\",\n] # both\n";
        check("channels = \"one1, two2\" # both\n", add("three"), after);
        assert_eq!(ChannelList::of("channels = [77, \"one1\"]").unwrap().names().unwrap(), ["77", "one1"]);
    }

    #[test]
    fn a_new_list_stands_behind_what_is_there() {
        assert_eq!(ChannelList::of("# only this").unwrap().names(), None);
        let begin = |list: &mut ChannelList| list.begin(["one1"]);
        check("# only this", begin, "# only this\nchannels = [\n    \"one1\",\n]\n");
        check("port = 1\n\n# end\n", begin, "port = 1\n\n# end\nchannels = [\n    \"one1\",\n]\n");
        check("", begin, "channels = [\n    \"one1\",\n]\n");
        assert!(ChannelList::of("channels = [").is_err());
    }
}
