//! Which letter or digit a character of the Cyrillic, Greek or Arabic script stands for.
//!
//! Greek letters become the Latin ones that they look like; Cyrillic ones stay,
//! because only the whole word tells (see `look_alikes`). Arabic and Persian share words but not their codes.

use crate::parser::fold::Fold;

pub(super) fn cyrillic(c: char) -> Fold {
    Fold::Letter(match c {
        'А'..='Я' => char::from_u32(c as u32 + 0x20).unwrap_or(c),
        'ё' | 'Ё' => 'е',
        'а'..='я' => c,
        _ => c.to_lowercase().next().unwrap_or(c),
    })
}

pub(super) fn greek(c: char) -> Fold {
    Fold::Letter(match c {
        'Α' | 'α' => 'a',
        'Β' | 'β' => 'b',
        'Ε' | 'ε' => 'e',
        'Ι' | 'ι' => 'i',
        'Κ' | 'κ' => 'k',
        'Μ' => 'm',
        'Ν' => 'n',
        'Ο' | 'ο' => 'o',
        'Ρ' | 'ρ' => 'p',
        'Τ' | 'τ' => 't',
        'Χ' | 'χ' => 'x',
        'Ζ' => 'z',
        'Η' => 'h',
        'Υ' => 'y',
        _ => c,
    })
}

/// Arabic and Persian write some letters with several codes; words are compared in one of them.
pub(super) fn arabic(c: char) -> Fold {
    match c {
        '٠'..='٩' => Fold::Digit((c as u32 - 0x0660) as u8, true),
        '۰'..='۹' => Fold::Digit((c as u32 - 0x06F0) as u8, true),
        '٫' => Fold::Separator(b'.'),
        '٬' => Fold::Separator(b','),
        '،' => Fold::Mark(b','),
        '؛' | '۔' => Fold::Mark(b';'),
        '؟' => Fold::Mark(b'?'),
        '٪' => Fold::Mark(b'%'),
        'ي' | 'ى' | 'ئ' => Fold::Letter('ی'),
        'ك' => Fold::Letter('ک'),
        'أ' | 'إ' | 'آ' | 'ٱ' => Fold::Letter('ا'),
        'ة' => Fold::Letter('ه'),
        'ؤ' => Fold::Letter('و'),
        '٭' => Fold::Mark(b'*'),
        'ء'..='ي' | 'ٮ'..='ۓ' | 'ە' | 'ۮ' | 'ۯ' | 'ۺ'..='ۿ' | 'ݐ'..='ݿ' => Fold::Letter(c),
        _ => Fold::Skip,
    }
}
