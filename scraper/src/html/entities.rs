//! What `&…;` stands for.
//!
//! By name those are known that machines write and authors of templates use; all others are written as numbers by the
//! programs whose pages are read here, and stay as they are.

use std::borrow::Cow;

const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ndash", '–'),
    ("mdash", '—'),
    ("hellip", '…'),
    ("bull", '•'),
    ("middot", '·'),
    ("times", '×'),
    ("euro", '€'),
    ("pound", '£'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("larr", '←'),
    ("rarr", '→'),
    ("zwj", '\u{200d}'),
    ("zwnj", '\u{200c}'),
];

/// The longest that an entity is, in bytes between `&` and `;`.
const LONGEST: usize = 10;

/// The text with what its entities stand for.
pub(super) fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(&rest[1..]) {
            Some((c, length)) => {
                out.push(c);
                rest = &rest[1 + length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character that stands at the beginning, and how many bytes it takes there.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.bytes().take(LONGEST + 1).position(|b| b == b';')?;
    let name = &text[..end];
    let c = match name.strip_prefix('#') {
        Some(number) => {
            let hex = number.strip_prefix(['x', 'X']);
            let code = match hex {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            // As browsers have it for what is no character.
            char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}')
        }
        None => NAMED.iter().find(|(it, _)| *it == name)?.1,
    };
    Some((c, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_the_characters_they_stand_for() {
        assert_eq!(
            decoded("R&amp;D &lt;b&gt; &#33;&#x1F40B; it&#039;s&nbsp;&laquo;so&raquo;"),
            "R&D <b> !🐋 it's\u{a0}«so»"
        );
    }

    #[test]
    fn what_is_none_stays() {
        for text in ["a & b", "&;", "&unknown;", "&#;", "&#xzz;", "&amp", "AT&T; & co", "&аmp;"] {
            assert_eq!(decoded(text), text);
        }
        assert_eq!(decoded("&#0;&#xD800;&#99999999;"), "\u{fffd}\u{fffd}\u{fffd}");
    }
}
