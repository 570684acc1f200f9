//! Which methods there are, and who may call them.

pub(crate) mod config;
pub(crate) mod history;
pub(crate) mod login;
pub(crate) mod password;
pub(crate) mod peers;
pub(crate) mod qr;
pub(crate) mod updates;

use grammers_tl_types::{self as tl, Cursor, Deserializable, Identifiable, RemoteCall, Serializable};

use crate::state::{Key, Login, State};
use crate::world::{Account, AccountId, Channel, ChannelId, Visibility, access_hash};

/// Why a call was refused: a code and a name of [Telegram's](https://core.telegram.org/api/errors).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The code: 303, 400, 401, 403, 406, 420, 500.
    pub code: i32,
    /// The name, with its number where it has one: `FLOOD_WAIT_3`.
    pub name: String,
}

impl Refusal {
    /// A refusal.
    #[must_use]
    pub(crate) fn new(code: i32, name: impl Into<String>) -> Self {
        Self { code, name: name.into() }
    }

    /// A refusal because of what was asked.
    #[must_use]
    pub(crate) fn bad(name: &str) -> Self {
        Self::new(400, name)
    }
}

/// A call that is being executed: who calls, and the world.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    /// Everything.
    pub state: &'a mut State,
    /// The connection that it came through.
    pub connection: u64,
    /// The key that it came under, and its session.
    pub session: (i64, i64),
}

impl Scene<'_> {
    /// The data centre that was asked.
    #[must_use]
    pub(crate) fn data_centre(&self) -> i32 {
        self.state.connections.get(&self.connection).map_or(0, |connection| connection.data_centre)
    }

    /// The key that the call came under.
    ///
    /// # Panics
    /// Never: keys are forgotten only between calls, and this one was opened with it.
    pub(crate) fn key(&mut self) -> &mut Key {
        self.state.keys.get_mut(&self.session.0).expect("the key that the call was opened with")
    }

    /// Who calls.
    ///
    /// # Errors
    /// Where nobody is logged in.
    pub(crate) fn account(&self) -> Result<&Account, Refusal> {
        let account = self.state.account_of(self.connection).and_then(|id| self.state.world.accounts.get(&id));
        account.ok_or_else(|| Refusal::new(401, "AUTH_KEY_UNREGISTERED"))
    }

    /// A channel by its number and what its caller must show for it.
    ///
    /// # Errors
    /// Where the hash is not the caller's, or the channel is not for the caller.
    pub(crate) fn channel(&self, id: i64, hash: i64) -> Result<&Channel, Refusal> {
        let account = self.account()?;
        let channel = self.state.world.channels.get(&ChannelId(id));
        let channel = channel.filter(|_| hash == access_hash(account.id, id));
        let channel = channel.ok_or_else(|| Refusal::bad("CHANNEL_INVALID"))?;
        let is_member = account.joined.contains(&channel.id);
        match channel.visibility {
            Visibility::Public => Ok(channel),
            Visibility::Members if is_member => Ok(channel),
            _ => Err(Refusal::bad("CHANNEL_PRIVATE")),
        }
    }

    /// The same, as methods of channels name it.
    ///
    /// # Errors
    /// As above, and where it is named by a message.
    pub(crate) fn input_channel(&self, input: &tl::enums::InputChannel) -> Result<&Channel, Refusal> {
        match input {
            tl::enums::InputChannel::Channel(input) => self.channel(input.channel_id, input.access_hash),
            _ => Err(Refusal::bad("CHANNEL_INVALID")),
        }
    }

    /// The same, as methods of all kinds of peers name it.
    ///
    /// # Errors
    /// As above, and where it is no channel.
    pub(crate) fn input_peer(&self, input: &tl::enums::InputPeer) -> Result<&Channel, Refusal> {
        match input {
            tl::enums::InputPeer::Channel(input) => self.channel(input.channel_id, input.access_hash),
            _ => Err(Refusal::bad("PEER_ID_INVALID")),
        }
    }
}

/// A request without what it was wrapped in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    /// The constructor.
    pub id: u32,
    /// The method's name, or its constructor where the schema has none.
    pub method: String,
    /// The whole request.
    pub body: Vec<u8>,
    /// The layer, where the request says which.
    pub layer: Option<i32>,
    /// Whether it says what connects.
    pub is_init: bool,
    /// Whether the caller wants no updates for it.
    pub without_updates: bool,
}

/// What stands behind a wrapper.
struct Rest(Vec<u8>);

impl Deserializable for Rest {
    fn deserialize(buffer: &mut Cursor<'_>) -> tl::deserialize::Result<Self> {
        let mut rest = Vec::new();
        buffer.read_to_end(&mut rest)?;
        Ok(Self(rest))
    }
}

impl Request {
    /// Takes the wrappers off.
    ///
    /// # Errors
    /// Where one cannot be read.
    pub(crate) fn unwrapped(body: &[u8]) -> Result<Self, Refusal> {
        let malformed = |_| Refusal::bad("INPUT_FETCH_ERROR");
        let mut request = Self {
            id: 0,
            method: String::new(),
            body: body.to_vec(),
            layer: None,
            is_init: false,
            without_updates: false,
        };
        loop {
            request.id = u32::from_bytes(&request.body).map_err(malformed)?;
            let inside = &request.body[4..];
            request.body = match request.id {
                tl::functions::InvokeWithLayer::<Rest>::CONSTRUCTOR_ID => {
                    let wrapper = tl::functions::InvokeWithLayer::<Rest>::from_bytes(inside).map_err(malformed)?;
                    request.layer = Some(wrapper.layer);
                    wrapper.query.0
                }
                tl::functions::InitConnection::<Rest>::CONSTRUCTOR_ID => {
                    request.is_init = true;
                    tl::functions::InitConnection::<Rest>::from_bytes(inside).map_err(malformed)?.query.0
                }
                tl::functions::InvokeWithoutUpdates::<Rest>::CONSTRUCTOR_ID => {
                    request.without_updates = true;
                    tl::functions::InvokeWithoutUpdates::<Rest>::from_bytes(inside).map_err(malformed)?.query.0
                }
                tl::functions::InvokeAfterMsg::<Rest>::CONSTRUCTOR_ID => {
                    tl::functions::InvokeAfterMsg::<Rest>::from_bytes(inside).map_err(malformed)?.query.0
                }
                id => {
                    let name = tl::name_for_id(id);
                    let is_known = name.contains(|c: char| c.is_ascii_lowercase());
                    request.method = if is_known { name.to_owned() } else { format!("{id:08x}") };
                    return Ok(request);
                }
            };
        }
    }
}

