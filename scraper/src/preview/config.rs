//! How the preview is asked.

use std::time::Duration;

/// The settings of [`super::Preview`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewConfig {
    /// The address above `/s/<channel>`, with `http` or `https`, without a path.
    pub base_url: String,
    /// Who asks, for the operators of the server: the program and its version.
    pub user_agent: String,
    /// The pause between two requests.
    pub delay: Duration,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long one answer may take, to its last byte.
    pub timeout: Duration,
    /// The most bytes of a page, unpacked; real ones have some hundred thousand.
    pub most_bytes: u64,
    /// How often a request is tried that failed in a way that may pass.
    pub tries: u32,
    /// The pause before the second try; it doubles from try to try, and is shortened by up to a half at random.
    pub backoff: Duration,
    /// The longest pause that is waited out when the server asks for one; a longer one is an error that says it, and
    /// nothing is asked before it is over.
    pub longest_wait: Duration,
}

impl Default for PreviewConfig {
    fn default() -> Self {
        Self {
            base_url: "https://t.me".to_owned(),
            user_agent: concat!("sigtower/", env!("CARGO_PKG_VERSION")).to_owned(),
            delay: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            most_bytes: 4 * 1024 * 1024,
            tries: 3,
            backoff: Duration::from_secs(1),
            longest_wait: Duration::from_secs(10),
        }
    }
}

/// Why an address is none for previews.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no base address of previews: {why}; give one like https://t.me")]
pub struct InvalidPreviewUrl {
    /// What was given, escaped.
    pub url: String,
    /// What is wrong with it.
    pub why: String,
}
