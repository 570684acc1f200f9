//! What a packet of a client means, and what it is answered with.

use grammers_tl_types::{self as tl, Deserializable, Identifiable, RawVec, Serializable};

use crate::answer;
use crate::handshake::Handshake;
use crate::message::{CONTAINER, Message, messages};
use crate::salts::LIFE_SECONDS;
use crate::seal::{self, Clear};
use crate::session::{Content, Verdict};
use crate::state::{Outgoing, State};

/// Error codes of [`bad_msg_notification`](https://core.telegram.org/mtproto/service_messages_about_messages).
const BAD_SALT: i32 = 48;
const BAD_CONTAINER: i32 = 64;

/// The most salts that are told at once.
const MOST_SALTS: i32 = 64;

/// Takes a packet of a connection.
pub(crate) fn receive(state: &mut State, connection: u64, handshake: &mut Handshake, packet: &[u8]) {
    if state.is_deaf {
        return;
    }
    let Some(key_id) = packet.first_chunk().map(|id| i64::from_le_bytes(*id)) else {
        return fail(state, connection, "a packet of less than eight bytes".to_owned());
    };
    if key_id == 0 {
        return receive_plain(state, connection, handshake, packet);
    }
    let data_centre = state.connections.get(&connection).map(|connection| connection.data_centre);
    let key = state.keys.get(&key_id).filter(|key| Some(key.data_centre) == data_centre);
    // A key that is not known is no violation: the client may have been told of its end by nobody.
    let Some(key) = key else { return state.send(connection, Outgoing::TransportError(404)) };
    match seal::open(&key.key, packet) {
        Ok(clear) => receive_encrypted(state, connection, key_id, &clear),
        Err(error) => fail(state, connection, error.to_string()),
    }
}

fn fail(state: &mut State, connection: u64, what: String) {
    state.violated(connection, what);
    state.send(connection, Outgoing::TransportError(404));
}

/// An unencrypted message: a step of the key exchange.
fn receive_plain(state: &mut State, connection: u64, handshake: &mut Handshake, packet: &[u8]) {
    let length = packet.get(16..20).and_then(|word| word.first_chunk()).map(|word| u32::from_le_bytes(*word));
    let body = packet.get(20..).filter(|body| length.is_some_and(|length| body.len() == length as usize));
    let Some(body) = body else { return fail(state, connection, "a malformed unencrypted message".to_owned()) };
    match handshake.answer(body, state.now_i32()) {
        Ok(reply) => {
            if let (Some((key, salt)), Some(centre)) =
                (reply.done, state.connections.get(&connection).map(|connection| connection.data_centre))
            {
                state.learn_key(key, centre, Some(salt));
            }
            state.send(connection, Outgoing::Plain(reply.body));
        }
        Err(error) => fail(state, connection, format!("key exchange: {error}")),
    }
}

fn receive_encrypted(state: &mut State, connection: u64, key_id: i64, clear: &Clear) {
    let (session, now) = ((key_id, clear.session), state.now());
    answer::bind(state, connection, session);
    let Some(salts) = state.keys.get(&key_id).map(|key| key.salts.clone()) else { return };
    if !salts.takes(clear.salt, now) {
        let notice = tl::types::BadServerSalt {
            bad_msg_id: clear.id,
            bad_msg_seqno: clear.number,
            error_code: BAD_SALT,
            new_server_salt: salts.at(now).0,
        };
        return service(state, connection, session, &tl::enums::BadMsgNotification::BadServerSalt(notice));
    }
    let inner = match messages(clear) {
        Ok(inner) => inner,
        Err(error) => {
            state.violated(connection, error.to_string());
            return bad(state, connection, session, (clear.id, clear.number), BAD_CONTAINER);
        }
    };
    let is_container = clear.body.first_chunk() == Some(&CONTAINER.to_le_bytes())
        || inner.first().is_none_or(|first| first.id != clear.id);
    if is_container && !judged(state, connection, session, (clear.id, clear.number), Content::Unrelated) {
        return;
    }
    for message in inner {
        if !judged(state, connection, session, (message.id, message.number), content_of(&message)) {
            continue;
        }
        announce(state, connection, session, message.id, salts.at(now).0);
        receive_message(state, connection, session, message);
    }
}

