//! What writers put around the words of a signal, and what means nothing.

use proptest::prelude::*;

/// One way to dress a text.
#[derive(Clone, Debug)]
pub(crate) enum Decoration {
    /// A picture before each line.
    PictureBefore(&'static str),
    /// A picture behind the last line.
    PictureBehind(&'static str),
    /// Empty lines between the lines.
    BlankLines,
    /// Spaces at the ends of the lines.
    TrailingSpaces,
    /// Markdown's marks around each word that is no number.
    Bold(&'static str),
    /// A character without width behind the first letter of each word.
    ZeroWidth(char),
    /// Mathematical letters and digits, which Telegram users paste for style; the first letter of each alphabet.
    Styled { upper: u32, lower: u32 },
}

impl Decoration {
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        let pictures = prop::sample::select(vec!["🚀 ", "💎 ", "✨ ", "🔥", "📊 ", "🪙"]);
        prop_oneof![
            pictures.clone().prop_map(Self::PictureBefore),
            pictures.prop_map(Self::PictureBehind),
            Just(Self::BlankLines),
            Just(Self::TrailingSpaces),
            prop::sample::select(vec!["*", "**", "__"]).prop_map(Self::Bold),
            prop::sample::select(vec!['\u{200b}', '\u{200d}', '\u{2060}', '\u{feff}', '\u{ad}'])
                .prop_map(Self::ZeroWidth),
            prop::sample::select(vec![(0x1D400, 0x1D41A), (0x1D5D4, 0x1D5EE), (0x1D63C, 0x1D656), (0x1D670, 0x1D68A)])
                .prop_map(|(upper, lower)| Self::Styled { upper, lower }),
        ]
    }

    pub(crate) fn applied_to(&self, text: &str) -> String {
        match self {
            Self::PictureBefore(picture) => {
                text.lines().map(|line| format!("{picture}{line}")).collect::<Vec<_>>().join("\n")
            }
            Self::PictureBehind(picture) => format!("{text} {picture}"),
            Self::BlankLines => text.replace('\n', "\n\n"),
            Self::TrailingSpaces => text.replace('\n', "  \n"),
            Self::Bold(marks) => words(text, |word| format!("{marks}{word}{marks}")),
            Self::ZeroWidth(c) => words(text, |word| {
                let mut chars = word.chars();
                chars.next().map(|first| format!("{first}{c}{}", chars.as_str())).unwrap_or_default()
            }),
            Self::Styled { upper, lower } => text
                .chars()
                .map(|c| match c {
                    'A'..='Z' => char::from_u32(upper + u32::from(c) - u32::from('A')).unwrap_or(c),
                    'a'..='z' => char::from_u32(lower + u32::from(c) - u32::from('a')).unwrap_or(c),
                    _ => c,
                })
                .collect(),
        }
    }
}

/// Changes every run of letters, and leaves the rest as it is.
fn words(text: &str, change: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in text.chars().chain(['\n']) {
        if c.is_alphabetic() {
            word.push(c);
            continue;
        }
        if !word.is_empty() {
            out.push_str(&change(&word));
            word.clear();
        }
        out.push(c);
    }
    out.pop();
    out
}
