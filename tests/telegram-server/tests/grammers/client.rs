//! A grammers client that is led to the server and knows no other.

use std::collections::HashMap;
use std::net::{SocketAddr, SocketAddrV6};
use std::sync::Arc;
use std::time::Duration;

use grammers_client::sender::{ConnectionParams, NoRetries};
use grammers_client::session::SessionData;
use grammers_client::session::storages::MemorySession;
use grammers_client::session::types::DcOption;
use grammers_client::session::updates::UpdatesLike;
use grammers_client::{Client, InvocationError, SenderPool, tl};
use telegram_server::world::{Account, AccountId, Channel, ChannelId};
use telegram_server::{DATA_CENTRES, TelegramServer};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// The client's end of a connection.
pub(crate) struct TestClient {
    pub(crate) client: Client,
    pub(crate) updates: Receiver<UpdatesLike>,
    runner: JoinHandle<()>,
}

impl Drop for TestClient {
    fn drop(&mut self) {
        self.runner.abort();
    }
}

impl TestClient {
    /// A client with these keys, for the data centres that they belong to, which begins in the first of them.
    pub(crate) fn with_keys(server: &TelegramServer, keys: &[(i32, [u8; 256])]) -> Self {
        let option = |id: i32| {
            let SocketAddr::V4(ipv4) = server.address(id) else { panic!("the server listens on IPv4") };
            let ipv6 = SocketAddrV6::new(ipv4.ip().to_ipv6_mapped(), ipv4.port(), 0, 0);
            let auth_key = keys.iter().find(|(centre, _)| *centre == id).map(|(_, key)| *key);
            (id, DcOption { id, ipv4, ipv6, auth_key })
        };
        // The default would also have the addresses of the real data centres.
        let session = SessionData {
            home_dc: keys[0].0,
            dc_options: (1..=DATA_CENTRES).map(option).collect(),
            peer_infos: HashMap::new(),
            updates_state: Default::default(),
        };
        let parameters = ConnectionParams {
            device_model: "test".to_owned(),
            system_version: "1".to_owned(),
            retry_policy: Box::new(NoRetries),
            ..Default::default()
        };
        let SenderPool { runner, handle, updates } =
            SenderPool::with_configuration(Arc::new(MemorySession::from(session)), 1, parameters);
        Self { client: Client::new(handle), updates, runner: tokio::spawn(runner.run()) }
    }

    /// A client that is logged in.
    pub(crate) fn logged_in(server: &TelegramServer, account: AccountId) -> Self {
        let home = server.with_world(|world| world.accounts[&account].data_centre);
        Self::with_keys(server, &[(home, server.seed_login(account))])
    }

    /// What is pushed next; a push that never comes fails the test.
    pub(crate) async fn update(&mut self) -> UpdatesLike {
        let next = tokio::time::timeout(Duration::from_secs(30), self.updates.recv());
        next.await.expect("a push in time").expect("the client runs")
    }

    /// The next updates that were pushed.
    pub(crate) async fn pushed(&mut self) -> Vec<tl::enums::Update> {
        loop {
            match self.update().await {
                UpdatesLike::Updates(tl::enums::Updates::Updates(updates)) => return updates.updates,
                UpdatesLike::ConnectionClosed => {}
                _ => panic!("another kind of updates"),
            }
        }
    }

    /// A page of history.
    pub(crate) async fn history(
        &self,
        peer: tl::enums::InputPeer,
        window: (i32, i32, i32),
        min_id: i32,
    ) -> Result<tl::types::messages::ChannelMessages, InvocationError> {
        let (offset_id, add_offset, limit) = window;
        let request = tl::functions::messages::GetHistory {
            peer,
            offset_id,
            offset_date: 0,
            add_offset,
            limit,
            max_id: 0,
            min_id,
            hash: 0,
        };
        match self.client.invoke(&request).await? {
            tl::enums::messages::Messages::ChannelMessages(messages) => Ok(messages),
            _ => panic!("a channel answers with messages of a channel"),
        }
    }

    /// The difference since a pts, a slice of it.
    pub(crate) async fn difference(
        &self,
        channel: tl::enums::InputChannel,
        pts: i32,
        limit: i32,
    ) -> Result<tl::enums::updates::ChannelDifference, InvocationError> {
        let filter = tl::enums::ChannelMessagesFilter::Empty;
        self.client
            .invoke(&tl::functions::updates::GetChannelDifference { force: false, channel, filter, pts, limit })
            .await
    }
}

/// A server with a channel of so many posts, and an account that reads it.
pub(crate) async fn with_channel(n_posts: i32) -> (TelegramServer, AccountId, ChannelId) {
    let server = TelegramServer::start().await.expect("a port");
    let channel = server.add_channel(Channel::new(1001, "signals").with_posts(n_posts, |i| format!("post {i}")));
    let account = server.add_account(Account::new(7, "+9996621234").reading([channel]));
    (server, account, channel)
}

/// A channel as the account names it.
pub(crate) fn input_peer(server: &TelegramServer, account: AccountId, channel: ChannelId) -> tl::enums::InputPeer {
    let access_hash = server.access_hash(account, channel);
    tl::types::InputPeerChannel { channel_id: channel.0, access_hash }.into()
}

/// The same for methods of channels.
pub(crate) fn input_channel(
    server: &TelegramServer,
    account: AccountId,
    channel: ChannelId,
) -> tl::enums::InputChannel {
    let access_hash = server.access_hash(account, channel);
    tl::types::InputChannel { channel_id: channel.0, access_hash }.into()
}

/// The number and text of messages, in their order.
pub(crate) fn texts(messages: &[tl::enums::Message]) -> Vec<(i32, String)> {
    let text = |message: &tl::enums::Message| match message {
        tl::enums::Message::Message(message) => (message.id, message.message.clone()),
        other => (other.id(), String::new()),
    };
    messages.iter().map(text).collect()
}

/// Fails where a client broke the protocol.
#[track_caller]
pub(crate) fn assert_no_violation(server: &TelegramServer) {
    assert_eq!(server.violations(), []);
}
