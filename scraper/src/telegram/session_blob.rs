//! A login as it is kept: less than a kilobyte, and everything that is secret about it.
//!
//! Whoever has it is the account. It shows itself as nothing but numbers, and only [`SessionBlob::to_json`] gives it away.

use std::fmt;
use std::net::SocketAddrV4;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use grammers_client::session::SessionData;
use grammers_client::session::types::DcOption;
use serde::{Deserialize, Serialize};

/// The form that is written.
const VERSION: u32 = 1;

/// The most bytes that are read as one: some fifty times what one has.
const MOST_BYTES: usize = 64 * 1024;

/// The most data centres that one names. Telegram has five.
const MOST_DATA_CENTRES: usize = 32;

/// A login.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionBlob {
    /// The data centre where the account lives.
    pub home: i32,
    /// The data centres that are known.
    pub data_centres: Vec<DataCentre>,
    /// The account's number, once it logged in.
    pub me: Option<i64>,
}

/// A data centre, and the login's key there.
#[derive(Clone, PartialEq, Eq)]
pub struct DataCentre {
    /// Its number.
    pub id: i32,
    /// Where it is.
    pub address: SocketAddrV4,
    /// The authorization key that was agreed on with it.
    pub key: Option<[u8; 256]>,
}

/// Why bytes are no login.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SessionBlobError {
    /// It is not of the form that is written. Nothing of it is said, as it may hold a key.
    #[error("this is no session of sigtower, or a damaged one; log in again")]
    Malformed,
    /// It was written by a newer version.
    #[error("this session was written by a newer version (form {0}); use that version, or log in again")]
    Newer(u32),
}

#[derive(Serialize, Deserialize)]
struct Written {
    v: u32,
    home: i32,
    data_centres: Vec<WrittenCentre>,
    me: Option<i64>,
}

#[derive(Serialize, Deserialize)]
struct WrittenCentre {
    id: i32,
    address: SocketAddrV4,
    key: Option<String>,
}

impl SessionBlob {
    /// No login yet, in this data centre.
    #[must_use]
    pub fn empty(home: i32, address: SocketAddrV4) -> Self {
        Self { home, data_centres: vec![DataCentre { id: home, address, key: None }], me: None }
    }

    /// No login yet, in the data centre where Telegram has everybody begin; the others are known.
    #[must_use]
    pub fn at_telegram() -> Self {
        let known = SessionData::default();
        let centre = |option: &DcOption| DataCentre { id: option.id, address: option.ipv4, key: None };
        let mut data_centres: Vec<DataCentre> = known.dc_options.values().map(centre).collect();
        data_centres.sort_by_key(|centre| centre.id);
        Self { home: known.home_dc, data_centres, me: None }
    }

    /// The same data centres without a login and without keys, for one that has to begin anew.
    #[must_use]
    pub fn without_keys(mut self) -> Self {
        self.me = None;
        self.data_centres.iter_mut().for_each(|centre| centre.key = None);
        self
    }

    /// The key in the data centre where the account lives, or where its login begins.
    #[must_use]
    pub fn home_key(&self) -> Option<&[u8; 256]> {
        self.data_centres.iter().find(|centre| centre.id == self.home)?.key.as_ref()
    }

