//! One key for a channel, whichever way its posts arrive.
//!
//! A public preview knows names, an export knows numbers, a client of Telegram knows both. The key is the name under
//! which the channel was first seen, else its number; it stays when the channel is renamed. Every other spelling leads
//! to it. [`ChannelName`] is the type of spellings, and the key is one of them: where a post is stored, it is the key.

use std::fmt;

use jiff::Timestamp;

use crate::message::ChannelName;

/// How many names of a channel are listed, the last ones; all of them lead to it.
pub const MOST_NAMES: usize = 32;

/// A known channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Its key.
    pub key: ChannelName,
    /// Its number, once it was seen.
    pub number: Option<u64>,
    /// The public names it was seen under, the latest last; at most [`MOST_NAMES`].
    pub names: Vec<ChannelName>,
    /// When it was first seen.
    pub first_seen: Timestamp,
}

/// What a source knows of a channel: its public name, its number, or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The key, if the channel is new.
    key: ChannelName,
    username: Option<ChannelName>,
    number: Option<u64>,
}

impl Sighting {
    /// By one spelling, a name or a number.
    #[must_use]
    pub fn of(spelling: ChannelName) -> Self {
        match spelling.number() {
            Some(number) => Self { key: spelling, username: None, number: Some(number) },
            None => Self { key: spelling.clone(), username: Some(spelling), number: None },
        }
    }

    /// By number, and by name where the channel is public.
    #[must_use]
    pub fn with_number(number: u64, username: Option<ChannelName>) -> Self {
        let username = username.filter(|name| name.number().is_none());
        let key = username.clone().unwrap_or_else(|| ChannelName::of_number(number));
        Self { key, username, number: Some(number) }
    }

    /// The public name.
    #[must_use]
    pub fn username(&self) -> Option<&ChannelName> {
        self.username.as_ref()
    }

    /// The number.
    #[must_use]
    pub fn number(&self) -> Option<u64> {
        self.number
    }

    /// Every spelling that was seen.
    pub fn spellings(&self) -> impl Iterator<Item = ChannelName> + '_ {
        self.username.clone().into_iter().chain(self.number.map(ChannelName::of_number))
    }
}

/// Whose key it is, as far as the sighting tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// The channel with this key.
    Key(ChannelName),
    /// Nobody can tell without a person; nothing of the sighting may be stored.
    Alarm(ChannelAlarm),
}

/// Why a sighting fits no channel. Storing it would mix the posts of two channels.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChannelAlarm {
    /// The name belonged to another channel before: that one gave it up, and somebody else took it.
    #[error("the name `{name}` was the channel {known} and is now the channel {seen}: another channel took the name")]
    NameTaken {
        /// The name.
        name: ChannelName,
        /// The number of the channel that had the name.
        known: u64,
        /// The number that was seen under the name now.
        seen: u64,
    },
    /// The name and the number were first seen apart, and each has a key of its own.
    #[error(
        "the name `{name}` and the number {number} are one channel but are kept as two, `{name_key}` and `{number_key}`: read it by one of them alone"
    )]
    TwoKeys {
        /// The name.
        name: ChannelName,
        /// The number.
        number: u64,
        /// The key to which the name leads.
        name_key: ChannelName,
        /// The key to which the number leads.
        number_key: ChannelName,
    },
}

/// What a sighting adds to what is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Discovery {
    /// Nothing; the channel is this one.
    Nothing(ChannelName),
    /// The channel, which is new, or has a spelling more; with the spellings that are to lead to it.
    Learned(Channel, Vec<ChannelName>),
    /// That it fits no channel.
    Alarm(ChannelAlarm),
}

/// What a sighting adds, given the channels to which its name and its number lead.
#[must_use]
pub fn discover(
    sighting: &Sighting,
    by_name: Option<&Channel>,
    by_number: Option<&Channel>,
    now: Timestamp,
) -> Discovery {
    let (name, number) = (sighting.username(), sighting.number());
    match (by_name, by_number) {
        (None, None) => {
            let names = name.cloned().into_iter().collect();
            let new = Channel { key: sighting.key.clone(), number, names, first_seen: now };
            Discovery::Learned(new, sighting.spellings().collect())
        }
        (Some(known), None) => match (name, number, known.number) {
            (Some(name), Some(seen), Some(known)) if seen != known => {
                Discovery::Alarm(ChannelAlarm::NameTaken { name: name.clone(), known, seen })
            }
            (_, Some(seen), None) => {
                let learned = Channel { number: Some(seen), ..known.clone() };
                Discovery::Learned(learned, vec![ChannelName::of_number(seen)])
            }
            _ => Discovery::Nothing(known.key.clone()),
        },
        (None, Some(known)) => match name {
            None => Discovery::Nothing(known.key.clone()),
            Some(name) => Discovery::Learned(known.clone().named(name), vec![name.clone()]),
        },
        (Some(one), Some(other)) if one.key == other.key => match name {
            Some(name) if one.names.last() != Some(name) => Discovery::Learned(one.clone().named(name), Vec::new()),
            _ => Discovery::Nothing(one.key.clone()),
        },
        (Some(one), Some(other)) => {
            let (Some(name), Some(seen)) = (name.cloned(), number) else {
                return Discovery::Nothing(one.key.clone());
            };
            let (name_key, number_key) = (one.key.clone(), other.key.clone());
            Discovery::Alarm(match one.number {
                Some(known) => ChannelAlarm::NameTaken { name, known, seen },
                None => ChannelAlarm::TwoKeys { name, number: seen, name_key, number_key },
            })
        }
    }
}

