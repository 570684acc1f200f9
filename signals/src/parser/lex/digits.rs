//! Which characters make up one number: digits of any script, and the separators between them.
//!
//! A separator belongs to the number only between digits, and not all of those: "0.861,0.835" is a list. What the
//! separators mean is decided later, in `numbers`, from all numbers of the post together.

use crate::parser::fold::{self, Fold};
use crate::parser::lex::Kind;
use crate::parser::lex::lexer::Lexer;
use crate::parser::lex::runs::figures;

impl Lexer<'_> {
    /// Reads a number of ASCII digits that nothing but ASCII follows; `false` where it may go on otherwise.
    fn ascii_number(&mut self) -> bool {
        let bytes = self.text.as_bytes();
        let start = self.at;
        let mut end = start + figures(&bytes[start..]);
        // "0.861,0.835" is a list, "1.234,56" a number.
        if bytes[start..end].contains(&b',')
            && let Some((whole, rest)) = self.text[start..end].split_once(',')
            && let Some((first, group)) = whole.split_once('.')
            && (first == "0" || group.len() != 3 || rest.contains('.'))
        {
            end = start + whole.len();
        }
        // Digits of another script, a keycap or what has no width may go on with the number.
        let foreign = |at: usize| {
            bytes.get(at).is_some_and(|&byte| byte >= 128)
                && self.text[at..].chars().next().is_some_and(|c| {
                    matches!(fold::fold(c), Fold::Digit(..) | Fold::Separator(_) | Fold::Keycap | Fold::Skip)
                })
        };
        let decimal_slash = end == start + 1 && bytes[start] == b'0' && bytes.get(end) == Some(&b'/');
        if bytes[start] == b'.'
            || foreign(end)
            || bytes.get(end).is_some_and(|b| b".,'".contains(b)) && foreign(end + 1)
            || decimal_slash
        {
            return false;
        }
        let joined = start > 0 && bytes[start - 1] >= 128 && self.behind_joining_space(start);
        self.push(Kind::Number, 0, start, end);
        if let Some(token) = self.out.list.last_mut() {
            (token.from, token.to, token.joined) = (start as u32, end as u32, joined);
        }
        self.pass_space();
        true
    }

    fn behind_joining_space(&self, start: usize) -> bool {
        self.text[..start]
            .chars()
            .next_back()
            .is_some_and(|c| !c.is_ascii() && matches!(fold::fold(c), Fold::JoiningSpace))
    }

    /// Reads a number: digits, and the separators that stand between digits.
    pub(super) fn number(&mut self) {
        self.end_word();
        if self.ascii_number() {
            return;
        }
        let start = self.at;
        let from = self.out.folded.len();
        let mut end = start;
        let mut arabic = false;
        let mut keycap = false;
        if self.text.as_bytes()[start] == b'.' {
            self.out.folded.push('0');
        }
        let mut chars = self.text[start..].char_indices().peekable();
        while let Some((offset, c)) = chars.next() {
            let folded = if c.is_ascii_digit() {
                Fold::Digit(c as u8 - b'0', false)
            } else if c.is_ascii() {
                Fold::Mark(c as u8)
            } else {
                fold::fold(c)
            };
            match folded {
                Fold::Digit(digit, is_arabic) => {
                    arabic |= is_arabic;
                    self.out.folded.push((b'0' + digit) as char);
                    end = start + offset + c.len_utf8();
                }
                Fold::Skip => {}
                Fold::Keycap => {
                    keycap = true;
                    end = start + offset + c.len_utf8();
                    break;
                }
                Fold::Mark(b'.' | b',' | b'\'' | b'/') if !c.is_ascii() && c != '’' => break,
                Fold::Mark(mark @ (b'.' | b',' | b'\'' | b'/')) | Fold::Separator(mark) => {
                    let next = chars.peek().map(|&(_, next)| next);
                    let next_is_digit = next.is_some_and(|next| {
                        next.is_ascii_digit() || (!next.is_ascii() && matches!(fold::fold(next), Fold::Digit(..)))
                    });
                    let digits = &self.out.folded[from..];
                    // Persian writes the decimal point as a slash: "۰/۷۴۵".
                    let slash_is_point = mark == b'/' && (arabic || digits == "0") && !digits.contains('.');
                    if !next_is_digit || (mark == b'/' && !slash_is_point) {
                        break;
                    }
                    self.out.folded.push(if mark == b'/' { '.' } else { mark as char });
                }
                _ => break,
            }
        }
        let to = self.out.folded.len();
        if keycap {
            let value = self.out.folded[from..to].parse().unwrap_or(0);
            self.out.folded.truncate(from);
            self.push(Kind::Index, value, start, end);
            return;
        }
        let joined = self.behind_joining_space(start);
        self.push(Kind::Number, 0, start, end);
        if let Some(token) = self.out.list.last_mut() {
            (token.from, token.to, token.joined) = (from as u32, to as u32, joined);
        }
    }
}
