//! When the server may be asked again.

use std::time::Duration;

use tokio::time::Instant;

use crate::retry::LONGEST;

/// Keeps requests apart, and the server alone where it asked for it.
#[derive(Debug)]
pub(super) struct Pause {
    delay: Duration,
    next: Option<Instant>,
    quiet_until: Option<Instant>,
}

impl Pause {
    pub(super) fn of(delay: Duration) -> Self {
        Self { delay, next: None, quiet_until: None }
    }

    /// How long the server is still to be left alone.
    pub(super) fn quiet_for(&self) -> Option<Duration> {
        let left = self.quiet_until?.saturating_duration_since(Instant::now());
        (!left.is_zero()).then_some(left)
    }

    /// Waits until the next request is polite.
    pub(super) async fn wait(&self) {
        if let Some(next) = self.next {
            tokio::time::sleep_until(next).await;
        }
    }

    /// A request is over.
    pub(super) fn asked(&mut self) {
        self.next = Some(Instant::now() + self.delay);
    }

    /// The server asked to be left alone.
    pub(super) fn keep_quiet(&mut self, wait: Duration) {
        self.quiet_until = Some(Instant::now() + wait.min(LONGEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn requests_are_kept_apart() {
        let mut pause = Pause::of(Duration::from_secs(1));
        let began = Instant::now();
        for _ in 0..3 {
            pause.wait().await;
            pause.asked();
        }
        assert_eq!(began.elapsed().as_secs(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn the_server_is_left_alone_for_as_long_as_it_asked() {
        let mut pause = Pause::of(Duration::ZERO);
        assert_eq!(pause.quiet_for(), None);
        pause.keep_quiet(Duration::from_secs(61));
        tokio::time::advance(Duration::from_secs(60)).await;
        assert_eq!(pause.quiet_for(), Some(Duration::from_secs(1)));
        tokio::time::advance(Duration::from_secs(1)).await;
        assert_eq!(pause.quiet_for(), None);
        pause.keep_quiet(Duration::MAX);
        assert_eq!(pause.quiet_for(), Some(LONGEST));
    }
}
