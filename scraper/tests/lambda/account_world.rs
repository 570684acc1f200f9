//! An account of a Telegram on loopback, its login in a Secrets Manager on loopback, and the function over both.

use scraper::telegram::SessionBlob;
use serde_json::Value;
use signals::message::ChannelName;
use telegram_server::TelegramServer;
use telegram_server::world::{Account, AccountId, Channel};

use crate::PROGRAM;
use crate::dynamodb::DynamoDb;
use crate::kept_secret::Secret;
use crate::runtime_api::Function;
use crate::telegram_world::{login, long};

/// An account that reads the channels `signals` and `others`, and everything that a pass needs.
pub(crate) struct World {
    pub(crate) server: TelegramServer,
    pub(crate) database: DynamoDb,
    pub(crate) account: AccountId,
    pub(crate) secret: Secret,
}

impl World {
    /// Without a login; the test gives the secret its name.
    pub(crate) async fn without_login(test: &str) -> Self {
        Self::of(Account::new(7, "+9996621234"), Secret::fresh(&format!("{test}/telegram/batch")).await).await
    }

    /// With a login in the secret.
    pub(crate) async fn with_login(test: &str) -> Self {
        let world = Self::without_login(test).await;
        world.secret.put(&world.login().to_json()).await;
        world
    }

    pub(crate) async fn of(account: Account, secret: Secret) -> Self {
        let server = TelegramServer::start().await.expect("ports");
        let channel = server.add_channel(Channel::new(1001, "signals").with_posts(30, |i| long("BTC", i * 10)));
        let other = server.add_channel(Channel::new(1002, "others").with_posts(5, |i| long("ETH", i * 10)));
        let account = server.add_account(account.reading([channel, other]));
        Self { server, database: DynamoDb::start().await, account, secret }
    }

    /// A new login of the account.
    pub(crate) fn login(&self) -> SessionBlob {
        login(&self.server, self.account)
    }

    /// The function as the template has it with an account.
    pub(crate) async fn function(&self, channels: &str, others: &[(&str, &str)]) -> Function {
        let database = self.database.endpoint();
        let variables = [
            ("SIGNALS_TABLE", "signals"),
            ("SIGTOWER_CHANNELS", channels),
            ("SIGTOWER_SOURCE", "telegram"),
            ("TELEGRAM_API_ID", "1"),
            ("TELEGRAM_SESSION_SECRET", &self.secret.name),
            ("TELEGRAM_FLOOD_WAIT_SECONDS", "2"),
            ("AWS_ENDPOINT_URL_DYNAMODB", &database),
            ("AWS_ENDPOINT_URL_SECRETS_MANAGER", &self.secret.endpoint),
            // It has its own rights on the table, and no others.
            ("AWS_ACCESS_KEY_ID", "scraper-batch"),
        ];
        Function::start(&PROGRAM, &[&variables[..], others].concat()).await
    }

    /// How many connections there ever were.
    pub(crate) fn connections(&self) -> u64 {
        self.server.connections().1
    }

    /// Nobody is connected, or says that anybody may not be.
    pub(crate) async fn all_is_given_back(&self) {
        self.server.until("nobody is connected", |server| server.connections().0 == 0).await;
        assert!(self.database.store().await.lease_holder("telegram/batch").await.expect("a store").is_none());
        assert_eq!(self.server.violations(), []);
    }
}

/// The numbers of the posts of a channel of which a signal is stored.
pub(crate) async fn stored(database: &DynamoDb, channel: &str) -> Vec<i64> {
    let stored = crate::telegram_world::stored(&database.store().await, channel).await;
    stored.into_iter().filter(|(.., is_deleted)| !is_deleted).map(|(id, ..)| id).collect()
}

pub(crate) fn name(text: &str) -> ChannelName {
    ChannelName::parse(text).expect("a name")
}

/// The figure of this name that CloudWatch is told, of each pass.
pub(crate) fn figure(lines: &[Value], name: &str) -> Vec<Value> {
    lines.iter().filter(|line| line.get("_aws").is_some()).map(|line| line[name].clone()).collect()
}
