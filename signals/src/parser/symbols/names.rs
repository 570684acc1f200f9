//! Which run of letters and digits can be a name.
//!
//! A name may be several tokens (`1000PEPE`, `BTCUSDT`), and what is glued to it may be none of it: `USDTShort` ends
//! before the side. Most words are refused at a quick look, because every word of every post is asked.

use crate::parser::lex::{Kind, Token, Tokens};
use crate::parser::vocabulary::{Role, Vocabulary};
use crate::symbol::{self, Ticker};

/// A name: a run of glued Latin words and numbers.
pub(super) struct Name {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) text: Ticker,
    /// The same in small letters, as the vocabulary keeps names.
    pub(super) folded: Ticker,
    pub(super) upper: bool,
    /// It holds a letter.
    pub(super) letters: bool,
    pub(super) role: Role,
    pub(super) first_role: Role,
    /// It is one token, or holds more than a letter beside its digits: `x20` and `4h` are no names.
    pub(super) whole: bool,
}

/// The name that begins at this token.
pub(super) fn name_at(tokens: &Tokens, at: usize) -> Option<Name> {
    let list = &tokens.list;
    let begins = |t: &Token| {
        (t.kind == Kind::Word && t.latin)
            || (t.kind == Kind::Number && tokens.text(t).bytes().all(|b| b.is_ascii_digit()))
    };
    let token = list.get(at).filter(|t| begins(t))?;
    // Phrases cover more than a name.
    if token.phrase {
        return None;
    }
    let mut name = Name {
        first: at,
        last: at,
        text: Ticker::new(),
        folded: Ticker::from(tokens.text(token)).ok()?,
        upper: token.kind == Kind::Number || token.upper,
        letters: token.kind == Kind::Word,
        role: token.role,
        first_role: token.role,
        whole: true,
    };
    name.text = name.folded;
    name.text.make_ascii_uppercase();
    while let Some(next) = list.get(name.last + 1).filter(|t| t.glued && begins(t)) {
        // "USDTShort", "20xLong": a word with a role of its own ends the name.
        let ends = next.kind == Kind::Word
            && matches!(
                next.role,
                Role::Long
                    | Role::Short
                    | Role::Buy
                    | Role::Sell
                    | Role::Leverage
                    | Role::Entry
                    | Role::Target
                    | Role::Stop
                    | Role::Cross
                    | Role::Isolated
            );
        let digits_end = name.letters && next.kind == Kind::Number && symbol::split_quote(&name.text).is_some();
        if ends || digits_end || name.folded.try_push_str(tokens.text(next)).is_err() {
            break;
        }
        name.text = name.folded;
        name.text.make_ascii_uppercase();
        name.upper &= next.kind == Kind::Number || next.upper;
        name.letters |= next.kind == Kind::Word;
        name.role = Role::None;
        name.last += 1;
    }
    name.whole = name.first == name.last || name.text.bytes().filter(u8::is_ascii_alphabetic).count() >= 2;
    (name.letters && name.text.is_ascii()).then_some(name)
}

/// A quick look: most words of a post have a role and neither capitals nor a neighbour that would make them a name.
pub(super) fn may_name(tokens: &Tokens, vocabulary: &Vocabulary, at: usize) -> bool {
    let list = &tokens.list;
    let token = &list[at];
    match token.kind {
        Kind::Number => list.get(at + 1).is_some_and(|t| {
            t.glued && t.kind == Kind::Word && t.latin && matches!(t.role, Role::None | Role::Coin | Role::Plain)
        }),
        Kind::Word => {
            let next = list.get(at + 1).map(|t| (t.kind, t.glued));
            if matches!(
                next,
                Some((Kind::Mark(b'/'), _) | (Kind::Word | Kind::Number | Kind::Mark(b'-' | b'_' | b'|' | b'*'), true))
            ) {
                return true;
            }
            match token.role {
                Role::Coin | Role::Currency => true,
                Role::None => {
                    let begins = at == 0 || !matches!(list[at - 1].kind, Kind::Word | Kind::Number);
                    let beside = |t: Option<&Token>| {
                        t.is_some_and(|t| {
                            matches!(
                                t.role,
                                Role::Long
                                    | Role::Short
                                    | Role::Buy
                                    | Role::Sell
                                    | Role::Close
                                    | Role::Cancel
                                    | Role::Closed
                                    | Role::Spot
                                    | Role::Pair
                                    | Role::Limit
                                    | Role::Market
                                    | Role::Signal
                                    | Role::Enter
                                    | Role::Venue
                            )
                        })
                    };
                    let text = tokens.text(token);
                    token.upper
                        || begins
                        || text.len() >= 7
                        || beside(list.get(at + 1))
                        || beside(list.get(at - 1))
                        || vocabulary.coin_named(text).is_some()
                }
                Role::Entry
                | Role::Target
                | Role::Stop
                | Role::Leverage
                | Role::Long
                | Role::Short
                | Role::Buy
                | Role::Sell
                | Role::Times => false,
                _ => {
                    token.upper
                        || matches!(next, Some((Kind::Number, _)))
                        || at == 0
                        || matches!(list[at - 1].kind, Kind::Line | Kind::Mark(b':'))
                }
            }
        }
        _ => false,
    }
}
