//! Who is behind a name, a number, an invite link; and which channels an account has.

use grammers_tl_types as tl;

use crate::rpc::{Refusal, Scene, updates};
use crate::shapes;
use crate::world::{Channel, Kind, Visibility};

/// The most dialogs of a page.
const MOST_DIALOGS: usize = 100;

/// `users.getUsers`: the caller, and others by their hashes.
pub(crate) fn get_users(
    scene: &mut Scene<'_>,
    request: tl::functions::users::GetUsers,
) -> Result<Vec<tl::enums::User>, Refusal> {
    let me = scene.account()?.id;
    let known = |input: &tl::enums::InputUser| match input {
        tl::enums::InputUser::UserSelf => scene.state.world.accounts.get(&me),
        tl::enums::InputUser::User(user) => scene.state.world.accounts.values().find(|other| {
            other.id.0 == user.user_id && crate::world::access_hash(me, user.user_id) == user.access_hash
        }),
        _ => None,
    };
    Ok(request.id.iter().filter_map(known).map(|account| shapes::user(account, me)).collect())
}

/// `contacts.resolveUsername`: a public channel, or an account.
pub(crate) fn resolve_username(
    scene: &mut Scene<'_>,
    request: tl::functions::contacts::ResolveUsername,
) -> Result<tl::enums::contacts::ResolvedPeer, Refusal> {
    let name = request.username.trim_start_matches('@');
    let is_name = (4..=32).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if !is_name {
        return Err(Refusal::bad("USERNAME_INVALID"));
    }
    let (me, world) = (scene.account()?, &scene.state.world);
    let seen = world.channel_by_username(name).filter(|channel| channel.visibility == Visibility::Public);
    let (peer, chats, users) = if let Some(channel) = seen {
        (shapes::peer(channel.id), vec![shapes::chat(channel, me)], Vec::new())
    } else if let Some(account) = world.account_by_username(name) {
        let peer = tl::types::PeerUser { user_id: account.id.0 }.into();
        (peer, Vec::new(), vec![shapes::user(account, me.id)])
    } else {
        return Err(Refusal::bad("USERNAME_NOT_OCCUPIED"));
    };
    Ok(tl::types::contacts::ResolvedPeer { peer, chats, users }.into())
}

/// `channels.getChannels`.
pub(crate) fn get_channels(
    scene: &mut Scene<'_>,
    request: tl::functions::channels::GetChannels,
) -> Result<tl::enums::messages::Chats, Refusal> {
    let me = scene.account()?;
    let channels: Result<Vec<&Channel>, Refusal> = request.id.iter().map(|input| scene.input_channel(input)).collect();
    let chats = channels?.into_iter().map(|channel| shapes::chat(channel, me)).collect();
    Ok(tl::types::messages::Chats { chats }.into())
}

/// `channels.getFullChannel`.
pub(crate) fn get_full_channel(
    scene: &mut Scene<'_>,
    request: tl::functions::channels::GetFullChannel,
) -> Result<tl::enums::messages::ChatFull, Refusal> {
    let channel = scene.input_channel(&request.channel)?;
    let full_chat = tl::types::ChannelFull {
        can_view_participants: false,
        can_set_username: false,
        can_set_stickers: false,
        hidden_prehistory: false,
        can_set_location: false,
        has_scheduled: false,
        can_view_stats: false,
        blocked: false,
        can_delete_channel: false,
        antispam: false,
        participants_hidden: false,
        translations_disabled: false,
        stories_pinned_available: false,
        view_forum_as_messages: false,
        restricted_sponsored: false,
        can_view_revenue: false,
        paid_media_allowed: false,
        can_view_stars_revenue: false,
        paid_reactions_available: false,
        stargifts_available: false,
        paid_messages_available: false,
        has_welcome_messages: false,
        id: channel.id.0,
        about: String::new(),
        participants_count: None,
        admins_count: None,
        kicked_count: None,
        banned_count: None,
        online_count: None,
        read_inbox_max_id: channel.last_post(),
        read_outbox_max_id: 0,
        unread_count: 0,
        chat_photo: tl::types::PhotoEmpty { id: 0 }.into(),
        notify_settings: shapes::notify_settings(),
        exported_invite: None,
        bot_info: vec![],
        migrated_from_chat_id: None,
        migrated_from_max_id: None,
        pinned_msg_id: None,
        stickerset: None,
        available_min_id: None,
        folder_id: None,
        linked_chat_id: None,
        location: None,
        slowmode_seconds: None,
        slowmode_next_send_date: None,
        stats_dc: None,
        pts: channel.pts,
        call: None,
        ttl_period: None,
        pending_suggestions: None,
        groupcall_default_join_as: None,
        theme_emoticon: None,
        requests_pending: None,
        recent_requesters: None,
        default_send_as: None,
        available_reactions: None,
        reactions_limit: None,
        stories: None,
        wallpaper: None,
        boosts_applied: None,
        boosts_unrestrict: None,
        emojiset: None,
        bot_verification: None,
        stargifts_count: None,
        send_paid_messages_stars: None,
        main_tab: None,
        guard_bot_id: None,
    }
    .into();
    let chats = vec![shapes::chat(channel, scene.account()?)];
    Ok(tl::types::messages::ChatFull { full_chat, chats, users: Vec::new() }.into())
}

