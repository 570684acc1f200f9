//! What is taken for granted about Telegram's side without having been seen, each with its switch where one is cheap.
//!
//! | Assumed | Switch |
//! |---|---|
//! | `getDifference` names the joined channels in which something happened since its date, without a pts | [`Assumptions::announced`] |
//! | A difference beyond some number of events is "too long", and brings the newest posts | [`Assumptions::longest_difference`], [`Assumptions::posts_when_too_long`] |
//! | A slice of a difference holds at most so many events, whatever the client asks for | [`Assumptions::difference_slice`] |
//! | A difference says in how many seconds it may be asked for again | [`Assumptions::difference_timeout_seconds`] |
//! | `getHistory` cuts its window by offset and limit first, and drops what `min_id` and `max_id` exclude then | [`Assumptions::history_bounds_first`] |
//! | A window that would begin before the newest post begins at it, and is shorter by what is missing | [`Assumptions::history_window_slides`] |
//! | A window that goes to newer posts (negative `add_offset`) holds the post of `offset_id` itself: Telethon asks so, grammers as if it did not | [`Assumptions::history_offset_excludes_itself`] |
//! | A page of history has at most 100 posts | [`Assumptions::most_posts_per_page`] |
//! | A key may be used by several connections from one address at once | [`Assumptions::one_connection_per_key`] |
//! | Every connection of a login that asked for anything is pushed to | [`Assumptions::pushed_to`] |
//! | Answers from some length on are packed | [`Assumptions::packed_from_bytes`] |
//! | A difference holds posts as they are now, not as they were; one that is deleted since is left out, its deletion is not | none |
//! | A difference with `pts` 0 is `PERSISTENT_TIMESTAMP_EMPTY`, with one that is still to come `PERSISTENT_TIMESTAMP_INVALID` | none |
//! | A wrong access hash is `CHANNEL_INVALID`; a private channel that the account has not joined is `CHANNEL_PRIVATE` | none |
//! | Pushes of channels bear `seq` 0, as the pts alone orders them | none |
//! | What was pushed and not acknowledged is not sent again in a new connection | none |
//! | `ping`, `msgs_state_req` and their like may bear odd and even numbers | none |
//! | `initConnection` is remembered with the key: Telethon says it in a new process, not in a new connection | none |
//! | A login is bound to its key for good; `auth.logOut` frees the key, and it stays usable without a login | none |
//! | A token that is shown as a QR code is given again until it expires, as Telegram's own client for the web expects | none |
//! | A challenge of the second factor may be answered again after a wrong password | none |
//! | A channel that the account may no longer read stays among its dialogs, as `channelForbidden` and without a message | none |
//! | A number that has no account is refused at once, or is sent a code and then told to sign up | [`Assumptions::offers_sign_up`] |

use serde::{Deserialize, Serialize};

/// Which channels `getDifference` names, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Announced {
    /// None: the client has to ask for each by itself.
    Nothing,
    /// Those that changed, as `updateChannelTooLong` without a pts.
    WithoutPts,
    /// Those that changed, as `updateChannelTooLong` with their present pts.
    WithPts,
}

/// Which connections of a login a push goes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PushedTo {
    /// All that asked for anything.
    Every,
    /// The one that was opened last.
    Newest,
}

/// The switches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assumptions {
    /// Which channels `getDifference` names.
    pub announced: Announced,
    /// Beyond how many events a difference is "too long".
    pub longest_difference: usize,
    /// How many of the newest posts come with "too long".
    pub posts_when_too_long: usize,
    /// The most events in a slice of a difference.
    pub difference_slice: usize,
    /// The `timeout` of differences.
    pub difference_timeout_seconds: Option<i32>,
    /// Whether `min_id` and `max_id` bound the posts before offset and limit count them.
    pub history_bounds_first: bool,
    /// Whether a window that would begin before the newest post slides back to its whole length.
    pub history_window_slides: bool,
    /// Whether a window that goes to newer posts leaves out the post of `offset_id`.
    pub history_offset_excludes_itself: bool,
    /// The most posts that `getHistory` gives at once.
    pub most_posts_per_page: usize,
    /// Whether a second connection under a key while a first one is open is the end of the key.
    pub one_connection_per_key: bool,
    /// Which connections a push goes to.
    pub pushed_to: PushedTo,
    /// Whether a number without an account gets a code, and is told to sign up only then.
    pub offers_sign_up: bool,
    /// From which length on answers are packed; none for never.
    pub packed_from_bytes: Option<usize>,
}

impl Default for Assumptions {
    fn default() -> Self {
        Self {
            announced: Announced::WithoutPts,
            longest_difference: 3000,
            posts_when_too_long: 20,
            difference_slice: 100,
            difference_timeout_seconds: Some(30),
            history_bounds_first: false,
            history_window_slides: false,
            history_offset_excludes_itself: false,
            most_posts_per_page: 100,
            one_connection_per_key: false,
            pushed_to: PushedTo::Every,
            offers_sign_up: false,
            packed_from_bytes: Some(512),
        }
    }
}