/// Whether a message is new and follows the rules; its sender is told where it breaks one.
fn judged(state: &mut State, connection: u64, session: (i64, i64), message: (i64, i32), content: Content) -> bool {
    let now = state.now();
    match state.sessions.entry(session).or_default().judge(message.0, message.1, content, now) {
        Verdict::Accepted => true,
        Verdict::Duplicate => false,
        Verdict::Bad(code) => {
            // Clocks are not the client's fault; all else is.
            if code != 16 && code != 17 {
                state.violated(connection, format!("message {} number {}: error {code}", message.0, message.1));
            }
            bad(state, connection, session, message, code);
            false
        }
    }
}

fn bad(state: &mut State, connection: u64, session: (i64, i64), message: (i64, i32), code: i32) {
    let notice = tl::types::BadMsgNotification { bad_msg_id: message.0, bad_msg_seqno: message.1, error_code: code };
    service(state, connection, session, &tl::enums::BadMsgNotification::Notification(notice));
}

/// Tells a session that it is new, once.
fn announce(state: &mut State, connection: u64, session: (i64, i64), first_msg_id: i64, server_salt: i64) {
    let known = state.sessions.entry(session).or_default();
    if !std::mem::replace(&mut known.is_announced, true) {
        let created = tl::types::NewSessionCreated { first_msg_id, unique_id: session.1 ^ first_msg_id, server_salt };
        let body = tl::enums::NewSession::Created(created).to_bytes();
        state.send(connection, Outgoing::Message { session, body, is_answer: false, is_content: true });
    }
}

/// Sends a service message.
fn service(state: &State, connection: u64, session: (i64, i64), body: &impl Serializable) {
    let body = body.to_bytes();
    state.send(connection, Outgoing::Message { session, body, is_answer: true, is_content: false });
}

/// Whether a message has to be acknowledged, by what it says.
fn content_of(message: &Message) -> Content {
    match message.constructor() {
        Some(tl::types::MsgsAck::CONSTRUCTOR_ID | CONTAINER) => Content::Unrelated,
        Some(
            tl::functions::Ping::CONSTRUCTOR_ID
            | tl::functions::PingDelayDisconnect::CONSTRUCTOR_ID
            | tl::functions::GetFutureSalts::CONSTRUCTOR_ID
            | tl::functions::DestroySession::CONSTRUCTOR_ID
            | tl::functions::RpcDropAnswer::CONSTRUCTOR_ID
            | tl::types::MsgsStateReq::CONSTRUCTOR_ID
            | tl::types::MsgsStateInfo::CONSTRUCTOR_ID
            | tl::types::MsgsAllInfo::CONSTRUCTOR_ID
            | tl::types::MsgResendReq::CONSTRUCTOR_ID
            | tl::types::HttpWait::CONSTRUCTOR_ID,
        ) => Content::Either,
        _ => Content::Related,
    }
}

/// A service message that says nothing.
fn malformed(state: &mut State, connection: u64, session: (i64, i64), message: &Message) {
    state.violated(connection, "a malformed service message");
    bad(state, connection, session, (message.id, message.number), BAD_CONTAINER);
}

