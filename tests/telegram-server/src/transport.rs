//! Where a packet begins and ends on the wire: the transports of MTProto over TCP.
//!
//! The client's first bytes say which of them it speaks ([description](https://core.telegram.org/mtproto/mtproto-transports)).

use grammers_crypto::ObfuscatedCipher;

use crate::checksum::crc32;

/// The longest packet that is read, in bytes; Telegram closes the connection far below it.
const LONGEST_PACKET: usize = 2 * 1024 * 1024;

/// What a first packet of the full transport can be long: anything else is no length but an obfuscated header.
const LONGEST_FIRST_FULL_PACKET: u32 = 64 * 1024;

/// Why bytes are no packet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FramingError {
    /// The length is none that a packet can have.
    #[error("a packet of {0} bytes")]
    Length(usize),
    /// The full transport counts packets, and this one was not the next.
    #[error("packet {got} where {expected} was due")]
    Sequence {
        /// The number that was due.
        expected: u32,
        /// The number that came.
        got: u32,
    },
    /// The checksum of the full transport does not fit.
    #[error("wrong checksum")]
    Checksum,
    /// The first bytes belong to no transport.
    #[error("unknown transport")]
    Unknown,
}

/// How packets are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Length, number, checksum: what grammers speaks, and Telethon unless told otherwise.
    Full,
    /// Length in one byte or four.
    Abridged,
    /// Length in four bytes.
    Intermediate,
    /// As `Intermediate`, with up to 15 random bytes behind each packet.
    Padded,
}

/// One direction-aware end of a transport, on the server's side.
pub(crate) struct Transport {
    kind: Kind,
    received: u32,
    sent: u32,
    cipher: Option<ObfuscatedCipher>,
    buffer: Vec<u8>,
}

impl std::fmt::Debug for Transport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transport({:?}, obfuscated: {})", self.kind, self.cipher.is_some())
    }
}

impl Transport {
    /// The transport that a connection's first bytes announce; none while there are too few of them.
    ///
    /// # Errors
    /// Where they announce none.
    pub(crate) fn detect(first: &[u8]) -> Result<Option<Self>, FramingError> {
        let plain = |kind, taken: usize| Ok(Some(Self::new(kind, None, first[taken..].to_vec())));
        let Some(word) = first.first_chunk::<4>() else {
            return if first.first() == Some(&0xef) { plain(Kind::Abridged, 1) } else { Ok(None) };
        };
        match word {
            [0xef, ..] => return plain(Kind::Abridged, 1),
            [0xee, 0xee, 0xee, 0xee] => return plain(Kind::Intermediate, 4),
            [0xdd, 0xdd, 0xdd, 0xdd] => return plain(Kind::Padded, 4),
            _ => {}
        }
        let Some(number) = first.get(4..8) else { return Ok(None) };
        if u32::from_le_bytes(*word) <= LONGEST_FIRST_FULL_PACKET && number == [0; 4] {
            return plain(Kind::Full, 0);
        }
        let Some(header) = first.first_chunk::<64>() else { return Ok(None) };
        let mut cipher = ObfuscatedCipher::new(header);
        // The names are the client's: its encryption is the key stream of what comes in here.
        let mut clear = *header;
        cipher.encrypt(&mut clear);
        let kind = match clear[56..60] {
            [0xef, 0xef, 0xef, 0xef] => Kind::Abridged,
            [0xee, 0xee, 0xee, 0xee] => Kind::Intermediate,
            [0xdd, 0xdd, 0xdd, 0xdd] => Kind::Padded,
            _ => return Err(FramingError::Unknown),
        };
        let mut transport = Self::new(kind, Some(cipher), Vec::new());
        transport.receive(&first[64..]);
        Ok(Some(transport))
    }

    fn new(kind: Kind, cipher: Option<ObfuscatedCipher>, buffer: Vec<u8>) -> Self {
        Self { kind, received: 0, sent: 0, cipher, buffer }
    }

    /// Takes what came from the client.
    pub(crate) fn receive(&mut self, bytes: &[u8]) {
        let from = self.buffer.len();
        self.buffer.extend_from_slice(bytes);
        if let Some(cipher) = &mut self.cipher {
            cipher.encrypt(&mut self.buffer[from..]);
        }
    }

