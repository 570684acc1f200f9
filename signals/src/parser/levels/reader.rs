//! How the tokens of a segment change what governs the next number: one pass over words, numbers and marks.
//!
//! The label in force is the whole memory of the pass. What sets it is in `labels`, what ends it in `reach`, and what
//! a number becomes under it in `values`; a rule that looks back or ahead must stop at the line or after a few tokens,
//! or the pass is no longer linear.

use std::ops::Range;

use arrayvec::ArrayVec;

use crate::parser::fold::Emoji;
use crate::parser::levels::labels::LABELLING;
use crate::parser::levels::{Levels, Slot};
use crate::parser::lex::{Kind, KindSet, Token, Tokens};
use crate::parser::numbers::{Number, Unit};
use crate::parser::vocabulary::Role;

/// The marks, pictures and breaks that can change what governs the next number.
const ACTING: KindSet = KindSet::of(&[
    Kind::Line,
    Kind::Index,
    Kind::Emoji(Emoji::Target),
    Kind::Emoji(Emoji::Stop),
    Kind::Emoji(Emoji::Cross),
    Kind::Emoji(Emoji::Tick),
])
.and(KindSet::marks(b"():.,;@"));

/// The label that governs what comes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label {
    pub(super) slot: Slot,
    pub(super) token: usize,
    pub(super) line: u32,
    pub(super) values: u32,
    /// Its values stand on lines of their own.
    pub(super) listed: bool,
    pub(super) index: Option<u8>,
}

/// The pass over a segment.
pub(super) struct Reader<'a> {
    pub(super) tokens: &'a Tokens,
    pub(super) numbers: &'a [Number],
    /// Tokens that name the symbol.
    pub(super) is_symbol: &'a [bool],
    pub(super) out: &'a mut Levels,
    pub(super) label: Option<Label>,
    /// A list number that awaits its price.
    pub(super) index: Option<u8>,
    pub(super) ordinal: Option<u8>,
    pub(super) line: u32,
    pub(super) line_start: usize,
    /// Where the clause began, and how closely it is about entering, once somebody asked.
    pub(super) clause: usize,
    pub(super) anchor: Option<u8>,
    pub(super) parens: u32,
    /// Inside brackets that hold a remark on the price before them.
    pub(super) muted: bool,
    range: Range<usize>,
    /// Whether the segment labels its stop, its targets, in words, once somebody asked.
    words_label: Option<(bool, bool)>,
    pub(super) leverages: ArrayVec<(u16, usize, bool), 8>,
}

impl<'a> Reader<'a> {
    /// A reader at the beginning of the tokens in `range`.
    pub(super) fn new(
        tokens: &'a Tokens,
        numbers: &'a [Number],
        is_symbol: &'a [bool],
        range: &Range<usize>,
        out: &'a mut Levels,
    ) -> Self {
        Self {
            tokens,
            numbers,
            is_symbol,
            out,
            label: None,
            index: None,
            ordinal: None,
            line: 0,
            line_start: range.start,
            clause: range.start,
            anchor: None,
            parens: 0,
            muted: false,
            range: range.clone(),
            words_label: None,
            leverages: ArrayVec::new(),
        }
    }
}