    /// The login that was written.
    ///
    /// # Errors
    /// [`SessionBlobError`] where it is none.
    pub fn from_json(bytes: &[u8]) -> Result<Self, SessionBlobError> {
        let malformed = |_| SessionBlobError::Malformed;
        if bytes.len() > MOST_BYTES {
            return Err(SessionBlobError::Malformed);
        }
        let version: serde_json::Value = serde_json::from_slice(bytes).map_err(malformed)?;
        match version.get("v").and_then(serde_json::Value::as_u64).and_then(|v| u32::try_from(v).ok()) {
            Some(VERSION) => {}
            Some(newer) if newer > VERSION => return Err(SessionBlobError::Newer(newer)),
            _ => return Err(SessionBlobError::Malformed),
        }
        let written: Written = serde_json::from_slice(bytes).map_err(malformed)?;
        let centre = |centre: WrittenCentre| {
            let key = centre.key.map(|key| STANDARD.decode(key).ok()?.try_into().ok()).map(|key| key.ok_or(()));
            Ok(DataCentre { id: centre.id, address: centre.address, key: key.transpose()? })
        };
        let centres: Result<Vec<DataCentre>, ()> = written.data_centres.into_iter().map(centre).collect();
        let data_centres = centres.map_err(|()| SessionBlobError::Malformed)?;
        let has_home = data_centres.iter().any(|centre| centre.id == written.home);
        if !has_home || data_centres.len() > MOST_DATA_CENTRES {
            return Err(SessionBlobError::Malformed);
        }
        Ok(Self { home: written.home, data_centres, me: written.me })
    }

    /// The login as it is written. It is the account: keep it where nobody else reads.
    ///
    /// # Panics
    /// Never: numbers and texts are always JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        let centre = |centre: &DataCentre| WrittenCentre {
            id: centre.id,
            address: centre.address,
            key: centre.key.map(|key| STANDARD.encode(key)),
        };
        let data_centres = self.data_centres.iter().map(centre).collect();
        let written = Written { v: VERSION, home: self.home, data_centres, me: self.me };
        serde_json::to_string(&written).expect("numbers and texts")
    }
}

impl fmt::Debug for SessionBlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionBlob(data centre {}, {} known)", self.home, self.data_centres.len())
    }
}

impl fmt::Debug for DataCentre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataCentre({} at {}, has a key: {})", self.id, self.address, self.key.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob() -> SessionBlob {
        let mut blob = SessionBlob::empty(2, "127.0.0.1:443".parse().unwrap());
        blob.data_centres[0].key = Some([0xab; 256]);
        blob.me = Some(7);
        blob
    }

    #[test]
    fn a_login_is_read_as_it_was_written_and_small() {
        let json = blob().to_json();
        assert!(json.len() < 1024, "{}", json.len());
        assert_eq!(SessionBlob::from_json(json.as_bytes()), Ok(blob()));
        let empty = SessionBlob::empty(2, "127.0.0.1:443".parse().unwrap());
        assert_eq!(SessionBlob::from_json(empty.to_json().as_bytes()), Ok(empty));
    }

    #[test]
    fn a_login_begins_where_telegram_is_and_without_a_key() {
        let blob = SessionBlob::at_telegram();
        assert_eq!(SessionBlob::from_json(blob.to_json().as_bytes()), Ok(blob.clone()));
        assert!(blob.data_centres.len() == 5 && blob.data_centres.iter().all(|centre| centre.key.is_none()));
        assert!(blob.data_centres.iter().all(|centre| !centre.address.ip().is_loopback()));
        let anew = self::blob().without_keys();
        assert_eq!(anew, SessionBlob::empty(2, "127.0.0.1:443".parse().unwrap()));
    }

    #[test]
    fn what_is_damaged_is_refused_without_a_word_of_it() {
        let json = blob().to_json();
        for damaged in [
            json.replace("\"home\":2", "\"home\":3"),
            json.replace("q6ur", "####"),
            json.replacen("q6ur", "", 1),
            json[..json.len() - 2].to_owned(),
            json.replace("\"v\":1", "\"v\":0"),
            " ".repeat(MOST_BYTES) + &json,
        ] {
            assert_eq!(SessionBlob::from_json(damaged.as_bytes()), Err(SessionBlobError::Malformed));
        }
        let newer = json.replace("\"v\":1", "\"v\":2");
        assert_eq!(SessionBlob::from_json(newer.as_bytes()), Err(SessionBlobError::Newer(2)));
    }

    #[test]
    fn a_login_shows_nothing_that_is_secret() {
        let shown = format!("{:?} {:?}", blob(), blob().data_centres);
        assert!(!shown.contains("171") && !shown.contains("ab") && !shown.contains("q6ur"), "{shown}");
    }
}
