//! How a command of the control port is done.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value, json};

use crate::assumptions::Assumptions;
use crate::call_log::{Call, Outcome};
use crate::control::command::{Command, FaultName};
use crate::faults::Fault;
use crate::server::{DATA_CENTRES, TelegramServer};
use crate::world::{Account, AccountId, Channel, ChannelId, Draft, Forward, World};

/// Does it, and says what came of it.
///
/// # Errors
/// In words, where it names what is not there.
pub(crate) fn execute(server: &TelegramServer, command: Command) -> Result<Value, String> {
    Ok(match command {
        Command::Address => address(server),
        Command::AddAccount { id, phone, code, password, bot_token, username, data_centre, channels } => {
            let mut account = Account::new(id, &phone).reading(channels.into_iter().map(ChannelId));
            account.code = code.unwrap_or(account.code);
            (account.password, account.username, account.bot_token) = (password, username, bot_token);
            account.data_centre = known_centre(data_centre.unwrap_or(account.data_centre))?;
            json!({ "account": server.add_account(account).0 })
        }
        Command::AddChannel { id, username, title, invite, kind, visibility, is_protected, is_pushed, posts } => {
            let mut channel = Channel::new(id, username.as_deref().unwrap_or("of nobody"));
            channel.title = title.unwrap_or(channel.title);
            (channel.username, channel.invite) = (username, invite);
            (channel.kind, channel.visibility) = (kind, visibility);
            (channel.is_protected, channel.is_pushed) = (is_protected, is_pushed);
            let n_posts = i32::try_from(posts.len()).map_err(|_| "too many posts".to_owned())?;
            let text = |i: i32| usize::try_from(i - 1).ok().and_then(|i| posts.get(i)).cloned().unwrap_or_default();
            json!({ "channel": server.add_channel(channel.with_posts(n_posts, text)).0 })
        }
        Command::SetMember { account, channel, is_member } => {
            let change = |account: &mut Account| match is_member {
                true => account.joined.insert(ChannelId(channel)),
                false => account.joined.remove(&ChannelId(channel)),
            };
            json!(server.with_world(|world| account_of(world, account).map(change))?)
        }
        Command::SetVisibility { channel, visibility } => {
            let change = |known: &mut Channel| known.visibility = visibility;
            json!(server.with_world(|world| channel_of(world, channel).map(change))?)
        }
        Command::SeedKey { data_centre } => json!({ "key": hex(&server.seed_key(known_centre(data_centre)?)) }),
        Command::SeedLogin { account } => {
            let home = server.with_world(|world| account_of(world, account).map(|account| account.data_centre))?;
            json!({ "key": hex(&server.seed_login(AccountId(account))), "data_centre": home })
        }
        Command::AccessHash { account, channel } => json!(server.access_hash(AccountId(account), ChannelId(channel))),
        Command::Post { channel, text, reply_to, topic, album, forward, date, delivery } => {
            server.with_world(|world| channel_of(world, channel).map(drop))?;
            let forward = forward.map(|(source, post)| Forward::Channel(ChannelId(source), post));
            let has_picture = album.is_some();
            let draft = Draft { reply_to, topic, album, forward, date, has_picture, ..Draft::text(text) };
            json!({ "post": server.post(ChannelId(channel), draft, delivery) })
        }
        Command::Edit { channel, post, text, delivery } => {
            server.with_world(|world| channel_of(world, channel).map(drop))?;
            json!({ "edited": server.edit(ChannelId(channel), post, &text, delivery) })
        }
        Command::Delete { channel, posts, delivery } => {
            server.with_world(|world| channel_of(world, channel).map(drop))?;
            json!({ "deleted": server.delete(ChannelId(channel), &posts, delivery) })
        }
        Command::Release { reversed } => {
            server.release(|held| {
                if reversed {
                    held.reverse();
                }
            });
            Value::Null
        }
        Command::PushTooLong { channel, with_pts } => {
            server.with_world(|world| channel_of(world, channel).map(drop))?;
            server.push_too_long(ChannelId(channel), with_pts);
            Value::Null
        }
        Command::ForgetEvents { channel } => {
            server.with_world(|world| channel_of(world, channel).map(drop))?;
            server.forget_events(ChannelId(channel));
            Value::Null
        }
        Command::Fault { method, fault, calls, calls_before } => {
            server.fault_after(calls_before, &method, fault.into(), calls);
            Value::Null
        }
        Command::ClearFaults => {
            server.clear_faults();
            Value::Null
        }
        Command::DisconnectAll => {
            server.disconnect_all();
            Value::Null
        }
        Command::RefuseConnections { refuses } => {
            server.refuse_connections(refuses);
            Value::Null
        }
        Command::BeDeaf { is_deaf } => {
            server.be_deaf(is_deaf);
            Value::Null
        }
        Command::RotateSalts => {
            server.rotate_salts();
            Value::Null
        }
        Command::SetClockAhead { seconds } => {
            server.set_clock_ahead(seconds);
            Value::Null
        }
        Command::AcceptQrToken { account, token } => {
            server.with_world(|world| account_of(world, account).map(drop))?;
            let token = URL_SAFE_NO_PAD.decode(token.trim_end_matches('=')).map_err(|error| error.to_string())?;
            json!({ "accepted": server.accept_qr_token(&token, AccountId(account)) })
        }
        Command::EndLogins { account, code, name } => {
            server.with_world(|world| account_of(world, account).map(drop))?;
            server.end_logins(AccountId(account), code, &name);
            Value::Null
        }
        Command::ForgetKeys { account } => {
            server.with_world(|world| account_of(world, account).map(drop))?;
            server.forget_keys(AccountId(account));
            Value::Null
        }
        Command::Assume { change } => assume(server, change)?,
        Command::Calls { method } => {
            let calls = method.map_or_else(|| server.calls(), |method| server.calls_of(&method));
            calls.iter().map(call).collect()
        }
        Command::ForgetCalls => {
            server.forget_calls();
            Value::Null
        }
        Command::Violations => {
            let violations = server.violations();
            violations.iter().map(|v| json!({ "connection": v.connection, "what": v.what })).collect()
        }
        Command::Connections => {
            let (open, ever) = server.connections();
            json!({ "open": open, "ever": ever })
        }
    })
}

