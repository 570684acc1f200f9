//! Which letters of the Latin and Cyrillic alphabets look alike.
//!
//! Letters are told here one by one, folded already; whether a word is meant to be the one or the other its letters
//! decide together, in `lex`.

/// The Latin letter that looks like this folded Cyrillic one: `х` in `20х`, `ВТС` for `BTC`.
pub(crate) fn look_alike(cyrillic: char) -> Option<char> {
    Some(match cyrillic {
        'а' => 'a',
        'в' => 'b',
        'е' => 'e',
        'к' => 'k',
        'м' => 'm',
        'н' => 'h',
        'о' => 'o',
        'р' => 'p',
        'с' => 'c',
        'т' => 't',
        'у' => 'y',
        'х' => 'x',
        'і' => 'i',
        'ѕ' => 's',
        'ј' => 'j',
        'ԁ' => 'd',
        'ԛ' => 'q',
        'ԝ' => 'w',
        'ӏ' => 'l',
        _ => return None,
    })
}

/// The Cyrillic letter that looks like this Latin one.
pub(crate) fn look_alike_cyrillic(latin: char) -> Option<char> {
    Some(match latin {
        'a' => 'а',
        'b' => 'в',
        'e' => 'е',
        'k' => 'к',
        'm' => 'м',
        'h' => 'н',
        'o' => 'о',
        'p' => 'р',
        'c' => 'с',
        't' => 'т',
        'y' => 'у',
        'x' => 'х',
        _ => return None,
    })
}
