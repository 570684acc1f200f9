//! Which words play their role only together, or only beside a number.
//!
//! Phrases are joined first, the longest that the vocabulary knows; a word of a condition (`看 68000`, `T1: 2.44`, `AL`)
//! keeps its role only where its neighbours bear it out, and those may be phrases.

use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::numbers::is_level_label;
use crate::parser::vocabulary::{Role, RoleSet, Vocabulary};

/// The value of a word that labels a level only where a number stands next to it.
const BESIDE_NUMBER: u16 = 9;
/// The value of a word that labels a level only before a colon, or glued to its number.
const BEFORE_COLON: u16 = 8;

/// The value of a word that plays its role only in capitals: Turkish `AL`, `SAT`.
const IN_CAPITALS: u16 = 7;

impl Tokens {
    /// Joins runs of words that form a known phrase into one token with the phrase's role.
    pub(super) fn join_phrases(&mut self, vocabulary: &Vocabulary) {
        let list = &mut self.list;
        let (mut read, mut write) = (0, 0);
        let mut n_numbers = 0;
        self.numbers.resize(list.len(), 0);
        self.conditional.clear();
        let mut roles = RoleSet::default();
        while read < list.len() {
            let Token { kind, role, value, first_node, .. } = list[read];
            if first_node == 0 {
                // Without a branch on what it is: only words have a role, and too many conditional ones do no harm.
                list[write] = list[read];
                roles.add(role);
                self.numbers[n_numbers] = write;
                n_numbers += usize::from(kind == Kind::Number);
                if (IN_CAPITALS..=BESIDE_NUMBER).contains(&value) {
                    self.conditional.push(write);
                }
                read += 1;
                write += 1;
                continue;
            }
            let mut token = list[read];
            let mut next = read + 1;
            {
                let mut node = Some(token.first_node);
                let mut at = read + 1;
                while let Some(here) = node {
                    if let Some((role, value)) = vocabulary.phrase_end(here) {
                        (token.role, token.value) = (role, value);
                        token.end = list[at - 1].end;
                        token.phrase = true;
                        next = at;
                    }
                    // The marks that stand inside phrases: "take-profit", "S/L", "l'entrée", "T.P".
                    if list.get(at).is_some_and(|t| {
                        matches!(t.kind, Kind::Mark(b'-' | b'/' | b'\'' | b'.' | b'_' | b'*'))
                            || t.kind == Kind::Mark(b':') && t.glued && list.get(at + 1).is_some_and(|t| t.glued)
                    }) {
                        at += 1;
                    }
                    let word = list.get(at).filter(|t| t.kind == Kind::Word && t.word != 0);
                    node = word.and_then(|word| vocabulary.phrase_step(here, word.word));
                    at += 1;
                }
            }
            list[write] = token;
            roles.add(token.role);
            if (IN_CAPITALS..=BESIDE_NUMBER).contains(&token.value) {
                self.conditional.push(write);
            }
            write += 1;
            read = next;
        }
        list.truncate(write);
        self.numbers.truncate(n_numbers);
        self.roles = roles;
    }

    /// Words that label a level only beside a number (`看 68000`, `EN: 36.4`, `T1: 2.44`) are words elsewhere.
    pub(super) fn drop_roles_without_number(&mut self) {
        for index in 0..self.conditional.len() {
            let at = self.conditional[index];
            let token = self.list[at];
            if token.kind == Kind::Word && token.value == IN_CAPITALS && token.role != Role::Ordinal && !token.upper {
                self.list[at].role = Role::None;
                continue;
            }
            if token.kind != Kind::Word
                || !matches!(token.value, BESIDE_NUMBER | BEFORE_COLON)
                || !is_level_label(token.role)
            {
                continue;
            }
            let number = |t: Option<&Token>| t.is_some_and(|t| t.kind == Kind::Number);
            let next = self.list.get(at + 1);
            let begins_line = at == 0
                || self.list[..at]
                    .iter()
                    .rev()
                    .find(|t| !matches!(t.kind, Kind::Mark(_) | Kind::Emoji(_) | Kind::Index))
                    .is_none_or(|t| t.kind == Kind::Line);
            let stray = token.to - token.from <= 2 && !token.upper && !begins_line
                || token.glued && !begins_line && token.to - token.from == 1;
            let colon = next.is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'=')))
                && self.list[at + 2..]
                    .iter()
                    .take(if begins_line { 6 } else { 2 })
                    .take_while(|t| t.kind != Kind::Line)
                    .any(|t| t.kind == Kind::Number);
            let holds = if token.value == BEFORE_COLON {
                !stray && (colon || begins_line && token.to - token.from > 2 && number(next))
                    || number(next)
                        && next.is_some_and(|t| {
                            t.end - t.start <= 2
                                && (t.glued || self.list.get(at + 2).is_some_and(|t| t.kind == Kind::Mark(b':')))
                                || token.upper && t.end - t.start > 2
                        })
            } else {
                colon
                    || number(next)
                    || self.list[at + 1..]
                        .iter()
                        .take(3)
                        .find(|t| !matches!(t.kind, Kind::Mark(b'$' | b'.' | b':')))
                        .is_some_and(|t| {
                            t.kind == Kind::Number || matches!(t.role, Role::Price | Role::Below | Role::Above)
                        })
                    || number(at.checked_sub(1).map(|i| &self.list[i]))
            };
            let token = &mut self.list[at];
            token.value = 0;
            if !holds {
                token.role = Role::None;
            }
        }
    }
}
