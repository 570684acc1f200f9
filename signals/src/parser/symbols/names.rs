//! Which run of letters and digits can be a name.
//!
//! A name may be several tokens (`1000PEPE`, `BTCUSDT`), and what is glued to it may be none of it: `USDTShort` ends
//! before the side. Most words are refused at a quick look, because every word of every post is asked.

use crate::parser::lex::{Kind, KindSet, Token, Tokens};
use crate::parser::symbols::quotes::may_split;
use crate::parser::vocabulary::{Role, RoleSet, Vocabulary};
use crate::symbol::{self, Ticker};

/// A name: a run of glued Latin words and numbers.
pub(super) struct Name {
    pub(super) first: usize,
    pub(super) last: usize,
    /// In small letters, as the vocabulary keeps names.
    pub(super) folded: Ticker,
    pub(super) upper: bool,
    /// It holds a letter.
    pub(super) letters: bool,
    pub(super) role: Role,
    pub(super) first_role: Role,
    /// It is one token, or holds more than a letter beside its digits: `x20` and `4h` are no names.
    pub(super) whole: bool,
}

impl Name {
    /// In capitals, as symbols are written.
    pub(super) fn text(&self) -> Ticker {
        let mut text = self.folded;
        text.make_ascii_uppercase();
        text
    }
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
        folded: Ticker::from(tokens.text(token)).ok()?,
        upper: token.kind == Kind::Number || token.upper,
        letters: token.kind == Kind::Word,
        role: token.role,
        first_role: token.role,
        whole: true,
    };
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
        let digits_end = name.letters && next.kind == Kind::Number && symbol::split_quote(&name.folded).is_some();
        if ends || digits_end || name.folded.try_push_str(tokens.text(next)).is_err() {
            break;
        }
        name.upper &= next.kind == Kind::Number || next.upper;
        name.letters |= next.kind == Kind::Word;
        name.role = Role::None;
        name.last += 1;
    }
    if !name.letters || !name.folded.is_ascii() {
        return None;
    }
    name.whole = name.first == name.last || name.folded.bytes().filter(u8::is_ascii_alphabetic).count() >= 2;
    Some(name)
}

/// Roles of words that are no names unless something is joined to them.
const NEVER: RoleSet = RoleSet::of(&[
    Role::Entry,
    Role::Target,
    Role::Stop,
    Role::Leverage,
    Role::Long,
    Role::Short,
    Role::Buy,
    Role::Sell,
    Role::Times,
]);

/// Roles of words that stand beside a name.
const BESIDE: RoleSet = RoleSet::of(&[
    Role::Long,
    Role::Short,
    Role::Buy,
    Role::Sell,
    Role::Close,
    Role::Cancel,
    Role::Closed,
    Role::Spot,
    Role::Pair,
    Role::Limit,
    Role::Market,
    Role::Signal,
    Role::Enter,
    Role::Venue,
]);

/// A quick look: most words of a post have a role and neither capitals nor a neighbour that would make them a name.
/// The conditions are joined without branches, because which of them holds cannot be foreseen.
#[inline]
pub(super) fn may_name(tokens: &Tokens, vocabulary: &Vocabulary, at: usize) -> bool {
    const JOINED: KindSet = KindSet::of(&[Kind::Word, Kind::Number]).and(KindSet::marks(b"-_|*"));
    const SLASH: KindSet = KindSet::marks(b"/");
    const EMPHASIS: KindSet = KindSet::marks(b"*\"");
    let list = &tokens.list;
    let token = &list[at];
    let next = list.get(at + 1);
    if token.kind == Kind::Number {
        return next.is_some_and(|t| {
            t.glued && t.kind == Kind::Word && t.latin && matches!(t.role, Role::None | Role::Coin | Role::Plain)
        });
    }
    let joined = next.is_some_and(|t| t.is_in(SLASH) | t.glued & t.is_in(JOINED));
    let certain = joined | matches!(token.role, Role::Coin | Role::Currency);
    if certain | NEVER.has(token.role) {
        return certain;
    }
    if token.role != Role::None {
        const BEFORE: KindSet = KindSet::of(&[Kind::Line, Kind::Mark(b':')]);
        let priced = next.is_some_and(|t| t.kind == Kind::Number);
        let placed = priced || at == 0 || list[at - 1].is_in(BEFORE);
        // In small letters and with nothing joined to it, only a coin is a name in spite of its role.
        return token.upper
            || placed
                && (next.is_some_and(|t| t.is_in(EMPHASIS)) || vocabulary.coin_named(tokens.text(token)).is_some());
    }
    const WITHIN: KindSet = KindSet::of(&[Kind::Word, Kind::Number]);
    const BREAKS: KindSet = KindSet::of(&[Kind::Index, Kind::Line]);
    const SIDES: RoleSet = RoleSet::of(&[Role::Long, Role::Short, Role::Buy, Role::Sell]);
    let text = tokens.text(token);
    let prev = at.checked_sub(1).map(|i| &list[i]);
    let begins = prev.is_none_or(|t| !t.is_in(WITHIN));
    let beside = |roles: RoleSet| prev.is_some_and(|t| roles.has(t.role)) | next.is_some_and(|t| roles.has(t.role));
    let likely = token.upper | begins | beside(BESIDE) | (text.len() >= 7);
    // In small letters, what is no coin needs a label, a side or a quote.
    let labelled = begins & prev.is_some_and(|t| !t.is_in(BREAKS)) | prev.is_some_and(|t| t.role == Role::Pair);
    let emphasised = next.is_some_and(|t| t.is_in(EMPHASIS));
    let supported = token.upper | labelled | emphasised | beside(SIDES) | (list.len() <= 8);
    likely & supported || likely && may_split(text) || vocabulary.coin_named(text).is_some()
}
