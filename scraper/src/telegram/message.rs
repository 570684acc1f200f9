//! What a message of Telegram says, as a post.

use grammers_client::tl;
use jiff::Timestamp;
use signals::message::{ChannelMessage, ChannelName, MessageId};

use crate::source::BadPost;

/// A message of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Message {
    /// A post, or a part of an album.
    Post(Part),
    /// What the channel says of itself (created, pinned, a new photo), or the empty place of a deleted post.
    Nothing(MessageId),
    /// A post that could not be read.
    Bad(BadPost),
}

/// A post, or a part of an album: each part is a message of its own, and mostly one of them bears the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) post: ChannelMessage,
    /// The album's number.
    pub(super) album: Option<i64>,
}

impl Message {
    pub(super) fn id(&self) -> Option<MessageId> {
        match self {
            Self::Post(part) => Some(part.post.id),
            Self::Nothing(id) => Some(*id),
            Self::Bad(bad) => bad.id,
        }
    }
}

/// Reads a message of this channel.
pub(super) fn read(message: tl::enums::Message, channel: &ChannelName) -> Message {
    let message = match message {
        tl::enums::Message::Message(message) => message,
        tl::enums::Message::Service(it) => return Message::Nothing(MessageId(i64::from(it.id))),
        tl::enums::Message::Empty(it) => return Message::Nothing(MessageId(i64::from(it.id))),
    };
    let id = MessageId(i64::from(message.id));
    let time = |seconds: i32| Timestamp::from_second(i64::from(seconds)).ok();
    let Some(posted_at) = time(message.date) else {
        return Message::Bad(BadPost { id: Some(id), why: "its time could not be read".to_owned() });
    };
    // Reactions and buttons change a post, too, and are hidden as edits: <https://core.telegram.org/constructor/message>.
    let edited_at = message.edit_date.filter(|_| !message.edit_hide).and_then(time);
    let text = text(message.message, message.media.as_ref());
    let reply_to = message.reply_to.and_then(answered);
    let post = ChannelMessage { channel: channel.clone(), id, posted_at, edited_at, text, reply_to };
    Message::Post(Part { post, album: message.grouped_id })
}

/// The text or caption, or what a poll asks and offers, a line each.
fn text(text: String, media: Option<&tl::enums::MessageMedia>) -> String {
    let Some(tl::enums::MessageMedia::Poll(media)) = media else { return text };
    let tl::enums::Poll::Poll(poll) = &media.poll;
    let words = |text: &tl::enums::TextWithEntities| {
        let tl::enums::TextWithEntities::Entities(text) = text;
        text.text.clone()
    };
    let answers = poll.answers.iter().map(|answer| match answer {
        tl::enums::PollAnswer::Answer(answer) => words(&answer.text),
        tl::enums::PollAnswer::InputPollAnswer(answer) => words(&answer.text),
    });
    let lines = [text, words(&poll.question)].into_iter().filter(|line| !line.is_empty());
    lines.chain(answers).collect::<Vec<_>>().join("\n")
}

/// The post of the same channel that is answered.
fn answered(header: tl::enums::MessageReplyHeader) -> Option<MessageId> {
    let tl::enums::MessageReplyHeader::Header(header) = header else { return None };
    // In a topic every message answers the one that opened it, unless it also names the topic as such.
    let is_topic_alone = header.forum_topic && header.reply_to_top_id.is_none();
    if header.reply_to_peer_id.is_some() || is_topic_alone {
        return None;
    }
    header.reply_to_msg_id.map(|id| MessageId(i64::from(id)))
}

/// Posts of the messages, in their order: the parts of an album become one post with the number of its first part and the
/// texts of all.
pub(super) fn posts(messages: Vec<Message>) -> (Vec<ChannelMessage>, Vec<BadPost>) {
    let (mut parts, mut bad) = (Vec::<Part>::new(), Vec::new());
    for message in messages {
        match message {
            Message::Nothing(_) => {}
            Message::Bad(it) => bad.push(it),
            Message::Post(part) => {
                let same = |it: &&mut Part| it.album.is_some() && it.album == part.album;
                match parts.iter_mut().rev().find(same) {
                    Some(first) => join(&mut first.post, part.post),
                    None => parts.push(part),
                }
            }
        }
    }
    (parts.into_iter().map(|part| part.post).collect(), bad)
}

fn join(first: &mut ChannelMessage, part: ChannelMessage) {
    if !part.text.is_empty() {
        if !first.text.is_empty() {
            first.text.push('\n');
        }
        first.text.push_str(&part.text);
    }
    first.edited_at = first.edited_at.max(part.edited_at);
    first.reply_to = first.reply_to.or(part.reply_to);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(id: i64, text: &str, album: Option<i64>) -> Message {
        let post = ChannelMessage {
            channel: ChannelName::parse("whalechart").unwrap(),
            id: MessageId(id),
            posted_at: Timestamp::UNIX_EPOCH,
            edited_at: None,
            text: text.to_owned(),
            reply_to: None,
        };
        Message::Post(Part { post, album })
    }

    #[test]
    fn an_album_is_one_post_with_the_number_of_its_first_part() {
        let messages = vec![
            part(1, "before", None),
            part(2, "", Some(9)),
            part(3, "caption", Some(9)),
            Message::Nothing(MessageId(4)),
            part(5, "", Some(9)),
            part(6, "other", Some(8)),
            part(7, "more", Some(8)),
            part(8, "after", None),
        ];
        let (posts, bad) = posts(messages);
        let seen: Vec<(i64, &str)> = posts.iter().map(|post| (post.id.0, &post.text[..])).collect();
        assert_eq!(seen, [(1, "before"), (2, "caption"), (6, "other\nmore"), (8, "after")]);
        assert!(bad.is_empty());
    }

    fn header(change: impl FnOnce(&mut tl::types::MessageReplyHeader)) -> tl::enums::MessageReplyHeader {
        let mut header = tl::types::MessageReplyHeader {
            reply_to_scheduled: false,
            forum_topic: false,
            quote: false,
            reply_to_ephemeral: false,
            reply_to_msg_id: Some(5),
            reply_to_peer_id: None,
            reply_from: None,
            reply_media: None,
            reply_to_top_id: None,
            quote_text: None,
            quote_entities: None,
            quote_offset: None,
            todo_item_id: None,
            poll_option: None,
        };
        change(&mut header);
        header.into()
    }

    #[test]
    fn only_posts_of_the_same_channel_are_answered_and_a_topic_is_no_post() {
        assert_eq!(answered(header(|_| {})), Some(MessageId(5)));
        assert_eq!(answered(header(|it| it.forum_topic = true)), None);
        let in_topic = header(|it| (it.forum_topic, it.reply_to_top_id) = (true, Some(2)));
        assert_eq!(answered(in_topic), Some(MessageId(5)));
        let elsewhere = header(|it| it.reply_to_peer_id = Some(tl::types::PeerChannel { channel_id: 9 }.into()));
        assert_eq!(answered(elsewhere), None);
    }
}