fn address(server: &TelegramServer) -> Value {
    let centre = |id: i32| (id.to_string(), json!(server.address(id).port()));
    let data_centres: Map<String, Value> = (1..=DATA_CENTRES).map(centre).collect();
    json!({ "address": "127.0.0.1", "data_centres": data_centres, "public_key": server.public_key() })
}

fn known_centre(data_centre: i32) -> Result<i32, String> {
    let is_known = (1..=DATA_CENTRES).contains(&data_centre);
    is_known.then_some(data_centre).ok_or_else(|| format!("no data centre {data_centre}: 1 to {DATA_CENTRES}"))
}

fn account_of(world: &mut World, id: i64) -> Result<&mut Account, String> {
    world.accounts.get_mut(&AccountId(id)).ok_or_else(|| format!("no account {id}"))
}

fn channel_of(world: &mut World, id: i64) -> Result<&mut Channel, String> {
    world.channels.get_mut(&ChannelId(id)).ok_or_else(|| format!("no channel {id}"))
}

/// Lays the change over what is assumed.
fn assume(server: &TelegramServer, change: Map<String, Value>) -> Result<Value, String> {
    let mut assumed = Value::Null;
    server.assume(|assumptions| assumed = serde_json::to_value(&*assumptions).unwrap_or_default());
    if let Some(fields) = assumed.as_object_mut() {
        fields.extend(change);
    }
    let changed: Assumptions = serde_json::from_value(assumed.clone()).map_err(|error| error.to_string())?;
    server.assume(|assumptions| *assumptions = changed);
    Ok(assumed)
}

fn call(call: &Call) -> Value {
    let outcome = match &call.outcome {
        Outcome::Answered => json!("answered"),
        Outcome::Refused(code, name) => json!({ "refused": [code, name] }),
        Outcome::Lost(fault) => json!({ "lost": fault }),
    };
    json!({
        "connection": call.connection,
        "data_centre": call.data_centre,
        "account": call.account.map(|account| account.0),
        "method": call.method,
        "outcome": outcome,
        "body": hex(&call.body),
    })
}

fn hex(bytes: &[u8]) -> String {
    grammers_crypto::hex::to_hex(bytes)
}

impl From<FaultName> for Fault {
    fn from(name: FaultName) -> Self {
        match name {
            FaultName::Error(code, name) => Self::Error(code, name),
            FaultName::Silent => Self::Silent,
            FaultName::SlowMs(milliseconds) => Self::Slow(Duration::from_millis(milliseconds)),
            FaultName::ClosedBefore => Self::ClosedBefore,
            FaultName::ClosedAfter => Self::ClosedAfter,
            FaultName::Transport(code) => Self::Transport(code),
            FaultName::UnknownConstructor => Self::UnknownConstructor,
            FaultName::Garbage => Self::Garbage,
        }
    }
}
