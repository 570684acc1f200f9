//! What the schema says of a channel, a post, an account: the typed world in the words of the wire.

use grammers_tl_types as tl;

use crate::world::{Account, AccountId, Channel, ChannelId, Draft, Forward, Kind, Post, Visibility, access_hash};

/// A channel as a peer.
#[must_use]
pub(crate) fn peer(channel: ChannelId) -> tl::enums::Peer {
    tl::types::PeerChannel { channel_id: channel.0 }.into()
}

/// A post.
#[must_use]
pub(crate) fn message(channel: &Channel, post: &Post) -> tl::enums::Message {
    let draft = &post.draft;
    if draft.is_service {
        return tl::types::MessageService {
            out: false,
            mentioned: false,
            media_unread: false,
            reactions_are_possible: false,
            silent: false,
            post: channel.kind == Kind::Broadcast,
            legacy: false,
            id: post.id,
            from_id: None,
            peer_id: peer(channel.id),
            saved_peer_id: None,
            reply_to: None,
            date: post.date,
            action: tl::types::MessageActionChatEditTitle { title: draft.text.clone() }.into(),
            reactions: None,
            ttl_period: None,
        }
        .into();
    }
    tl::types::Message {
        out: false,
        mentioned: false,
        media_unread: false,
        silent: false,
        post: channel.kind == Kind::Broadcast,
        from_scheduled: false,
        legacy: false,
        edit_hide: false,
        pinned: false,
        noforwards: channel.is_protected,
        invert_media: false,
        offline: false,
        video_processing_pending: false,
        paid_suggested_post_stars: false,
        paid_suggested_post_ton: false,
        id: post.id,
        from_id: None,
        from_boosts_applied: None,
        from_rank: None,
        peer_id: peer(channel.id),
        saved_peer_id: None,
        fwd_from: draft.forward.as_ref().map(|from| forward(from, post.date)),
        via_bot_id: None,
        via_business_bot_id: None,
        guestchat_via_from: None,
        reply_to: reply(draft),
        date: post.date,
        message: draft.text.clone(),
        media: draft.has_picture.then(|| picture(post)),
        reply_markup: None,
        entities: None,
        views: Some(post.views),
        forwards: Some(0),
        replies: None,
        edit_date: post.edit_date,
        post_author: draft.author.clone(),
        grouped_id: draft.album,
        reactions: None,
        restriction_reason: None,
        ttl_period: None,
        quick_reply_shortcut_id: None,
        effect: None,
        factcheck: None,
        report_delivery_until_date: None,
        paid_message_stars: None,
        suggested_post: None,
        schedule_repeat_period: None,
        summary_from_language: None,
        rich_message: None,
    }
    .into()
}

fn picture(post: &Post) -> tl::enums::MessageMedia {
    let photo = tl::types::PhotoEmpty { id: i64::from(post.id) }.into();
    tl::types::MessageMediaPhoto {
        spoiler: false,
        live_photo: false,
        photo: Some(photo),
        ttl_seconds: None,
        video: None,
    }
    .into()
}

fn reply(draft: &Draft) -> Option<tl::enums::MessageReplyHeader> {
    if draft.reply_to.is_none() && draft.topic.is_none() {
        return None;
    }
    let header = tl::types::MessageReplyHeader {
        reply_to_scheduled: false,
        forum_topic: draft.topic.is_some(),
        quote: false,
        reply_to_ephemeral: false,
        reply_to_msg_id: draft.reply_to.or(draft.topic),
        reply_to_peer_id: None,
        reply_from: None,
        reply_media: None,
        reply_to_top_id: draft.topic.filter(|_| draft.reply_to.is_some()),
        quote_text: None,
        quote_entities: None,
        quote_offset: None,
        todo_item_id: None,
        poll_option: None,
    };
    Some(header.into())
}

fn forward(from: &Forward, date: i32) -> tl::enums::MessageFwdHeader {
    let (from_id, from_name, channel_post) = match from {
        Forward::Channel(channel, post) => (Some(peer(*channel)), None, Some(*post)),
        Forward::Name(name) => (None, Some(name.clone()), None),
    };
    tl::types::MessageFwdHeader {
        imported: false,
        saved_out: false,
        from_id,
        from_name,
        date,
        channel_post,
        post_author: None,
        saved_from_peer: None,
        saved_from_msg_id: None,
        saved_from_id: None,
        saved_from_name: None,
        saved_date: None,
        psa_type: None,
    }
    .into()
}

