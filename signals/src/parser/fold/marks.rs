//! Which mark or picture a character stands for.
//!
//! Pictures that only decorate a line (balls, pins, stars) are bullets, one mark for all; those that say something
//! (ticks, charts, stop signs) keep their meaning. A character that is neither may be a letter of an alphabet that has
//! no file here.

use crate::parser::fold::{Emoji, Fold};

pub(super) fn mark_or_emoji(c: char) -> Fold {
    let mark = match c {
        '٫' | '․' | '·' | '．' | '｡' => return Fold::Separator(b'.'),
        '٬' => return Fold::Separator(b','),
        '✕' => return Fold::Times,
        '，' | '﹐' | '،' | '、' => b',',
        '؛' | '；' => b';',
        '。' => b';',
        '：' | '﹕' | '꞉' | '∶' => b':',
        '！' => b'!',
        '？' | '؟' => b'?',
        '％' | '٪' => b'%',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' | '－' | '➖' | '─' | '━' | 'ー' | '～' | '〜' | '∼' | '˜' => {
            b'-'
        }
        '→' | '➡' | '⇒' | '➜' | '➔' | '➝' | '➞' | '►' | '▶' | '⟶' | '»' | '›' | '↪' | '👉' => {
            b'>'
        }
        '←' | '⬅' | '«' | '‹' | '👈' | '↩' => b'<',
        '“' | '”' | '„' | '‟' | '″' | '「' | '」' | '『' | '』' => b'"',
        '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' | 'ʼ' => b'\'',
        '（' | '【' | '〔' | '［' | '〖' | '《' | '〈' | '❨' | '⟦' => b'(',
        '）' | '】' | '〕' | '］' | '〗' | '》' | '〉' | '❩' | '⟧' => b')',
        '•' | '●' | '○' | '◦' | '▪' | '▫' | '■' | '□' | '◆' | '◇' | '◽' | '◾' | '🔹' | '🔸' | '🔷' | '🔶' | '🔘'
        | '⚪' | '⚫' | '🔵' | '🔺' | '🔻' | '▸' | '‣' | '⁃' | '∙' | '📌' | '📍' | '➤' | '➢' | '✦' | '✧' | '★'
        | '☆' | '⭐' | '⚡' | '💎' | '🔥' => b'*',
        '｜' | '│' | '┃' | '║' | '¦' | '丨' => b'|',
        '＋' | '➕' => b'+',
        '＝' | '🟰' => b'=',
        '＃' => b'#',
        '＄' | '💲' | '₿' | '€' | '£' | '¥' | '₺' | '₽' | '₹' | '¢' | '￥' => b'$',
        '≈' | '≃' | '≅' => b'~',
        '…' => b'.',
        '≥' | '≧' => b'>',
        '≤' | '≦' => b'<',
        '／' | '⁄' | '∕' => b'/',
        '✅' | '☑' | '✔' | '💯' | '🆗' | '🏆' | '🥇' | '🥈' | '🥉' => return Fold::Emoji(Emoji::Tick),
        '❌' | '✖' | '❎' | '✗' | '✘' | '🚫' => return Fold::Emoji(Emoji::Cross),
        '📈' | '⬆' | '🔼' | '↗' | '↑' | '🐂' | '▲' | '△' | '⤴' => return Fold::Emoji(Emoji::Up),
        '📉' | '⬇' | '🔽' | '↘' | '↓' | '🐻' | '▼' | '▽' | '⤵' => return Fold::Emoji(Emoji::Down),
        '🟢' | '🟩' | '💚' | '🍏' | '❇' => return Fold::Emoji(Emoji::Green),
        '🔴' | '🟥' | '⭕' => return Fold::Emoji(Emoji::Red),
        '🛑' | '⛔' => return Fold::Emoji(Emoji::Stop),
        '🎯' => return Fold::Emoji(Emoji::Target),
        '⏳' | '⌛' => return Fold::Emoji(Emoji::Hourglass),
        _ => {
            return if !(0x2000..0x2E00).contains(&(c as u32)) && (c as u32) < 0x1F000 && c.is_alphabetic() {
                Fold::Letter(c.to_lowercase().next().unwrap_or(c))
            } else {
                Fold::Emoji(Emoji::Other)
            };
        }
    };
    Fold::Mark(mark)
}
