//! One page from the server, bounded in time, in bytes and in tries.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{
    ETAG, HeaderMap, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED, LOCATION, RETRY_AFTER,
};
use reqwest::{Client, Response, StatusCode, Url};

use super::config::{InvalidPreviewUrl, PreviewConfig};
use super::pause::Pause;
use crate::source::SourceError;
use crate::{http, retry};

/// How long to leave a server alone that does not say how long.
const USUAL_PAUSE: Duration = Duration::from_secs(60);

/// The most characters of a mark that the server gives its page.
const LONGEST_MARK: usize = 512;

/// Asks the server.
#[derive(Debug)]
pub(super) struct Fetch {
    client: Client,
    base: Url,
    config: PreviewConfig,
    pause: Pause,
}

/// What the server said.
#[derive(Debug)]
pub(super) enum Answer {
    /// The page, with what it is to be asked by next time.
    Page { html: String, marks: Option<Marks> },
    /// The page is what it was.
    Unchanged,
    /// Another page of the same server: its path.
    Elsewhere(String),
    /// There is no such page.
    Missing,
}

/// By what the server recognises a page that it showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Marks {
    etag: Option<String>,
    last_modified: Option<String>,
}

impl Fetch {
    pub(super) fn new(config: PreviewConfig) -> Result<Self, InvalidPreviewUrl> {
        let refused = |why: String| InvalidPreviewUrl { url: http::address(&config.base_url), why };
        let base = Url::parse(&config.base_url).map_err(|e| refused(e.to_string()))?;
        if !matches!(base.scheme(), "http" | "https") || base.host().is_none() || base.path() != "/" {
            return Err(refused("it has to begin with http:// or https://, name a host, and have no path".to_owned()));
        }
        if !base.username().is_empty() || base.password().is_some() || base.query().is_some() {
            return Err(refused("it holds a name, a password or a query, and pages of channels need none".to_owned()));
        }
        let client =
            http::client(&base, &config.user_agent, config.connect_timeout, config.timeout).map_err(refused)?;
        Ok(Self { client, base, pause: Pause::of(config.delay), config })
    }

    /// Asks for a page of the server, a few times where that may help.
    pub(super) async fn get(&mut self, path: &str, marks: Option<&Marks>) -> Result<Answer, SourceError> {
        if let Some(retry_after) = self.pause.quiet_for() {
            return Err(SourceError::RateLimited { retry_after });
        }
        let mut n_failed = 0;
        loop {
            self.pause.wait().await;
            let answer = self.ask(path, marks).await;
            self.pause.asked();
            let error = match answer {
                Err(error) if error.is_retryable() => error,
                done => return done,
            };
            n_failed += 1;
            let asked_for = error.retry_after();
            let too_long = asked_for.is_some_and(|wait| wait > self.config.longest_wait);
            if too_long || n_failed >= self.config.tries {
                if let Some(wait) = asked_for {
                    self.pause.keep_quiet(wait);
                }
                return Err(error);
            }
            let wait = asked_for.unwrap_or_default().max(retry::backoff(self.config.backoff, n_failed));
            tokio::time::sleep(wait).await;
        }
    }

    async fn ask(&self, path: &str, marks: Option<&Marks>) -> Result<Answer, SourceError> {
        let url = self.base.join(path).map_err(|e| SourceError::unknown(format!("it has no address: {e}")))?;
        let mut request = self.client.get(url).header("accept", "text/html").header("accept-language", "en");
        for (name, mark) in marks.into_iter().flat_map(Marks::conditions) {
            request = request.header(name, mark);
        }
        let response = request.send().await.map_err(|e| unreachable(&e))?;
        let status = response.status();
        match status {
            StatusCode::OK => self.page(response).await,
            StatusCode::NOT_MODIFIED => Ok(Answer::Unchanged),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Answer::Missing),
            StatusCode::TOO_MANY_REQUESTS => {
                let retry_after = header(response.headers(), &RETRY_AFTER)
                    .and_then(|value| retry::retry_after(&value, Timestamp::now()))
                    .unwrap_or(USUAL_PAUSE);
                Err(SourceError::RateLimited { retry_after })
            }
            _ if status.is_redirection() => self.elsewhere(&response),
            _ if status.is_server_error() => {
                // A server that is down for a while may say for how long.
                match header(response.headers(), &RETRY_AFTER).and_then(|it| retry::retry_after(&it, Timestamp::now()))
                {
                    Some(retry_after) => Err(SourceError::RateLimited { retry_after }),
                    None => Err(SourceError::Server { status: status.as_u16() }),
                }
            }
            _ => Err(SourceError::unknown(format!("the status of HTTP is {}", status.as_u16()))),
        }
    }

    fn elsewhere(&self, response: &Response) -> Result<Answer, SourceError> {
        let to = header(response.headers(), &LOCATION).and_then(|to| response.url().join(&to).ok());
        let to = to.ok_or_else(|| SourceError::unknown("it leads to another page and does not say which"))?;
        if to.origin() == self.base.origin() {
            return Ok(Answer::Elsewhere(to.path().trim_start_matches('/').to_owned()));
        }
        let host = to.host_str().unwrap_or("nowhere");
        Err(SourceError::unknown(format!("it leads to another server, {host}")))
    }

    /// The body, read only as far as a page may be long; what is counted are the unpacked bytes.
    async fn page(&self, mut response: Response) -> Result<Answer, SourceError> {
        let most_bytes = self.config.most_bytes;
        let too_large = || SourceError::TooLarge { what: "the page", most_bytes };
        if response.content_length().is_some_and(|length| length > most_bytes) {
            return Err(too_large());
        }
        let marks = Marks::of(response.headers());
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(|e| unreachable(&e))? {
            if (body.len() + part.len()) as u64 > most_bytes {
                return Err(too_large());
            }
            body.extend_from_slice(&part);
        }
        let html = String::from_utf8(body).map_err(|_| SourceError::unknown("it is not UTF-8"))?;
        Ok(Answer::Page { html, marks })
    }
}

impl Marks {
    fn of(headers: &HeaderMap) -> Option<Self> {
        let mark = |name| header(headers, name).filter(|it| it.len() <= LONGEST_MARK);
        let marks = Self { etag: mark(&ETAG), last_modified: mark(&LAST_MODIFIED) };
        (marks != Self::default()).then_some(marks)
    }

    fn conditions(&self) -> impl Iterator<Item = (HeaderName, &str)> {
        let etag = self.etag.as_deref().map(|it| (IF_NONE_MATCH, it));
        let date = self.last_modified.as_deref().map(|it| (IF_MODIFIED_SINCE, it));
        etag.into_iter().chain(date)
    }
}

fn header(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

fn unreachable(error: &reqwest::Error) -> SourceError {
    SourceError::Unreachable { why: http::why(error) }
}