impl Reader<'_> {
    /// Reads the tokens in `range`.
    pub(super) fn run(mut self, range: Range<usize>) {
        let numbers = self.numbers;
        let first = numbers.partition_point(|number| number.token < range.start);
        let mut at = range.start;
        for (next, number) in numbers.iter().enumerate().skip(first).take_while(|(_, n)| n.token < range.end) {
            self.tokens_between(at, number.token);
            self.number(next);
            at = number.last + 1;
        }
        self.tokens_between(at, range.end);
        self.settle_leverage();
    }

    pub(super) fn get(&self, at: usize) -> Option<&Token> {
        self.tokens.list.get(at)
    }

    fn tokens_between(&mut self, from: usize, to: usize) {
        let tokens = self.tokens.list.get(from..to).unwrap_or_default();
        let is_symbol = self.is_symbol.get(from..to).unwrap_or_default();
        for (at, (token, &is_symbol)) in (from..).zip(tokens.iter().zip(is_symbol)) {
            // Most tokens change nothing.
            if token.is_in(ACTING) | LABELLING.has(token.role) | is_symbol {
                self.token(at);
            }
        }
    }

    fn token(&mut self, at: usize) {
        let token = &self.tokens.list[at];
        match token.kind {
            Kind::Line => self.new_line(at, token.value),
            Kind::Index => self.index = u8::try_from(token.value).ok(),
            Kind::Mark(b'(') => self.parens += 1,
            Kind::Mark(b')') => {
                self.parens = self.parens.saturating_sub(1);
                self.muted = false;
            }
            Kind::Emoji(Emoji::Target | Emoji::Stop | Emoji::Cross | Emoji::Tick) => self.picture(at, token.kind),
            Kind::Mark(b':') => self.colon(at),
            Kind::Mark(b'.') => self.full_stop(at),
            Kind::Mark(b',' | b';') if self.get(at + 1).is_some_and(|t| t.kind != Kind::Number) => {
                (self.clause, self.anchor) = (at + 1, None)
            }
            Kind::Mark(b'@')
                if self.get(at + 1).is_some_and(|t| t.kind == Kind::Number || t.kind == Kind::Mark(b'$')) =>
            {
                self.price_word(at)
            }
            Kind::Word if self.is_symbol[at] => self.symbol(at),
            Kind::Word => self.word(at, token),
            _ => {}
        }
    }

    /// A dart board or a stop sign right before a number labels it where no word does.
    fn picture(&mut self, at: usize, kind: Kind) {
        if !self.get(at + 1).is_some_and(|t| t.kind == Kind::Number || t.kind == Kind::Mark(b'$')) {
            return;
        }
        let (slot, worded) = match kind {
            Kind::Emoji(Emoji::Target | Emoji::Tick) => (Slot::Target, self.words_label().1),
            _ => (Slot::Stop, self.words_label().0),
        };
        if !worded {
            self.set(slot, at);
        }
    }

    fn words_label(&mut self) -> (bool, bool) {
        let tokens = self.tokens;
        let range = &self.range;
        *self.words_label.get_or_insert_with(|| {
            let names =
                |role: Role| tokens.roles.has(role) && tokens.list[range.clone()].iter().any(|t| t.role == role);
            (names(Role::Stop), names(Role::Target))
        })
    }

    fn symbol(&mut self, at: usize) {
        let done = self.label.is_none_or(|label| label.values > 0 || matches!(label.slot, Slot::Aside | Slot::Current));
        if done && self.parens == 0 {
            self.label = Some(self.loose(at));
        }
    }

    pub(super) fn loose(&self, at: usize) -> Label {
        Label { slot: Slot::Loose, token: at, line: self.line, values: 0, listed: false, index: None }
    }

    /// Whether a token within `reach` of `at`, in the same line, satisfies the test.
    pub(super) fn near(&self, at: usize, reach: usize, test: impl Fn(&Token) -> bool) -> bool {
        let list = &self.tokens.list;
        list[at + 1..].iter().take(reach).take_while(|t| t.kind != Kind::Line).any(&test)
            || list[..at].iter().rev().take(reach).take_while(|t| t.kind != Kind::Line).any(&test)
    }

    pub(super) fn set(&mut self, slot: Slot, at: usize) {
        self.label = Some(Label { slot, token: at, line: self.line, values: 0, listed: false, index: None });
        self.index = None;
    }

    pub(super) fn unit_at(&self, token: usize) -> Option<Unit> {
        self.numbers.binary_search_by_key(&token, |number| number.token).ok().map(|i| self.numbers[i].unit)
    }
}
