//! What one character of a post stands for, whatever alphabet or decoration it is written in.
//!
//! Channels write `𝗟𝗢𝗡𝗚`, `ＢＴＣ`, `ⓛⓞⓝⓖ`, `۶۵۰۰۰`, `0․85` (one-dot leader) and hide zero-width characters in
//! words. Everything after this file sees plain lower-case letters, digits and a dozen marks.

mod alphabets;
mod han;
mod latin;
mod look_alikes;
mod marks;

use std::sync::LazyLock;

pub(crate) use crate::parser::fold::look_alikes::{look_alike, look_alike_cyrillic};

use crate::parser::fold::alphabets::{arabic, cyrillic, greek};
use crate::parser::fold::han::simplified;
use crate::parser::fold::latin::{fullwidth, latin, mathematical};
use crate::parser::fold::marks::mark_or_emoji;

/// What a character stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fold {
    /// A letter, folded: lower case, without accents and style.
    Letter(char),
    /// A Han character: written without spaces between words.
    Han(char),
    /// A digit; `true` when it is written in Arabic script, where `/` may be the decimal mark.
    Digit(u8, bool),
    /// A decimal digit that is a list number by itself: `①`, `➊`.
    Index(u8),
    /// Punctuation, as one ASCII character.
    Mark(u8),
    /// A decimal or thousands separator that can stand only inside numbers: `.` for `٫`, `,` for `٬`.
    Separator(u8),
    /// A multiplication sign: a word by itself.
    Times,
    /// Any space but a line break.
    Space,
    /// A space that does not break a line: it joins the groups of one number.
    JoiningSpace,
    /// A line break.
    Newline,
    /// Nothing: zero-width characters, variation selectors, combining accents.
    Skip,
    /// The keycap that turns the digit before it into a list number.
    Keycap,
    /// A picture with a meaning for signals, or any other.
    Emoji(Emoji),
}

/// Pictures that carry meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Emoji {
    /// Done, reached.
    Tick,
    /// Failed, or a bullet before the stop.
    Cross,
    /// A rising chart or arrow.
    Up,
    /// A falling chart or arrow.
    Down,
    /// A green ball or square.
    Green,
    /// A red ball or square.
    Red,
    /// A dart board.
    Target,
    /// A stop sign.
    Stop,
    /// Waiting.
    Hourglass,
    /// Anything else.
    Other,
}

/// Alphabets and punctuation below the ideographs, and the pictures: what most characters of posts are.
const PLANES: [std::ops::Range<u32>; 2] = [0x0000..0x3100, 0x1F300..0x1FB00];

static TABLES: LazyLock<[Box<[Fold]>; 2]> =
    LazyLock::new(|| PLANES.map(|plane| plane.map(|code| char::from_u32(code).map_or(Fold::Skip, compute)).collect()));

/// Folds one character that is not ASCII.
pub(crate) fn fold(c: char) -> Fold {
    let code = c as u32;
    for (plane, table) in PLANES.iter().zip(TABLES.iter()) {
        if plane.contains(&code) {
            return table[(code - plane.start) as usize];
        }
    }
    compute(c)
}

fn compute(c: char) -> Fold {
    let code = c as u32;
    match code {
        0x4E00..=0x9FFF | 0x3400..=0x4DBF | 0xF900..=0xFAFF => Fold::Han(simplified(c)),
        0x0400..=0x052F => cyrillic(c),
        0xFE00..=0xFE0F => Fold::Skip,
        0x1F300..=0x1FAFF if code != 0x1F51F => mark_or_emoji(c),
        0x00A0 | 0x202F | 0x2009 | 0x2007 | 0x2008 | 0x200A => Fold::JoiningSpace,
        0x1680 | 0x2000..=0x2006 | 0x205F | 0x3000 => Fold::Space,
        0x0085 | 0x2028 | 0x2029 => Fold::Newline,
        0x00AD | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2069 | 0xFEFF | 0x180B..=0x180E => Fold::Skip,
        0x0300..=0x036F | 0x20D0..=0x20DF | 0x20E1 | 0x20E2 | 0x064B..=0x065F | 0x0670 | 0x0640 | 0xE0000..=0xE01EF => {
            Fold::Skip
        }
        0x20E3 => Fold::Keycap,
        0x00C0..=0x024F | 0x1E00..=0x1EFF | 0x0250..=0x02AF | 0x1D00..=0x1D7F | 0x2C60..=0x2C7F | 0xA720..=0xA7FF => {
            latin(c)
        }
        0x0370..=0x03FF => greek(c),
        0x0600..=0x06FF | 0x0750..=0x077F => arabic(c),
        0x0966..=0x096F => Fold::Digit((code - 0x0966) as u8, false),
        0xFF01..=0xFF5E => fullwidth(code),
        0x1D400..=0x1D7FF => mathematical(code),
        0x2460..=0x2473 => Fold::Index((code - 0x2460 + 1) as u8),
        0x2474..=0x2487 => Fold::Index((code - 0x2474 + 1) as u8),
        0x2488..=0x249B => Fold::Index((code - 0x2488 + 1) as u8),
        0x24F5..=0x24FE => Fold::Index((code - 0x24F5 + 1) as u8),
        0x2776..=0x277F => Fold::Index((code - 0x2776 + 1) as u8),
        0x2780..=0x2789 => Fold::Index((code - 0x2780 + 1) as u8),
        0x278A..=0x2793 => Fold::Index((code - 0x278A + 1) as u8),
        0x1F51F => Fold::Index(10),
        0x24B6..=0x24CF => letter(b'a' + (code - 0x24B6) as u8),
        0x24D0..=0x24E9 => Fold::Skip,
        0x1F130..=0x1F149 => letter(b'a' + (code - 0x1F130) as u8),
        0x1F150..=0x1F169 => letter(b'a' + (code - 0x1F150) as u8),
        0x1F170..=0x1F189 => letter(b'a' + (code - 0x1F170) as u8),
        0x00B2 | 0x00B3 => Fold::Index((code - 0x00B0) as u8),
        0x00B9 => Fold::Index(1),
        0x2070 | 0x2074..=0x2079 => Fold::Index((code - 0x2070) as u8),
        0x2080..=0x2089 => Fold::Index((code - 0x2080) as u8),
        _ => mark_or_emoji(c),
    }
}

const fn letter(ascii: u8) -> Fold {
    Fold::Letter(ascii as char)
}