    /// The next packet that is there whole.
    ///
    /// # Errors
    /// Where the bytes cannot be one; the connection is of no more use then.
    pub(crate) fn packet(&mut self) -> Result<Option<Vec<u8>>, FramingError> {
        let Some((head, length, tail)) = self.extent()? else { return Ok(None) };
        if !(4..=LONGEST_PACKET).contains(&length) {
            return Err(FramingError::Length(length));
        }
        if self.buffer.len() < head + length + tail {
            return Ok(None);
        }
        let whole: Vec<u8> = self.buffer.drain(..head + length + tail).collect();
        if self.kind == Kind::Full {
            self.check_full(&whole)?;
        }
        let mut packet = whole[head..head + length].to_vec();
        if self.kind == Kind::Padded && packet.first_chunk::<8>() != Some(&[0; 8]) && packet.len() > 24 {
            packet.truncate(24 + (packet.len() - 24) / 16 * 16);
        }
        Ok(Some(packet))
    }

    /// How many bytes stand before the next packet, in it and behind it.
    fn extent(&self) -> Result<Option<(usize, usize, usize)>, FramingError> {
        let word = self.buffer.first_chunk::<4>().map(|word| u32::from_le_bytes(*word) as usize);
        Ok(match (self.kind, word, self.buffer.first()) {
            (Kind::Full, Some(word), _) => Some((8, word.checked_sub(12).ok_or(FramingError::Length(word))?, 4)),
            (Kind::Intermediate | Kind::Padded, Some(word), _) => Some((4, word, 0)),
            (Kind::Abridged, Some(word), Some(0x7f)) => Some((4, (word >> 8) * 4, 0)),
            (Kind::Abridged, _, Some(first)) if *first < 0x7f => Some((1, usize::from(*first) * 4, 0)),
            (Kind::Abridged, _, Some(first)) if *first > 0x7f => return Err(FramingError::Length(usize::from(*first))),
            _ => None,
        })
    }

    fn check_full(&mut self, whole: &[u8]) -> Result<(), FramingError> {
        let (body, sum) = whole.split_at(whole.len() - 4);
        if crc32(body).to_le_bytes() != sum {
            return Err(FramingError::Checksum);
        }
        let got = whole[4..8].iter().rev().fold(0, |all, byte| all << 8 | u32::from(*byte));
        if got != self.received {
            return Err(FramingError::Sequence { expected: self.received, got });
        }
        self.received += 1;
        Ok(())
    }

    /// A packet as it goes to the client.
    #[must_use]
    pub(crate) fn wrap(&mut self, packet: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(packet.len() + 12);
        let length = u32::try_from(packet.len()).expect("packets are bounded");
        match self.kind {
            Kind::Full => {
                out.extend((length + 12).to_le_bytes());
                out.extend(self.sent.to_le_bytes());
                out.extend(packet);
                out.extend(crc32(&out).to_le_bytes());
                self.sent += 1;
            }
            Kind::Abridged if packet.len() / 4 < 0x7f => {
                out.push((length / 4) as u8);
                out.extend(packet);
            }
            Kind::Abridged => {
                out.extend(((length / 4) << 8 | 0x7f).to_le_bytes());
                out.extend(packet);
            }
            Kind::Intermediate | Kind::Padded => {
                out.extend(length.to_le_bytes());
                out.extend(packet);
            }
        }
        self.obfuscated(out)
    }

    /// A transport error as it goes to the client: a packet that is nothing but the negative number.
    ///
    /// In the full transport the number stands where length and number are expected, three times: clients have
    /// [seen](https://github.com/LonamiWebs/Telethon/issues/4042) it so.
    #[must_use]
    pub(crate) fn wrap_error(&mut self, code: i32) -> Vec<u8> {
        if self.kind == Kind::Full {
            return self.obfuscated((-code).to_le_bytes().repeat(3));
        }
        self.wrap(&(-code).to_le_bytes())
    }

