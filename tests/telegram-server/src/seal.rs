//! What an encrypted message is: opened as the server reads it, sealed as the server writes it.
//!
//! [MTProto 2.0](https://core.telegram.org/mtproto/description#defining-aes-key-and-initialization-vector): the message
//! key is made of the clear text, the AES key of the message key, and both of another part of the authorization key per
//! direction.

use grammers_crypto::AuthKey;
use grammers_crypto::aes::{ige_decrypt, ige_encrypt};
use sha2::{Digest, Sha256};

/// From which byte of the authorization key on the keys of a client's messages are made.
const FROM_CLIENT: usize = 0;
/// The same for a server's messages.
const FROM_SERVER: usize = 8;

/// The bytes of a packet before its encrypted part: the id of the key, and the message key.
const HEADER: usize = 8 + 16;
/// The bytes of the clear text before the body: salt, session, message id, number, length.
const PRELUDE: usize = 8 + 8 + 8 + 4 + 4;

/// Why a packet could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SealError {
    /// Too short, or not whole blocks.
    #[error("{0} bytes are no encrypted message")]
    Size(usize),
    /// The message key does not fit the clear text.
    #[error("the message key does not fit")]
    MessageKey,
    /// The length inside is longer than the message, or no multiple of four.
    #[error("a body of {0} bytes")]
    Length(u32),
    /// Fewer than 12 or more than 1024 bytes of padding.
    #[error("{0} bytes of padding")]
    Padding(usize),
}

/// A message as it stands in the clear text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clear {
    /// The server salt that the sender knows.
    pub salt: i64,
    /// The session, which the client has chosen.
    pub session: i64,
    /// The message's id: the sender's time in the upper 32 bits.
    pub id: i64,
    /// The message's number in its session.
    pub number: i32,
    /// What it says.
    pub body: Vec<u8>,
}

/// The id of a key, as it stands before every message under it.
#[must_use]
pub(crate) fn key_id(key: &[u8; 256]) -> i64 {
    let hash = sha1::Sha1::digest(key);
    i64::from_le_bytes(*hash[12..].first_chunk().expect("20 bytes"))
}

/// Opens a client's packet.
///
/// # Errors
/// Where it was not sealed under this key, or not as the protocol wants it.
pub(crate) fn open(key: &AuthKey, packet: &[u8]) -> Result<Clear, SealError> {
    if packet.len() < HEADER + PRELUDE || !(packet.len() - HEADER).is_multiple_of(16) {
        return Err(SealError::Size(packet.len()));
    }
    let key = key.to_bytes();
    let message_key: [u8; 16] = *packet[8..].first_chunk().expect("the header is there");
    let mut clear = packet[HEADER..].to_vec();
    let (aes_key, iv) = aes_key(&key, &message_key, FROM_CLIENT);
    ige_decrypt(&mut clear, &aes_key, &iv);
    if message_key != message_key_of(&key, &clear, FROM_CLIENT) {
        return Err(SealError::MessageKey);
    }
    let long = |at: usize| i64::from_le_bytes(*clear[at..].first_chunk().expect("the prelude is there"));
    let word = |at: usize| u32::from_le_bytes(*clear[at..].first_chunk().expect("the prelude is there"));
    let length = word(28);
    let end = usize::try_from(length).ok().and_then(|length| length.checked_add(PRELUDE));
    let end = end.filter(|end| *end <= clear.len() && length % 4 == 0).ok_or(SealError::Length(length))?;
    let padding = clear.len() - end;
    if !(12..=1024).contains(&padding) {
        return Err(SealError::Padding(padding));
    }
    let number = i32::from_le_bytes(word(24).to_le_bytes());
    Ok(Clear { salt: long(0), session: long(8), id: long(16), number, body: clear[PRELUDE..end].to_vec() })
}

