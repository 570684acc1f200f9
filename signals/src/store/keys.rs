//! The keys of every row: the one place that knows how the table is laid out.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;

use super::table::Shards;
use crate::api_key::KeyId;
use crate::event::EventId;
use crate::message::{ChannelName, MessageId};
use crate::origin::{Origin, SignalId};
use crate::outbox::OutboxKind;
use crate::stats::Cell;

/// Over how many partition keys the posts of a channel are spread. Part of the identity of a row: never to be changed.
pub(super) const CHANNEL_SHARDS: u32 = 8;

/// The key of one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key {
    /// The partition key.
    pub(super) pk: Cow<'static, str>,
    /// The sort key.
    pub(super) sk: Cow<'static, str>,
}

/// The row with the shard counts, and with who keeps the counters.
pub(super) const SET_UP: Key = Key { pk: Cow::Borrowed("META"), sk: Cow::Borrowed("set-up") };

/// The row of the random bytes that sign cursors.
pub(super) const CURSOR_SECRET: Key = Key { pk: Cow::Borrowed("META"), sk: Cow::Borrowed("secret#cursor") };

/// The row with the backup that was last imported.
pub(super) const IMPORT: Key = Key { pk: Cow::Borrowed("META"), sk: Cow::Borrowed("import") };

impl Key {
    /// The row of these two keys.
    pub(super) fn new(pk: impl Into<Cow<'static, str>>, sk: impl Into<Cow<'static, str>>) -> Self {
        Self { pk: pk.into(), sk: sk.into() }
    }

    /// As the SDK wants it.
    pub(super) fn item(&self) -> HashMap<String, AttributeValue> {
        HashMap::from([
            ("PK".to_owned(), AttributeValue::S(self.pk.clone().into_owned())),
            ("SK".to_owned(), AttributeValue::S(self.sk.clone().into_owned())),
        ])
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} / {}", self.pk, self.sk)
    }
}

/// The row of a signal. The id alone leads to it.
pub(super) fn signal(id: &SignalId) -> Key {
    match id {
        SignalId::Message { channel, message_id, ordinal } => Key::new(
            channel_shard(channel, shard_of_post(*message_id)),
            format!("M#{}#{ordinal:02}", padded(*message_id)),
        ),
        SignalId::Api(id) => Key::new(format!("A#{id}"), "M"),
    }
}

/// Where the rows of a post stand whose sort key begins with this letter: partition, and beginning of the sort key.
pub(super) fn post(channel: &ChannelName, post: MessageId, kind: char) -> (String, String) {
    (channel_shard(channel, shard_of_post(post)), format!("{kind}#{}#", padded(post)))
}

/// The sort key that follows on those of the signals of this post, and stands before those of the next.
pub(super) fn behind_post(post: MessageId) -> String {
    format!("M#{}#~", padded(post))
}

/// Whether a sort key is that of a signal as it is, and of no other row.
pub(super) fn is_signal(key: &Key) -> bool {
    match key.pk.split_once('#') {
        Some(("C", _)) => key.sk.starts_with("M#"),
        Some(("A", _)) => key.sk == "M",
        _ => false,
    }
}

/// Whether it is the key of an event.
pub(super) fn is_event(key: &Key) -> bool {
    match key.pk.split_once('#') {
        Some(("C", _)) => key.sk.starts_with("E#"),
        Some(("A", _)) => key.sk == "E",
        _ => false,
    }
}

/// The sort key of the signal of which this is the key of a former version.
pub(super) fn signal_of_version(key: &Key) -> Option<String> {
    let signal = key.sk.strip_prefix('V')?.rsplit_once('#')?.0;
    matches!(key.pk.split_once('#'), Some(("C" | "A", _))).then(|| format!("M{signal}"))
}

/// The row of an event: in the partition of its post, or in one of its own.
pub(super) fn event(id: &EventId) -> Key {
    match id.place() {
        SignalId::Message { channel, message_id, ordinal } => {
            let (pk, prefix) = post(channel, *message_id, 'E');
            Key::new(pk, format!("{prefix}{ordinal:02}"))
        }
        SignalId::Api(id) => Key::new(format!("A#{id}"), "E"),
    }
}

/// The partition of the list of events that wait for their signal.
pub(super) fn unlinked(id: &EventId, shards: Shards) -> String {
    unlinked_shard(shard_of(id.place(), shards.feed))
}

