//! The rules of a session: which ids and numbers messages may bear, and what was received, sent and acknowledged.
//!
//! [Identifiers and numbers](https://core.telegram.org/mtproto/description#message-identifier-msg-id),
//! [errors](https://core.telegram.org/mtproto/service_messages_about_messages#notice-of-ignored-error-message).

use std::collections::{BTreeMap, BTreeSet};

/// How many messages a session remembers in each direction.
const REMEMBERED: usize = 2000;
/// How old a client's message may be, in seconds.
const OLDEST_SECONDS: i64 = 300;
/// How far a client's clock may be ahead, in seconds.
const NEWEST_SECONDS: i64 = 30;

/// What is said of a message's number: whether it wants to be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    /// It does, so its number is odd.
    Related,
    /// It does not, so its number is even.
    Unrelated,
    /// A service message that clients send either way.
    Either,
}

/// What becomes of a received message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is new and follows the rules.
    Accepted,
    /// It was received before, and is not executed again.
    Duplicate,
    /// It breaks a rule: the error code of `bad_msg_notification`.
    Bad(i32),
}

/// One session of one key.
#[derive(Debug, Default)]
pub(crate) struct Session {
    received: BTreeMap<i64, i32>,
    unacknowledged: BTreeSet<i64>,
    last_sent: i64,
    n_content_sent: i32,
    /// Whether the session was told that it is new.
    pub is_announced: bool,
    /// Whether it asked for anything that makes it a receiver of updates.
    pub is_subscribed: bool,
}

impl Session {
    /// Judges a message's id and number, and remembers it where it is taken. `now` is in seconds since 1970.
    pub(crate) fn judge(&mut self, id: i64, number: i32, content: Content, now: i64) -> Verdict {
        let sent = id >> 32;
        if id % 4 != 0 {
            return Verdict::Bad(18);
        }
        if sent < now - OLDEST_SECONDS {
            return Verdict::Bad(16);
        }
        if sent > now + NEWEST_SECONDS {
            return Verdict::Bad(17);
        }
        if self.received.contains_key(&id) {
            return Verdict::Duplicate;
        }
        match (content, number % 2) {
            (Content::Unrelated, 1) => return Verdict::Bad(34),
            (Content::Related, 0) => return Verdict::Bad(35),
            _ => {}
        }
        let not_below = |limit: i32| limit > number || (limit == number && number % 2 == 1);
        let not_above = |limit: i32| limit < number || (limit == number && number % 2 == 1);
        if self.received.range(..id).next_back().is_some_and(|(_, before)| not_below(*before)) {
            return Verdict::Bad(32);
        }
        if self.received.range(id..).next().is_some_and(|(_, behind)| not_above(*behind)) {
            return Verdict::Bad(33);
        }
        self.received.insert(id, number);
        if self.received.len() > REMEMBERED {
            self.received.pop_first();
        }
        Verdict::Accepted
    }

    /// What is known of a client's message, as a byte of `msgs_state_info`.
    #[must_use]
    pub(crate) fn state_of(&self, id: i64) -> u8 {
        let (first, last) = (self.received.keys().next(), self.received.keys().next_back());
        match (self.received.contains_key(&id), first, last) {
            (true, _, _) => 4,
            (false, Some(first), _) if id < *first => 1,
            (false, _, Some(last)) if id < *last => 2,
            _ => 3,
        }
    }

    /// The id and number of the server's next message: 1 modulo 4 where it answers, 3 where it does not.
    pub(crate) fn next(&mut self, is_answer: bool, is_content: bool, now_nanos: u128) -> (i64, i32) {
        let (seconds, nanos) = ((now_nanos / 1_000_000_000) as i64, (now_nanos % 1_000_000_000) as i64);
        let time = ((seconds << 32) | (nanos << 2)).max((self.last_sent | 3) + 1);
        let id = time | if is_answer { 1 } else { 3 };
        self.last_sent = id;
        let number = self.n_content_sent * 2 + i32::from(is_content);
        if is_content {
            self.n_content_sent += 1;
            self.unacknowledged.insert(id);
            if self.unacknowledged.len() > REMEMBERED {
                self.unacknowledged.pop_first();
            }
        }
        (id, number)
    }

    /// Takes an acknowledgement; gives how many of the messages were never sent, or acknowledged before.
    pub(crate) fn acknowledge(&mut self, ids: &[i64]) -> usize {
        ids.iter().filter(|id| !self.unacknowledged.remove(*id)).count()
    }

    /// How many of the server's messages the client has not acknowledged.
    #[cfg(test)]
    pub(crate) fn n_unacknowledged(&self) -> usize {
        self.unacknowledged.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_000_000;

    fn id(seconds: i64, fraction: i64) -> i64 {
        (seconds << 32) | (fraction << 2)
    }

    #[test]
    fn ids_are_of_their_time_and_divisible_by_four() {
        let mut session = Session::default();
        let mut judge = |id| session.judge(id, 1, Content::Related, NOW);
        assert_eq!(judge(id(NOW, 1) + 1), Verdict::Bad(18));
        assert_eq!(judge(id(NOW - 301, 1)), Verdict::Bad(16));
        assert_eq!(judge(id(NOW + 31, 1)), Verdict::Bad(17));
        assert_eq!(judge(id(NOW, 1)), Verdict::Accepted);
        assert_eq!(judge(id(NOW, 1)), Verdict::Duplicate);
    }

    #[test]
    fn numbers_grow_with_the_ids_and_say_whether_they_want_an_answer() {
        let mut session = Session::default();
        let mut judge = |fraction, number, content| session.judge(id(NOW, fraction), number, content, NOW);
        assert_eq!(judge(10, 1, Content::Related), Verdict::Accepted);
        assert_eq!(judge(20, 3, Content::Unrelated), Verdict::Bad(34));
        assert_eq!(judge(20, 2, Content::Related), Verdict::Bad(35));
        assert_eq!(judge(20, 1, Content::Related), Verdict::Bad(32));
        assert_eq!(judge(20, 2, Content::Unrelated), Verdict::Accepted);
        assert_eq!(judge(30, 2, Content::Unrelated), Verdict::Accepted);
        assert_eq!(judge(25, 5, Content::Related), Verdict::Bad(33));
        assert_eq!(judge(40, 3, Content::Related), Verdict::Accepted);
    }

    #[test]
    fn what_is_sent_is_ordered_numbered_and_waits_for_its_acknowledgement() {
        let mut session = Session::default();
        let nanos = 5_000_000_000;
        let answer = session.next(true, true, nanos);
        let service = session.next(true, false, nanos);
        let push = session.next(false, true, nanos);
        assert!(answer.0 < service.0 && service.0 < push.0);
        assert_eq!([answer.0 % 4, service.0 % 4, push.0 % 4], [1, 1, 3]);
        assert_eq!([answer.1, service.1, push.1], [1, 2, 3]);
        assert_eq!(session.n_unacknowledged(), 2);
        assert_eq!(session.acknowledge(&[answer.0, 77]), 1);
        assert_eq!(session.n_unacknowledged(), 1);
    }

    #[test]
    fn the_state_of_a_message_says_whether_it_was_received() {
        let mut session = Session::default();
        for fraction in [10, 30] {
            session.judge(id(NOW, fraction), 0, Content::Unrelated, NOW);
        }
        let state = |fraction| session.state_of(id(NOW, fraction));
        assert_eq!([state(10), state(5), state(20), state(40)], [4, 1, 2, 3]);
    }
}
