//! The server's RSA key: how clients name it, and what they encrypt with it.
//!
//! Drawn anew by each process that is asked for it, so that no private key lies in the repository.

use std::sync::OnceLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grammers_crypto::aes::ige_decrypt;
use grammers_tl_types::Serializable;
use num_bigint::BigUint;
use sha1::Sha1;
use sha2::{Digest, Sha256};

/// The exponent of every Telegram key.
const EXPONENT: u32 = 65537;

/// A key of 2048 bits.
pub(crate) struct RsaKey {
    modulus: BigUint,
    private: BigUint,
}

impl std::fmt::Debug for RsaKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RsaKey({:016x})", self.fingerprint())
    }
}

impl RsaKey {
    /// The key of this process.
    pub(crate) fn of_this_process() -> &'static Self {
        static KEY: OnceLock<RsaKey> = OnceLock::new();
        KEY.get_or_init(Self::draw)
    }

    fn draw() -> Self {
        loop {
            let prime = || glass_pumpkin::prime::new(1024).expect("the system has randomness");
            let (p, q) = (prime(), prime());
            let modulus = &p * &q;
            let private = BigUint::from(EXPONENT).modinv(&((&p - 1_u32) * (&q - 1_u32)));
            if let (2048, Some(private)) = (modulus.bits(), private) {
                return Self { modulus, private };
            }
        }
    }

    /// What clients know the key by: the lower 64 bits of the SHA-1 of its numbers.
    #[must_use]
    pub(crate) fn fingerprint(&self) -> i64 {
        let mut numbers = self.modulus.to_bytes_be().to_bytes();
        numbers.extend(BigUint::from(EXPONENT).to_bytes_be().to_bytes());
        i64::from_le_bytes(*Sha1::digest(numbers).last_chunk().expect("20 bytes"))
    }

    /// The public half as PKCS #1 in PEM, which client libraries read.
    #[must_use]
    pub(crate) fn public_pem(&self) -> String {
        let numbers = [integer(&self.modulus), integer(&BigUint::from(EXPONENT))].concat();
        let body = STANDARD.encode([vec![0x30], der_length(numbers.len()), numbers].concat());
        let lines: Vec<&str> = body.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
        format!("-----BEGIN RSA PUBLIC KEY-----\n{}\n-----END RSA PUBLIC KEY-----\n", lines.join("\n"))
    }

    /// What a client encrypted: its data with padding of unknown length behind it. None where the block is not
    /// 256 bytes long. What is not of [the present kind](https://core.telegram.org/mtproto/auth_key) is taken for the one
    /// before it (SHA-1, data, padding), whose hash the reader checks.
    #[must_use]
    pub(crate) fn decrypt(&self, block: &[u8]) -> Option<Decrypted> {
        if block.len() != 256 {
            return None;
        }
        let number = BigUint::from_bytes_be(block).modpow(&self.private, &self.modulus).to_bytes_be();
        let mut padded = vec![0; 256 - number.len()];
        padded.extend(number);
        Some(unpad(&padded).map_or_else(|| Decrypted::Hashed(padded[1..].to_vec()), Decrypted::Padded))
    }
}

/// What stood in an encrypted block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Decrypted {
    /// The data and random bytes, 192 together; the hash was checked.
    Padded(Vec<u8>),
    /// A SHA-1, the data that it is of, and random bytes: 255 together. Only who reads the data knows where it ends, and
    /// can check the hash.
    Hashed(Vec<u8>),
}

/// The inverse of `RSA_PAD`.
fn unpad(block: &[u8]) -> Option<Vec<u8>> {
    let (masked, sealed) = block.split_at(32);
    let mask = Sha256::digest(sealed);
    let key: [u8; 32] = std::array::from_fn(|i| masked[i] ^ mask[i]);
    let mut clear = sealed.to_vec();
    ige_decrypt(&mut clear, &key, &[0; 32]);
    let (reversed, hash) = clear.split_at(192);
    let data: Vec<u8> = reversed.iter().rev().copied().collect();
    (Sha256::new().chain_update(key).chain_update(&data).finalize()[..] == *hash).then_some(data)
}

fn integer(number: &BigUint) -> Vec<u8> {
    let mut bytes = number.to_bytes_be();
    if bytes.first().is_some_and(|first| first & 0x80 != 0) {
        bytes.insert(0, 0);
    }
    [vec![0x02], der_length(bytes.len()), bytes].concat()
}

fn der_length(length: usize) -> Vec<u8> {
    match u16::try_from(length).expect("a key is short").to_be_bytes() {
        [0, short] if short < 0x80 => vec![short],
        [0, long] => vec![0x81, long],
        long => vec![0x82, long[0], long[1]],
    }
}

#[cfg(test)]
impl RsaKey {
    /// The key as a client library has it.
    pub(crate) fn as_clients_have_it(&self) -> grammers_crypto::rsa::Key {
        grammers_crypto::rsa::Key::new(&self.modulus.to_string(), &EXPONENT.to_string()).expect("decimal digits")
    }
}

#[cfg(test)]
mod tests {
    use grammers_crypto::rsa::encrypt_hashed;

    use super::*;

    #[test]
    fn what_a_client_library_encrypts_is_read() {
        let key = RsaKey::of_this_process();
        let block = encrypt_hashed(b"inner data", &key.as_clients_have_it(), &[3; 224]);
        let Some(Decrypted::Padded(data)) = key.decrypt(&block) else { panic!("not padded") };
        assert_eq!((&data[..10], data.len()), (&b"inner data"[..], 192));
    }

    #[test]
    fn blocks_of_the_former_kind_are_handed_on_whole() {
        let key = RsaKey::of_this_process();
        let clear: Vec<u8> = (0..255).collect();
        let block = BigUint::from_bytes_be(&clear).modpow(&BigUint::from(EXPONENT), &key.modulus).to_bytes_be();
        let block = [vec![0; 256 - block.len()], block].concat();
        assert_eq!(key.decrypt(&block), Some(Decrypted::Hashed(clear)));
        assert_eq!(key.decrypt(&block[1..]), None);
    }

    #[test]
    fn the_public_key_begins_as_every_key_of_its_size() {
        let pem = RsaKey::of_this_process().public_pem();
        assert!(pem.starts_with("-----BEGIN RSA PUBLIC KEY-----\nMIIBCgKCAQEA"), "{pem}");
        assert!(pem.contains("IDAQAB\n"), "{pem}");
    }
}