/// A channel as an account sees it.
#[must_use]
pub(crate) fn chat(channel: &Channel, account: &Account) -> tl::enums::Chat {
    let is_member = account.joined.contains(&channel.id);
    if channel.visibility == Visibility::Nobody || (channel.visibility == Visibility::Members && !is_member) {
        return tl::types::ChannelForbidden {
            broadcast: channel.kind == Kind::Broadcast,
            megagroup: channel.kind != Kind::Broadcast,
            monoforum: false,
            id: channel.id.0,
            access_hash: access_hash(account.id, channel.id.0),
            title: channel.title.clone(),
            until_date: None,
        }
        .into();
    }
    tl::types::Channel {
        creator: false,
        left: !account.joined.contains(&channel.id),
        broadcast: channel.kind == Kind::Broadcast,
        verified: false,
        megagroup: channel.kind != Kind::Broadcast,
        restricted: false,
        signatures: false,
        min: false,
        scam: false,
        has_link: false,
        has_geo: false,
        slowmode_enabled: false,
        call_active: false,
        call_not_empty: false,
        fake: false,
        gigagroup: false,
        noforwards: channel.is_protected,
        join_to_send: false,
        join_request: false,
        forum: channel.kind == Kind::Forum,
        stories_hidden: false,
        stories_hidden_min: false,
        stories_unavailable: false,
        signature_profiles: false,
        autotranslation: false,
        broadcast_messages_allowed: false,
        monoforum: false,
        forum_tabs: false,
        id: channel.id.0,
        access_hash: Some(access_hash(account.id, channel.id.0)),
        title: channel.title.clone(),
        username: channel.username.clone(),
        photo: tl::enums::ChatPhoto::Empty,
        date: channel.date,
        restriction_reason: None,
        admin_rights: None,
        banned_rights: None,
        default_banned_rights: None,
        participants_count: None,
        usernames: None,
        stories_max_id: None,
        color: None,
        profile_color: None,
        emoji_status: None,
        level: None,
        subscription_until_date: None,
        bot_verification_icon: None,
        send_paid_messages_stars: None,
        linked_monoforum_id: None,
        linked_community_id: None,
    }
    .into()
}

/// An account as another sees it.
#[must_use]
pub(crate) fn user(account: &Account, viewer: AccountId) -> tl::enums::User {
    tl::types::User {
        is_self: account.id == viewer,
        contact: false,
        mutual_contact: false,
        deleted: false,
        bot: account.bot_token.is_some(),
        bot_chat_history: false,
        bot_nochats: false,
        verified: false,
        restricted: false,
        min: false,
        bot_inline_geo: false,
        support: false,
        scam: false,
        apply_min_photo: false,
        fake: false,
        bot_attach_menu: false,
        premium: false,
        attach_menu_enabled: false,
        bot_can_edit: false,
        close_friend: false,
        stories_hidden: false,
        stories_unavailable: false,
        contact_require_premium: false,
        bot_business: false,
        bot_has_main_app: false,
        bot_forum_view: false,
        bot_forum_can_manage_topics: false,
        bot_can_manage_bots: false,
        bot_guestchat: false,
        bot_guard: false,
        id: account.id.0,
        access_hash: Some(access_hash(viewer, account.id.0)),
        first_name: Some(account.first_name.clone()),
        last_name: None,
        username: account.username.clone(),
        phone: (account.id == viewer).then(|| account.phone.trim_start_matches('+').to_owned()),
        photo: None,
        status: None,
        bot_info_version: account.bot_token.as_ref().map(|_| 1),
        restriction_reason: None,
        bot_inline_placeholder: None,
        lang_code: None,
        emoji_status: None,
        usernames: None,
        stories_max_id: None,
        color: None,
        profile_color: None,
        bot_active_users: None,
        bot_verification_icon: None,
        send_paid_messages_stars: None,
        linked_community_id: None,
    }
    .into()
}

/// A channel in the list of an account's dialogs.
#[must_use]
pub(crate) fn dialog(channel: &Channel) -> tl::enums::Dialog {
    let top = channel.posts.keys().next_back().copied().unwrap_or(0);
    tl::types::Dialog {
        pinned: false,
        unread_mark: false,
        view_forum_as_messages: false,
        peer: peer(channel.id),
        top_message: top,
        read_inbox_max_id: top,
        read_outbox_max_id: 0,
        unread_count: 0,
        unread_mentions_count: 0,
        unread_reactions_count: 0,
        unread_poll_votes_count: 0,
        notify_settings: notify_settings(),
        pts: Some(channel.pts),
        draft: None,
        folder_id: None,
        ttl_period: None,
    }
    .into()
}

/// Settings that nobody changed.
#[must_use]
pub(crate) fn notify_settings() -> tl::enums::PeerNotifySettings {
    tl::types::PeerNotifySettings {
        show_previews: None,
        silent: None,
        mute_until: None,
        ios_sound: None,
        android_sound: None,
        other_sound: None,
        stories_muted: None,
        stories_hide_sender: None,
        stories_ios_sound: None,
        stories_android_sound: None,
        stories_other_sound: None,
    }
    .into()
}
