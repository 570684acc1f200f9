//! What happened since a client last looked: of the account, and of each channel.

use grammers_tl_types as tl;

use crate::assumptions::Announced;
use crate::push::update_of;
use crate::rpc::{Refusal, Scene, history};
use crate::shapes;
use crate::world::{Change, Channel, Post};

/// `updates.getState`.
pub(crate) fn get_state(
    scene: &mut Scene<'_>,
    _: tl::functions::updates::GetState,
) -> Result<tl::enums::updates::State, Refusal> {
    state_of(scene)
}

/// The state of the caller's own updates.
///
/// # Errors
/// Where nobody is logged in.
pub(crate) fn state_of(scene: &Scene<'_>) -> Result<tl::enums::updates::State, Refusal> {
    let pts = scene.account()?.pts;
    Ok(tl::types::updates::State { pts, qts: 1, date: scene.state.now_i32(), seq: 1, unread_count: 0 }.into())
}

/// `updates.getDifference`: accounts have no messages of their own here, so it only says which channels changed.
pub(crate) fn get_difference(
    scene: &mut Scene<'_>,
    request: tl::functions::updates::GetDifference,
) -> Result<tl::enums::updates::Difference, Refusal> {
    let me = scene.account()?;
    let is_news = |channel: &&Channel| channel.events.last().is_some_and(|event| event.date >= request.date);
    let changed = me.joined.iter().filter_map(|id| scene.state.world.channels.get(id)).filter(is_news);
    let changed: Vec<&Channel> = match scene.state.assumptions.announced {
        Announced::Nothing => Vec::new(),
        _ => changed.collect(),
    };
    if changed.is_empty() {
        return Ok(tl::types::updates::DifferenceEmpty { date: scene.state.now_i32(), seq: 1 }.into());
    }
    let with_pts = scene.state.assumptions.announced == Announced::WithPts;
    let too_long = |channel: &&Channel| {
        tl::types::UpdateChannelTooLong { channel_id: channel.id.0, pts: with_pts.then_some(channel.pts) }.into()
    };
    Ok(tl::types::updates::Difference {
        new_messages: Vec::new(),
        new_encrypted_messages: Vec::new(),
        other_updates: changed.iter().map(too_long).collect(),
        chats: changed.iter().map(|channel| shapes::chat(channel, me)).collect(),
        users: Vec::new(),
        state: state_of(scene)?,
    }
    .into())
}

/// `updates.getChannelDifference`: new posts as they are now, and every edit and deletion, a slice at a time.
pub(crate) fn get_channel_difference(
    scene: &mut Scene<'_>,
    request: tl::functions::updates::GetChannelDifference,
) -> Result<tl::enums::updates::ChannelDifference, Refusal> {
    let channel = scene.input_channel(&request.channel)?;
    if request.pts == 0 {
        return Err(Refusal::bad("PERSISTENT_TIMESTAMP_EMPTY"));
    }
    if request.pts < 0 || request.pts > channel.pts {
        return Err(Refusal::bad("PERSISTENT_TIMESTAMP_INVALID"));
    }
    let (assumptions, events) = (&scene.state.assumptions, channel.since(request.pts));
    let timeout = assumptions.difference_timeout_seconds;
    if events.is_empty() && request.pts >= channel.forgotten_below {
        let empty = tl::types::updates::ChannelDifferenceEmpty { r#final: true, pts: channel.pts, timeout };
        return Ok(empty.into());
    }
    if request.pts < channel.forgotten_below || events.len() > assumptions.longest_difference {
        return too_long(scene, channel, timeout);
    }
    let limit = usize::try_from(request.limit).unwrap_or(0).clamp(1, assumptions.difference_slice.max(1));
    let slice = &events[..events.len().min(limit)];
    let new: Vec<&Post> = slice
        .iter()
        .filter_map(|event| match event.change {
            Change::New(id) => channel.posts.get(&id),
            _ => None,
        })
        .collect();
    let others = slice.iter().filter(|event| !matches!(event.change, Change::New(_)));
    Ok(tl::types::updates::ChannelDifference {
        r#final: slice.len() == events.len(),
        pts: slice.last().map_or(channel.pts, |event| event.pts),
        timeout,
        new_messages: new.iter().map(|post| shapes::message(channel, post)).collect(),
        other_updates: others.filter_map(|event| update_of(scene.state, channel.id, event)).collect(),
        chats: history::chats(scene, channel, &new)?,
        users: Vec::new(),
    }
    .into())
}

fn too_long(
    scene: &Scene<'_>,
    channel: &Channel,
    timeout: Option<i32>,
) -> Result<tl::enums::updates::ChannelDifference, Refusal> {
    let newest = channel.posts.values().rev().take(scene.state.assumptions.posts_when_too_long);
    let newest: Vec<&Post> = newest.collect();
    Ok(tl::types::updates::ChannelDifferenceTooLong {
        r#final: true,
        timeout,
        dialog: shapes::dialog(channel),
        messages: newest.iter().map(|post| shapes::message(channel, post)).collect(),
        chats: history::chats(scene, channel, &newest)?,
        users: Vec::new(),
    }
    .into())
}