/// Executes a request that was read with `T`, whole: what is left over is a mistake of the caller.
fn run<T>(
    scene: &mut Scene<'_>,
    body: &[u8],
    handler: impl FnOnce(&mut Scene<'_>, T) -> Result<T::Return, Refusal>,
) -> Result<Vec<u8>, Refusal>
where
    T: Deserializable + RemoteCall,
    T::Return: Serializable,
{
    let mut cursor = Cursor::from_slice(&body[4..]);
    let request = T::deserialize(&mut cursor).map_err(|_| Refusal::bad("INPUT_FETCH_ERROR"))?;
    if cursor.pos() != body.len() - 4 {
        return Err(Refusal::bad("INPUT_FETCH_FAIL"));
    }
    handler(scene, request).map(|answer| answer.to_bytes())
}

macro_rules! methods {
    ($(#[$meta:meta])* pub(crate) fn $name:ident; open { $($open:path => $open_handler:path,)* } of_accounts { $($own:path => $own_handler:path,)* }) => {
        $(#[$meta])*
        ///
        /// # Errors
        /// Where it is refused, as Telegram would refuse it.
        pub(crate) fn $name(scene: &mut Scene<'_>, request: &Request) -> Result<Vec<u8>, Refusal> {
            if let Login::Dead(code, name) = &scene.key().login {
                return Err(Refusal::new(*code, name.clone()));
            }
            match request.id {
                $(<$open>::CONSTRUCTOR_ID => return run::<$open>(scene, &request.body, $open_handler),)*
                _ => {}
            }
            permitted(scene, &request.method)?;
            match request.id {
                $(<$own>::CONSTRUCTOR_ID => run::<$own>(scene, &request.body, $own_handler),)*
                _ => Err(Refusal::bad(&format!("INPUT_METHOD_INVALID_{}_0", request.id))),
            }
        }
    };
}

methods! {
    /// Executes a request.
    pub(crate) fn execute;
    open {
        tl::functions::help::GetConfig => config::get_config,
        tl::functions::help::GetNearestDc => config::get_nearest_dc,
        tl::functions::auth::SendCode => login::send_code,
        tl::functions::auth::SignIn => login::sign_in,
        tl::functions::auth::CheckPassword => login::check_password,
        tl::functions::auth::LogOut => login::log_out,
        tl::functions::auth::ImportAuthorization => login::import_authorization,
        tl::functions::auth::ImportBotAuthorization => login::import_bot_authorization,
        tl::functions::auth::ExportLoginToken => qr::export_login_token,
        tl::functions::auth::ImportLoginToken => qr::import_login_token,
        tl::functions::account::GetPassword => login::get_password,
    }
    of_accounts {
        tl::functions::auth::ExportAuthorization => login::export_authorization,
        tl::functions::account::UpdateStatus => config::update_status,
        tl::functions::users::GetUsers => peers::get_users,
        tl::functions::contacts::ResolveUsername => peers::resolve_username,
        tl::functions::channels::GetChannels => peers::get_channels,
        tl::functions::channels::GetFullChannel => peers::get_full_channel,
        tl::functions::messages::GetDialogs => peers::get_dialogs,
        tl::functions::messages::GetPeerDialogs => peers::get_peer_dialogs,
        tl::functions::messages::CheckChatInvite => peers::check_chat_invite,
        tl::functions::messages::GetHistory => history::get_history,
        tl::functions::channels::GetMessages => history::get_messages,
        tl::functions::updates::GetState => updates::get_state,
        tl::functions::updates::GetDifference => updates::get_difference,
        tl::functions::updates::GetChannelDifference => updates::get_channel_difference,
    }
}

/// What bots may not call, of what there is.
const NOT_FOR_BOTS: &[&str] =
    &["messages.getHistory", "messages.getDialogs", "messages.getPeerDialogs", "messages.checkChatInvite"];

/// Whether somebody is logged in, here, and may call the method.
fn permitted(scene: &mut Scene<'_>, method: &str) -> Result<(), Refusal> {
    let key = scene.key();
    let account: AccountId = match key.login {
        Login::In(account) => account,
        Login::PasswordDue(_) => return Err(Refusal::new(401, "SESSION_PASSWORD_NEEDED")),
        _ => return Err(Refusal::new(401, "AUTH_KEY_UNREGISTERED")),
    };
    let account = scene.state.world.accounts.get(&account);
    let is_bot = account.is_some_and(|account| account.bot_token.is_some());
    let for_bots = !NOT_FOR_BOTS.contains(&method);
    match account.map(|account| account.data_centre) {
        None => Err(Refusal::new(401, "USER_DEACTIVATED")),
        Some(home) if home != scene.data_centre() => Err(Refusal::new(303, format!("USER_MIGRATE_{home}"))),
        Some(_) if is_bot && !for_bots => Err(Refusal::bad("BOT_METHOD_INVALID")),
        Some(_) => Ok(()),
    }
}
