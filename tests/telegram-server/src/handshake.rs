//! How client and server come to an [authorization key](https://core.telegram.org/mtproto/auth_key) that nobody else
//! knows: the server's side of the Diffie-Hellman exchange.

use grammers_crypto::aes::{ige_decrypt, ige_encrypt};
use grammers_crypto::{AuthKey, generate_key_data_from_nonce};
use grammers_tl_types::{self as tl, Cursor, Deserializable, Identifiable, Serializable};
use num_bigint::BigUint;
use sha1::{Digest, Sha1};

use crate::primes;
use crate::rsa::{Decrypted, RsaKey};

/// Why an exchange ended. Telegram answers all of them with the transport error 404 and no word of explanation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HandshakeError {
    /// A request of the exchange came out of turn, or something else came unencrypted.
    #[error("`{0}` is not due")]
    OutOfTurn(String),
    /// A request could not be read.
    #[error("malformed: {0}")]
    Malformed(String),
    /// A nonce is not the one of this exchange.
    #[error("the {0} is another one")]
    Nonce(&'static str),
    /// The factors are not those of the number, or not in their order.
    #[error("wrong factors")]
    Factors,
    /// The client encrypted with a key that is not ours.
    #[error("unknown key {0:016x}")]
    Fingerprint(i64),
    /// What was encrypted does not fit its hash.
    #[error("the hash does not fit")]
    Hash,
    /// The client's half is out of the range that both sides must check.
    #[error("g_b is out of range")]
    Range,
    /// The client asked for a key of another data centre.
    #[error("a key for data centre {0}")]
    DataCentre(i32),
}

/// Where an exchange stands. Boxes would save nothing: there is one per connection.
#[derive(Default)]
enum Step {
    #[default]
    Begin,
    Asked {
        nonce: [u8; 16],
        server_nonce: [u8; 16],
        factors: (u32, u32),
    },
    Offered {
        nonce: [u8; 16],
        server_nonce: [u8; 16],
        new_nonce: [u8; 32],
        a: BigUint,
    },
}

/// What a request is answered with.
pub(crate) struct Reply {
    /// The answer, as it stands in an unencrypted message.
    pub body: Vec<u8>,
    /// The key and its first salt, once both sides have them.
    pub done: Option<(AuthKey, i64)>,
}

/// One exchange.
pub(crate) struct Handshake {
    data_centre: i32,
    step: Step,
}

impl Handshake {
    /// An exchange that has not begun, for a key of this data centre.
    #[must_use]
    pub(crate) fn new(data_centre: i32) -> Self {
        Self { data_centre, step: Step::Begin }
    }

    /// Answers one request.
    ///
    /// # Errors
    /// Where the client broke the protocol; the exchange has to begin anew.
    pub(crate) fn answer(&mut self, body: &[u8], now: i32) -> Result<Reply, HandshakeError> {
        let id = u32::from_bytes(body).map_err(malformed)?;
        match (id, std::mem::take(&mut self.step)) {
            (tl::functions::ReqPqMulti::CONSTRUCTOR_ID, _) => {
                Ok(self.begin(tl::functions::ReqPqMulti::from_bytes(&body[4..]).map_err(malformed)?.nonce))
            }
            (tl::functions::ReqPq::CONSTRUCTOR_ID, _) => {
                Ok(self.begin(tl::functions::ReqPq::from_bytes(&body[4..]).map_err(malformed)?.nonce))
            }
            (tl::functions::ReqDhParams::CONSTRUCTOR_ID, Step::Asked { nonce, server_nonce, factors }) => {
                let request = tl::functions::ReqDhParams::from_bytes(&body[4..]).map_err(malformed)?;
                self.offer(&request, nonce, server_nonce, factors, now)
            }
            (tl::functions::SetClientDhParams::CONSTRUCTOR_ID, Step::Offered { nonce, server_nonce, new_nonce, a }) => {
                let request = tl::functions::SetClientDhParams::from_bytes(&body[4..]).map_err(malformed)?;
                finish(&request, nonce, server_nonce, new_nonce, &a)
            }
            (id, _) => Err(HandshakeError::OutOfTurn(tl::name_for_id(id).to_owned())),
        }
    }

    fn begin(&mut self, nonce: [u8; 16]) -> Reply {
        let server_nonce = random();
        let factors = primes::two_factors();
        self.step = Step::Asked { nonce, server_nonce, factors };
        let body = tl::enums::ResPq::Pq(tl::types::ResPq {
            nonce,
            server_nonce,
            pq: (u64::from(factors.0) * u64::from(factors.1)).to_be_bytes().to_vec(),
            server_public_key_fingerprints: vec![RsaKey::of_this_process().fingerprint()],
        });
        Reply { body: body.to_bytes(), done: None }
    }

