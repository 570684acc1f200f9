//! Who may ask the API what: keys, their scopes, and how long they hold.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many characters the name of a key may have.
pub const LONGEST_KEY_NAME: usize = 64;

/// What a key opens. No scope contains another: a key that is to read and write has both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Reading signals.
    Read,
    /// Handing in and changing signals.
    Write,
    /// Keys themselves.
    Admin,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 3] = [Self::Read, Self::Write, Self::Admin];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }

    /// The scope of this word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The secret itself: `sgt_` and 43 characters of base64url, which are 32 random bytes.
///
/// It is shown once, to whoever made the key; the store keeps its hash. It prints as dots.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiSecret(String);

/// Why a text is no secret of a key. It does not repeat the text, which may be a mistyped secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no key: a key is `sgt_` and 43 letters, digits, `-` and `_`")]
pub struct InvalidApiSecret;

impl ApiSecret {
    const PREFIX: &str = "sgt_";
    const N_CHARACTERS: usize = 43;
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /// The secret of these random bytes, in base64url without padding (<https://www.rfc-editor.org/rfc/rfc4648#section-5>).
    #[must_use]
    pub fn of_random(bytes: [u8; 32]) -> Self {
        let mut text = Self::PREFIX.to_owned();
        for three in bytes.chunks(3) {
            let group = three.iter().fold(0u32, |group, &byte| group << 8 | u32::from(byte)) << (8 * (3 - three.len()));
            for place in 0..=three.len() {
                let six = group >> (18 - 6 * place) & 0x3f;
                text.extend(Self::ALPHABET.get(six as usize).map(|&it| char::from(it)));
            }
        }
        Self(text)
    }

    /// Checks the shape of what a client sent.
    ///
    /// # Errors
    /// [`InvalidApiSecret`] when no key looks like this.
    pub fn parse(text: &str) -> Result<Self, InvalidApiSecret> {
        let characters = text.strip_prefix(Self::PREFIX).ok_or(InvalidApiSecret)?;
        let is_base64url = characters.bytes().all(|byte| Self::ALPHABET.contains(&byte));
        if characters.len() == Self::N_CHARACTERS && is_base64url {
            Ok(Self(text.to_owned()))
        } else {
            Err(InvalidApiSecret)
        }
    }

    /// The secret in plain text: for its owner and for hashing, never for a log.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Its last four characters, by which people tell keys apart.
    #[must_use]
    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret(sgt_…)")
    }
}

/// The name by which a key is listed and revoked: 16 hexadecimal digits, which tell nothing of the secret.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(String);

/// Why a text is no id of a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no id of a key: 16 digits and letters a to f")]
pub struct InvalidKeyId(pub String);

impl KeyId {
    /// Reads an id.
    ///
    /// # Errors
    /// [`InvalidKeyId`] when the text is none.
    pub fn parse(text: &str) -> Result<Self, InvalidKeyId> {
        let is_one = text.len() == 16 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if is_one { Ok(Self(text.to_owned())) } else { Err(InvalidKeyId(text.chars().take(64).collect())) }
    }

    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for KeyId {
    type Error = InvalidKeyId;

    fn try_from(text: String) -> Result<Self, InvalidKeyId> {
        Self::parse(&text)
    }
}

impl From<KeyId> for String {
    fn from(id: KeyId) -> Self {
        id.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a new key is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    name: String,
    scopes: BTreeSet<Scope>,
    expires_at: Option<Timestamp>,
}

/// Why a key cannot be made so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidNewApiKey {
    /// The name does not fit.
    #[error("the name of a key has 1 to {LONGEST_KEY_NAME} characters, none of them a control character")]
    Name,
    /// There is nothing that it opens.
    #[error("a key needs at least one scope: read, write, admin")]
    NoScope,
    /// It would be over before it begins.
    #[error("a key cannot expire in the past")]
    AlreadyExpired,
}

impl NewApiKey {
    /// A key of this name; without `expires_at` it holds until it is revoked.
    ///
    /// # Errors
    /// [`InvalidNewApiKey`] for a name that does not fit, no scope, or an end in the past.
    pub fn new(
        name: &str,
        scopes: BTreeSet<Scope>,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, InvalidNewApiKey> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_KEY_NAME || name.chars().any(char::is_control) {
            return Err(InvalidNewApiKey::Name);
        }
        if scopes.is_empty() {
            return Err(InvalidNewApiKey::NoScope);
        }
        if expires_at.is_some_and(|end| end <= now) {
            return Err(InvalidNewApiKey::AlreadyExpired);
        }
        Ok(Self { name: name.to_owned(), scopes, expires_at })
    }

