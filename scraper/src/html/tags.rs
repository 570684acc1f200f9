//! Where tags begin and end, and what stands in them.

/// A part of a page.
#[derive(Debug)]
pub(super) enum Piece<'a> {
    /// What stands between two tags, with its entities.
    Text(&'a str),
    /// The beginning of an element.
    Open {
        name: &'a str,
        class: &'a str,
        attributes: &'a str,
        /// Whether nothing can lie in it.
        is_closed: bool,
    },
    /// The end of an element.
    Close(&'a str),
}

/// The parts of a page, one after another.
#[derive(Debug)]
pub(super) struct Pieces<'a> {
    rest: &'a str,
}

/// Elements in which nothing lies (<https://html.spec.whatwg.org/multipage/syntax.html#void-elements>).
const EMPTY: [&str; 13] =
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"];

/// Elements whose content is no HTML and nothing for readers.
const OPAQUE: [&str; 2] = ["script", "style"];

pub(super) fn same(name: &str, other: &str) -> bool {
    name == other || name.eq_ignore_ascii_case(other)
}

impl<'a> Pieces<'a> {
    pub(super) fn of(html: &'a str) -> Self {
        Self { rest: html }
    }

    /// Takes everything up to and with this ending, or the whole rest where it does not come.
    fn skip_past(&mut self, ending: &str) {
        self.rest = self.rest.find(ending).map_or("", |at| &self.rest[at + ending.len()..]);
    }

    /// Takes the content of an element up to its closing tag, which stays.
    fn skip_content(&mut self, name: &str) {
        let mut from = 0;
        while let Some(at) = self.rest[from..].find("</").map(|at| from + at) {
            let behind = &self.rest.as_bytes()[at + 2..];
            if behind.len() >= name.len() && behind[..name.len()].eq_ignore_ascii_case(name.as_bytes()) {
                self.rest = &self.rest[at..];
                return;
            }
            from = at + 2;
        }
        self.rest = "";
    }
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        loop {
            let bytes = self.rest.as_bytes();
            if bytes.is_empty() {
                return None;
            }
            if bytes[0] != b'<' || !bytes.get(1).is_some_and(|b| b.is_ascii_alphabetic() || b"/!?".contains(b)) {
                // A `<` that begins nothing is text.
                let first = self.rest.chars().next().map_or(1, char::len_utf8);
                let end = self.rest[first..].find('<').map_or(self.rest.len(), |at| first + at);
                let (text, rest) = self.rest.split_at(end);
                self.rest = rest;
                return Some(Piece::Text(text));
            }
            match bytes.get(1) {
                Some(b'!') if self.rest.starts_with("<!--") => self.skip_past("-->"),
                Some(b'!' | b'?') => self.skip_past(">"),
                Some(b'/') => {
                    let inside = &self.rest[2..];
                    let end = inside.find(|c: char| !is_of_name(c)).unwrap_or(inside.len());
                    let name = &inside[..end];
                    self.skip_past(">");
                    if !name.is_empty() {
                        return Some(Piece::Close(name));
                    }
                }
                _ => return self.open(),
            }
        }
    }
}

impl<'a> Pieces<'a> {
    fn open(&mut self) -> Option<Piece<'a>> {
        let inside = &self.rest[1..];
        let end = inside.find(|c: char| !is_of_name(c)).unwrap_or(inside.len());
        let (name, behind) = inside.split_at(end);
        let (mut class, mut left) = ("", behind);
        while let Some((key, value, rest)) = attribute(left) {
            if class.is_empty() && same(key, "class") {
                class = value;
            }
            left = rest;
        }
        let attributes = &behind[..behind.len() - left.len()];
        // What follows the last attribute is `>` or `/>`, unless the page breaks off here: then the tag is dropped.
        let Some(close) = left.find('>') else {
            self.rest = "";
            return None;
        };
        self.rest = &left[close + 1..];
        let is_closed = left[..close].contains('/') || EMPTY.iter().any(|it| same(it, name));
        if !is_closed && let Some(opaque) = OPAQUE.iter().find(|it| same(it, name)) {
            self.skip_content(opaque);
        }
        Some(Piece::Open { name, class, attributes, is_closed })
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == ':'
}

/// The attributes of a tag, with the entities in their values.
pub(super) fn attributes(mut inside: &str) -> impl Iterator<Item = (&str, &str)> {
    std::iter::from_fn(move || {
        let (key, value, rest) = attribute(inside)?;
        inside = rest;
        Some((key, value))
    })
}

/// The next attribute and what follows it; none at the end of the tag.
fn attribute(inside: &str) -> Option<(&str, &str, &str)> {
    let inside = inside.trim_start_matches(|c: char| c.is_ascii_whitespace());
    let slashes = inside.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == '/');
    if slashes.is_empty() || slashes.starts_with('>') {
        return None;
    }
    let end = slashes.find(|c: char| c.is_ascii_whitespace() || "=>/".contains(c)).unwrap_or(slashes.len());
    // A `=` without a name before it belongs to the name, as browsers have it.
    let end = if end == 0 { 1 } else { end };
    let (key, behind) = slashes.split_at(end);
    let Some(value) = behind.trim_start_matches(|c: char| c.is_ascii_whitespace()).strip_prefix('=') else {
        return Some((key, "", behind));
    };
    let value = value.trim_start_matches(|c: char| c.is_ascii_whitespace());
    for quote in ['"', '\''] {
        if let Some(quoted) = value.strip_prefix(quote) {
            let end = quoted.find(quote).unwrap_or(quoted.len());
            return Some((key, &quoted[..end], quoted.get(end + 1..).unwrap_or("")));
        }
    }
    let end = value.find(|c: char| c.is_ascii_whitespace() || c == '>').unwrap_or(value.len());
    Some((key, &value[..end], &value[end..]))
}
