//! A request that a client sends again under the same key is executed once.
//!
//! The record of a key reserves the ids of the signals that the request makes, before it makes any. Whoever executes it
//! again after a crash makes the same ids, and so finds what the first one stored.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use uuid::Uuid;

/// How many characters a key may have.
pub const LONGEST_IDEMPOTENCY_KEY: usize = 255;

/// How many bytes of an answer are kept. A row has 400 KB; the answer to a full batch may be larger.
pub const LONGEST_KEPT_BODY: usize = 300 * 1024;

/// How long a record is kept, from its first claim on.
pub const RECORD_TIME: Duration = Duration::from_hours(24);

/// The shortest time for which a claim holds, however little of its deadline is left.
pub const SHORTEST_CLAIM: Duration = Duration::from_secs(1);

/// The longest: no request runs longer (<https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html>).
pub const LONGEST_CLAIM: Duration = Duration::from_secs(15 * 60);

/// What a client sends as `Idempotency-Key`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// Why a text is no such key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an idempotency key has 1 to {LONGEST_IDEMPOTENCY_KEY} printable ASCII characters")]
pub struct InvalidIdempotencyKey;

impl IdempotencyKey {
    /// Checks what a client sent.
    ///
    /// # Errors
    /// [`InvalidIdempotencyKey`] for an empty key, a longer one, and other characters.
    pub fn parse(text: &str) -> Result<Self, InvalidIdempotencyKey> {
        let is_one =
            (1..=LONGEST_IDEMPOTENCY_KEY).contains(&text.len()) && text.bytes().all(|b| (b' '..=b'~').contains(&b));
        if is_one { Ok(Self(text.to_owned())) } else { Err(InvalidIdempotencyKey) }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a request asked for: two with the same hash ask for the same.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestHash(pub [u8; 32]);

impl fmt::Display for RequestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for RequestHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The right to execute a request, and to say how it ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    pub(crate) partition: String,
    pub(crate) mark: Uuid,
    pub(crate) request: String,
    pub(crate) first_id: Uuid,
    pub(crate) expires_at: Timestamp,
}

impl Claim {
    /// The id reserved for the signal with this place in the request, from 0: the same in every execution of it.
    #[must_use]
    pub fn signal_id(&self, place: u16) -> Uuid {
        let first = self.first_id.as_u128();
        let low = (first as u16).wrapping_add(place);
        Uuid::from_u128(first & !0xffff | u128::from(low))
    }
}

/// The answer that a request got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptAnswer {
    /// The status of HTTP.
    pub status: u16,
    /// The body; `None` where it was longer than [`LONGEST_KEPT_BODY`]. Then the client is told that the request was
    /// executed, with which status, and that its answer is not kept.
    pub body: Option<String>,
}

/// What is to be done with a request under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claimed {
    /// Execute it, then complete or release the claim.
    Execute(Claim),
    /// Somebody executes it at the moment, until this time at most.
    InProgress {
        /// When another claim will succeed, if that one ends without a word.
        until: Timestamp,
    },
    /// It was executed; this was the answer.
    Replay(KeptAnswer),
    /// The key belongs to a request that asked for something else.
    OtherRequest,
}

/// What became of the word that a claim ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimEnded {
    /// It is noted.
    Noted,
    /// The claim was over before, and somebody else has taken the request; nothing was noted.
    Overtaken,
}

/// What is known of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// What the first request under the key asked for, as text.
    pub request: String,
    /// Until when the last claim holds.
    pub claimed_until: Timestamp,
    /// The answer, once there is one.
    pub answer: Option<KeptAnswer>,
}

/// What a record says to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It may be executed (again).
    Free,
    /// What the client is told instead.
    Settled(Claimed),
}

impl IdempotencyRecord {
    /// What the record says to this request.
    #[must_use]
    pub fn verdict(&self, request: &str, now: Timestamp) -> Verdict {
        if self.request != request {
            return Verdict::Settled(Claimed::OtherRequest);
        }
        match &self.answer {
            Some(answer) => Verdict::Settled(Claimed::Replay(answer.clone())),
            None if now < self.claimed_until => Verdict::Settled(Claimed::InProgress { until: self.claimed_until }),
            None => Verdict::Free,
        }
    }
}

/// Until when a claim holds that is made now for this long.
#[must_use]
pub fn claimed_until(now: Timestamp, claim: Duration) -> Timestamp {
    now.saturating_add(claim.clamp(SHORTEST_CLAIM, LONGEST_CLAIM)).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    #[test]
    fn a_key_is_printable_and_bounded() {
        assert!(IdempotencyKey::parse(&"x".repeat(255)).is_ok());
        for text in [String::new(), "x".repeat(256), "a\nb".to_owned(), "é".to_owned(), "\u{7f}".to_owned()] {
            assert!(IdempotencyKey::parse(&text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_record_settles_what_it_knows() {
        let open = IdempotencyRecord { request: "a".to_owned(), claimed_until: at(1_000), answer: None };
        assert_eq!(open.verdict("a", at(999)), Verdict::Settled(Claimed::InProgress { until: at(1_000) }));
        assert_eq!(open.verdict("a", at(1_000)), Verdict::Free);
        assert_eq!(open.verdict("b", at(1_000)), Verdict::Settled(Claimed::OtherRequest));
        let answer = KeptAnswer { status: 201, body: Some("{}".to_owned()) };
        let done = IdempotencyRecord { answer: Some(answer.clone()), ..open };
        assert_eq!(done.verdict("a", at(999)), Verdict::Settled(Claimed::Replay(answer)));
        assert_eq!(done.verdict("b", at(999)), Verdict::Settled(Claimed::OtherRequest));
    }

    #[test]
    fn a_claim_holds_a_second_at_least_and_not_for_ever() {
        assert_eq!(claimed_until(at(0), Duration::ZERO), at(1_000));
        assert_eq!(claimed_until(at(0), Duration::from_secs(29)), at(29_000));
        assert_eq!(claimed_until(at(0), Duration::MAX), at(900_000));
    }

    #[test]
    fn reserved_ids_differ_and_stay_ids_of_version_7() {
        let first_id = Uuid::parse_str("0192f0c1-2d3e-7a4b-8c5d-6e7f8a9bffff").unwrap();
        let claim = Claim {
            partition: String::new(),
            mark: Uuid::nil(),
            request: String::new(),
            first_id,
            expires_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(claim.signal_id(0), first_id);
        assert_eq!(claim.signal_id(1).to_string(), "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0000");
        let all: std::collections::BTreeSet<Uuid> = (0..=u16::MAX).map(|place| claim.signal_id(place)).collect();
        assert_eq!(all.len(), 65_536);
        assert!(all.iter().all(|id| id.get_version_num() == 7));
    }
}
