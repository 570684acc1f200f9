//! Which [server salt](https://core.telegram.org/mtproto/description#server-salt) is in force, and which come next.

use sha2::{Digest, Sha256};

/// How long a salt is the present one, in seconds. Each is still taken while the next is.
pub(crate) const LIFE_SECONDS: i64 = 1800;

/// The salts of one key.
#[derive(Debug, Clone)]
pub(crate) struct Salts {
    seed: i64,
    generation: u32,
    /// The one that came out of the key exchange, until all are rotated.
    first: Option<i64>,
}

impl Salts {
    /// The salts of the key with this id, and the one that its exchange ended with if there was one.
    #[must_use]
    pub(crate) fn new(seed: i64, first: Option<i64>) -> Self {
        Self { seed, generation: 0, first }
    }

    /// The salt that is in force at this time (seconds since 1970), and from when on.
    #[must_use]
    pub(crate) fn at(&self, now: i64) -> (i64, i64) {
        let window = now.div_euclid(LIFE_SECONDS);
        (self.of(window), window * LIFE_SECONDS)
    }

    /// Whether a message under this salt is taken.
    #[must_use]
    pub(crate) fn takes(&self, salt: i64, now: i64) -> bool {
        let window = now.div_euclid(LIFE_SECONDS);
        self.first == Some(salt) || self.of(window) == salt || self.of(window - 1) == salt
    }

    /// All known salts end now: clients must be told of new ones.
    pub(crate) fn rotate(&mut self) {
        self.generation += 1;
        self.first = None;
    }

    fn of(&self, window: i64) -> i64 {
        let hash = Sha256::new()
            .chain_update(self.seed.to_le_bytes())
            .chain_update(self.generation.to_le_bytes())
            .chain_update(window.to_le_bytes())
            .finalize();
        i64::from_le_bytes(*hash.first_chunk().expect("32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_salt_outlives_its_time_by_one_window_and_no_rotation() {
        let mut salts = Salts::new(7, Some(99));
        let (salt, since) = salts.at(10_000);
        assert_eq!(since, 9_000);
        assert!(salts.takes(salt, 10_000) && salts.takes(salt, 10_000 + LIFE_SECONDS) && salts.takes(99, 10_000));
        assert!(!salts.takes(salt, 10_000 + 2 * LIFE_SECONDS) && !salts.takes(0, 10_000));
        salts.rotate();
        assert!(!salts.takes(salt, 10_000) && !salts.takes(99, 10_000));
    }
}
