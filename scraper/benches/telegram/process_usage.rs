//! What this process took of the machine so far, as Linux counts it.

use std::error::Error;
use std::fs;

use serde::{Deserialize, Serialize};

/// How many parts of a second Linux counts the time of processors in, towards programs
/// (`USER_HZ`, <https://man7.org/linux/man-pages/man7/time.7.html>).
const TICKS_A_SECOND: f64 = 100.0;

/// Time of processors, and memory.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Usage {
    /// Seconds on all processors together, in the program and for it in the system.
    pub(crate) cpu_seconds: f64,
    /// The most memory that was resident at once, in units of 1024 bytes.
    pub(crate) peak_kib: u64,
}

impl Usage {
    /// This process's.
    pub(crate) fn of_this_process() -> Result<Self, Box<dyn Error>> {
        let stat = fs::read_to_string("/proc/self/stat")?;
        // The name of the program stands in brackets and may hold anything; `utime` and `stime` are 14th and 15th.
        let (_, behind_the_name) = stat.rsplit_once(") ").ok_or("no name in /proc/self/stat")?;
        let fields = behind_the_name.split(' ').skip(11).take(2);
        let ticks = fields.map(str::parse::<f64>).sum::<Result<f64, _>>()?;
        let status = fs::read_to_string("/proc/self/status")?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak in /proc/self/status")?;
        let peak_kib = peak.trim().trim_end_matches(" kB").parse()?;
        Ok(Self { cpu_seconds: ticks / TICKS_A_SECOND, peak_kib })
    }
}