    fn offer(
        &mut self,
        request: &tl::functions::ReqDhParams,
        nonce: [u8; 16],
        server_nonce: [u8; 16],
        factors: (u32, u32),
        now: i32,
    ) -> Result<Reply, HandshakeError> {
        same_nonces((&request.nonce, &request.server_nonce), (&nonce, &server_nonce))?;
        let wanted = (factors.0.to_be_bytes(), factors.1.to_be_bytes());
        if (&request.p[..], &request.q[..]) != (&wanted.0[..], &wanted.1[..]) {
            return Err(HandshakeError::Factors);
        }
        let key = RsaKey::of_this_process();
        if request.public_key_fingerprint != key.fingerprint() {
            return Err(HandshakeError::Fingerprint(request.public_key_fingerprint));
        }
        let inner = match key.decrypt(&request.encrypted_data).ok_or(HandshakeError::Hash)? {
            Decrypted::Padded(data) => tl::enums::PQInnerData::from_bytes(&data).map_err(malformed)?,
            Decrypted::Hashed(data) => hashed(&data)?,
        };
        let new_nonce = self.check_inner(&inner, request, (&nonce, &server_nonce))?;

        let prime = primes::dh_prime();
        let a = BigUint::from_bytes_be(&random::<256>());
        let g_a = BigUint::from(primes::GENERATOR).modpow(&a, &prime);
        let answer = tl::enums::ServerDhInnerData::Data(tl::types::ServerDhInnerData {
            nonce,
            server_nonce,
            g: i32::from(primes::GENERATOR),
            dh_prime: prime.to_bytes_be(),
            g_a: g_a.to_bytes_be(),
            server_time: now,
        })
        .to_bytes();
        let mut sealed = Sha1::digest(&answer).to_vec();
        sealed.extend(answer);
        let padding: [u8; 16] = random();
        sealed.extend(&padding[..(16 - sealed.len() % 16) % 16]);
        let (aes_key, iv) = generate_key_data_from_nonce(&server_nonce, &new_nonce);
        ige_encrypt(&mut sealed, &aes_key, &iv);
        self.step = Step::Offered { nonce, server_nonce, new_nonce, a };
        let body = tl::enums::ServerDhParams::Ok(tl::types::ServerDhParamsOk {
            nonce,
            server_nonce,
            encrypted_answer: sealed,
        });
        Ok(Reply { body: body.to_bytes(), done: None })
    }

    /// The new nonce of the inner data, which must repeat what stood outside.
    fn check_inner(
        &self,
        inner: &tl::enums::PQInnerData,
        request: &tl::functions::ReqDhParams,
        nonces: (&[u8; 16], &[u8; 16]),
    ) -> Result<[u8; 32], HandshakeError> {
        let (p, q, inner_nonces, new_nonce, data_centre) = match inner {
            tl::enums::PQInnerData::Data(d) => (&d.p, &d.q, (&d.nonce, &d.server_nonce), d.new_nonce, None),
            tl::enums::PQInnerData::Dc(d) => (&d.p, &d.q, (&d.nonce, &d.server_nonce), d.new_nonce, Some(d.dc)),
            // Temporary keys are for perfect forward secrecy, which neither client library asks for.
            other => {
                return Err(HandshakeError::OutOfTurn(format!("{other:?}").split('(').next().unwrap_or("").into()));
            }
        };
        same_nonces(inner_nonces, nonces)?;
        if (p, q) != (&request.p, &request.q) {
            return Err(HandshakeError::Factors);
        }
        match data_centre {
            Some(other) if other != self.data_centre => Err(HandshakeError::DataCentre(other)),
            _ => Ok(new_nonce),
        }
    }
}

fn finish(
    request: &tl::functions::SetClientDhParams,
    nonce: [u8; 16],
    server_nonce: [u8; 16],
    new_nonce: [u8; 32],
    a: &BigUint,
) -> Result<Reply, HandshakeError> {
    same_nonces((&request.nonce, &request.server_nonce), (&nonce, &server_nonce))?;
    let mut data = request.encrypted_data.clone();
    if !data.len().is_multiple_of(16) {
        return Err(HandshakeError::Hash);
    }
    let (aes_key, iv) = generate_key_data_from_nonce(&server_nonce, &new_nonce);
    ige_decrypt(&mut data, &aes_key, &iv);
    let tl::enums::ClientDhInnerData::Data(inner) = hashed(&data)?;
    same_nonces((&inner.nonce, &inner.server_nonce), (&nonce, &server_nonce))?;
    let prime = primes::dh_prime();
    let g_b = BigUint::from_bytes_be(&inner.g_b);
    let margin = BigUint::from(1_u8) << (2048 - 64);
    if g_b < margin || g_b > &prime - &margin {
        return Err(HandshakeError::Range);
    }
    let shared = g_b.modpow(a, &prime).to_bytes_be();
    let mut raw = [0; 256];
    raw[256 - shared.len()..].copy_from_slice(&shared);
    let key = AuthKey::from_bytes(raw);
    let salt = std::array::from_fn(|i| new_nonce[i] ^ server_nonce[i]);
    let body = tl::enums::SetClientDhParamsAnswer::DhGenOk(tl::types::DhGenOk {
        nonce,
        server_nonce,
        new_nonce_hash1: key.calc_new_nonce_hash(&new_nonce, 1),
    });
    Ok(Reply { body: body.to_bytes(), done: Some((key, i64::from_le_bytes(salt))) })
}

