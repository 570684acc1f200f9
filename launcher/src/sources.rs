//! What a command collects, from where, and how: the part of the command line that all collecting commands share.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use scraper::collect::{CollectSettings, Collector};
use scraper::preview::{Preview, PreviewConfig};
use signals::message::ChannelName;
use signals::passed_over::RetentionDays;
use signals::store::SignalStore;

use crate::cli::{BackendArgs, KeepArgs, PreviewArgs, SourceArgs};
use crate::failure::Stop;

/// The channels that the predecessor read, which are read where none is named.
pub(crate) const USUAL_CHANNELS: [&str; 12] = [
    "binancekillers",
    "io_altsignals",
    "CryptoCapoTG",
    "WhaleChart",
    "Crypto_Inner_Circler",
    "learn2trade",
    "Wolf_of_Trading_singals",
    "cryptosignals",
    "binancesignals",
    "cryptotradingview",
    "cryptowhales",
    "bitcoinsignals",
];

/// The same as names.
pub(crate) fn usual_channels() -> Vec<ChannelName> {
    USUAL_CHANNELS.iter().filter_map(|name| ChannelName::parse(name).ok()).collect()
}

impl SourceArgs {
    /// The channels to read.
    pub(crate) fn channels(&self) -> Vec<ChannelName> {
        if !self.channel.is_empty() {
            let mut seen = BTreeSet::new();
            return self.channel.iter().filter(|it| seen.insert((*it).clone())).cloned().collect();
        }
        usual_channels()
    }

    /// What collects them into a store, or for the backend that is set.
    pub(crate) fn collector(&self, store: &SignalStore) -> Result<Collector, Stop> {
        collector(store, self.settings(), &self.backend)
    }

    fn settings(&self) -> CollectSettings {
        let most_posts = self.limit.into();
        CollectSettings { most_posts, edit_window: self.edit_window, ..self.keep.settings() }
    }
}

/// What collects into a store, or for the backend that is set.
pub(crate) fn collector(
    store: &SignalStore,
    settings: CollectSettings,
    backend: &BackendArgs,
) -> Result<Collector, Stop> {
    let collector = Collector::new(store.clone(), settings, Arc::new(Timestamp::now));
    Ok(match backend.open()? {
        Some(backend) => collector.for_backend(backend),
        None => collector,
    })
}

impl KeepArgs {
    /// How posts are collected, as far as it is the same for every source.
    pub(crate) fn settings(&self) -> CollectSettings {
        let retention = RetentionDays(self.keep_passed_over);
        CollectSettings { threshold: self.threshold, retention, ..CollectSettings::default() }
    }
}

impl PreviewArgs {
    /// A reader of the preview.
    pub(crate) fn open(&self) -> Result<Preview, Stop> {
        let usual = PreviewConfig::default();
        let config = PreviewConfig { base_url: self.preview_url.clone(), delay: self.delay, ..usual };
        Preview::new(config).map_err(|error| {
            Stop::failed("cannot read previews", error, "set SIGTOWER_PREVIEW_URL, or --preview-url, to an address")
        })
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::{Cli, Command};

    #[test]
    fn without_flags_posts_are_collected_as_usual() {
        let cli = Cli::try_parse_from(["sigtower", "batch"]).unwrap();
        let Command::Batch(args) = cli.command else { panic!("it is a batch") };
        assert_eq!(args.source.settings(), CollectSettings::default());
    }

    #[test]
    fn the_usual_channels_are_names() {
        assert!(USUAL_CHANNELS.iter().all(|name| ChannelName::parse(name).is_ok()));
    }
}
