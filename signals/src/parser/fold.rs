//! What one character of a post stands for, whatever alphabet or decoration it is written in.
//!
//! Channels write `𝗟𝗢𝗡𝗚`, `ＢＴＣ`, `ⓛⓞⓝⓖ`, `۶۵۰۰۰`, `0․85` (one-dot leader) and hide zero-width characters in
//! words. Everything after this file sees plain lower-case letters, digits and a dozen marks.

use std::sync::LazyLock;

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

fn mark_or_emoji(c: char) -> Fold {
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

fn fullwidth(code: u32) -> Fold {
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
fn mathematical(code: u32) -> Fold {
    match code {
        0x1D400..=0x1D6A3 => {
            let at = ((code - 0x1D400) % 52) as u8;
            letter(b'a' + at % 26)
        }
        0x1D7CE..=0x1D7FF => Fold::Digit(((code - 0x1D7CE) % 10) as u8, false),
        _ => Fold::Emoji(Emoji::Other),
    }
}

fn latin(c: char) -> Fold {
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

fn cyrillic(c: char) -> Fold {
    Fold::Letter(match c {
        'А'..='Я' => char::from_u32(c as u32 + 0x20).unwrap_or(c),
        'ё' | 'Ё' => 'е',
        'а'..='я' => c,
        _ => c.to_lowercase().next().unwrap_or(c),
    })
}

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

fn greek(c: char) -> Fold {
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
fn arabic(c: char) -> Fold {
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

/// The simplified form of the traditional characters that signal posts use; others stay as they are.
fn simplified(c: char) -> char {
    match c {
        '進' => '进',
        '場' => '场',
        '損' => '损',
        '標' => '标',
        '價' => '价',
        '現' => '现',
        '買' => '买',
        '賣' => '卖',
        '單' => '单',
        '開' => '开',
        '倉' => '仓',
        '槓' => '杠',
        '桿' => '杆',
        '達' => '达',
        '離' => '离',
        '蝕' => '蚀',
        '賺' => '赚',
        '虧' => '亏',
        '點' => '点',
        '號' => '号',
        '訊' => '讯',
        '幣' => '币',
        '種' => '种',
        '對' => '对',
        '圍' => '围',
        '區' => '区',
        '間' => '间',
        '過' => '过',
        '後' => '后',
        '觸' => '触',
        '發' => '发',
        '動' => '动',
        '銷' => '销',
        '獲' => '获',
        '減' => '减',
        '補' => '补',
        '掛' => '挂',
        '長' => '长',
        '線' => '线',
        '術' => '术',
        '撐' => '撑',
        '壓' => '压',
        '額' => '额',
        '萬' => '万',
        '億' => '亿',
        '無' => '无',
        '時' => '时',
        '會' => '会',
        '員' => '员',
        '貨' => '货',
        '約' => '约',
        '錢' => '钱',
        '幾' => '几',
        '個' => '个',
        '輕' => '轻',
        '處' => '处',
        '週' => '周',
        '結' => '结',
        '檔' => '档',
        '盤' => '盘',
        '戰' => '战',
        '勝' => '胜',
        '軍' => '军',
        '漲' => '涨',
        '趨' => '趋',
        '勢' => '势',
        '觀' => '观',
        '預' => '预',
        '測' => '测',
        '數' => '数',
        '據' => '据',
        '紅' => '红',
        '綠' => '绿',
        '轉' => '转',
        '帳' => '账',
        '資' => '资',
        '產' => '产',
        '極' => '极',
        '穩' => '稳',
        '強' => '强',
        '隨' => '随',
        '風' => '风',
        '險' => '险',
        '調' => '调',
        '網' => '网',
        '報' => '报',
        '終' => '终',
        '為' => '为',
        '與' => '与',
        '這' => '这',
        '裡' => '里',
        '還' => '还',
        '從' => '从',
        '實' => '实',
        '經' => '经',
        '邊' => '边',
        '緣' => '缘',
        '級' => '级',
        '別' => '别',
        '狀' => '状',
        '態' => '态',
        '類' => '类',
        '計' => '计',
        '劃' => '划',
        '畫' => '划',
        '執' => '执',
        '確' => '确',
        '認' => '认',
        '變' => '变',
        '選' => '选',
        '獎' => '奖',
        '勵' => '励',
        '優' => '优',
        '費' => '费',
        '緊' => '紧',
        '請' => '请',
        '給' => '给',
        '萊' => '莱',
        '鏈' => '链',
        '鯨' => '鲸',
        '隻' => '只',
        '麼' => '么',
        '嗎' => '吗',
        '訂' => '订',
        '閱' => '阅',
        '題' => '题',
        '黃' => '黄',
        '屬' => '属',
        '銀' => '银',
        '鎊' => '镑',
        '歐' => '欧',
        '聯' => '联',
        '導' => '导',
        '團' => '团',
        '專' => '专',
        '業' => '业',
        '視' => '视',
        '頻' => '频',
        '說' => '说',
        '讀' => '读',
        '寫' => '写',
        '謝' => '谢',
        '話' => '话',
        '誰' => '谁',
        '讓' => '让',
        '該' => '该',
        '試' => '试',
        '詳' => '详',
        '護' => '护',
        '貝' => '贝',
        '負' => '负',
        '責' => '责',
        '質' => '质',
        '贏' => '赢',
        '輸' => '输',
        '遠' => '远',
        '適' => '适',
        '郵' => '邮',
        '鎖' => '锁',
        '錄' => '录',
        '錯' => '错',
        '門' => '门',
        '閃' => '闪',
        '問' => '问',
        '際' => '际',
        '陽' => '阳',
        '陰' => '阴',
        '電' => '电',
        '頂' => '顶',
        '項' => '项',
        '順' => '顺',
        '須' => '须',
        '頭' => '头',
        '顯' => '显',
        '飛' => '飞',
        '餘' => '余',
        '驗' => '验',
        '體' => '体',
        '齊' => '齐',
        '龍' => '龙',
        '兩' => '两',
        '來' => '来',
        '們' => '们',
        '側' => '侧',
        '償' => '偿',
        '兒' => '儿',
        '內' => '内',
        '決' => '决',
        '況' => '况',
        '凍' => '冻',
        '劇' => '剧',
        '創' => '创',
        '務' => '务',
        '勞' => '劳',
        '協' => '协',
        '嚴' => '严',
        '圖' => '图',
        '圓' => '圆',
        '堅' => '坚',
        '塊' => '块',
        '夠' => '够',
        '奪' => '夺',
        '學' => '学',
        '寶' => '宝',
        '寬' => '宽',
        '層' => '层',
        '廣' => '广',
        '張' => '张',
        '彈' => '弹',
        '應' => '应',
        '戲' => '戏',
        '掃' => '扫',
        '換' => '换',
        '撈' => '捞',
        '擊' => '击',
        '擔' => '担',
        '擴' => '扩',
        '擬' => '拟',
        '敗' => '败',
        '斷' => '断',
        '條' => '条',
        '樓' => '楼',
        '樣' => '样',
        '橋' => '桥',
        '機' => '机',
        '權' => '权',
        '歸' => '归',
        '殺' => '杀',
        '滿' => '满',
        '潰' => '溃',
        '濟' => '济',
        '熱' => '热',
        '營' => '营',
        '環' => '环',
        '當' => '当',
        '盡' => '尽',
        '監' => '监',
        '礎' => '础',
        '積' => '积',
        '籌' => '筹',
        '簡' => '简',
        '組' => '组',
        '統' => '统',
        '維' => '维',
        '練' => '练',
        '縮' => '缩',
        '總' => '总',
        '績' => '绩',
        '繼' => '继',
        '續' => '续',
        '罰' => '罚',
        '聲' => '声',
        '職' => '职',
        '舉' => '举',
        '舊' => '旧',
        '莊' => '庄',
        '裝' => '装',
        '規' => '规',
        '記' => '记',
        '設' => '设',
        '評' => '评',
        '詢' => '询',
        '誤' => '误',
        '論' => '论',
        '證' => '证',
        '財' => '财',
        '賬' => '账',
        '較' => '较',
        '載' => '载',
        '輪' => '轮',
        '連' => '连',
        '運' => '运',
        '鐘' => '钟',
        '關' => '关',
        '隊' => '队',
        '難' => '难',
        '韓' => '韩',
        '領' => '领',
        '館' => '馆',
        '馬' => '马',
        '驚' => '惊',
        '鬆' => '松',
        '帶' => '带',
        '準' => '准',
        '墊' => '垫',
        '異' => '异',
        '窩' => '窝',
        '燒' => '烧',
        '滾' => '滚',
        '漸' => '渐',
        '鄭' => '郑',
        '鑽' => '钻',
        '踐' => '践',
        '蹤' => '踪',
        '軌' => '轨',
        '軟' => '软',
        '閉' => '闭',
        '閒' => '闲',
        '陸' => '陆',
        '隱' => '隐',
        '雙' => '双',
        '雜' => '杂',
        '靜' => '静',
        '響' => '响',
        '養' => '养',
        '騙' => '骗',
        '鬥' => '斗',
        '鬧' => '闹',
        _ => c,
    }
}