/// A message that follows the rules: about messages, or a call.
fn receive_message(state: &mut State, connection: u64, session: (i64, i64), message: Message) {
    let Some(id) = message.constructor() else {
        return bad(state, connection, session, (message.id, message.number), BAD_CONTAINER);
    };
    let inside = &message.body[4..];
    match id {
        tl::types::MsgsAck::CONSTRUCTOR_ID => {
            let Ok(ack) = tl::types::MsgsAck::from_bytes(inside) else {
                return malformed(state, connection, session, &message);
            };
            if let Some(known) = state.sessions.get_mut(&session) {
                known.acknowledge(&ack.msg_ids);
            }
        }
        tl::functions::Ping::CONSTRUCTOR_ID => {
            let Ok(ping) = tl::functions::Ping::from_bytes(inside) else {
                return malformed(state, connection, session, &message);
            };
            pong(state, connection, session, message.id, ping.ping_id);
        }
        tl::functions::PingDelayDisconnect::CONSTRUCTOR_ID => {
            let Ok(ping) = tl::functions::PingDelayDisconnect::from_bytes(inside) else {
                return malformed(state, connection, session, &message);
            };
            let delay = std::time::Duration::from_secs(ping.disconnect_delay.clamp(1, 3600) as u64);
            state.send(connection, Outgoing::CloseUnlessRenewed(delay));
            pong(state, connection, session, message.id, ping.ping_id);
        }
        tl::functions::GetFutureSalts::CONSTRUCTOR_ID => {
            let Ok(wanted) = tl::functions::GetFutureSalts::from_bytes(inside) else {
                return malformed(state, connection, session, &message);
            };
            let told = future_salts(state, session.0, message.id, wanted.num);
            service(state, connection, session, &told);
        }
        tl::types::MsgsStateReq::CONSTRUCTOR_ID => {
            let Ok(asked) = tl::types::MsgsStateReq::from_bytes(inside) else {
                return malformed(state, connection, session, &message);
            };
            let known = state.sessions.entry(session).or_default();
            let info = asked.msg_ids.iter().map(|id| known.state_of(*id)).collect();
            let info = tl::types::MsgsStateInfo { req_msg_id: message.id, info };
            service(state, connection, session, &tl::enums::MsgsStateInfo::Info(info));
        }
        tl::functions::DestroySession::CONSTRUCTOR_ID => {
            let Ok(destroyed) = tl::functions::DestroySession::from_bytes(inside) else {
                return malformed(state, connection, session, &message);
            };
            let session_id = destroyed.session_id;
            let answer = match state.sessions.remove(&(session.0, session_id)) {
                Some(_) => tl::types::DestroySessionOk { session_id }.into(),
                None => tl::enums::DestroySessionRes::DestroySessionNone(tl::types::DestroySessionNone { session_id }),
            };
            service(state, connection, session, &answer);
        }
        tl::functions::RpcDropAnswer::CONSTRUCTOR_ID => {
            let unknown = tl::enums::RpcDropAnswer::RpcAnswerUnknown.to_bytes();
            let body = crate::message::rpc_result(message.id, &unknown);
            state.send(connection, Outgoing::Message { session, body, is_answer: true, is_content: true });
        }
        // Nothing is kept that could be sent again, and HTTP is not spoken here.
        tl::types::MsgsStateInfo::CONSTRUCTOR_ID
        | tl::types::MsgsAllInfo::CONSTRUCTOR_ID
        | tl::types::MsgResendReq::CONSTRUCTOR_ID
        | tl::types::HttpWait::CONSTRUCTOR_ID => {}
        _ => answer::call(state, connection, session, &message),
    }
}

fn pong(state: &State, connection: u64, session: (i64, i64), msg_id: i64, ping_id: i64) {
    service(state, connection, session, &tl::enums::Pong::Pong(tl::types::Pong { msg_id, ping_id }));
}

