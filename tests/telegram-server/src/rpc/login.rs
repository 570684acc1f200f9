//! How an account is logged in: by the code that it is sent, by its second factor, by a login elsewhere; and out.

use grammers_tl_types as tl;

use crate::primes;
use crate::rpc::password::Challenge;
use crate::rpc::{Refusal, Scene};
use crate::shapes;
use crate::state::Login;
use crate::world::{Account, AccountId};

/// A login that is under way.
#[derive(Debug, Clone)]
pub(crate) struct PendingLogin {
    /// None where the number has no account yet.
    account: Option<AccountId>,
    code_hash: String,
    challenge: Option<Challenge>,
}

/// `auth.sendCode`: the code is the account's, and nobody sends it anywhere.
pub(crate) fn send_code(
    scene: &mut Scene<'_>,
    request: tl::functions::auth::SendCode,
) -> Result<tl::enums::auth::SentCode, Refusal> {
    if request.phone_number.chars().filter(char::is_ascii_digit).count() < 5 {
        return Err(Refusal::new(406, "PHONE_NUMBER_INVALID"));
    }
    let account = scene.state.world.account_by_phone(&request.phone_number);
    if account.is_none() && !scene.state.assumptions.offers_sign_up {
        return Err(Refusal::bad("PHONE_NUMBER_UNOCCUPIED"));
    }
    let (id, home, length) = account
        .map_or((None, scene.data_centre(), 5), |account| (Some(account.id), account.data_centre, account.code.len()));
    if home != scene.data_centre() {
        return Err(Refusal::new(303, format!("PHONE_MIGRATE_{home}")));
    }
    let code_hash = format!("{:016x}", random_i64());
    scene.key().pending = Some(PendingLogin { account: id, code_hash: code_hash.clone(), challenge: None });
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    Ok(tl::types::auth::SentCode {
        r#type: tl::types::auth::SentCodeTypeApp { length }.into(),
        phone_code_hash: code_hash,
        next_type: None,
        timeout: None,
    }
    .into())
}

/// `auth.signIn`.
pub(crate) fn sign_in(
    scene: &mut Scene<'_>,
    request: tl::functions::auth::SignIn,
) -> Result<tl::enums::auth::Authorization, Refusal> {
    let pending = scene.key().pending.clone().filter(|pending| pending.code_hash == request.phone_code_hash);
    let pending = pending.ok_or_else(|| Refusal::bad("PHONE_CODE_EXPIRED"))?;
    let Some(id) = pending.account else {
        return Ok(tl::types::auth::AuthorizationSignUpRequired { terms_of_service: None }.into());
    };
    let account = &scene.state.world.accounts[&id];
    match request.phone_code.as_deref() {
        None | Some("") => return Err(Refusal::bad("PHONE_CODE_EMPTY")),
        Some(code) if code != account.code => return Err(Refusal::bad("PHONE_CODE_INVALID")),
        Some(_) => {}
    }
    if account.password.is_some() {
        scene.key().login = Login::PasswordDue(id);
        return Err(Refusal::new(401, "SESSION_PASSWORD_NEEDED"));
    }
    Ok(logged_in(scene, id))
}

/// `account.getPassword`.
pub(crate) fn get_password(
    scene: &mut Scene<'_>,
    _: tl::functions::account::GetPassword,
) -> Result<tl::enums::account::Password, Refusal> {
    let (Login::PasswordDue(account) | Login::In(account)) = scene.key().login else {
        return Err(Refusal::new(401, "AUTH_KEY_UNREGISTERED"));
    };
    let owner = &scene.state.world.accounts[&account];
    let (challenge, hint) = (owner.password.as_deref().map(Challenge::new), owner.hint.clone());
    let code_hash = scene.key().pending.take().map_or_else(String::new, |pending| pending.code_hash);
    scene.key().pending = Some(PendingLogin { account: Some(account), code_hash, challenge: challenge.clone() });
    let mut random = [0; 256];
    getrandom::fill(&mut random).expect("the system has randomness");
    Ok(tl::types::account::Password {
        has_recovery: false,
        has_secure_values: false,
        has_password: challenge.is_some(),
        current_algo: challenge.as_ref().map(algorithm),
        srp_b: challenge.as_ref().map(|challenge| challenge.server_half().to_vec()),
        srp_id: challenge.as_ref().map(|challenge| challenge.id),
        hint,
        email_unconfirmed_pattern: None,
        new_algo: tl::enums::PasswordKdfAlgo::Unknown,
        new_secure_algo: tl::enums::SecurePasswordKdfAlgo::Unknown,
        secure_random: random.to_vec(),
        pending_reset_date: None,
        login_email_pattern: None,
    }
    .into())
}

