//! `sigtower channels coverage`: which posts of a channel were read.

use functions::wire::channel::{CoverageBody, RangeBody};

use super::{about, second};
use crate::cli::channels::CoverageArgs;
use crate::failure::Stop;
use crate::output::Answer;
use crate::store_api::StoreApi;
use crate::{columns, log, output};

/// Shows it.
pub(super) async fn show(args: &CoverageArgs) -> Result<(), Stop> {
    log::install(args.store.verbose)?;
    let channel = &args.channel;
    let failure = format!("cannot show what was read of `{channel}`");
    let path = format!("/api/v1/channels/{channel}/coverage");
    let coverage: CoverageBody = StoreApi::reach(&args.store).await?.ask(about(&path, &failure)).await?;
    if args.json {
        return output::print_json(&Answer { schema: "coverage/1", body: coverage });
    }
    output::print(&shown(&coverage))
}

/// One line that sums it up, and below it what was read and what is missing, in the order of the posts.
fn shown(coverage: &CoverageBody) -> String {
    let CoverageBody { key, checkpoint, ranges, missing, n_read, n_missing } = coverage;
    let last = checkpoint.as_ref().and_then(|it| Some((it.last_message_id?, it.moved_at)));
    let how_far = last.map_or_else(
        || "nothing is read to its end yet".to_owned(),
        |(last, moved_at)| format!("read up to post {last} at {}", second(moved_at)),
    );
    let mut text = format!("{key}: {how_far}; {n_read} numbers read, {n_missing} missing between them\n");
    let read = ranges.iter().map(|range| (range, "read"));
    let mut all: Vec<(&RangeBody, &str)> = read.chain(missing.iter().map(|range| (range, "missing"))).collect();
    all.sort_by_key(|(range, _)| range.first);
    if !all.is_empty() {
        let rows = all.iter().map(|(range, state)| {
            [range.first.to_string(), range.last.to_string(), range.n_numbers().to_string(), (*state).to_owned()]
        });
        text.push_str(&columns::table(["first", "last", "numbers", "state"], rows));
    }
    text
}

#[cfg(test)]
mod tests {
    use signals::message::{ChannelName, MessageId};

    use super::*;

    #[test]
    fn holes_stand_between_what_was_read() {
        let range = |first, last| RangeBody { first: MessageId(first), last: MessageId(last) };
        let mut coverage = CoverageBody {
            key: ChannelName::parse("whales").unwrap(),
            checkpoint: None,
            ranges: vec![range(1, 57), range(60, 60)],
            missing: vec![range(58, 59)],
            n_read: 58,
            n_missing: 2,
        };
        assert_eq!(
            anstream::adapter::strip_str(&shown(&coverage)).to_string(),
            "\
whales: nothing is read to its end yet; 58 numbers read, 2 missing between them
first  last  numbers  state
1      57    57       read
58     59    2        missing
60     60    1        read
"
        );
        (coverage.ranges, coverage.missing) = (Vec::new(), Vec::new());
        assert_eq!(shown(&coverage).lines().count(), 1);
    }
}
