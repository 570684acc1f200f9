//! One pass over many channels, one after the other, until a deadline.

use std::time::Instant;

use signals::lease::Lease;
use signals::message::ChannelName;

use crate::collect::Collector;
use crate::report::{ChannelReport, SweepReport};
use crate::source::MessageSource;

impl Collector {
    /// One pass over each of these channels. A channel that fails stands in the report and stops none of the others;
    /// what was done before the deadline is kept.
    pub async fn sweep<S: MessageSource>(
        &self,
        source: &mut S,
        channels: &[ChannelName],
        lease: &Lease,
        deadline: Option<Instant>,
        mut each: impl FnMut(&ChannelReport),
    ) -> SweepReport {
        let mut sweep = SweepReport::default();
        // A store that fails fails each channel, which says so.
        let quiet_until = if S::PAUSES_FOR_ALL { self.quiet_until(channels).await.unwrap_or_default() } else { None };
        for channel in channels {
            let taken_over = sweep.channels.last().is_some_and(|it| it.taken_over);
            if taken_over || deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                sweep.left_out.push(channel.clone());
                continue;
            }
            let report = match quiet_until {
                Some(until) => self.too_early(channel, until),
                None => self.collect_channel(source, channel, lease, deadline).await,
            };
            each(&report);
            sweep.add(report);
        }
        // What failed there at first may go through by now.
        if let Err(error) = self.send_waiting(deadline).await {
            tracing::warn!(%error, "backend.not_sent");
        }
        sweep.backend = self.backend_report().await;
        sweep
    }
}
