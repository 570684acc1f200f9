//! Cursors on the wire: opaque, signed, and good only for the list that they were made for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use signals::query::{Cursor, SignalQuery};

use crate::error::ApiError;
use crate::state::ApiState;

/// How many items a page has at most, and where the request does not say.
const MOST: u16 = 200;
const USUAL: u16 = 50;

/// How many items a page shall have.
pub(crate) fn page_size(limit: Option<u16>) -> Result<usize, ApiError> {
    let limit = limit.unwrap_or(USUAL);
    let is_one = (1..=MOST).contains(&limit);
    is_one.then_some(limit.into()).ok_or_else(|| ApiError::parameter("limit", format!("a page has 1 to {MOST} items")))
}

/// Where a page begins: at the beginning of the list, or at the place of a cursor that was made for it.
pub(crate) async fn opened(state: &ApiState, text: Option<&str>, list: &SignalQuery) -> Result<Cursor, ApiError> {
    let Some(text) = text else { return Ok(Cursor::default()) };
    state.page_key().await?.open(text, list).ok_or_else(|| {
        let detail = "it is not the `next_cursor` of a list with these filters: begin again without it";
        ApiError::parameter("cursor", detail)
    })
}

/// The text of the cursor that leads on.
pub(crate) async fn sealed(
    state: &ApiState,
    next: Option<Cursor>,
    list: &SignalQuery,
) -> Result<Option<String>, ApiError> {
    match next {
        Some(next) => Ok(Some(state.page_key().await?.seal(next, list))),
        None => Ok(None),
    }
}

/// The key that signs cursors; shared by all instances of a deployment.
pub(crate) struct PageKey([u8; 32]);

/// How many bytes of the signature are kept: enough that guessing one is hopeless.
const SIGNATURE: usize = 16;

/// The longest cursor that is looked at.
const LONGEST: usize = 600;

#[derive(Serialize, Deserialize)]
struct Payload {
    #[serde(rename = "t", skip_serializing_if = "Option::is_none")]
    by_time: Option<String>,
    #[serde(rename = "m", skip_serializing_if = "Option::is_none")]
    by_message: Option<String>,
}

impl PageKey {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// The text of a cursor.
    fn seal(&self, cursor: Cursor, query: &SignalQuery) -> String {
        let payload = Payload { by_time: cursor.by_time, by_message: cursor.by_message };
        let payload = serde_json::to_vec(&payload).unwrap_or_default();
        let signature = self.mac(&payload, query).finalize().into_bytes();
        URL_SAFE_NO_PAD.encode([&signature[..SIGNATURE], &payload].concat())
    }

    /// The cursor of a text; `None` when it was not made by [`Self::seal`] for this list.
    fn open(&self, text: &str, query: &SignalQuery) -> Option<Cursor> {
        let bytes = (text.len() <= LONGEST).then(|| URL_SAFE_NO_PAD.decode(text).ok()).flatten()?;
        let (signature, payload) = bytes.split_at_checked(SIGNATURE)?;
        self.mac(payload, query).verify_truncated_left(signature).ok()?;
        let payload: Payload = serde_json::from_slice(payload).ok()?;
        Some(Cursor { by_time: payload.by_time, by_message: payload.by_message })
    }

    fn mac(&self, payload: &[u8], query: &SignalQuery) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{query:?}\0").as_bytes());
        mac.update(payload);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cursor() -> Cursor {
        Cursor { by_time: Some("1700000000123#whalechart_7_0".to_owned()), by_message: None }
    }

    #[test]
    fn a_cursor_comes_back_as_it_was() {
        let (key, query) = (PageKey::new([7; 32]), SignalQuery::default());
        let text = key.seal(cursor(), &query);
        assert_eq!(key.open(&text, &query), Some(cursor()));
    }

    #[test]
    fn a_cursor_of_another_list_another_key_or_another_hand_is_refused() {
        let (key, query) = (PageKey::new([7; 32]), SignalQuery::default());
        let text = key.seal(cursor(), &query);
        let other = SignalQuery { symbol: Some("BTCUSDT".to_owned()), ..SignalQuery::default() };
        assert_eq!(key.open(&text, &other), None);
        assert_eq!(PageKey::new([8; 32]).open(&text, &query), None);
        for at in 0..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let tampered = String::from_utf8(bytes).unwrap();
            assert_ne!(key.open(&tampered, &query), Some(Cursor::default()), "{at}");
            assert!(key.open(&tampered, &query).is_none() || tampered == text, "{at}");
        }
        for text in ["", "AAAA", "%%%", &"A".repeat(10_000)] {
            assert_eq!(key.open(text, &query), None, "{text}");
        }
    }
}