/// What stands behind its SHA-1 and before padding.
fn hashed<T: Deserializable>(data: &[u8]) -> Result<T, HandshakeError> {
    let (hash, rest) = data.split_at_checked(20).ok_or(HandshakeError::Hash)?;
    let mut cursor = Cursor::from_slice(rest);
    let value = T::deserialize(&mut cursor).map_err(malformed)?;
    if Sha1::digest(&rest[..cursor.pos()])[..] == *hash { Ok(value) } else { Err(HandshakeError::Hash) }
}

fn same_nonces(got: (&[u8; 16], &[u8; 16]), wanted: (&[u8; 16], &[u8; 16])) -> Result<(), HandshakeError> {
    match (got.0 == wanted.0, got.1 == wanted.1) {
        (true, true) => Ok(()),
        (false, _) => Err(HandshakeError::Nonce("nonce")),
        (true, false) => Err(HandshakeError::Nonce("server nonce")),
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in map_err")]
fn malformed(error: tl::deserialize::Error) -> HandshakeError {
    HandshakeError::Malformed(error.to_string())
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use grammers_crypto::rsa::encrypt_hashed;

    use super::*;

    const NONCE: [u8; 16] = [1; 16];
    const NEW_NONCE: [u8; 32] = [2; 32];

    /// What a client does at each step, so that tests can do it otherwise.
    struct Client {
        handshake: Handshake,
        server_nonce: [u8; 16],
        factors: (Vec<u8>, Vec<u8>),
    }

    impl Client {
        /// A client that was given the product of two primes.
        fn begun() -> Self {
            let mut handshake = Handshake::new(2);
            let reply = handshake.answer(&tl::functions::ReqPqMulti { nonce: NONCE }.to_bytes(), 0).unwrap();
            let tl::enums::ResPq::Pq(asked) = tl::enums::ResPq::from_bytes(&reply.body).unwrap();
            assert_eq!(asked.server_public_key_fingerprints, [RsaKey::of_this_process().fingerprint()]);
            let (p, q) = grammers_crypto::factorize(u64::from_be_bytes(*asked.pq.first_chunk().unwrap()));
            let bytes = |factor: u64| u32::try_from(factor).unwrap().to_be_bytes().to_vec();
            Self { handshake, server_nonce: asked.server_nonce, factors: (bytes(p), bytes(q)) }
        }

        fn inner(&self) -> tl::types::PQInnerDataDc {
            let (p, q) = self.factors.clone();
            let (nonce, server_nonce, new_nonce) = (NONCE, self.server_nonce, NEW_NONCE);
            tl::types::PQInnerDataDc { pq: vec![], p, q, nonce, server_nonce, new_nonce, dc: 2 }
        }

        fn request(&self, inner: tl::types::PQInnerDataDc) -> tl::functions::ReqDhParams {
            let key = RsaKey::of_this_process();
            let inner = tl::enums::PQInnerData::Dc(inner).to_bytes();
            tl::functions::ReqDhParams {
                nonce: NONCE,
                server_nonce: self.server_nonce,
                p: self.factors.0.clone(),
                q: self.factors.1.clone(),
                public_key_fingerprint: key.fingerprint(),
                encrypted_data: encrypt_hashed(&inner, &key.as_clients_have_it(), &[3; 224]),
            }
        }

        /// The client's half, encrypted, and what both will have as their key.
        fn half(&self, offer: &Reply, b: &BigUint) -> (Vec<u8>, [u8; 256]) {
            let tl::enums::ServerDhParams::Ok(offer) = tl::enums::ServerDhParams::from_bytes(&offer.body).unwrap()
            else {
                panic!("refused");
            };
            let (aes_key, iv) = generate_key_data_from_nonce(&self.server_nonce, &NEW_NONCE);
            let mut clear = offer.encrypted_answer;
            ige_decrypt(&mut clear, &aes_key, &iv);
            let tl::enums::ServerDhInnerData::Data(inner) = hashed(&clear).unwrap();
            assert_eq!((inner.nonce, inner.server_time), (NONCE, 77));
            let prime = BigUint::from_bytes_be(&inner.dh_prime);
            let mine = tl::enums::ClientDhInnerData::Data(tl::types::ClientDhInnerData {
                nonce: NONCE,
                server_nonce: self.server_nonce,
                retry_id: 0,
                g_b: BigUint::from(inner.g as u32).modpow(b, &prime).to_bytes_be(),
            })
            .to_bytes();
            let mut sealed = Sha1::digest(&mine).to_vec();
            sealed.extend(mine);
            sealed.resize(sealed.len().next_multiple_of(16), 0);
            ige_encrypt(&mut sealed, &aes_key, &iv);
            let shared = BigUint::from_bytes_be(&inner.g_a).modpow(b, &prime).to_bytes_be();
            let mut key = [0; 256];
            key[256 - shared.len()..].copy_from_slice(&shared);
            (sealed, key)
        }
    }

    fn refused(result: Result<Reply, HandshakeError>) -> HandshakeError {
        result.err().expect("refused")
    }

    #[test]
    fn both_sides_come_to_the_same_key_and_first_salt() {
        let mut client = Client::begun();
        let offer = client.handshake.answer(&client.request(client.inner()).to_bytes(), 77).unwrap();
        let (encrypted_data, key) = client.half(&offer, &BigUint::from_bytes_be(&[5; 256]));
        let server_nonce = client.server_nonce;
        let request = tl::functions::SetClientDhParams { nonce: NONCE, server_nonce, encrypted_data };
        let reply = client.handshake.answer(&request.to_bytes(), 0).unwrap();

        let (known, salt) = reply.done.unwrap();
        assert_eq!(known.to_bytes(), key);
        assert_eq!(salt.to_le_bytes(), std::array::from_fn(|i| 2 ^ server_nonce[i]));
        let answer = tl::enums::SetClientDhParamsAnswer::from_bytes(&reply.body).unwrap();
        let tl::enums::SetClientDhParamsAnswer::DhGenOk(done) = answer else { panic!("refused") };
        assert_eq!(done.new_nonce_hash1, AuthKey::from_bytes(key).calc_new_nonce_hash(&NEW_NONCE, 1));
        let again = client.handshake.answer(&request.to_bytes(), 0);
        assert_eq!(refused(again), HandshakeError::OutOfTurn("set_client_DH_params".to_owned()));
    }

    #[test]
    fn a_first_request_that_breaks_the_rules_is_refused_by_name() {
        type Change = fn(&mut tl::functions::ReqDhParams);
        let cases: [(Change, HandshakeError); 5] = [
            (|request| request.nonce = [9; 16], HandshakeError::Nonce("nonce")),
            (|request| request.server_nonce = [9; 16], HandshakeError::Nonce("server nonce")),
            (|request| std::mem::swap(&mut request.p, &mut request.q), HandshakeError::Factors),
            (|request| request.public_key_fingerprint = 5, HandshakeError::Fingerprint(5)),
            (|request| request.encrypted_data.truncate(255), HandshakeError::Hash),
        ];
        for (change, expected) in cases {
            let mut client = Client::begun();
            let mut request = client.request(client.inner());
            change(&mut request);
            assert_eq!(refused(client.handshake.answer(&request.to_bytes(), 0)), expected);
        }
    }

    #[test]
    fn what_stands_inside_must_be_what_stands_outside() {
        type Change = fn(&mut tl::types::PQInnerDataDc);
        let cases: [(Change, HandshakeError); 3] = [
            (|inner| inner.dc = 4, HandshakeError::DataCentre(4)),
            (|inner| inner.nonce = [9; 16], HandshakeError::Nonce("nonce")),
            (|inner| inner.q = vec![3], HandshakeError::Factors),
        ];
        for (change, expected) in cases {
            let mut client = Client::begun();
            let mut inner = client.inner();
            change(&mut inner);
            let request = client.request(inner);
            assert_eq!(refused(client.handshake.answer(&request.to_bytes(), 0)), expected);
        }
    }

    #[test]
    fn a_half_that_gives_the_key_away_is_refused() {
        let mut client = Client::begun();
        let offer = client.handshake.answer(&client.request(client.inner()).to_bytes(), 77).unwrap();
        let (encrypted_data, _) = client.half(&offer, &BigUint::from(1_u8));
        let server_nonce = client.server_nonce;
        let request = tl::functions::SetClientDhParams { nonce: NONCE, server_nonce, encrypted_data };
        assert_eq!(refused(client.handshake.answer(&request.to_bytes(), 0)), HandshakeError::Range);
    }
}
