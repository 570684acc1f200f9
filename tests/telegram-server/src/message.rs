//! What a message is made of: containers with several inside, and bodies that are packed.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use grammers_tl_types::{Cursor, Deserializable, Serializable};

use crate::seal::Clear;

/// [`msg_container`](https://core.telegram.org/mtproto/service_messages#containers).
pub(crate) const CONTAINER: u32 = 0x73f1_f8dc;
/// [`gzip_packed`](https://core.telegram.org/mtproto/service_messages#packed-object).
pub(crate) const GZIP: u32 = 0x3072_cfa1;
/// [`rpc_result`](https://core.telegram.org/mtproto/service_messages#response-to-an-rpc-query).
pub(crate) const RPC_RESULT: u32 = 0xf35c_6d01;

/// The most messages of a container (Telegram's own bound).
const MOST_IN_CONTAINER: u32 = 1020;
/// How long a body may become when it is unpacked.
const LONGEST_UNPACKED: u64 = 10 * 1024 * 1024;

/// One message, out of its container if it was in one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// Its id.
    pub id: i64,
    /// Its number in the session.
    pub number: i32,
    /// What it says, unpacked.
    pub body: Vec<u8>,
}

impl Message {
    /// The constructor that the body begins with; none where it is shorter than one.
    #[must_use]
    pub(crate) fn constructor(&self) -> Option<u32> {
        self.body.first_chunk().map(|word| u32::from_le_bytes(*word))
    }
}

/// Why a body cannot be read. The client is told with error 64.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MessageError {
    /// It ends too soon, or a length in it is none.
    #[error("a malformed container")]
    Malformed,
    /// More messages than a container may hold.
    #[error("a container of {0} messages")]
    TooMany(u32),
    /// A container in a container.
    #[error("a container in a container")]
    Nested,
    /// A message that is as new as its container or newer.
    #[error("a message of a container is newer than it")]
    Order,
    /// A packed body that cannot be unpacked, or becomes too long.
    #[error("a packed body that cannot be unpacked")]
    Packed,
}

/// The messages of what came as one, in their order, unpacked.
///
/// # Errors
/// Where it is malformed.
pub(crate) fn messages(outer: &Clear) -> Result<Vec<Message>, MessageError> {
    let outer = Message { id: outer.id, number: outer.number, body: unpacked(&outer.body)? };
    if outer.constructor() != Some(CONTAINER) {
        return Ok(vec![outer]);
    }
    let mut cursor = Cursor::from_slice(&outer.body[4..]);
    let mut word = || u32::deserialize(&mut cursor).map_err(|_| MessageError::Malformed);
    let n_messages = word()?;
    if n_messages > MOST_IN_CONTAINER {
        return Err(MessageError::TooMany(n_messages));
    }
    let mut found = Vec::new();
    for _ in 0..n_messages {
        let mut message = one(&mut cursor).ok_or(MessageError::Malformed)?;
        if message.id >= outer.id {
            return Err(MessageError::Order);
        }
        message.body = unpacked(&message.body)?;
        if message.constructor() == Some(CONTAINER) {
            return Err(MessageError::Nested);
        }
        found.push(message);
    }
    Ok(found)
}

fn one(cursor: &mut Cursor<'_>) -> Option<Message> {
    let id = i64::deserialize(cursor).ok()?;
    let number = i32::deserialize(cursor).ok()?;
    let length = usize::try_from(u32::deserialize(cursor).ok()?).ok()?;
    // Bodies come out of packets, which are bounded: a length beyond them is a lie.
    let mut body = vec![0; Some(length).filter(|length| length % 4 == 0 && *length <= 1 << 21)?];
    cursor.read_exact(&mut body).ok()?;
    Some(Message { id, number, body })
}

fn unpacked(body: &[u8]) -> Result<Vec<u8>, MessageError> {
    if body.first_chunk() != Some(&GZIP.to_le_bytes()) {
        return Ok(body.to_vec());
    }
    let packed = Vec::<u8>::from_bytes(&body[4..]).map_err(|_| MessageError::Packed)?;
    let mut clear = Vec::new();
    let read = GzDecoder::new(&packed[..]).take(LONGEST_UNPACKED + 1).read_to_end(&mut clear);
    match read {
        Ok(length) if length as u64 <= LONGEST_UNPACKED => Ok(clear),
        _ => Err(MessageError::Packed),
    }
}

/// A body packed, where that makes it shorter.
#[must_use]
pub(crate) fn packed(body: Vec<u8>) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    let bytes = encoder.write_all(&body).and_then(|()| encoder.finish()).expect("memory takes all");
    let mut out = GZIP.to_bytes();
    bytes.serialize(&mut out);
    if out.len() < body.len() { out } else { body }
}

/// The answer to a request.
#[must_use]
pub(crate) fn rpc_result(request: i64, result: &[u8]) -> Vec<u8> {
    let mut body = RPC_RESULT.to_bytes();
    request.serialize(&mut body);
    body.extend(result);
    body
}

#[cfg(test)]
mod tests {
    use super::*;

    fn container(messages: &[(i64, &[u8])]) -> Clear {
        let mut body = CONTAINER.to_bytes();
        (messages.len() as u32).serialize(&mut body);
        for (id, inner) in messages {
            id.serialize(&mut body);
            1_i32.serialize(&mut body);
            (inner.len() as u32).serialize(&mut body);
            body.extend(*inner);
        }
        Clear { salt: 0, session: 0, id: 100, number: 2, body }
    }

    #[test]
    fn a_container_is_its_messages_and_packed_ones_are_unpacked() {
        let long = vec![7; 1000];
        let small = packed(long.clone());
        assert!(small.len() < 100);
        let found = messages(&container(&[(4, &[1; 4]), (8, &small)])).unwrap();
        assert_eq!(found.iter().map(|m| (m.id, m.body.clone())).collect::<Vec<_>>(), [(4, vec![1; 4]), (8, long)]);
    }

    #[test]
    fn containers_that_break_the_rules_are_refused() {
        assert_eq!(messages(&container(&[(104, &[1; 4])])), Err(MessageError::Order));
        assert_eq!(messages(&container(&[(4, &CONTAINER.to_bytes())])), Err(MessageError::Nested));
        let mut cut = container(&[(4, &[1; 4])]);
        cut.body.truncate(20);
        assert_eq!(messages(&cut), Err(MessageError::Malformed));
        let mut many = CONTAINER.to_bytes();
        5000_u32.serialize(&mut many);
        assert_eq!(messages(&Clear { body: many, ..cut }), Err(MessageError::TooMany(5000)));
    }

    #[test]
    fn a_packed_bomb_is_not_unpacked() {
        let bomb = packed(vec![0; 11 * 1024 * 1024]);
        assert!(bomb.len() < 64 * 1024);
        assert_eq!(messages(&container(&[(4, &bomb)])), Err(MessageError::Packed));
    }
}