/// A partition of that list.
pub(super) fn unlinked_shard(shard: u32) -> String {
    format!("UN#{shard}")
}

/// The row of a former version of a signal.
pub(super) fn version(id: &SignalId, version: u32) -> Key {
    let signal = signal(id);
    Key::new(signal.pk, format!("{}{version:06}", versions_prefix(id)))
}

/// What the sort keys of all former versions of a signal begin with.
pub(super) fn versions_prefix(id: &SignalId) -> String {
    match id {
        SignalId::Message { message_id, ordinal, .. } => format!("V#{}#{ordinal:02}#", padded(*message_id)),
        SignalId::Api(_) => "V#".to_owned(),
    }
}

/// One of the partitions that hold the posts of a channel.
pub(super) fn channel_shard(channel: &ChannelName, shard: u32) -> String {
    format!("C#{channel}#{shard}")
}

fn shard_of_post(id: MessageId) -> u32 {
    fnv1a(id.to_string().as_bytes()) % CHANNEL_SHARDS
}

/// A post's number so that text order is number order.
pub(super) fn padded(id: MessageId) -> String {
    format!("{:016}", id.0)
}

/// The partition of the list of all signals.
///
/// Signals that were handed in have partitions of their own, so that the list of a source finds them without
/// reading what channels posted.
pub(super) fn feed(id: &SignalId, shards: Shards) -> String {
    match id {
        SignalId::Message { .. } => feed_of_posts(shard_of(id, shards.feed)),
        SignalId::Api(_) => feed_of_api(shard_of(id, shards.feed)),
    }
}

/// A partition of the list of what channels posted.
pub(super) fn feed_of_posts(shard: u32) -> String {
    format!("F#m{shard}")
}

/// A partition of the list of what was handed in.
pub(super) fn feed_of_api(shard: u32) -> String {
    format!("F#a{shard}")
}

/// The partition of the list of a symbol.
pub(super) fn symbol(symbol: &str, id: &SignalId, shards: Shards) -> String {
    symbol_shard(symbol, shard_of(id, shards.symbol))
}

/// A partition of the list of a symbol.
pub(super) fn symbol_shard(symbol: &str, shard: u32) -> String {
    format!("Y#{symbol}#{shard}")
}

fn shard_of(id: &SignalId, shards: u16) -> u32 {
    fnv1a(id.to_string().as_bytes()) % u32::from(shards)
}

/// The sort key of lists: by time, and by id within a millisecond.
pub(super) fn time(origin: &Origin) -> String {
    format!("{}#{}", millisecond(origin.posted_at()), origin.id())
}

/// The time in such a sort key; the first of all where there is none.
pub(super) fn time_of(key: &str) -> Timestamp {
    let milliseconds = key.split('#').next().and_then(|it| it.parse().ok());
    milliseconds.and_then(|it| Timestamp::from_millisecond(it).ok()).unwrap_or_default()
}

/// A time so that text order is time order; times before 1970 and after 2286 are taken for these.
pub(super) fn millisecond(time: Timestamp) -> String {
    format!("{:013}", time.as_millisecond().clamp(0, 9_999_999_999_999))
}

/// The row of a counter.
pub(super) fn counter(cell: &Cell, shard: u32) -> Key {
    let sk = match cell {
        Cell::All => "ALL".to_owned(),
        Cell::Symbol(symbol) => format!("SYM#{symbol}"),
        Cell::Source(source) => format!("SRC#{source}"),
        Cell::Day(day) => format!("DAY#{day}"),
    };
    Key::new(counters(shard), sk)
}

/// The partition of counters.
pub(super) fn counters(shard: u32) -> String {
    format!("ST#{shard}")
}

/// The row of a lease.
pub(super) fn lease(name: &str) -> Key {
    Key::new(format!("LEASE#{name}"), "L")
}

/// The row of how far a channel has been read.
pub(super) fn checkpoint(channel: &ChannelName) -> Key {
    Key::new(format!("WM#{channel}"), "W")
}

/// Whether it is the key of such a row.
pub(super) fn is_checkpoint(key: &Key) -> bool {
    key.pk.starts_with("WM#")
}