/// `messages.checkChatInvite`: what a link leads to. Joining is another method, which this server does not have.
pub(crate) fn check_chat_invite(
    scene: &mut Scene<'_>,
    request: tl::functions::messages::CheckChatInvite,
) -> Result<tl::enums::ChatInvite, Refusal> {
    let me = scene.account()?;
    let channel = scene.state.world.channels.values().find(|channel| channel.invite.as_ref() == Some(&request.hash));
    let channel = channel.ok_or_else(|| Refusal::bad("INVITE_HASH_EXPIRED"))?;
    if me.joined.contains(&channel.id) {
        return Ok(tl::types::ChatInviteAlready { chat: shapes::chat(channel, me) }.into());
    }
    Ok(tl::types::ChatInvite {
        channel: true,
        broadcast: channel.kind == Kind::Broadcast,
        public: false,
        megagroup: channel.kind != Kind::Broadcast,
        request_needed: false,
        verified: false,
        scam: false,
        fake: false,
        can_refulfill_subscription: false,
        title: channel.title.clone(),
        about: None,
        photo: tl::types::PhotoEmpty { id: 0 }.into(),
        participants_count: 1,
        participants: None,
        color: 0,
        subscription_pricing: None,
        subscription_form_id: None,
        bot_verification: None,
    }
    .into())
}

/// `messages.getDialogs`: the joined channels, those with the newest posts first.
pub(crate) fn get_dialogs(
    scene: &mut Scene<'_>,
    request: tl::functions::messages::GetDialogs,
) -> Result<tl::enums::messages::Dialogs, Refusal> {
    let me = scene.account()?;
    let mut all: Vec<&Channel> = me.joined.iter().filter_map(|id| scene.state.world.channels.get(id)).collect();
    let place = |channel: &Channel| {
        let newest = channel.posts.values().next_back();
        (newest.map_or(channel.date, |post| post.date), newest.map_or(0, |post| post.id), channel.id.0)
    };
    all.sort_by_key(|channel| std::cmp::Reverse(place(channel)));
    let count = all.len();
    if request.offset_date > 0 {
        let peer = match &request.offset_peer {
            tl::enums::InputPeer::Channel(channel) => channel.channel_id,
            _ => i64::MAX,
        };
        all.retain(|channel| place(channel) < (request.offset_date, request.offset_id, peer));
    }
    let limit = usize::try_from(request.limit).unwrap_or(0).min(MOST_DIALOGS);
    let is_whole = all.len() == count && count <= limit;
    all.truncate(limit);
    let dialogs = all.iter().map(|channel| shapes::dialog(channel)).collect();
    let chats = all.iter().map(|channel| shapes::chat(channel, me)).collect();
    let readable = all.iter().filter(|channel| channel.visibility != Visibility::Nobody);
    let messages = readable.filter_map(|channel| Some(shapes::message(channel, channel.posts.values().next_back()?)));
    let (messages, users) = (messages.collect(), Vec::new());
    if is_whole {
        return Ok(tl::types::messages::Dialogs { dialogs, messages, chats, users }.into());
    }
    let count = i32::try_from(count).unwrap_or(i32::MAX);
    Ok(tl::types::messages::DialogsSlice { count, dialogs, messages, chats, users }.into())
}

/// `messages.getPeerDialogs`: the same for named channels.
pub(crate) fn get_peer_dialogs(
    scene: &mut Scene<'_>,
    request: tl::functions::messages::GetPeerDialogs,
) -> Result<tl::enums::messages::PeerDialogs, Refusal> {
    let channels: Result<Vec<&Channel>, Refusal> = request
        .peers
        .iter()
        .map(|peer| match peer {
            tl::enums::InputDialogPeer::Peer(peer) => scene.input_peer(&peer.peer),
            _ => Err(Refusal::bad("PEER_ID_INVALID")),
        })
        .collect();
    let (channels, me) = (channels?, scene.account()?);
    let newest = |channel: &&Channel| Some(shapes::message(channel, channel.posts.values().next_back()?));
    Ok(tl::types::messages::PeerDialogs {
        dialogs: channels.iter().map(|channel| shapes::dialog(channel)).collect(),
        messages: channels.iter().filter_map(newest).collect(),
        chats: channels.iter().map(|channel| shapes::chat(channel, me)).collect(),
        users: Vec::new(),
        state: updates::state_of(scene)?,
    }
    .into())
}
