//! What of a stranger's text may reach the terminal.

use std::borrow::Cow;

/// The text with every character that would steer a terminal, or turn its lines around, made visible instead.
///
/// Line ends and tabs stay.
pub(crate) fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match u32::from(c) {
            _ if !steers(c) => shown.push(c),
            // A carriage return before a line end would only be noise.
            0x0D => {}
            code @ ..0x20 => shown.extend(char::from_u32(0x2400 + code)),
            code => shown.push_str(&format!("<U+{code:04X}>")),
        }
    }
    Cow::Owned(shown)
}

/// The same on one line of at most `n_chars` characters.
pub(crate) fn excerpt(text: &str, n_chars: usize) -> String {
    let one_line = text.trim().replace(['\n', '\t'], "⏎");
    let shown = printable(&one_line);
    let mut short: String = shown.chars().take(n_chars).collect();
    if short.len() < shown.len() {
        short.pop();
        short.push('…');
    }
    short
}

fn steers(c: char) -> bool {
    let turns_lines = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    (c.is_control() && c != '\n' && c != '\t') || turns_lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(printable(text), shown);
    }

    #[test]
    fn escape_sequences_are_shown_not_sent() {
        check("\u{1b}[31mred\u{7}", "␛[31mred␇");
        check("\u{9b}31m\u{7f}", "<U+009B>31m<U+007F>");
        check("a\u{202e}b", "a<U+202E>b");
    }

    #[test]
    fn ordinary_text_stays() {
        check("Лонг\tBTC 🚀\n目标 1", "Лонг\tBTC 🚀\n目标 1");
        check("one\r\ntwo", "one\ntwo");
    }

    #[test]
    fn an_excerpt_is_one_short_line() {
        assert_eq!(excerpt(" one\ntwo ", 10), "one⏎two");
        assert_eq!(excerpt("abcdefgh", 5), "abcd…");
        assert_eq!(excerpt("abcde", 5), "abcde");
    }
}