/// The row of which posts of a channel were read.
pub(super) fn coverage(channel: &ChannelName) -> Key {
    Key::new(format!("COV#{channel}"), "R")
}

/// The row of what was made of the last posts of a channel.
pub(super) fn fingerprints(channel: &ChannelName) -> Key {
    Key::new(format!("LAST#{channel}"), "P")
}

/// The row of how far the holders of a lease have followed the changes of a channel.
pub(super) fn position(lease: &str, channel: &ChannelName) -> Key {
    Key::new(format!("POS#{lease}"), channel.as_str().to_owned())
}

/// The row of what an account knows of a spelling.
pub(super) fn peer(account: i64, spelling: &ChannelName) -> Key {
    Key::new(format!("PEER#{account}"), spelling.as_str().to_owned())
}

/// The row that counts how often an account looked channels up on a day.
pub(super) fn looked_up(account: i64, day: &str) -> Key {
    Key::new(format!("PEER#{account}"), format!("#{day}"))
}

/// The partition with a row for each channel.
pub(super) const CHANNELS: &str = "CHANNELS";

/// The row of a channel.
pub(super) fn channel(key: &ChannelName) -> Key {
    Key::new(CHANNELS, key.as_str().to_owned())
}

/// The row that leads from a spelling of a channel to its key.
pub(super) fn alias(spelling: &ChannelName) -> Key {
    Key::new(format!("CH#{spelling}"), "A")
}

/// The partition with a row for the last pass over each channel.
pub(super) const RUNS: &str = "RUNS";

/// The row of the last pass over a channel, by the spelling that was asked for.
pub(super) fn channel_run(spelling: &ChannelName) -> Key {
    Key::new(RUNS, spelling.as_str().to_owned())
}

/// The row of a post that was passed over.
pub(super) fn passed_over(channel: &ChannelName, id: MessageId) -> Key {
    Key::new(format!("PO#{channel}"), padded(id))
}

/// The row of a draft that the door refused.
pub(super) fn rejected(channel: &ChannelName, id: MessageId, ordinal: u8) -> Key {
    Key::new(format!("RJ#{channel}"), format!("{}#{ordinal:03}", padded(id)))
}

/// The partition with a row for each request that waits to be sent.
pub(super) const OUTBOX: &str = "OUT";

/// The row of such a request: those of a channel in the order of their posts, signals before news.
pub(super) fn outbox(kind: OutboxKind, place: &SignalId) -> Key {
    let letter = match kind {
        OutboxKind::Signal => 'M',
        OutboxKind::Event => 'N',
    };
    let sk = match place {
        SignalId::Message { channel, message_id, ordinal } => {
            format!("{channel}#{}#{letter}#{ordinal:02}", padded(*message_id))
        }
        SignalId::Api(id) => format!("#{id}#{letter}"),
    };
    Key::new(OUTBOX, sk)
}

/// The row of a key of the API, by the hexadecimal digest of its secret.
pub(super) fn api_key(digest: &str) -> Key {
    Key::new(format!("KEY#{}", start(digest)), "K")
}

/// The partition with a row for each key of the API.
pub(super) const API_KEYS: &str = "KEYS";

/// The row of a key of the API in the list of all.
pub(super) fn listed_api_key(id: &KeyId) -> Key {
    Key::new(API_KEYS, id.as_str().to_owned())
}

/// The row of a client's idempotency key, by the hexadecimal digest of it.
pub(super) fn idempotency(client: Option<&KeyId>, digest: &str) -> Key {
    let client = client.map_or("local", KeyId::as_str);
    Key::new(format!("IDEM#{client}#{}", start(digest)), IDEMPOTENCY_ROW)
}

/// The sort key of idempotency records.
pub(super) const IDEMPOTENCY_ROW: &str = "I";

/// Half of a digest: 128 bits are enough for a place of one's own.
fn start(digest: &str) -> &str {
    digest.get(..32).unwrap_or(digest)
}

/// How far a shard of the table's stream is counted.
pub(super) fn stream_checkpoint(shard_id: &str) -> Key {
    Key::new(format!("STCK#{shard_id}"), "CK")
}

/// The key that a row has; `None` where it has none.
pub(super) fn of_item(item: &HashMap<String, AttributeValue>) -> Option<Key> {
    let part = |name: &str| item.get(name)?.as_s().ok().cloned();
    Some(Key::new(part("PK")?, part("SK")?))
}

