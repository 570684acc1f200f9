//! Posts out of an export, into the store.

use signals::lease::Lease;
use signals::message::{ChannelName, MessageId};

use crate::collect::{CollectError, Collector};
use crate::export::ExportChunk;
use crate::report::{ChannelReport, SweepReport};

/// An import under way: chats come one after the other.
#[derive(Debug)]
pub struct ImportPass<'a> {
    collector: &'a Collector,
    lease: &'a Lease,
    done: SweepReport,
    open: Option<OpenChat>,
}

#[derive(Debug)]
struct OpenChat {
    channel: ChannelName,
    /// None where nobody can tell whose posts these are: then the others of the export are read all the same.
    key: Option<ChannelName>,
    /// Up to where the channel is read without a gap, as far as this import can tell.
    checkpoint: Option<MessageId>,
    report: ChannelReport,
}

impl Collector {
    /// Begins an import.
    #[must_use]
    pub fn import<'a>(&'a self, lease: &'a Lease) -> ImportPass<'a> {
        ImportPass { collector: self, lease, done: SweepReport::default(), open: None }
    }
}

impl ImportPass<'_> {
    /// Keeps the next posts of the export.
    ///
    /// The checkpoint moves only where the export begins at or before it: an export of last month says nothing of what
    /// was posted between the checkpoint and then, and coverage alone shows it as read.
    ///
    /// # Errors
    /// [`CollectError`]; importing the same export again goes on, and stores nothing twice.
    pub async fn take(&mut self, chunk: ExportChunk) -> Result<(), CollectError> {
        let ExportChunk { chat, chunk } = chunk;
        if self.open.as_ref().is_none_or(|open| open.channel != chat.channel) {
            self.close();
            self.collector.catch_up(None).await?;
            let mut report = ChannelReport::new(chat.channel.clone());
            let key = match self.collector.key(&chat.sighting).await {
                Ok(key) => Some(key),
                Err(error @ CollectError::Alarm(_)) => {
                    report.error = Some(error.trouble());
                    None
                }
                Err(error) => return Err(error),
            };
            let checkpoint = match &key {
                Some(key) => self.collector.claim(key, self.lease).await?,
                None => None,
            };
            (report.key, report.checkpoint) = (key.clone(), checkpoint);
            self.open = Some(OpenChat { channel: chat.channel, key, checkpoint, report });
        }
        let Some(open) = &mut self.open else { return Ok(()) };
        let Some(key) = &open.key else { return Ok(()) };
        self.collector.renew(self.lease).await?;
        let (first, last) = (*chunk.covers.start(), *chunk.covers.end());
        self.collector.keep(chunk, key, &mut open.report).await?;
        let leads_on = open.checkpoint.is_none_or(|at| first.0 <= at.0.saturating_add(1) && last > at);
        if leads_on && last.0 > 0 {
            self.collector.advance(key, last, self.lease).await?;
            open.checkpoint = Some(last);
            open.report.checkpoint = Some(last);
        }
        Ok(())
    }

    /// Ends the import: what it did.
    pub async fn finish(mut self) -> SweepReport {
        self.close();
        if let Err(error) = self.collector.send_waiting(None).await {
            tracing::warn!(%error, "backend.not_sent");
        }
        self.done.backend = self.collector.backend_report().await;
        self.done
    }

    fn close(&mut self) {
        if let Some(open) = self.open.take() {
            self.done.add(open.report);
        }
    }
}
