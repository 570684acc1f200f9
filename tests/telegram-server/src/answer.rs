//! How a call is answered: executed, logged, and spoilt where a test wants it so.

use grammers_tl_types::{self as tl, Serializable};

use crate::call_log::{Call, Outcome};
use crate::faults::Fault;
use crate::message::{Message, packed, rpc_result};
use crate::rpc::{Refusal, Request, Scene, execute};
use crate::state::{Login, Outgoing, State};

/// How many calls are remembered, at the least half of it; a server that somebody forgot must not fill the memory.
const MOST_CALLS: usize = 200_000;
/// A constructor that no schema has.
const UNKNOWN_CONSTRUCTOR: u32 = 0x0bad_0bad;

/// Notes which session a connection carries.
pub(crate) fn bind(state: &mut State, connection: u64, session: (i64, i64)) {
    let Some(known) = state.connections.get_mut(&connection) else { return };
    if known.session.replace(session) == Some(session) {
        return;
    }
    let is_elsewhere = |(id, other): (&u64, &crate::state::Connection)| {
        *id != connection && other.session.is_some_and(|(key, _)| key == session.0)
    };
    let is_shared = state.assumptions.one_connection_per_key && state.connections.iter().any(is_elsewhere);
    if let Some(key) = state.keys.get_mut(&session.0).filter(|_| is_shared) {
        key.login = Login::Dead(406, "AUTH_KEY_DUPLICATED".to_owned());
    }
}

/// Executes a call, and sends what comes of it.
pub(crate) fn call(state: &mut State, connection: u64, session: (i64, i64), message: &Message) {
    let request = match Request::unwrapped(&message.body) {
        Ok(request) => request,
        Err(refusal) => {
            state.violated(connection, "a request that cannot be read".to_owned());
            return answer(state, connection, session, message.id, Err(&refusal), None);
        }
    };
    let layer = announced_layer(state, session.0, &request);
    let fault = state.faults.of_call(&request.method);
    let account = state.account_of(connection);
    let result = match &fault {
        Some(Fault::Error(code, name)) => Err(Refusal::new(*code, name.clone())),
        Some(Fault::ClosedBefore | Fault::Transport(_) | Fault::Silent | Fault::Garbage) => Ok(Vec::new()),
        _ if layer.is_none() => Err(Refusal::bad("CONNECTION_NOT_INITED")),
        _ => execute(&mut Scene { state, connection, session }, &request),
    };
    if result.is_ok() && !request.without_updates && state.account_of(connection).is_some() {
        state.sessions.entry(session).or_default().is_subscribed = true;
    }
    let outcome = match (&fault, &result) {
        (_, Err(refusal)) => Outcome::Refused(refusal.code, refusal.name.clone()),
        (None | Some(Fault::Slow(_)), Ok(_)) => Outcome::Answered,
        (Some(fault), Ok(_)) => Outcome::Lost(format!("{fault:?}")),
    };
    let data_centre = state.connections.get(&connection).map_or(0, |connection| connection.data_centre);
    let Request { method, body, .. } = request;
    if state.calls.len() == MOST_CALLS {
        state.calls.drain(..MOST_CALLS / 2);
    }
    state.calls.push(Call { connection, data_centre, account, method, layer, outcome, body });
    answer(state, connection, session, message.id, result.as_deref(), fault);
}

/// The layer of a key, once its client said what connects: it is asked once for all sessions and connections.
fn announced_layer(state: &mut State, key: i64, request: &Request) -> Option<i32> {
    let known = state.keys.get_mut(&key)?;
    if request.is_init {
        known.layer = request.layer.or(known.layer);
    }
    known.layer
}

fn answer(
    state: &State,
    connection: u64,
    session: (i64, i64),
    request: i64,
    result: Result<&[u8], &Refusal>,
    fault: Option<Fault>,
) {
    let result = match result {
        Ok(result) => result.to_vec(),
        Err(refusal) => {
            let error = tl::types::RpcError { error_code: refusal.code, error_message: refusal.name.clone() };
            tl::enums::RpcError::Error(error).to_bytes()
        }
    };
    let result = match state.assumptions.packed_from_bytes {
        Some(from) if result.len() >= from => packed(result),
        _ => result,
    };
    let send = |outgoing| state.send(connection, outgoing);
    let whole = |result: &[u8]| {
        let body = rpc_result(request, result);
        Outgoing::Message { session, body, is_answer: true, is_content: true }
    };
    let acknowledged = || {
        let ack = tl::enums::MsgsAck::Ack(tl::types::MsgsAck { msg_ids: vec![request] });
        Outgoing::Message { session, body: ack.to_bytes(), is_answer: false, is_content: false }
    };
    match fault {
        None | Some(Fault::Error(..)) => send(whole(&result)),
        Some(Fault::Silent) => send(acknowledged()),
        Some(Fault::Slow(delay)) => {
            send(acknowledged());
            send(Outgoing::Later(delay, Box::new(whole(&result))));
        }
        Some(Fault::ClosedBefore | Fault::ClosedAfter) => send(Outgoing::Close),
        Some(Fault::Transport(code)) => send(Outgoing::TransportError(code)),
        Some(Fault::UnknownConstructor) => send(whole(&UNKNOWN_CONSTRUCTOR.to_bytes())),
        Some(Fault::Garbage) => send(Outgoing::Garbage),
    }
}
