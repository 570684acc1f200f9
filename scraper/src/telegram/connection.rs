//! A connection under a login: every request bounded in time, short floods waited for, the library's task watched.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use grammers_client::sender::{ConnectionParams, RetryContext, RetryPolicy, SenderPoolHandle};
use grammers_client::{Client, SenderPool, tl};
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::telegram::blob_session::{BlobSession, Keys};
use crate::telegram::failure::TelegramError;
use crate::telegram::session_blob::SessionBlob;

/// How long the library is given to end by itself.
const LONGEST_GOODBYE: Duration = Duration::from_secs(2);

/// How long is waited at least where Telegram asks for a pause.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// What Telegram is told of the program, besides its version; it stands in the account's list of devices.
const DEVICE: &str = "sigtower";

/// How Telegram is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TelegramConfig {
    /// The number of the application, from <https://my.telegram.org>.
    pub api_id: i32,
    /// How long the first answer may take, connecting included.
    pub connect_timeout: Duration,
    /// How long any other answer may take.
    pub request_timeout: Duration,
    /// Up to which length a flood is waited for on the spot; longer ones are the caller's to keep.
    pub longest_inline_wait: Duration,
}

impl TelegramConfig {
    /// The usual limits, for this application.
    #[must_use]
    pub fn new(api_id: i32) -> Self {
        Self {
            api_id,
            connect_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(30),
            longest_inline_wait: Duration::from_secs(30),
        }
    }
}

/// Who is logged in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    /// The account's number.
    pub id: i64,
    /// Whether it is a bot, which may not read history.
    pub is_bot: bool,
}

/// A channel as the account knows it.
#[derive(Clone, PartialEq, Eq)]
pub struct ResolvedChannel {
    /// Its number, without a prefix.
    pub id: i64,
    /// What the account must show for it; good for all logins of the account, and for no other account.
    pub access_hash: i64,
    /// Its title: text of a stranger.
    pub title: String,
    /// Whether it is a group.
    pub is_group: bool,
}

impl std::fmt::Debug for ResolvedChannel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ResolvedChannel({})", self.id)
    }
}

/// Never: whether a request is made again is decided here, and not in the library.
struct Never;

impl RetryPolicy for Never {
    fn should_retry(&self, _: &RetryContext) -> ControlFlow<(), Duration> {
        ControlFlow::Break(())
    }
}

/// A connection. It breaks off when this is dropped; [`Telegram::close`] ends it in order.
pub struct Telegram {
    client: Client,
    handle: SenderPoolHandle,
    runner: JoinHandle<()>,
    session: Arc<BlobSession>,
    config: TelegramConfig,
}

impl std::fmt::Debug for Telegram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Telegram({:?})", self.session.blob())
    }
}

impl Drop for Telegram {
    fn drop(&mut self) {
        // While it connects, the library hears no goodbye.
        self.runner.abort();
    }
}

impl Telegram {
    /// Connects under a login, and looks who is logged in.
    ///
    /// # Errors
    /// [`TelegramError`]; [`TelegramError::is_end_of_login`] where a person has to log in again.
    pub async fn connect(blob: SessionBlob, config: TelegramConfig) -> Result<(Self, Me), TelegramError> {
        let session = Arc::new(BlobSession::new(blob, Keys::Kept));
        let parameters = ConnectionParams {
            device_model: DEVICE.to_owned(),
            system_version: std::env::consts::OS.to_owned(),
            app_version: env!("CARGO_PKG_VERSION").to_owned(),
            retry_policy: Box::new(Never),
            ..ConnectionParams::default()
        };
        let pool = SenderPool::with_configuration(Arc::clone(&session), config.api_id, parameters);
        let client = Client::new(pool.handle.clone());
        let runner = tokio::spawn(pool.runner.run());
        let telegram = Self { client, handle: pool.handle.thin, runner, session, config };
        let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
        let limit = telegram.config.connect_timeout;
        let users = telegram.asked("who is logged in", &request, limit).await?;
        let Some(tl::enums::User::User(me)) = users.into_iter().next() else {
            return Err(TelegramError::Unreadable { why: "nobody is logged in".to_owned() });
        };
        let me = Me { id: me.id, is_bot: me.bot };
        Ok((telegram, me))
    }

    /// The login as it is now: the addresses of data centres change, its keys never.
    #[must_use]
    pub fn blob(&self) -> SessionBlob {
        self.session.blob()
    }

    /// Looks a public name up. It is a costly question, which Telegram counts by the day: keep the answer.
    ///
    /// # Errors
    /// [`TelegramError`]; `NameFree` also where the name is a person's.
    pub async fn resolve(&self, name: &str) -> Result<ResolvedChannel, TelegramError> {
        let request = tl::functions::contacts::ResolveUsername { username: name.to_owned(), referer: None };
        let tl::enums::contacts::ResolvedPeer::Peer(found) = self.ask("a name", &request).await?;
        let tl::enums::Peer::Channel(peer) = found.peer else { return Err(TelegramError::NameFree) };
        let channel = found.chats.into_iter().find_map(|chat| match chat {
            tl::enums::Chat::Channel(channel) if channel.id == peer.channel_id => Some(channel),
            _ => None,
        });
        let unreadable = || TelegramError::Unreadable { why: "a name without its channel".to_owned() };
        let channel = channel.ok_or_else(unreadable)?;
        Ok(ResolvedChannel {
            id: channel.id,
            access_hash: channel.access_hash.ok_or_else(unreadable)?,
            title: channel.title,
            is_group: channel.megagroup,
        })
    }

    /// Asks, waits for short floods, and asks once more where the connection broke.
    async fn ask<R: tl::RemoteCall>(&self, what: &'static str, request: &R) -> Result<R::Return, TelegramError> {
        let (mut may_wait, mut may_reconnect) = (self.config.longest_inline_wait, true);
        loop {
            match self.asked(what, request, self.config.request_timeout).await {
                // A pause of none would be asked for again without end.
                Err(TelegramError::Flood { retry_after }) if retry_after.max(SHORTEST_WAIT) <= may_wait => {
                    let wait = retry_after.max(SHORTEST_WAIT);
                    may_wait -= wait;
                    tracing::info!(what, seconds = wait.as_secs(), "Telegram asks for a pause");
                    sleep(wait).await;
                }
                Err(TelegramError::Unreachable { why }) if may_reconnect => {
                    may_reconnect = false;
                    tracing::info!(what, why, "the connection to Telegram broke; once more over a new one");
                }
                answer => return answer,
            }
        }
    }

    async fn asked<R: tl::RemoteCall>(
        &self,
        what: &'static str,
        request: &R,
        limit: Duration,
    ) -> Result<R::Return, TelegramError> {
        if self.runner.is_finished() {
            return Err(TelegramError::Stopped);
        }
        match timeout(limit, self.client.invoke(request)).await {
            Ok(answer) => answer.map_err(TelegramError::from),
            Err(_) => Err(TelegramError::TimedOut { what, after: limit }),
        }
    }

    /// Ends the connection: in order where the library hears it in time, and else by force.
    pub async fn close(mut self) {
        self.handle.quit();
        if timeout(LONGEST_GOODBYE, &mut self.runner).await.is_err() {
            tracing::debug!("the connection to Telegram was cut");
        }
    }
}