fn algorithm(challenge: &Challenge) -> tl::enums::PasswordKdfAlgo {
    tl::types::PasswordKdfAlgoSha256Sha256Pbkdf2Hmacsha512iter100000Sha256ModPow {
        salt1: challenge.salt1.to_vec(),
        salt2: challenge.salt2.to_vec(),
        g: i32::from(primes::GENERATOR),
        p: primes::dh_prime().to_bytes_be(),
    }
    .into()
}

/// `auth.checkPassword`.
pub(crate) fn check_password(
    scene: &mut Scene<'_>,
    request: tl::functions::auth::CheckPassword,
) -> Result<tl::enums::auth::Authorization, Refusal> {
    let tl::enums::InputCheckPasswordSrp::Srp(proof) = request.password else {
        return Err(Refusal::bad("PASSWORD_HASH_INVALID"));
    };
    let key = scene.key();
    let challenge = key.pending.as_ref().and_then(|pending| pending.challenge.clone());
    let (Login::PasswordDue(account), Some(challenge)) = (key.login.clone(), challenge) else {
        return Err(Refusal::bad("SRP_ID_INVALID"));
    };
    if challenge.id != proof.srp_id {
        return Err(Refusal::bad("SRP_ID_INVALID"));
    }
    if !challenge.is_proved_by(&proof.a, &proof.m1) {
        return Err(Refusal::bad("PASSWORD_HASH_INVALID"));
    }
    Ok(logged_in(scene, account))
}

pub(crate) fn logged_in(scene: &mut Scene<'_>, account: AccountId) -> tl::enums::auth::Authorization {
    let key = scene.key();
    (key.login, key.pending) = (Login::In(account), None);
    authorization(scene, account)
}

fn authorization(scene: &Scene<'_>, account: AccountId) -> tl::enums::auth::Authorization {
    tl::types::auth::Authorization {
        setup_password_required: false,
        otherwise_relogin_days: None,
        tmp_sessions: None,
        future_auth_token: None,
        user: shapes::user(&scene.state.world.accounts[&account], account),
    }
    .into()
}

/// `auth.logOut`: the key stays known, without a login.
pub(crate) fn log_out(
    scene: &mut Scene<'_>,
    _: tl::functions::auth::LogOut,
) -> Result<tl::enums::auth::LoggedOut, Refusal> {
    scene.account()?;
    scene.key().login = Login::Nobody;
    Ok(tl::types::auth::LoggedOut { future_auth_token: None }.into())
}

/// `auth.importBotAuthorization`: a bot logs in by its token alone.
pub(crate) fn import_bot_authorization(
    scene: &mut Scene<'_>,
    request: tl::functions::auth::ImportBotAuthorization,
) -> Result<tl::enums::auth::Authorization, Refusal> {
    let is_it = |account: &&Account| account.bot_token.as_ref() == Some(&request.bot_auth_token);
    let bot = scene.state.world.accounts.values().find(is_it).map(|bot| (bot.id, bot.data_centre));
    let (bot, home) = bot.ok_or_else(|| Refusal::bad("ACCESS_TOKEN_INVALID"))?;
    if home != scene.data_centre() {
        return Err(Refusal::new(303, format!("USER_MIGRATE_{home}")));
    }
    Ok(logged_in(scene, bot))
}

/// `auth.exportAuthorization`: a login for another data centre.
pub(crate) fn export_authorization(
    scene: &mut Scene<'_>,
    request: tl::functions::auth::ExportAuthorization,
) -> Result<tl::enums::auth::ExportedAuthorization, Refusal> {
    let id = scene.account()?.id;
    if request.dc_id == scene.data_centre() || !scene.state.data_centres.contains_key(&request.dc_id) {
        return Err(Refusal::bad("DC_ID_INVALID"));
    }
    let token = random_i64();
    scene.state.exported.insert(token, (id, request.dc_id));
    Ok(tl::types::auth::ExportedAuthorization { id: id.0, bytes: token.to_le_bytes().to_vec() }.into())
}

/// `auth.importAuthorization`: such a login, once.
pub(crate) fn import_authorization(
    scene: &mut Scene<'_>,
    request: tl::functions::auth::ImportAuthorization,
) -> Result<tl::enums::auth::Authorization, Refusal> {
    let here = scene.data_centre();
    let token = request.bytes.first_chunk().map(|bytes| i64::from_le_bytes(*bytes));
    let exported = token.and_then(|token| scene.state.exported.remove(&token));
    let account = exported.filter(|(account, centre)| account.0 == request.id && *centre == here);
    let (account, _) = account.ok_or_else(|| Refusal::bad("AUTH_BYTES_INVALID"))?;
    Ok(logged_in(scene, account))
}

fn random_i64() -> i64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).expect("the system has randomness");
    i64::from_le_bytes(bytes)
}
