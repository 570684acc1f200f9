//! A connection under a login: every request bounded in time and made only while the lease is held, short floods waited
//! for, and the library's task watched.

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use grammers_client::sender::{ConnectionParams, NoRetries, SenderPoolHandle};
use grammers_client::{Client, SenderPool, tl};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::holding::Grip;
use crate::telegram::blob_session::{BlobSession, Keys};
use crate::telegram::failure::TelegramError;
use crate::telegram::session_blob::SessionBlob;
use crate::telegram::told::{self, Listener, Teller, Told};

/// How long the library is given to end by itself.
const LONGEST_GOODBYE: Duration = Duration::from_secs(2);

/// How long is waited at least where Telegram asks for a pause.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);

/// What Telegram is told of the program, besides its version; it stands in the account's list of devices.
const DEVICE: &str = "sigtower";

/// How many updates the library keeps until they are taken, which is at once; what does not fit it drops.
const UNTAKEN_UPDATES: NonZeroUsize = NonZeroUsize::new(1_024).expect("more than none");

/// The number of the next connection.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

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

/// A connection under a login, made anew where it broke. Cloning shares it; it breaks off when the last one is dropped,
/// and [`Telegram::close`] ends it in order.
#[derive(Clone)]
pub struct Telegram {
    shared: Arc<Shared>,
}

struct Shared {
    session: Arc<BlobSession>,
    config: TelegramConfig,
    grip: Grip,
    line: Mutex<Option<Line>>,
    /// Until when each kind of request is not made, as Telegram asked.
    quiet: Mutex<HashMap<u32, Instant>>,
    teller: Mutex<Option<Teller>>,
    /// How the login ended: asking on would make it worse.
    ended: Mutex<Option<TelegramError>>,
}

/// The library at work.
struct Line {
    client: Client,
    handle: SenderPoolHandle,
    runner: JoinHandle<()>,
    /// Whether anything was answered yet.
    is_connected: bool,
    /// Which one it is, of all that there were: what fails late must not end a later one.
    number: u64,
}

impl std::fmt::Debug for Telegram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Telegram({:?})", self.shared.session.blob())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        // While it connects, the library hears no goodbye.
        self.runner.abort();
    }
}

impl Telegram {
    /// Connects under a login whose lease is held, and looks who is logged in.
    ///
    /// # Errors
    /// [`TelegramError`]; [`TelegramError::is_end_of_login`] where a person has to log in again.
    pub async fn connect(blob: SessionBlob, config: TelegramConfig, grip: Grip) -> Result<(Self, Me), TelegramError> {
        let telegram = Self::over(Arc::new(BlobSession::new(blob, Keys::Kept)), config, grip);
        let me = telegram.me().await?;
        Ok((telegram, me))
    }

