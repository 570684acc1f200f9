//! Which plain Latin letter a letter with accents, of small capitals, full width or a mathematical style stands for.
//!
//! Accents are dropped, so that `entrée` and `entree` are one word; the vocabulary is folded in the same way.

use crate::parser::fold::{Emoji, Fold, letter};

pub(super) fn latin(c: char) -> Fold {
    let base = match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' | 'ǎ' | 'Ǎ' | 'ạ' | 'ả' | 'ấ' | 'ầ' | 'ẩ' | 'ậ' | 'ắ' | 'ᴀ' => {
            'a'
        }
        'Ç' | 'ç' | 'Ć'..='č' | 'ᴄ' => 'c',
        'Ð' | 'ð' | 'Ď'..='đ' | 'ᴅ' => 'd',
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' | 'ẹ' | 'ẻ' | 'ế' | 'ề' | 'ể' | 'ệ' | 'ᴇ' => 'e',
        'Ĝ'..='ģ' | 'ɢ' => 'g',
        'Ĥ'..='ħ' | 'ʜ' => 'h',
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' | 'ị' | 'ɪ' => 'i',
        'Ĵ' | 'ĵ' | 'ᴊ' => 'j',
        'Ķ'..='ĸ' | 'ᴋ' => 'k',
        'Ĺ'..='ł' | 'ʟ' => 'l',
        'ᴍ' => 'm',
        'Ñ' | 'ñ' | 'Ń'..='ŋ' | 'ɴ' => 'n',
        'Ò'..='Ö'
        | 'Ø'
        | 'ò'..='ö'
        | 'ø'
        | 'Ō'..='ő'
        | 'ọ'
        | 'ỏ'
        | 'ố'
        | 'ồ'
        | 'ổ'
        | 'ộ'
        | 'ớ'
        | 'ờ'
        | 'ơ'
        | 'Ơ'
        | 'ᴏ' => 'o',
        'ᴘ' => 'p',
        'Ŕ'..='ř' | 'ʀ' => 'r',
        'Ś'..='š' | 'Ș' | 'ș' | 'ß' | 'ꜱ' => 's',
        'Ţ'..='ŧ' | 'Ț' | 'ț' | 'ᴛ' => 't',
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' | 'ụ' | 'ủ' | 'ứ' | 'ừ' | 'ư' | 'Ư' | 'ᴜ' => 'u',
        'ᴠ' => 'v',
        'Ŵ' | 'ŵ' | 'ᴡ' => 'w',
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' | 'ʏ' => 'y',
        'Ź'..='ž' | 'ᴢ' => 'z',
        'ʙ' => 'b',
        '×' => return Fold::Times,
        '÷' => return Fold::Mark(b'/'),
        'ꞏ' => return Fold::Separator(b'.'),
        '꞉' => return Fold::Mark(b':'),
        _ => c.to_lowercase().next().unwrap_or(c),
    };
    Fold::Letter(base)
}

pub(super) fn fullwidth(code: u32) -> Fold {
    let ascii = (code - 0xFF01 + 0x21) as u8;
    match ascii {
        b'0'..=b'9' => Fold::Digit(ascii - b'0', false),
        b'A'..=b'Z' | b'a'..=b'z' => letter(ascii.to_ascii_lowercase()),
        b'.' => Fold::Separator(b'.'),
        b'~' => Fold::Mark(b'-'),
        b';' => Fold::Mark(b';'),
        b'[' | b'{' => Fold::Mark(b'('),
        b']' | b'}' => Fold::Mark(b')'),
        _ => Fold::Mark(ascii),
    }
}

/// Mathematical alphabets come in blocks of 52 letters, then digits in blocks of ten
/// (<https://www.unicode.org/charts/PDF/U1D400.pdf>).
pub(super) fn mathematical(code: u32) -> Fold {
    match code {
        0x1D400..=0x1D6A3 => {
            let at = ((code - 0x1D400) % 52) as u8;
            letter(b'a' + at % 26)
        }
        0x1D7CE..=0x1D7FF => Fold::Digit(((code - 0x1D7CE) % 10) as u8, false),
        _ => Fold::Emoji(Emoji::Other),
    }
}