/// Seals a message of the server.
#[must_use]
pub(crate) fn seal(key: &AuthKey, message: &Clear) -> Vec<u8> {
    let raw = key.to_bytes();
    let mut clear = Vec::with_capacity(PRELUDE + message.body.len() + 28);
    clear.extend(message.salt.to_le_bytes());
    clear.extend(message.session.to_le_bytes());
    clear.extend(message.id.to_le_bytes());
    clear.extend(message.number.to_le_bytes());
    clear.extend(u32::try_from(message.body.len()).expect("answers are bounded").to_le_bytes());
    clear.extend(&message.body);
    let padding = 12 + (16 - (clear.len() + 12) % 16) % 16;
    let mut random = [0; 28];
    getrandom::fill(&mut random).expect("the system has randomness");
    clear.extend(&random[..padding]);

    let message_key = message_key_of(&raw, &clear, FROM_SERVER);
    let (aes_key, iv) = aes_key(&raw, &message_key, FROM_SERVER);
    ige_encrypt(&mut clear, &aes_key, &iv);
    let mut packet = key_id(&raw).to_le_bytes().to_vec();
    packet.extend(message_key);
    packet.extend(clear);
    packet
}

fn message_key_of(key: &[u8; 256], clear: &[u8], from: usize) -> [u8; 16] {
    let hash = Sha256::new().chain_update(&key[88 + from..120 + from]).chain_update(clear).finalize();
    *hash[8..].first_chunk().expect("32 bytes")
}

fn aes_key(key: &[u8; 256], message_key: &[u8; 16], from: usize) -> ([u8; 32], [u8; 32]) {
    let a = Sha256::new().chain_update(message_key).chain_update(&key[from..from + 36]).finalize();
    let b = Sha256::new().chain_update(&key[40 + from..76 + from]).chain_update(message_key).finalize();
    let joined = |x: &[u8], y: &[u8], z: &[u8]| {
        let whole = [&x[..8], &y[8..24], &z[24..]].concat();
        *whole.first_chunk().expect("32 bytes")
    };
    (joined(&a, &b, &a), joined(&b, &a, &b))
}

#[cfg(test)]
mod tests {
    use grammers_crypto::{DequeBuffer, decrypt_data_v2, encrypt_data_v2};

    use super::*;

    fn key() -> AuthKey {
        AuthKey::from_bytes(std::array::from_fn(|i| (i * 3 + 1) as u8))
    }

    /// A packet as the client library seals it.
    fn from_client(clear: &[u8]) -> Vec<u8> {
        let mut buffer = DequeBuffer::with_capacity(0, 0);
        buffer.extend(clear.iter());
        encrypt_data_v2(&mut buffer, &key());
        buffer.as_ref().to_vec()
    }

    fn clear(length: u32, body: &[u8]) -> Vec<u8> {
        let mut clear = [1_i64, 2, 3].iter().flat_map(|part| part.to_le_bytes()).collect::<Vec<u8>>();
        clear.extend(5_i32.to_le_bytes());
        clear.extend(length.to_le_bytes());
        clear.extend(body);
        clear
    }

    #[test]
    fn what_a_client_library_sealed_is_opened() {
        let opened = open(&key(), &from_client(&clear(4, b"body"))).unwrap();
        assert_eq!(opened, Clear { salt: 1, session: 2, id: 3, number: 5, body: b"body".to_vec() });
    }

    #[test]
    fn what_was_sealed_is_opened_by_a_client_library() {
        let message = Clear { salt: 1, session: 2, id: 3, number: 5, body: b"body".to_vec() };
        let mut packet = seal(&key(), &message);
        let plain = decrypt_data_v2(&mut packet, &key()).unwrap();
        assert_eq!(plain[..36], clear(4, b"body"));
    }

    #[test]
    fn messages_that_break_the_rules_are_refused_by_name() {
        let mut damaged = from_client(&clear(4, b"body"));
        damaged[30] ^= 1;
        assert_eq!(open(&key(), &damaged), Err(SealError::MessageKey));
        assert_eq!(open(&key(), &damaged[..50]), Err(SealError::Size(50)));
        assert_eq!(open(&key(), &from_client(&clear(3, b"body"))), Err(SealError::Length(3)));
        assert_eq!(open(&key(), &from_client(&clear(4096, b"body"))), Err(SealError::Length(4096)));
        let much = open(&key(), &from_client(&clear(4, &[0; 1100])));
        assert!(matches!(much, Err(SealError::Padding(1097..1200))), "{much:?}");
        let none = open(&key(), &from_client(&clear(40, &[0; 16])));
        assert!(matches!(none, Err(SealError::Padding(_))), "{none:?}");
    }
}
