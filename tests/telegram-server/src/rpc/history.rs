//! Which posts a channel has.

use std::collections::BTreeSet;

use grammers_tl_types as tl;

use crate::assumptions::Assumptions;
use crate::rpc::{Refusal, Scene};
use crate::shapes;
use crate::world::{Channel, Forward, Post};

/// `messages.getHistory`: a window of the posts, newest first.
pub(crate) fn get_history(
    scene: &mut Scene<'_>,
    request: tl::functions::messages::GetHistory,
) -> Result<tl::enums::messages::Messages, Refusal> {
    let channel = scene.input_peer(&request.peer)?;
    let posts = window(channel, &request, &scene.state.assumptions);
    answer(scene, channel, &posts.iter().map(|post| shapes::message(channel, post)).collect::<Vec<_>>(), &posts)
}

/// `channels.getMessages`: posts by their numbers; those that are not there are empty.
pub(crate) fn get_messages(
    scene: &mut Scene<'_>,
    request: tl::functions::channels::GetMessages,
) -> Result<tl::enums::messages::Messages, Refusal> {
    let channel = scene.input_channel(&request.channel)?;
    if request.id.len() > 200 {
        return Err(Refusal::bad("MSG_ID_INVALID"));
    }
    let mut posts = Vec::new();
    let messages: Result<Vec<tl::enums::Message>, Refusal> = request
        .id
        .iter()
        .map(|input| match input {
            tl::enums::InputMessage::Id(input) => Ok(match channel.posts.get(&input.id) {
                Some(post) => {
                    posts.push(post);
                    shapes::message(channel, post)
                }
                None => tl::types::MessageEmpty { id: input.id, peer_id: Some(shapes::peer(channel.id)) }.into(),
            }),
            _ => Err(Refusal::bad("MESSAGE_IDS_EMPTY")),
        })
        .collect();
    answer(scene, channel, &messages?, &posts)
}

fn answer(
    scene: &Scene<'_>,
    channel: &Channel,
    messages: &[tl::enums::Message],
    posts: &[&Post],
) -> Result<tl::enums::messages::Messages, Refusal> {
    Ok(tl::types::messages::ChannelMessages {
        inexact: false,
        pts: channel.pts,
        count: i32::try_from(channel.posts.len()).unwrap_or(i32::MAX),
        offset_id_offset: None,
        messages: messages.to_vec(),
        topics: Vec::new(),
        chats: chats(scene, channel, posts)?,
        users: Vec::new(),
    }
    .into())
}

/// The channel, and those that its posts were forwarded from.
///
/// # Errors
/// Where nobody is logged in.
pub(crate) fn chats(scene: &Scene<'_>, channel: &Channel, posts: &[&Post]) -> Result<Vec<tl::enums::Chat>, Refusal> {
    let me = scene.account()?;
    let sources = posts.iter().filter_map(|post| match post.draft.forward {
        Some(Forward::Channel(source, _)) => Some(source),
        _ => None,
    });
    let ids: BTreeSet<_> = sources.filter(|source| *source != channel.id).collect();
    let others = ids.iter().filter_map(|id| scene.state.world.channels.get(id));
    Ok([channel].into_iter().chain(others).map(|channel| shapes::chat(channel, me)).collect())
}

/// The posts between the bounds, newest first, from the offset on and at most as many as the limit. Of a long history only
/// those are looked at.
fn window<'a>(
    channel: &'a Channel,
    request: &tl::functions::messages::GetHistory,
    assumptions: &Assumptions,
) -> Vec<&'a Post> {
    let is_within = |post: &&Post| {
        (request.max_id == 0 || post.id < request.max_id) && (request.min_id == 0 || post.id > request.min_id)
    };
    let counts = |post: &&Post| !assumptions.history_bounds_first || is_within(post);
    // The oldest post in front of the offset. No channel has so many that none is.
    let front = if request.offset_id > 0 {
        let without_itself = assumptions.history_offset_excludes_itself && request.add_offset < 0;
        request.offset_id.saturating_add(i32::from(without_itself))
    } else if request.offset_date > 0 {
        let newest_first = channel.posts.values().rev();
        newest_first.take_while(|post| post.date >= request.offset_date).last().map_or(i32::MAX, |post| post.id)
    } else {
        i32::MAX
    };
    let size = |n: i32| usize::try_from(n).unwrap_or(0);
    let limit = size(request.limit).min(assumptions.most_posts_per_page);
    let n_in_front = size(request.add_offset.saturating_neg());
    let newer = channel.posts.range(front..).map(|(_, post)| post).filter(counts);
    let mut posts: Vec<&Post> = newer.take(n_in_front).collect();
    posts.reverse();
    let n_missing = n_in_front - posts.len();
    let length = if assumptions.history_window_slides { limit } else { limit.saturating_sub(n_missing) };
    let older = channel.posts.range(..front).rev().map(|(_, post)| post).filter(counts);
    posts.extend(older.skip(size(request.add_offset)).take(length.saturating_sub(posts.len())));
    posts.truncate(length);
    posts.retain(is_within);
    posts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(offset_id: i32, add_offset: i32, limit: i32, min_id: i32, assumptions: &Assumptions) -> Vec<i32> {
        let channel = Channel::new(1, "signals").with_posts(10, |i| i.to_string());
        let request = tl::functions::messages::GetHistory {
            peer: tl::enums::InputPeer::Empty,
            offset_id,
            offset_date: 0,
            add_offset,
            limit,
            max_id: 0,
            min_id,
            hash: 0,
        };
        window(&channel, &request, assumptions).iter().map(|post| post.id).collect()
    }

    #[test]
    fn history_is_a_window_from_the_newest_post_or_the_offset_on() {
        let default = Assumptions::default();
        assert_eq!(ids(0, 0, 3, 0, &default), [10, 9, 8]);
        assert_eq!(ids(8, 0, 3, 0, &default), [7, 6, 5]);
        assert_eq!(ids(8, 1, 3, 0, &default), [6, 5, 4]);
        assert_eq!(ids(0, 0, 500, 7, &default), [10, 9, 8]);
        assert_eq!(ids(1, -3, 3, 0, &default), [3, 2, 1]);
        assert_eq!(ids(4, -3, 3, 3, &default), [6, 5, 4]);
        assert_eq!(ids(0, 0, -1, 0, &default), [0; 0]);
    }

    #[test]
    fn what_is_assumed_of_its_edges_can_be_switched() {
        let slides = Assumptions { history_window_slides: true, ..Assumptions::default() };
        assert_eq!(ids(10, -4, 4, 0, &Assumptions::default()), [10]);
        assert_eq!(ids(10, -4, 4, 0, &slides), [10, 9, 8, 7]);
        let bounded = Assumptions { history_bounds_first: true, ..Assumptions::default() };
        assert_eq!(ids(1, -3, 3, 4, &Assumptions::default()), [0; 0]);
        assert_eq!(ids(1, -3, 3, 4, &bounded), [7, 6, 5]);
        let without = Assumptions { history_offset_excludes_itself: true, ..Assumptions::default() };
        assert_eq!(ids(3, -3, 3, 0, &Assumptions::default()), [5, 4, 3]);
        assert_eq!(ids(3, -3, 3, 0, &without), [6, 5, 4]);
        let short = Assumptions { most_posts_per_page: 2, ..Assumptions::default() };
        assert_eq!(ids(0, 0, 100, 0, &short), [10, 9]);
    }
}