    /// The key, made now.
    #[must_use]
    pub fn made(self, id: KeyId, secret: &ApiSecret, now: Timestamp) -> ApiKey {
        let Self { name, scopes, expires_at } = self;
        let last_four = secret.last_four().to_owned();
        ApiKey { id, name, scopes, created_at: now, expires_at, revoked_at: None, last_four }
    }
}

/// A key as it is kept: everything but the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// By which it is listed and revoked.
    pub id: KeyId,
    /// What its owner calls it.
    pub name: String,
    /// What it opens.
    pub scopes: BTreeSet<Scope>,
    /// When it was made.
    pub created_at: Timestamp,
    /// From when on it opens nothing.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The last four characters of the secret.
    pub last_four: String,
}

impl ApiKey {
    /// What the key is worth now.
    #[must_use]
    pub fn presented(self, now: Timestamp) -> KeyPresented {
        if self.revoked_at.is_some() {
            KeyPresented::Revoked(self)
        } else if self.expires_at.is_some_and(|end| end <= now) {
            KeyPresented::Expired(self)
        } else {
            KeyPresented::Valid(self)
        }
    }
}

/// What a secret that a client presents is worth. Only a valid key gives rights; the others differ in what they tell
/// the owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyPresented {
    /// It opens what its scopes say.
    Valid(ApiKey),
    /// It was good once, and its time is over.
    Expired(ApiKey),
    /// It was good once, and was revoked.
    Revoked(ApiKey),
    /// There is no such key.
    Unknown,
}

impl KeyPresented {
    /// Whether it opens this.
    #[must_use]
    pub fn allows(&self, scope: Scope) -> bool {
        matches!(self, Self::Valid(key) if key.scopes.contains(&scope))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_secret_has_one_shape() {
        let secret = ApiSecret::of_random([0xfb; 32]);
        assert_eq!(secret.expose(), "sgt_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
        assert_eq!(ApiSecret::parse(secret.expose()), Ok(secret.clone()));
        assert_eq!(ApiSecret::of_random([0; 32]).expose(), format!("sgt_{}", "A".repeat(43)));
        assert_eq!(secret.last_four(), "7-_s");
        let good = "A".repeat(43);
        for text in [
            String::new(),
            good.clone(),
            format!("sgt_{good}A"),
            format!("SGT_{good}"),
            format!("sgt_{}=", &good[1..]),
            format!("sgt_é{}", &good[2..]),
        ] {
            assert_eq!(ApiSecret::parse(&text), Err(InvalidApiSecret), "{text}");
        }
    }

    #[test]
    fn a_secret_does_not_print() {
        let secret = ApiSecret::of_random([7; 32]);
        let shown = format!("{secret:?} {secret:#?} {:?}", Some(&secret));
        assert!(!shown.contains(&secret.expose()[4..12]) && !shown.contains(secret.last_four()), "{shown}");
    }

    #[test]
    fn a_key_that_is_over_opens_nothing() {
        let new = NewApiKey::new("desk", BTreeSet::from([Scope::Read]), Some(at(100)), at(1)).unwrap();
        let key = new.made(KeyId::parse("0123456789abcdef").unwrap(), &ApiSecret::of_random([7; 32]), at(1));
        let presented = key.clone().presented(at(99));
        assert!(presented.allows(Scope::Read) && !presented.allows(Scope::Write) && !presented.allows(Scope::Admin));
        assert_eq!(key.clone().presented(at(100)), KeyPresented::Expired(key.clone()));
        let revoked = ApiKey { revoked_at: Some(at(50)), ..key };
        assert_eq!(revoked.clone().presented(at(60)), KeyPresented::Revoked(revoked.clone()));
        for it in [revoked.clone().presented(at(60)), revoked.presented(at(200)), KeyPresented::Unknown] {
            assert!(Scope::ALL.iter().all(|&scope| !it.allows(scope)));
        }
    }

    #[test]
    fn what_no_key_can_be_is_refused() {
        let read = || BTreeSet::from([Scope::Read]);
        let new = |name: &str, scopes, end| NewApiKey::new(name, scopes, end, at(10)).err();
        assert_eq!(new(" ", read(), None), Some(InvalidNewApiKey::Name));
        assert_eq!(new("a\nb", read(), None), Some(InvalidNewApiKey::Name));
        assert_eq!(new(&"é".repeat(65), read(), None), Some(InvalidNewApiKey::Name));
        assert_eq!(new(&"é".repeat(64), read(), None), None);
        assert_eq!(new("desk", BTreeSet::new(), None), Some(InvalidNewApiKey::NoScope));
        assert_eq!(new("desk", read(), Some(at(10))), Some(InvalidNewApiKey::AlreadyExpired));
    }

    #[test]
    fn ids_and_scopes_have_one_spelling() {
        for scope in Scope::ALL {
            assert_eq!(Scope::parse(scope.as_str()), Some(scope));
            assert_eq!(serde_json::to_string(&scope).unwrap(), format!("\"{scope}\""));
        }
        assert_eq!(Scope::parse("READ"), None);
        for text in ["", "0123456789ABCDEF", "0123456789abcde", "0123456789abcdefa", "0123456789abcde#"] {
            assert!(KeyId::parse(text).is_err(), "{text}");
        }
    }
}
