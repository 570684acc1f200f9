//! How text of strangers stands in messages of ours.

use std::fmt::Write as _;

/// The most characters of a stranger's text that a message shows.
const MOST_SHOWN: usize = 120;

/// The text on one line, short, and without anything that could steer a terminal or forge a line of a log.
///
/// Besides control characters those are escaped that turn the direction of writing (U+202A–202E, U+2066–2069), end
/// a line (U+2028, U+2029) or cannot be seen (U+200B–200F, U+FEFF).
pub(crate) fn shown(text: &str) -> String {
    let mut shown = String::new();
    for (n, c) in text.chars().enumerate() {
        if n == MOST_SHOWN {
            shown.push('…');
            break;
        }
        let is_hidden =
            matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if c.is_control() || is_hidden {
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_steers_a_terminal_or_begins_a_line() {
        assert_eq!(shown("a\r\nb\u{1b}[31m\u{202e}c"), r"a\u{d}\u{a}b\u{1b}[31m\u{202e}c");
        assert_eq!(shown("канал 🐋"), "канал 🐋");
    }

    #[test]
    fn it_is_short() {
        assert_eq!(shown(&"x".repeat(10_000)).chars().count(), MOST_SHOWN + 1);
    }
}