/// FNV-1a in 32 bits (<http://www.isthe.com/chongo/tech/comp/fnv/>): the same everywhere and for ever, which the
/// hashers of the standard library do not promise.
pub(super) fn fnv1a(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, &byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_a_signal_never_change() {
        let id = SignalId::parse("io_altsignals_42_1").unwrap();
        assert_eq!(signal(&id).to_string(), "C#io_altsignals#3 / M#0000000000000042#01");
        assert_eq!(version(&id, 3).to_string(), "C#io_altsignals#3 / V#0000000000000042#01#000003");
        let id = SignalId::parse("0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d").unwrap();
        assert_eq!(signal(&id).to_string(), "A#0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d / M");
    }

    #[test]
    fn the_keys_of_plain_rows_never_change() {
        let channel_key = ChannelName::parse("io_altsignals").unwrap();
        let id = KeyId::parse("0123456789abcdef").unwrap();
        let place = SignalId::parse("io_altsignals_42_1").unwrap();
        let digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        let keys = [
            (lease("main"), "LEASE#main / L"),
            (checkpoint(&channel_key), "WM#io_altsignals / W"),
            (coverage(&channel_key), "COV#io_altsignals / R"),
            (fingerprints(&channel_key), "LAST#io_altsignals / P"),
            (position("telegram:batch", &channel_key), "POS#telegram:batch / io_altsignals"),
            (peer(7, &channel_key), "PEER#7 / io_altsignals"),
            (looked_up(7, "2026-11-23"), "PEER#7 / #2026-11-23"),
            (channel(&channel_key), "CHANNELS / io_altsignals"),
            (alias(&channel_key), "CH#io_altsignals / A"),
            (channel_run(&channel_key), "RUNS / io_altsignals"),
            (passed_over(&channel_key, MessageId(42)), "PO#io_altsignals / 0000000000000042"),
            (rejected(&channel_key, MessageId(42), 1), "RJ#io_altsignals / 0000000000000042#001"),
            (outbox(OutboxKind::Signal, &place), "OUT / io_altsignals#0000000000000042#M#01"),
            (outbox(OutboxKind::Event, &place), "OUT / io_altsignals#0000000000000042#N#01"),
            (api_key(digest), "KEY#ba7816bf8f01cfea414140de5dae2223 / K"),
            (listed_api_key(&id), "KEYS / 0123456789abcdef"),
            (idempotency(Some(&id), digest), "IDEM#0123456789abcdef#ba7816bf8f01cfea414140de5dae2223 / I"),
            (idempotency(None, digest), "IDEM#local#ba7816bf8f01cfea414140de5dae2223 / I"),
        ];
        for (key, text) in keys {
            assert_eq!(key.to_string(), text);
        }
    }

    #[test]
    fn the_keys_of_an_event_never_change() {
        let id: EventId = "io_altsignals_42_1".parse().unwrap();
        assert_eq!(event(&id).to_string(), "C#io_altsignals#3 / E#0000000000000042#01");
        let id: EventId = "0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d".parse().unwrap();
        assert_eq!(event(&id).to_string(), "A#0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d / E");
    }

    #[test]
    fn only_the_row_of_today_is_the_signal() {
        let id = SignalId::parse("io_altsignals_42_1").unwrap();
        let api = SignalId::parse("0192f0c1-2d3e-7a4b-8c5d-6e7f8a9b0c1d").unwrap();
        assert!(is_signal(&signal(&id)) && is_signal(&signal(&api)));
        assert!(!is_signal(&version(&id, 1)) && !is_signal(&version(&api, 1)));
        assert_eq!(signal_of_version(&version(&id, 7)).as_deref(), Some(&*signal(&id).sk));
        assert_eq!(signal_of_version(&version(&api, 7)).as_deref(), Some("M"));
        assert_eq!(signal_of_version(&signal(&id)), None);
        assert!(!is_signal(&event(&"io_altsignals_42_1".parse().unwrap())) && !is_signal(&SET_UP));
    }

    #[test]
    fn the_hash_is_fnv1a() {
        assert_eq!(fnv1a(b""), 0x811c_9dc5);
        assert_eq!(fnv1a(b"foobar"), 0xbf9c_f968);
    }
}
