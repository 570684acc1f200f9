//! A QR code as text on a terminal, two modules to a character.

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Color, Style};
use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// As apps expect it, whatever the colours of the terminal.
const BLACK_ON_WHITE: Style =
    Style::new().fg_color(Some(Color::Ansi(AnsiColor::Black))).bg_color(Some(Color::Ansi(AnsiColor::BrightWhite)));

/// The picture, with the quiet zone that readers need around it; or why there is none.
pub(super) fn of(link: &str) -> String {
    // The lowest correction makes the smallest picture, and a screen has no scratches.
    let Ok(code) = QrCode::with_error_correction_level(link, EcLevel::L) else {
        return "The link is too long for a QR code; run it again with --link.".to_owned();
    };
    let is_coloured = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
    // Without colours the characters are light, as terminals mostly are dark.
    let (dark, light) = if is_coloured { (Dense1x2::Dark, Dense1x2::Light) } else { (Dense1x2::Light, Dense1x2::Dark) };
    let picture = code.render::<Dense1x2>().dark_color(dark).light_color(light).quiet_zone(true).build();
    if !is_coloured {
        return picture;
    }
    let lines = picture.lines().map(|line| format!("{BLACK_ON_WHITE}{line}{BLACK_ON_WHITE:#}"));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINK: &str = "tg://login?token=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_picture_fits_on_a_terminal_of_80_by_24() {
        let picture = anstream::adapter::strip_str(&of(LINK)).to_string();
        let widths: Vec<usize> = picture.lines().map(|line| line.chars().count()).collect();
        assert!(widths.iter().all(|width| *width == widths[0] && *width <= 80), "{picture}");
        assert!(widths.len() <= 24, "{} lines", widths.len());
        assert!(picture.chars().all(|c| matches!(c, ' ' | '▀' | '▄' | '█' | '\n')), "{picture}");
    }

    #[test]
    fn what_is_too_long_for_a_picture_is_said() {
        assert!(of(&"x".repeat(5_000)).contains("--link"));
    }
}
