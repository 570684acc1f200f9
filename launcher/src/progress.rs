//! How far a long work is: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// How long a log without a terminal stays silent.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// How many rows are done, on stderr.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    doing: &'static str,
    n_rows: u64,
    said: Instant,
}

impl Progress {
    /// Begins to tell about `doing`.
    pub(crate) fn begin(doing: &'static str) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {msg}: {human_pos} rows, {per_sec}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            ProgressBar::new_spinner().with_style(style).with_message(doing)
        });
        Self { bar, doing, n_rows: 0, said: Instant::now() }
    }

    /// Some more rows are done.
    pub(crate) fn add(&mut self, n_rows: u64) {
        self.n_rows += n_rows;
        match &self.bar {
            Some(bar) => bar.set_position(self.n_rows),
            None if self.said.elapsed() >= BETWEEN_LINES => {
                self.said = Instant::now();
                crate::output::say!("{}: {} rows", self.doing, self.n_rows);
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