fn future_salts(state: &State, key: i64, req_msg_id: i64, wanted: i32) -> tl::enums::FutureSalts {
    let now = state.now();
    let salts = state.keys.get(&key).map(|key| key.salts.clone());
    // With fewer than two, clients ask again at once.
    let n_salts = i64::from(wanted.clamp(2, MOST_SALTS));
    let of = |i: i64| {
        let (salt, since) = salts.as_ref()?.at(now + i * LIFE_SECONDS);
        let seconds = |time: i64| i32::try_from(time).unwrap_or(i32::MAX);
        Some(tl::types::FutureSalt {
            valid_since: seconds(since),
            valid_until: seconds(since + 2 * LIFE_SECONDS),
            salt,
        })
    };
    let salts = RawVec((0..n_salts).filter_map(of).collect());
    tl::types::FutureSalts { req_msg_id, now: state.now_i32(), salts }.into()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use grammers_crypto::{AuthKey, DequeBuffer, encrypt_data_v2};
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::state::Connection;

    const SESSION: i64 = 77;

    /// A client's end: it seals what it is told to, right or wrong.
    struct Client {
        state: State,
        inbox: UnboundedReceiver<Outgoing>,
        key: AuthKey,
        key_id: i64,
    }

    impl Client {
        fn new() -> Self {
            let (outbox, inbox) = unbounded_channel();
            let mut state = State::default();
            state.connections.insert(1, Connection { data_centre: 2, outbox, session: None });
            let key = AuthKey::from_bytes(std::array::from_fn(|i| i as u8));
            let key_id = state.learn_key(key.clone(), 2, None);
            Self { state, inbox, key, key_id }
        }

        fn salt(&self) -> i64 {
            self.state.keys[&self.key_id].salts.at(self.state.now()).0
        }

        /// An id of this second.
        fn id(&self, fraction: i64) -> i64 {
            (self.state.now() << 32) | (fraction << 2)
        }

        fn sealed(&self, salt: i64, id: i64, number: i32, body: &[u8]) -> Vec<u8> {
            let mut buffer = DequeBuffer::with_capacity(0, 0);
            buffer.extend([salt, SESSION, id].iter().flat_map(|part| part.to_le_bytes()).collect::<Vec<u8>>().iter());
            buffer.extend(number.to_le_bytes().iter());
            buffer.extend((body.len() as u32).to_le_bytes().iter());
            buffer.extend(body.iter());
            encrypt_data_v2(&mut buffer, &self.key);
            buffer.as_ref().to_vec()
        }

        fn receive(&mut self, packet: &[u8]) {
            receive(&mut self.state, 1, &mut Handshake::new(2), packet);
        }

        /// Sends a message as it should be, and gives what comes back.
        fn send(&mut self, fraction: i64, number: i32, body: &[u8]) -> Vec<Outgoing> {
            let packet = self.sealed(self.salt(), self.id(fraction), number, body);
            self.receive(&packet);
            self.answers()
        }

        fn answers(&mut self) -> Vec<Outgoing> {
            std::iter::from_fn(|| self.inbox.try_recv().ok()).collect()
        }
    }

    /// The messages among what is written, by their constructors' names.
    fn names(written: &[Outgoing]) -> Vec<&'static str> {
        let name = |outgoing: &Outgoing| match outgoing {
            Outgoing::Message { body, .. } => tl::name_for_id(u32::from_bytes(body).unwrap()),
            Outgoing::TransportError(_) => "transport error",
            Outgoing::CloseUnlessRenewed(_) => "close unless renewed",
            _ => "other",
        };
        written.iter().map(name).collect()
    }

    fn body_of(outgoing: &Outgoing) -> &[u8] {
        let Outgoing::Message { body, session, .. } = outgoing else { panic!("{outgoing:?}") };
        assert_eq!(session.1, SESSION);
        body
    }

    fn ping(ping_id: i64) -> Vec<u8> {
        tl::functions::Ping { ping_id }.to_bytes()
    }

    #[test]
    fn a_wrong_salt_is_told_the_right_one_before_anything_else() {
        let mut client = Client::new();
        let id = client.id(1);
        let packet = client.sealed(5, id, 1, &ping(9));
        client.receive(&packet);
        let told = tl::enums::BadMsgNotification::from_bytes(body_of(&client.answers()[0])).unwrap();
        let tl::enums::BadMsgNotification::BadServerSalt(told) = told else { panic!("{told:?}") };
        assert_eq!((told.bad_msg_id, told.error_code, told.new_server_salt), (id, 48, client.salt()));
        assert_eq!(names(&client.send(2, 1, &ping(9))), ["new_session_created", "pong"]);
        assert_eq!(names(&client.send(3, 3, &ping(9))), ["pong"]);
        assert_eq!(client.state.violations, []);
    }

    #[test]
    fn a_message_that_comes_twice_is_executed_once() {
        let mut client = Client::new();
        let packet = client.sealed(client.salt(), client.id(1), 1, &ping(9));
        client.receive(&packet);
        client.receive(&packet);
        assert_eq!(names(&client.answers()), ["new_session_created", "pong"]);
    }

    #[test]
    fn numbers_that_break_the_rules_are_told_and_noted() {
        let mut client = Client::new();
        client.send(1, 1, &ping(9));
        let state = tl::functions::updates::GetState {}.to_bytes();
        for (fraction, number, code) in [(2, 2, 35), (3, 1, 32)] {
            let answers = client.send(fraction, number, &state);
            let told = tl::enums::BadMsgNotification::from_bytes(body_of(&answers[0])).unwrap();
            assert_eq!((told.error_code(), told.bad_msg_id()), (code, client.id(fraction)));
        }
        assert_eq!(client.state.violations.len(), 2);
    }

    #[test]
    fn what_cannot_be_opened_ends_the_connection() {
        let mut client = Client::new();
        let mut damaged = client.sealed(client.salt(), client.id(1), 1, &ping(9));
        damaged[40] ^= 1;
        client.receive(&damaged);
        client.receive(&[1, 2, 3]);
        let mut unknown = damaged.clone();
        unknown[0] ^= 1;
        client.receive(&unknown);
        assert_eq!(names(&client.answers()), ["transport error"; 3]);
        // That a key is unknown is not the client's fault.
        assert_eq!(client.state.violations.len(), 2);
    }

    #[test]
    fn a_key_of_another_data_centre_is_unknown_here() {
        let mut client = Client::new();
        client.state.connections.get_mut(&1).unwrap().data_centre = 3;
        assert_eq!(names(&client.send(1, 1, &ping(9))), ["transport error"]);
    }

    #[test]
    fn a_container_that_breaks_the_rules_is_refused_whole() {
        let mut client = Client::new();
        let mut body = CONTAINER.to_bytes();
        1_u32.serialize(&mut body);
        client.id(5).serialize(&mut body);
        1_i32.serialize(&mut body);
        (ping(9).len() as u32).serialize(&mut body);
        body.extend(ping(9));
        let answers = client.send(4, 2, &body);
        let told = tl::enums::BadMsgNotification::from_bytes(body_of(&answers[0])).unwrap();
        assert_eq!((told.error_code(), answers.len()), (64, 1));
        assert_eq!(names(&client.send(6, 2, &body)), ["new_session_created", "pong"]);
    }

    #[test]
    fn messages_about_messages_are_answered() {
        let mut client = Client::new();
        client.send(1, 1, &ping(9));
        let asked = tl::types::MsgsStateReq { msg_ids: vec![client.id(1), client.id(90)] };
        let answers = client.send(2, 2, &tl::enums::MsgsStateReq::Req(asked).to_bytes());
        let tl::enums::MsgsStateInfo::Info(info) = tl::enums::MsgsStateInfo::from_bytes(body_of(&answers[0])).unwrap();
        assert_eq!((info.req_msg_id, info.info), (client.id(2), vec![4, 3]));

        let answers = client.send(3, 3, &tl::functions::GetFutureSalts { num: 1 }.to_bytes());
        let tl::enums::FutureSalts::Salts(salts) = tl::enums::FutureSalts::from_bytes(body_of(&answers[0])).unwrap();
        assert_eq!((salts.salts.0.len(), salts.salts.0[0].salt), (2, client.salt()));

        let delayed = tl::functions::PingDelayDisconnect { ping_id: 1, disconnect_delay: 75 }.to_bytes();
        let answers = client.send(4, 5, &delayed);
        assert_eq!(names(&answers), ["close unless renewed", "pong"]);
        assert!(matches!(answers[0], Outgoing::CloseUnlessRenewed(delay) if delay == Duration::from_secs(75)));

        let destroyed = client.send(5, 7, &tl::functions::DestroySession { session_id: 5 }.to_bytes());
        assert_eq!(names(&destroyed), ["destroy_session_none"]);
        let dropped = client.send(6, 9, &tl::functions::RpcDropAnswer { req_msg_id: client.id(1) }.to_bytes());
        assert_eq!(body_of(&dropped[0])[..4], crate::message::RPC_RESULT.to_le_bytes());
    }

    #[test]
    fn acknowledgements_are_counted() {
        let mut client = Client::new();
        client.send(1, 1, &ping(9));
        let session = (client.key_id, SESSION);
        let sent = client.state.sessions.get_mut(&session).unwrap().next(false, true, 5);
        assert_eq!(client.state.sessions[&session].n_unacknowledged(), 1);
        let ack = tl::enums::MsgsAck::Ack(tl::types::MsgsAck { msg_ids: vec![sent.0] });
        assert_eq!(names(&client.send(2, 2, &ack.to_bytes())), Vec::<&str>::new());
        assert_eq!(client.state.sessions[&session].n_unacknowledged(), 0);
    }

    #[test]
    fn nobody_calls_before_saying_what_connects() {
        let mut client = Client::new();
        let call = tl::functions::help::GetConfig {};
        client.send(1, 1, &call.to_bytes());
        let with_layer = tl::functions::InvokeWithLayer {
            layer: tl::LAYER,
            query: tl::functions::InitConnection {
                api_id: 1,
                device_model: String::new(),
                system_version: String::new(),
                app_version: String::new(),
                system_lang_code: String::new(),
                lang_pack: String::new(),
                lang_code: String::new(),
                proxy: None,
                params: None,
                query: call,
            },
        };
        client.send(2, 3, &with_layer.to_bytes());
        let outcomes: Vec<_> = client.state.calls.iter().map(|call| call.outcome.clone()).collect();
        let refused = crate::Outcome::Refused(400, "CONNECTION_NOT_INITED".to_owned());
        assert_eq!(outcomes, [refused, crate::Outcome::Answered]);
    }
}