impl Channel {
    fn named(mut self, name: &ChannelName) -> Self {
        self.names.retain(|it| it != name);
        self.names.push(name.clone());
        let excess = self.names.len().saturating_sub(MOST_NAMES);
        self.names.drain(..excess);
        self
    }
}

impl fmt::Display for Sighting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let spellings: Vec<String> = self.spellings().map(|it| it.to_string()).collect();
        f.write_str(&spellings.join(" / "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ChannelName {
        ChannelName::parse(text).unwrap()
    }

    fn channel(key: &str, number: Option<u64>) -> Channel {
        let names = Some(name(key)).filter(|it| it.number().is_none()).into_iter().collect();
        Channel { key: name(key), number, names, first_seen: Timestamp::UNIX_EPOCH }
    }

    fn see(sighting: &Sighting, by_name: Option<&Channel>, by_number: Option<&Channel>) -> Discovery {
        discover(sighting, by_name, by_number, Timestamp::UNIX_EPOCH)
    }

    #[test]
    fn a_public_channel_is_keyed_by_its_name_and_another_by_its_number() {
        let both = Sighting::with_number(77, Some(name("Whales")));
        let new = channel("whales", Some(77));
        assert_eq!(see(&both, None, None), Discovery::Learned(new, vec![name("whales"), name("77")]));
        let private = Sighting::of(name("-10077"));
        assert_eq!(private, Sighting::with_number(77, None));
        assert_eq!(see(&private, None, None), Discovery::Learned(channel("77", Some(77)), vec![name("77")]));
    }

    #[test]
    fn a_number_or_a_name_that_is_seen_later_leads_to_the_same_key() {
        let both = Sighting::with_number(77, Some(name("whales")));
        let by_name = channel("whales", None);
        assert_eq!(see(&both, Some(&by_name), None), Discovery::Learned(channel("whales", Some(77)), vec![name("77")]));
        let by_number = channel("77", Some(77));
        let Discovery::Learned(learned, spellings) = see(&both, None, Some(&by_number)) else { panic!("it is known") };
        assert_eq!((learned.key, learned.names, spellings), (name("77"), vec![name("whales")], vec![name("whales")]));
        let known = channel("whales", Some(77));
        assert_eq!(see(&both, Some(&known), Some(&known)), Discovery::Nothing(name("whales")));
        assert_eq!(see(&Sighting::of(name("whales")), Some(&known), None), Discovery::Nothing(name("whales")));
        let returned = Channel { names: vec![name("whales"), name("sharks")], ..known };
        let Discovery::Learned(learned, spellings) = see(&both, Some(&returned), Some(&returned)) else {
            panic!("its latest name is another")
        };
        assert_eq!((learned.names, spellings), (vec![name("sharks"), name("whales")], vec![]));
    }

    #[test]
    fn a_name_that_another_channel_took_alarms() {
        let both = Sighting::with_number(88, Some(name("whales")));
        let taken = ChannelAlarm::NameTaken { name: name("whales"), known: 77, seen: 88 };
        let known = channel("whales", Some(77));
        assert_eq!(see(&both, Some(&known), None), Discovery::Alarm(taken.clone()));
        assert_eq!(see(&both, Some(&known), Some(&channel("88", Some(88)))), Discovery::Alarm(taken));
    }

    #[test]
    fn one_channel_that_got_two_keys_alarms() {
        let both = Sighting::with_number(77, Some(name("whales")));
        let (by_name, by_number) = (channel("whales", None), channel("77", Some(77)));
        let Discovery::Alarm(ChannelAlarm::TwoKeys { name_key, number_key, .. }) =
            see(&both, Some(&by_name), Some(&by_number))
        else {
            panic!("they are two")
        };
        assert_eq!((name_key, number_key), (name("whales"), name("77")));
    }

    #[test]
    fn a_channel_lists_its_latest_names() {
        let mut known = channel("77", Some(77));
        for n in 0..40 {
            known = known.named(&name(&format!("whales{n}")));
        }
        known = known.named(&name("whales20"));
        assert_eq!(known.names.len(), MOST_NAMES);
        assert_eq!(known.names.last(), Some(&name("whales20")));
    }
}
