//! How a backend is reached.

use std::fmt;
use std::time::Duration;

use reqwest::Url;
use reqwest::header::HeaderValue;

use crate::http;

/// The settings of [`super::Backend`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackendConfig {
    /// The address above `/api/v1`, with `http` or `https`; a path in front of the API is kept.
    pub base_url: String,
    /// Its key for us, where it asks for one.
    pub key: Option<BackendKey>,
    /// Who asks.
    pub user_agent: String,
    /// How long a connection may take.
    pub connect_timeout: Duration,
    /// How long one answer may take, to its last byte.
    pub timeout: Duration,
    /// The most bytes of an answer.
    pub most_bytes: usize,
    /// How often a request is sent that failed in a way that may pass.
    pub tries: u32,
    /// The pause before the second try; it doubles from try to try, and is shortened by up to a half at random.
    pub backoff: Duration,
    /// The longest pause that is waited out when the backend asks for one.
    pub longest_wait: Duration,
}

impl BackendConfig {
    /// The usual settings for the backend at this address.
    #[must_use]
    pub fn at(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
            key: None,
            user_agent: concat!("sigtower/", env!("CARGO_PKG_VERSION")).to_owned(),
            connect_timeout: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            most_bytes: 4 * 1024 * 1024,
            tries: 3,
            backoff: Duration::from_millis(500),
            longest_wait: Duration::from_secs(5),
        }
    }

    pub(super) fn checked(&self) -> Result<(Url, Option<HeaderValue>), InvalidBackend> {
        let mut base = Url::parse(&self.base_url).map_err(|error| self.refused(&error.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() {
            return Err(self.refused("it has to begin with http:// or https://, and name a host"));
        }
        if !base.username().is_empty() || base.password().is_some() {
            return Err(self.refused("it holds a name or a password; a key belongs into BACKEND_API_KEY"));
        }
        if base.query().is_some() || base.fragment().is_some() {
            return Err(self.refused("it ends in a query"));
        }
        // Whoever named the API itself means what stands in front of it.
        let path = base.path().trim_end_matches('/');
        let path = path.strip_suffix("/signals").unwrap_or(path);
        let path = format!("{}/", path.strip_suffix("/api/v1").unwrap_or(path));
        base.set_path(&path);
        Ok((base, self.key.as_ref().map(|key| self.header(key)).transpose()?))
    }

    fn header(&self, key: &BackendKey) -> Result<HeaderValue, InvalidBackend> {
        let header = HeaderValue::try_from(format!("Bearer {}", key.0));
        let mut header = header.map_err(|_| self.refused("its key holds a character that no key has"))?;
        header.set_sensitive(true);
        Ok(header)
    }

    pub(super) fn refused(&self, why: &str) -> InvalidBackend {
        InvalidBackend { url: http::address(&self.base_url), why: why.to_owned() }
    }
}

/// The secret that opens a backend. It is shown nowhere.
#[derive(Clone, PartialEq, Eq)]
pub struct BackendKey(String);

impl BackendKey {
    /// The key of this secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }
}

impl fmt::Debug for BackendKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackendKey(…)")
    }
}

/// Why an address is none of a backend.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{url}` is no address of a backend: {why}; give one like https://signals.example")]
pub struct InvalidBackend {
    /// What was given, escaped and without what may be secret in it.
    pub url: String,
    /// What is wrong with it.
    pub why: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_what_stands_in_front_of_the_api() {
        let base = |url: &str| BackendConfig::at(url).checked().map(|(base, _)| base.to_string());
        assert_eq!(base("http://localhost:8000").unwrap(), "http://localhost:8000/");
        assert_eq!(base("https://x.example/prod/").unwrap(), "https://x.example/prod/");
        assert_eq!(base("https://x.example/api/v1/signals/").unwrap(), "https://x.example/");
        assert!(base("localhost:8000").is_err() && base("file:///x").is_err() && base("http://x?y=1").is_err());
    }

    #[test]
    fn no_secret_is_shown() {
        let config = BackendConfig { key: Some(BackendKey::new("sgt_not-real")), ..BackendConfig::at("http://x") };
        assert!(!format!("{config:?}").contains("not-real"));
        for url in ["http://me:not-real@x", "http://me:not-real@x:99999/", "http://x/?key=not-real"] {
            let refused = BackendConfig::at(url).checked().unwrap_err();
            assert!(!refused.to_string().contains("not-real"), "{refused}");
        }
    }
}
