//! A Telegram on loopback for the built command, which nobody can lead to the real one: it goes on from what is kept.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use scraper::telegram::{DataCentre, LoginName, SessionBlob, SessionFile};
use telegram_server::TelegramServer;
use telegram_server::world::{Account, AccountId};
use tokio::runtime::Runtime;

use crate::sigtower;

/// Nobody's number: this range is Telegram's own for tests.
pub(crate) const PHONE: &str = "+9996628151";
pub(crate) const CODE: &str = "48151";
pub(crate) const PASSWORD: &str = "not-a-real-password";
pub(crate) const HASH: &str = "not-a-real-hash";
pub(crate) const ACCOUNT: AccountId = AccountId(7_000_001);

/// A server with one account, and a machine whose logins lead to it.
pub(crate) struct Telegram {
    pub(crate) server: TelegramServer,
    pub(crate) folder: tempfile::TempDir,
    runtime: Runtime,
}

impl Telegram {
    /// With an account, as `change` leaves it.
    pub(crate) fn start(change: impl FnOnce(Account) -> Account) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let server = runtime.block_on(TelegramServer::start()).expect("a port");
        let mut account = Account::new(ACCOUNT.0, PHONE);
        account.code = CODE.to_owned();
        server.add_account(change(account));
        Self { server, folder: tempfile::tempdir().expect("a folder"), runtime }
    }

    /// Keeps a login with keys and without an account, as one that was broken off.
    pub(crate) fn with_begun(self, name: &str) -> Self {
        self.keep(name, None);
        self
    }

    /// Keeps a login of the account.
    pub(crate) fn with_login(self, name: &str) -> Self {
        self.keep(name, Some(ACCOUNT));
        self
    }

    fn keep(&self, name: &str, account: Option<AccountId>) {
        let centre = |id: i32, key| {
            let SocketAddr::V4(address) = self.server.address(id) else { panic!("the server listens on IPv4") };
            DataCentre { id, address, key: Some(key) }
        };
        let key = account.map_or_else(|| self.server.seed_key(2), |account| self.server.seed_login(account));
        let data_centres = vec![centre(2, key), centre(3, self.server.seed_key(3))];
        let blob = SessionBlob { home: 2, data_centres, me: account.map(|account| account.0) };
        self.kept(name).save(&blob).expect("it is ours");
    }

    /// What is kept of a login.
    pub(crate) fn kept(&self, name: &str) -> SessionFile {
        SessionFile::of(&self.logins(), &LoginName::parse(name).expect("a name"))
    }

    /// The usual folder of the logins.
    pub(crate) fn logins(&self) -> PathBuf {
        self.data_dir().join("logins")
    }

    /// The usual data folder.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("sigtower")
    }

    /// The environment of the commands.
    pub(crate) fn variables(&self) -> [(&'static str, &str); 3] {
        let data = self.folder.path().to_str().expect("UTF-8");
        [("TELEGRAM_API_ID", "4711"), ("TELEGRAM_API_HASH", HASH), ("XDG_DATA_HOME", data)]
    }

    /// Runs the command on this stdin, logging all that it can, and sees that nothing secret is said.
    #[track_caller]
    pub(crate) fn run(&self, args: &[&str], stdin: &str) -> Output {
        let mut command = sigtower(args);
        command.arg("-vv").envs(self.variables()).current_dir(self.folder.path()).write_stdin(stdin);
        let output = command.output().expect("the command starts");
        for stream in [&output.stdout, &output.stderr] {
            self.shows_no_secret(&String::from_utf8_lossy(stream));
        }
        output
    }

    /// Starts the command, to be spoken to; what it says is to be read.
    pub(crate) fn started(&self, args: &[&str]) -> Child {
        Command::new(env!("CARGO_BIN_EXE_sigtower"))
            .args(args)
            .env_clear()
            .envs(self.variables())
            .current_dir(self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the command starts")
    }

    /// Fails where a secret of any kept login, or of what is typed here, is in a text.
    #[track_caller]
    pub(crate) fn shows_no_secret(&self, text: &str) {
        let mut secrets: Vec<String> = [&PHONE[1..], CODE, PASSWORD, HASH].map(str::to_owned).to_vec();
        for path in std::fs::read_dir(self.logins()).into_iter().flatten() {
            let json = std::fs::read_to_string(path.expect("an entry").path()).unwrap_or_default();
            let json: serde_json::Value = serde_json::from_str(&json).unwrap_or_default();
            let keys =
                json["data_centres"].as_array().into_iter().flatten().filter_map(|centre| centre["key"].as_str());
            secrets.extend(keys.map(|key| key[..32].to_owned()));
        }
        for secret in secrets {
            assert!(!text.contains(&secret), "`{secret}` is in: {text}");
        }
    }

    /// Waits until this holds of the server.
    #[track_caller]
    pub(crate) fn until(&self, what: &str, holds: impl FnMut(&TelegramServer) -> bool) {
        self.runtime.block_on(self.server.until(what, holds));
    }

    /// Sees that all clients kept to the protocol.
    #[track_caller]
    pub(crate) fn was_asked_properly(&self) {
        assert_eq!(self.server.violations(), []);
    }
}

/// The rights of a file or folder.
pub(crate) fn rights(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777
}

/// Gives a file or folder other rights.
pub(crate) fn set_rights(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
}
