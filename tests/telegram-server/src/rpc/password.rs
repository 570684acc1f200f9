//! How the second factor is proved without being sent: the server's side of [SRP](https://core.telegram.org/api/srp).

use hmac::Hmac;
use num_bigint::BigUint;
use sha2::{Digest, Sha256, Sha512};

use crate::primes;

/// What the server asks a client to prove that it knows the password.
#[derive(Clone)]
pub(crate) struct Challenge {
    /// Which challenge a proof belongs to.
    pub id: i64,
    /// The first salt.
    pub salt1: [u8; 40],
    /// The second salt.
    pub salt2: [u8; 16],
    verifier: BigUint,
    b: BigUint,
}

impl std::fmt::Debug for Challenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Challenge({})", self.id)
    }
}

impl Challenge {
    /// A challenge for this password.
    #[must_use]
    pub(crate) fn new(password: &str) -> Self {
        let mut random = [0; 40 + 16 + 8 + 256];
        getrandom::fill(&mut random).expect("the system has randomness");
        let part = |from: usize, to: usize| &random[from..to];
        let salt1 = *part(0, 40).first_chunk().expect("40 bytes");
        let salt2 = *part(40, 56).first_chunk().expect("16 bytes");
        let x = BigUint::from_bytes_be(&password_hash(password, &salt1, &salt2));
        let verifier = BigUint::from(primes::GENERATOR).modpow(&x, &primes::dh_prime());
        let id = i64::from_le_bytes(*part(56, 64).first_chunk().expect("8 bytes"));
        Self { id, salt1, salt2, verifier, b: BigUint::from_bytes_be(part(64, 320)) }
    }

    /// The server's half, `srp_B`.
    #[must_use]
    pub(crate) fn server_half(&self) -> [u8; 256] {
        let prime = primes::dh_prime();
        let g_b = BigUint::from(primes::GENERATOR).modpow(&self.b, &prime);
        padded(&((k() * &self.verifier + g_b) % prime))
    }

    /// Whether the proof shows that its maker knows the password.
    #[must_use]
    pub(crate) fn is_proved_by(&self, client_half: &[u8], proof: &[u8]) -> bool {
        let prime = primes::dh_prime();
        let a = BigUint::from_bytes_be(client_half) % &prime;
        if client_half.len() > 256 || a == BigUint::ZERO {
            return false;
        }
        let (a_bytes, b_bytes) = (padded(&a), self.server_half());
        let u = BigUint::from_bytes_be(&hash(&[&a_bytes, &b_bytes]));
        let shared = (a * self.verifier.modpow(&u, &prime)).modpow(&self.b, &prime);
        let (h_p, h_g) = (hash(&[&padded(&prime)]), hash(&[&padded(&BigUint::from(primes::GENERATOR))]));
        let mixed: [u8; 32] = std::array::from_fn(|i| h_p[i] ^ h_g[i]);
        let (salt1, salt2) = (hash(&[&self.salt1]), hash(&[&self.salt2]));
        let key = hash(&[&padded(&shared)]);
        hash(&[&mixed, &salt1, &salt2, &a_bytes, &b_bytes, &key])[..] == *proof
    }
}

fn k() -> BigUint {
    let g = padded(&BigUint::from(primes::GENERATOR));
    BigUint::from_bytes_be(&hash(&[&padded(&primes::dh_prime()), &g]))
}

fn password_hash(password: &str, salt1: &[u8], salt2: &[u8]) -> [u8; 32] {
    let salted = |data: &[u8], salt: &[u8]| hash(&[salt, data, salt]);
    let first = salted(&salted(password.as_bytes(), salt1), salt2);
    let mut slow = [0; 64];
    pbkdf2::pbkdf2::<Hmac<Sha512>>(&first, salt1, 100_000, &mut slow).expect("any key length is taken");
    salted(&slow, salt2)
}

fn hash(parts: &[&[u8]]) -> [u8; 32] {
    parts.iter().fold(Sha256::new(), |hash, part| hash.chain_update(part)).finalize().into()
}

fn padded(number: &BigUint) -> [u8; 256] {
    let bytes = number.to_bytes_be();
    let mut out = [0; 256];
    out[256 - bytes.len()..].copy_from_slice(&bytes);
    out
}

#[cfg(test)]
mod tests {
    use grammers_crypto::two_factor_auth::calculate_2fa;

    use super::*;

    #[test]
    fn a_client_library_that_knows_the_password_proves_it_and_no_other() {
        let challenge = Challenge::new("correct horse");
        let proof = |password: &str| {
            let prime = primes::dh_prime().to_bytes_be();
            let (m1, a) = calculate_2fa(
                &challenge.salt1,
                &challenge.salt2,
                &prime,
                &i32::from(primes::GENERATOR),
                challenge.server_half().to_vec(),
                vec![7; 256],
                password,
            );
            challenge.is_proved_by(&a, &m1)
        };
        assert!(proof("correct horse"));
        assert!(!proof("battery staple"));
        assert!(!challenge.is_proved_by(&[], &[]));
    }
}
