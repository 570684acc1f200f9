//! Reads an export as long as wanted, which is made while it is read, and says how fast and in how much memory.
//!
//! Run with `cargo run --release -p scraper --example large_export -- 2048` for 2 GiB. The memory is what Linux counts.

use std::io::{self, Read, Write};
use std::time::Instant;
use std::{env, fs};

use scraper::export::{ExportOptions, read_json};

/// An export of this many bytes, give or take a message.
struct Large {
    left: u64,
    id: u64,
    ready: io::Cursor<Vec<u8>>,
}

impl Read for Large {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = self.ready.read(into)?;
        if n > 0 || self.left == 0 {
            return Ok(n);
        }
        let mut text = match self.id {
            0 => r#"{"name": "Whales", "type": "public_channel", "id": 77, "messages": ["#.to_owned(),
            1 => String::new(),
            _ => ",".to_owned(),
        };
        if self.id > 0 {
            text += &format!(
                r#"{{"id": {}, "type": "message", "date_unixtime": "1790493841", "text": "{}"}}"#,
                self.id,
                "LONG AAVE/USDT, entry 96.2 ".repeat(20)
            );
        }
        self.id += 1;
        self.left = self.left.saturating_sub(text.len() as u64);
        if self.left == 0 {
            text += "]}";
        }
        self.ready = io::Cursor::new(text.into_bytes());
        self.ready.read(into)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let n_mib: u64 = env::args().nth(1).as_deref().unwrap_or("200").parse()?;
    let began = Instant::now();
    let mut n_posts = 0;
    let from = Large { left: n_mib * 1024 * 1024, id: 0, ready: io::Cursor::default() };
    let progress = read_json(from, ExportOptions::default(), |it| n_posts += it.chunk.posts.len())?;
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let most = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("VmHWM: unknown");
    let seconds = began.elapsed().as_secs_f64();
    writeln!(io::stdout(), "{n_posts} posts of {} bytes in {seconds:.1} s; {most}", progress.n_bytes)?;
    Ok(())
}