    fn obfuscated(&mut self, mut bytes: Vec<u8>) -> Vec<u8> {
        if let Some(cipher) = &mut self.cipher {
            cipher.decrypt(&mut bytes);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A client's packet in the full transport.
    fn full(number: u32, packet: &[u8]) -> Vec<u8> {
        let mut out = (u32::try_from(packet.len()).unwrap() + 12).to_le_bytes().to_vec();
        out.extend(number.to_le_bytes());
        out.extend(packet);
        out.extend(crc32(&out).to_le_bytes());
        out
    }

    #[test]
    fn the_first_bytes_say_which_transport_it_is() {
        let kind = |bytes: &[u8]| Transport::detect(bytes).unwrap().map(|transport| transport.kind);
        assert_eq!(kind(&[0xef]), Some(Kind::Abridged));
        assert_eq!(kind(&[0xee; 4]), Some(Kind::Intermediate));
        assert_eq!(kind(&[0xdd; 4]), Some(Kind::Padded));
        assert_eq!(kind(&full(0, &[1; 16])), Some(Kind::Full));
        assert_eq!(kind(&[0xee, 0xee]), None);
        assert_eq!(Transport::detect(&[0x47; 64]).unwrap_err(), FramingError::Unknown);
    }

    #[test]
    fn packets_come_out_as_they_went_in_however_they_are_cut() {
        let mut bytes = vec![0xef, 1, 1, 2, 3, 4, 0x7f, 0x80, 0, 0];
        bytes.extend([7; 512]);
        for size in 1..20 {
            let mut transport = Transport::detect(&[0xef]).unwrap().unwrap();
            let mut packets = Vec::new();
            for piece in bytes[1..].chunks(size) {
                transport.receive(piece);
                while let Some(packet) = transport.packet().unwrap() {
                    packets.push(packet);
                }
            }
            assert_eq!(packets, [vec![1, 2, 3, 4], vec![7; 512]]);
        }
    }

    #[test]
    fn the_full_transport_counts_and_checks() {
        let next = |bytes: Vec<u8>| Transport::detect(&bytes).unwrap().unwrap().packet();
        assert_eq!(next(full(0, &[1; 16])), Ok(Some(vec![1; 16])));
        let mut twice = Transport::detect(&[full(0, &[1; 16]), full(2, &[2; 16])].concat()).unwrap().unwrap();
        assert_eq!(twice.packet(), Ok(Some(vec![1; 16])));
        assert_eq!(twice.packet(), Err(FramingError::Sequence { expected: 1, got: 2 }));
        let mut damaged = full(0, &[1; 16]);
        damaged[10] ^= 1;
        assert_eq!(next(damaged), Err(FramingError::Checksum));
        assert_eq!(next(vec![0; 12]), Err(FramingError::Length(0)));
    }

    #[test]
    fn what_is_too_long_is_refused_before_it_is_there() {
        let mut transport = Transport::detect(&[0xee; 4]).unwrap().unwrap();
        transport.receive(&u32::MAX.to_le_bytes());
        assert_eq!(transport.packet(), Err(FramingError::Length(u32::MAX as usize)));
    }

    #[test]
    fn an_obfuscated_connection_is_read_and_written_with_the_keys_of_its_header() {
        // The header of the client: what it encrypts with is made of the bytes as they stand, but for its last eight.
        let mut header: [u8; 64] = std::array::from_fn(|i| (i * 7 + 3) as u8);
        header[56..60].fill(0xee);
        let mut client = ObfuscatedCipher::new(&header);
        let mut sealed = header;
        client.encrypt(&mut sealed);
        header[56..].copy_from_slice(&sealed[56..]);
        let mut packet = [4_u32.to_le_bytes(), [9; 4]].concat();
        client.encrypt(&mut packet);

        let mut server = Transport::detect(&[&header[..], &packet].concat()).unwrap().unwrap();
        assert_eq!((server.kind, server.packet()), (Kind::Intermediate, Ok(Some(vec![9; 4]))));
        let mut answer = server.wrap(&[5; 8]);
        client.decrypt(&mut answer);
        assert_eq!(answer, [&8_u32.to_le_bytes()[..], &[5; 8]].concat());
    }
}
