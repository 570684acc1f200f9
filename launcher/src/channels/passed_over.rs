//! `sigtower channels passed-over`: the posts of a channel of which no signal and no news were kept, and why.

use functions::wire::channel::{PassedOverBody, RejectedBody};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use signals::message::{ChannelName, MessageId};

use super::{PAGE, about, second};
use crate::cli::channels::PassedOverArgs;
use crate::failure::Stop;
use crate::output::Answer;
use crate::screen::excerpt;
use crate::store_api::StoreApi;
use crate::{columns, log, output};

/// How much of a post the table shows.
const TEXT_CHARS: usize = 80;
/// How much of the rules that a signal breaks it shows.
const RULES_CHARS: usize = 120;

/// Posts as the API lists them, several pages as one.
#[derive(Debug, Serialize, Deserialize)]
struct Posts<T> {
    /// The newest first.
    data: Vec<T>,
    /// Below which post it goes on; null at the end of the list.
    next_before: Option<MessageId>,
}

/// Shows them.
pub(super) async fn show(args: &PassedOverArgs) -> Result<(), Stop> {
    log::install(args.store.verbose)?;
    if args.rejected {
        let posts = asked(args, "rejected", "cannot list the refused signals of").await?;
        return print(args, "rejected/1", posts, rejected);
    }
    let posts = asked(args, "passed-over", "cannot list what was passed over of").await?;
    print(args, "passed-over/1", posts, passed_over)
}

/// As many as are wanted. Of refused signals a few more may come, since those of one post stay together.
async fn asked<T: DeserializeOwned>(args: &PassedOverArgs, list: &str, failure: &str) -> Result<Posts<T>, Stop> {
    let (api, channel) = (StoreApi::reach(&args.store).await?, &args.channel);
    let failure = format!("{failure} `{channel}`");
    let mut posts = Posts { data: Vec::new(), next_before: None };
    loop {
        let path = path(channel, list, args.limit - posts.data.len(), posts.next_before);
        let page: Posts<T> = api.ask(about(&path, &failure)).await?;
        posts.data.extend(page.data);
        posts.next_before = page.next_before;
        if posts.next_before.is_none() || posts.data.len() >= args.limit {
            return Ok(posts);
        }
    }
}

fn path(channel: &ChannelName, list: &str, n_wanted: usize, before: Option<MessageId>) -> String {
    let before = before.map(|before| format!("&before={before}")).unwrap_or_default();
    format!("/api/v1/channels/{channel}/{list}?limit={}{before}", n_wanted.min(PAGE))
}

fn print<T: Serialize>(
    args: &PassedOverArgs,
    schema: &'static str,
    posts: Posts<T>,
    table: fn(&[T]) -> String,
) -> Result<(), Stop> {
    if args.json {
        return output::print_json(&Answer { schema, body: posts });
    }
    if posts.data.is_empty() {
        crate::output::say!("There are none of `{}`; they are kept for some days only.", args.channel);
        return Ok(());
    }
    output::print(&table(&posts.data))?;
    if posts.next_before.is_some() {
        crate::output::say!("There may be older ones: --limit N shows more than {}.", posts.data.len());
    }
    Ok(())
}

fn passed_over(posts: &[PassedOverBody]) -> String {
    let rows = posts.iter().map(|it| {
        [it.id.to_string(), second(it.posted_at), it.reason.as_str().to_owned(), excerpt(&it.text, TEXT_CHARS)]
    });
    columns::table(["post", "posted", "reason", "text"], rows)
}

fn rejected(signals: &[RejectedBody]) -> String {
    let rows = signals.iter().map(|it| {
        let broken: Vec<&str> = it.violations.iter().map(|broken| broken.message.as_str()).collect();
        [
            it.id.to_string(),
            second(it.posted_at),
            excerpt(&broken.join("; "), RULES_CHARS),
            excerpt(&it.text, TEXT_CHARS),
        ]
    });
    columns::table(["post", "posted", "refused because", "text"], rows)
}

#[cfg(test)]
mod tests {
    use functions::wire::channel::BrokenRuleBody;
    use signals::parser::Reason;

    use super::*;

    fn plain(table: &str) -> String {
        anstream::adapter::strip_str(table).to_string()
    }

    #[test]
    fn each_post_takes_one_line_that_steers_no_terminal() {
        let posted_at = "2026-01-31T10:00:00Z".parse().unwrap();
        let text = "up\n\u{1b}[31m\u{202e}now".to_owned();
        let post =
            PassedOverBody { id: MessageId(7), posted_at, edited_at: None, reason: Reason::Chat, text: text.clone() };
        let shown =
            "post  posted                reason  text\n7     2026-01-31T10:00:00Z  chat    up⏎␛[31m<U+202E>now\n";
        assert_eq!(plain(&passed_over(&[post])), shown);
        let rule =
            |message: &str| BrokenRuleBody { rule: "stop_on_wrong_side".to_owned(), message: message.to_owned() };
        let violations = vec![rule("stop 9 > entry 8"), rule("\u{1b}")];
        let signal = RejectedBody { id: MessageId(7), ordinal: 0, posted_at, edited_at: None, violations, text };
        let shown = plain(&rejected(&[signal]));
        assert!(shown.ends_with("stop 9 > entry 8; ␛  up⏎␛[31m<U+202E>now\n"), "{shown}");
    }

    #[test]
    fn no_page_is_asked_for_that_is_longer_than_the_api_gives() {
        let channel = ChannelName::parse("whales").unwrap();
        assert_eq!(path(&channel, "rejected", 7, None), "/api/v1/channels/whales/rejected?limit=7");
        let path = path(&channel, "rejected", 1_000, Some(MessageId(4)));
        assert_eq!(path, "/api/v1/channels/whales/rejected?limit=200&before=4");
    }
}
