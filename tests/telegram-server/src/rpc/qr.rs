//! How an account is logged in [by a QR code](https://core.telegram.org/api/qr-login): the client shows a token, and an
//! app that is logged in accepts it.

use grammers_tl_types::{self as tl, Serializable};

use crate::rpc::login::logged_in;
use crate::rpc::{Refusal, Scene};
use crate::state::{Login, Outgoing, State};
use crate::world::AccountId;

/// How long a token can be accepted, in seconds.
const LIFE_SECONDS: i64 = 30;

/// A token that a client shows.
#[derive(Debug, Clone)]
pub(crate) struct QrToken {
    bytes: Vec<u8>,
    key: i64,
    connection: u64,
    expires: i64,
    accepted_by: Option<AccountId>,
}

/// `auth.exportLoginToken`: a token to be shown, or what came of the one that was.
pub(crate) fn export_login_token(
    scene: &mut Scene<'_>,
    _: tl::functions::auth::ExportLoginToken,
) -> Result<tl::enums::auth::LoginToken, Refusal> {
    let (now, key) = (scene.state.now(), scene.session.0);
    let known = scene.state.qr_tokens.iter().find(|token| token.key == key);
    if let Some((account, bytes)) = known.and_then(|token| Some((token.accepted_by?, token.bytes.clone()))) {
        let home = scene.state.world.accounts.get(&account).map(|account| account.data_centre);
        return match home {
            Some(home) if home != scene.data_centre() => {
                Ok(tl::types::auth::LoginTokenMigrateTo { dc_id: home, token: bytes }.into())
            }
            _ => success(scene, account, &bytes),
        };
    }
    if let Some(shown) = known.filter(|token| token.expires >= now) {
        let (bytes, expires) = (shown.bytes.clone(), i32::try_from(shown.expires).unwrap_or(i32::MAX));
        return Ok(tl::types::auth::LoginToken { expires, token: bytes }.into());
    }
    let mut bytes = vec![0; 32];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    let (expires, connection) = (now + LIFE_SECONDS, scene.connection);
    scene.state.qr_tokens.retain(|token| token.key != key);
    scene.state.qr_tokens.push(QrToken { bytes: bytes.clone(), key, connection, expires, accepted_by: None });
    let expires = i32::try_from(expires).unwrap_or(i32::MAX);
    Ok(tl::types::auth::LoginToken { expires, token: bytes }.into())
}

/// `auth.importLoginToken`: an accepted token, in the account's own data centre.
pub(crate) fn import_login_token(
    scene: &mut Scene<'_>,
    request: tl::functions::auth::ImportLoginToken,
) -> Result<tl::enums::auth::LoginToken, Refusal> {
    let known = scene.state.qr_tokens.iter().find(|token| token.bytes == request.token);
    let account = known.and_then(|token| token.accepted_by).ok_or_else(|| Refusal::bad("AUTH_TOKEN_INVALID"))?;
    success(scene, account, &request.token)
}

fn success(scene: &mut Scene<'_>, account: AccountId, bytes: &[u8]) -> Result<tl::enums::auth::LoginToken, Refusal> {
    scene.state.qr_tokens.retain(|token| token.bytes != bytes);
    if scene.state.world.accounts.get(&account).is_some_and(|account| account.password.is_some()) {
        scene.key().login = Login::PasswordDue(account);
        return Err(Refusal::new(401, "SESSION_PASSWORD_NEEDED"));
    }
    let authorization = logged_in(scene, account);
    Ok(tl::types::auth::LoginTokenSuccess { authorization }.into())
}

impl State {
    /// An app of the account accepts a token, and the client that shows it is told to ask again.
    pub(crate) fn accept_qr_token(&mut self, bytes: &[u8], account: AccountId) -> bool {
        let now = self.now();
        let known = self.qr_tokens.iter_mut().find(|token| token.bytes == bytes && token.expires >= now);
        let Some(token) = known else { return false };
        token.accepted_by = Some(account);
        let connection = token.connection;
        let update = tl::types::UpdateShort { update: tl::enums::Update::LoginToken, date: self.now_i32() };
        let body = tl::enums::Updates::UpdateShort(update).to_bytes();
        if let Some(session) = self.connections.get(&connection).and_then(|connection| connection.session) {
            self.send(connection, Outgoing::Message { session, body, is_answer: false, is_content: true });
        }
        true
    }

    /// The same of the token that was shown last.
    pub(crate) fn accept_shown_qr_token(&mut self, account: AccountId) -> bool {
        let shown = self.qr_tokens.last().map(|token| token.bytes.clone());
        shown.is_some_and(|bytes| self.accept_qr_token(&bytes, account))
    }
}
