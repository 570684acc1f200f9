//! When a request that failed is sent again.

use std::time::Duration;

/// The longest pause that is believed.
pub(crate) const LONGEST: Duration = Duration::from_secs(7 * 24 * 3600);

/// The time that a `Retry-After` names: seconds, or a date (<https://www.rfc-editor.org/rfc/rfc9110#field.retry-after>).
pub(crate) fn retry_after(value: &str, now: jiff::Timestamp) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let wait = Duration::try_from(date.duration_since(now)).unwrap_or(Duration::ZERO);
    Some(wait.min(LONGEST))
}

/// The pause before another try: doubled from try to try, and shortened by up to a half, so that readers who failed
/// together do not come back together.
pub(crate) fn backoff(first: Duration, n_failed: u32) -> Duration {
    let whole = first.saturating_mul(1 << n_failed.saturating_sub(1).min(10));
    let mut random = [0; 1];
    // Without randomness the pause is the longest, which is as polite.
    let shorter = getrandom::fill(&mut random).map_or(0, |()| u32::from(random[0]));
    whole - whole / 512 * shorter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_by_date() {
        let now: jiff::Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        assert_eq!(retry_after(" 74089 ", now), Some(Duration::from_secs(74_089)));
        assert_eq!(retry_after("Sun, 22 Nov 2026 10:01:01 GMT", now), Some(Duration::from_secs(61)));
        assert_eq!(retry_after("Sun, 22 Nov 2026 09:00:00 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("99999999999999999", now), Some(LONGEST));
        for nonsense in ["", "-1", "soon", "1e9"] {
            assert_eq!(retry_after(nonsense, now), None, "{nonsense}");
        }
    }

    #[test]
    fn the_pause_between_tries_doubles_and_is_shortened_by_at_most_a_half() {
        for (n_failed, most) in [(1, 100), (2, 200), (3, 400)] {
            let pause = backoff(Duration::from_millis(100), n_failed);
            assert!((most / 2..=most).contains(&pause.as_millis()), "{pause:?}");
        }
    }
}
