//! Which number the provider gave the signal.
//!
//! Only a label that ends in `id` as a word of its own names it: "SIGNAL ID:", not "paid" and not "risk".

use crate::parser::lex::{Kind, Tokens};
use crate::parser::slice;
use crate::parser::vocabulary::Role;

/// The provider's own number of the signal, behind a label such as `SIGNAL ID:`.
pub(super) fn provider_id(text: &str, tokens: &Tokens) -> Option<(String, usize)> {
    if !tokens.roles.has(Role::Aside) {
        return None;
    }
    let list = &tokens.list;
    let label = list.iter().position(|t| t.role == Role::Aside && slice_ends_in_id(text, t.start, t.end))?;
    let mut at = label + 1;
    while list.get(at).is_some_and(|t| matches!(t.kind, Kind::Mark(b':' | b'#' | b'-' | b'*' | b'='))) && at < label + 4
    {
        at += 1;
    }
    list.get(at).filter(|t| at > label + 1 && matches!(t.kind, Kind::Number | Kind::Word))?;
    let mut last = at;
    while list
        .get(last + 1)
        .is_some_and(|t| t.glued && matches!(t.kind, Kind::Number | Kind::Word | Kind::Mark(b'_' | b'-')))
        && last < at + 12
    {
        last += 1;
    }
    Some((slice(text, tokens, at, last).to_owned(), at))
}

fn slice_ends_in_id(text: &str, start: u32, end: u32) -> bool {
    let label = text.as_bytes().get(start as usize..end as usize).unwrap_or_default();
    let (rest, id) = label.split_at(label.len().saturating_sub(2));
    id.eq_ignore_ascii_case(b"id") && rest.last().is_none_or(|b| !b.is_ascii_alphanumeric())
}