    /// A connection that is made with the first request.
    pub(super) fn over(session: Arc<BlobSession>, config: TelegramConfig, grip: Grip) -> Self {
        let shared = Shared {
            session,
            config,
            grip,
            line: Mutex::default(),
            quiet: Mutex::default(),
            teller: Mutex::default(),
            ended: Mutex::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Who is logged in.
    ///
    /// # Errors
    /// [`TelegramError`].
    pub async fn me(&self) -> Result<Me, TelegramError> {
        let request = tl::functions::users::GetUsers { id: vec![tl::enums::InputUser::UserSelf] };
        let users = self.ask("who is logged in", &request).await?;
        match users.into_iter().next() {
            Some(tl::enums::User::User(me)) => Ok(Me { id: me.id, is_bot: me.bot }),
            _ => Err(TelegramError::Unreadable { why: "nobody is logged in".to_owned() }),
        }
    }

    /// The login as it is now: the addresses of data centres change, its keys never.
    #[must_use]
    pub fn blob(&self) -> SessionBlob {
        self.shared.session.blob()
    }

    /// How the login ended, if it did: then nothing more is asked.
    #[must_use]
    pub fn end_of_login(&self) -> Option<TelegramError> {
        lock(&self.shared.ended).clone()
    }

    /// What Telegram tells from now on; whoever listened before hears nothing more.
    pub(crate) fn listen(&self) -> Listener {
        let (teller, listener) = told::channel();
        *lock(&self.shared.teller) = Some(teller);
        listener
    }

    /// Looks whether the connection still lives, without asking anything of the account.
    pub(crate) async fn ping(&self) -> Result<(), TelegramError> {
        self.ask("whether it is there", &tl::functions::Ping { ping_id: 0 }).await.map(drop)
    }

    /// Asks to be told what happens, on the connection that there is or a new one.
    pub(crate) async fn subscribe(&self) -> Result<(), TelegramError> {
        self.ask("whether it tells what happens", &tl::functions::updates::GetState {}).await.map(drop)
    }

    /// Asks, waits for short floods, and asks once more where the connection broke.
    pub(crate) async fn ask<R: tl::RemoteCall + tl::Identifiable>(
        &self,
        what: &'static str,
        request: &R,
    ) -> Result<R::Return, TelegramError> {
        let (mut may_wait, mut may_reconnect) = (self.shared.config.longest_inline_wait, true);
        loop {
            self.may_ask(R::CONSTRUCTOR_ID)?;
            match self.asked(what, request).await {
                // A pause of none would be asked for again without end.
                Err(TelegramError::Flood { retry_after }) if retry_after.max(SHORTEST_WAIT) <= may_wait => {
                    let wait = retry_after.max(SHORTEST_WAIT);
                    may_wait -= wait;
                    tracing::info!(what, seconds = wait.as_secs(), "telegram.pause");
                    sleep(wait).await;
                }
                Err(TelegramError::Flood { retry_after }) => {
                    let until = Instant::now().checked_add(retry_after);
                    lock(&self.shared.quiet).extend(until.map(|until| (R::CONSTRUCTOR_ID, until)));
                    return Err(TelegramError::Flood { retry_after });
                }
                Err(TelegramError::Unreachable { why }) if may_reconnect => {
                    may_reconnect = false;
                    tracing::info!(what, why, "telegram.connection_broke");
                }
                answer => return answer,
            }
        }
    }

    /// Asks once, as a step in which a login is made: what ends a login that is used is no end of one that is not.
    pub(super) async fn step<R: tl::RemoteCall>(
        &self,
        what: &'static str,
        request: &R,
    ) -> Result<R::Return, TelegramError> {
        self.may_connect()?;
        self.asked(what, request).await
    }

    /// The login in memory.
    pub(super) fn session(&self) -> &BlobSession {
        &self.shared.session
    }

    /// Whether nobody else may have begun to connect under the login: two at once are the end of it.
    pub(super) fn may_connect(&self) -> Result<(), TelegramError> {
        if self.shared.grip.is_held() {
            return Ok(());
        }
        lock(&self.shared.line).take();
        Err(TelegramError::LeaseLost)
    }

    /// Whether a name may be looked up now, as far as earlier answers say.
    pub(super) fn may_resolve(&self) -> Result<(), TelegramError> {
        self.may_ask(<tl::functions::contacts::ResolveUsername as tl::Identifiable>::CONSTRUCTOR_ID)
    }

    fn may_ask(&self, kind: u32) -> Result<(), TelegramError> {
        self.may_connect()?;
        if let Some(end) = &*lock(&self.shared.ended) {
            return Err(end.clone());
        }
        let now = Instant::now();
        match lock(&self.shared.quiet).get(&kind).and_then(|until| until.checked_duration_since(now)) {
            Some(left) if !left.is_zero() => Err(TelegramError::Flood { retry_after: left }),
            _ => Ok(()),
        }
    }

    async fn asked<R: tl::RemoteCall>(&self, what: &'static str, request: &R) -> Result<R::Return, TelegramError> {
        let (client, is_connected, number) = self.client();
        let TelegramConfig { connect_timeout, request_timeout, .. } = self.shared.config;
        let limit = if is_connected { request_timeout } else { connect_timeout };
        let answer = match timeout(limit, client.invoke(request)).await {
            Ok(answer) => answer.map_err(TelegramError::from),
            Err(_) => Err(TelegramError::TimedOut { what, after: limit }),
        };
        match &answer {
            Err(error) if error.is_end_of_login() => *lock(&self.shared.ended) = Some(error.clone()),
            Err(error) if error.wants_a_new_connection() => self.hang_up(number),
            Err(TelegramError::Unreachable { .. }) => {}
            _ => {
                let mut line = lock(&self.shared.line);
                line.iter_mut().filter(|line| line.number == number).for_each(|line| line.is_connected = true);
            }
        }
        answer
    }

    /// The library's client, whether it is connected, and its number; a new one where there is none, or its task ended.
    pub(super) fn client(&self) -> (Client, bool, u64) {
        let mut line = lock(&self.shared.line);
        if line.take_if(|line| line.runner.is_finished()).is_some() {
            // It had no time to say so.
            self.tell_lost();
        }
        let line = line.get_or_insert_with(|| open(&self.shared));
        (line.client.clone(), line.is_connected, line.number)
    }

    /// Gives the connection of this number up, unless there is another one; the next request opens one.
    pub(super) fn hang_up(&self, number: u64) {
        if lock(&self.shared.line).take_if(|line| line.number == number).is_some() {
            self.tell_lost();
        }
    }

    /// Gives whatever connection there is up; the next request opens another one.
    pub(super) fn begin_anew(&self) {
        if lock(&self.shared.line).take().is_some() {
            self.tell_lost();
        }
    }

    fn tell_lost(&self) {
        if let Some(teller) = &*lock(&self.shared.teller) {
            teller.tell(Told::Lost);
        }
    }

    /// Ends the connection: in order where the library hears it in time, and else by force.
    pub async fn close(&self) {
        let Some(mut line) = lock(&self.shared.line).take() else { return };
        line.handle.quit();
        if timeout(LONGEST_GOODBYE, &mut line.runner).await.is_err() {
            tracing::debug!("the connection to Telegram was cut");
        }
    }
}

/// Sets the library to work. It connects with the first request.
fn open(shared: &Arc<Shared>) -> Line {
    let parameters = ConnectionParams {
        device_model: DEVICE.to_owned(),
        system_version: std::env::consts::OS.to_owned(),
        app_version: env!("CARGO_PKG_VERSION").to_owned(),
        updates_channel_capacity: UNTAKEN_UPDATES,
        // Whether a request is made again is decided here, and not in the library.
        retry_policy: Box::new(NoRetries),
        ..ConnectionParams::default()
    };
    let pool = SenderPool::with_configuration(Arc::clone(&shared.session), shared.config.api_id, parameters);
    let client = Client::new(pool.handle.clone());
    let runner = tokio::spawn(run(pool.runner.run(), pool.updates, Arc::downgrade(shared)));
    let number = NUMBERS.fetch_add(1, Ordering::Relaxed);
    Line { client, handle: pool.handle.thin, runner, is_connected: false, number }
}

/// The library's task, with what it is told on the way to whoever listens.
async fn run(
    library: impl Future<Output = ()>,
    mut updates: mpsc::Receiver<grammers_client::session::updates::UpdatesLike>,
    shared: std::sync::Weak<Shared>,
) {
    let tell = async {
        while let Some(update) = updates.recv().await {
            let came = Instant::now();
            let Some(shared) = shared.upgrade() else { return };
            if let Some(teller) = &*lock(&shared.teller) {
                teller.tell_all(update, came);
            }
        }
    };
    tokio::join!(library, tell);
}

/// Whatever held such a lock when it panicked left a whole value: each change is one assignment.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
