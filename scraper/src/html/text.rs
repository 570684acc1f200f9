//! The text of an element, as a reader sees it.

use super::{Node, entities, tags};

/// What spaces and line ends of the page are to a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spaces {
    /// What they are, as where the page's style is `white-space: pre-wrap`.
    Kept,
    /// One space, however many they are; what they are in `pre`.
    Joined,
}

/// Elements that begin on a line of their own, and after which a line begins.
const BLOCKS: [&str; 7] = ["div", "p", "blockquote", "pre", "li", "ul", "ol"];

/// Elements with nothing for readers in them.
const UNSEEN: [&str; 3] = ["script", "style", "svg"];

/// The text of the element that stands at this place.
pub(super) fn of(nodes: &[Node<'_>], at: usize, spaces: Spaces) -> String {
    let end = match nodes.get(at) {
        Some(Node::Element { end, .. }) => *end,
        _ => at,
    };
    let mut text = String::new();
    // The blocks that are open: where each ends, and whether spaces are kept in it.
    let mut blocks: Vec<(usize, bool)> = Vec::new();
    let mut next = at + 1;
    while next < end {
        while blocks.last().is_some_and(|(block_end, _)| *block_end <= next) {
            blocks.pop();
            new_line(&mut text);
        }
        let node = &nodes[next];
        next += 1;
        match node {
            Node::Text(raw) => {
                let is_kept = spaces == Spaces::Kept || blocks.iter().any(|(_, is_kept)| *is_kept);
                push(&mut text, &entities::decoded(raw), is_kept);
            }
            Node::Element { name, .. } if tags::same(name, "br") => {
                if spaces == Spaces::Joined && text.ends_with(' ') {
                    text.pop();
                }
                text.push('\n');
            }
            Node::Element { name, attributes, .. } if tags::same(name, "img") => {
                // Pictures of emoji say in words which.
                if let Some((_, alt)) = tags::attributes(attributes).find(|(key, _)| tags::same(key, "alt")) {
                    text.push_str(&entities::decoded(alt));
                }
            }
            Node::Element { name, end: inner_end, .. } if UNSEEN.iter().any(|it| tags::same(it, name)) => {
                next = *inner_end
            }
            Node::Element { name, end: inner_end, .. } if BLOCKS.iter().any(|it| tags::same(it, name)) => {
                new_line(&mut text);
                blocks.push((*inner_end, tags::same(name, "pre")));
            }
            Node::Element { .. } => {}
        }
    }
    let trimmed = text.trim();
    if trimmed.len() == text.len() { text } else { trimmed.to_owned() }
}

fn new_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn push(text: &mut String, part: &str, is_kept: bool) {
    if is_kept {
        if part.contains('\r') {
            text.push_str(&part.replace("\r\n", "\n"))
        } else {
            text.push_str(part)
        }
        return;
    }
    for c in part.chars() {
        if !matches!(c, ' ' | '\t' | '\n' | '\r') {
            text.push(c);
        } else if !text.ends_with([' ', '\n']) && !text.is_empty() {
            text.push(' ');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Page;
    use super::*;

    #[track_caller]
    fn reads(inner: &str, spaces: Spaces, expected: &str) {
        let html = format!("<div class=x>{inner}</div>");
        assert_eq!(Page::read(&html).unwrap().first("x").unwrap().text(spaces), expected, "{inner}");
    }

    #[test]
    fn lines_emoji_and_entities_are_what_a_reader_sees() {
        reads(r#"a<br/>b<br><br/>c &amp; d"#, Spaces::Kept, "a\nb\n\nc & d");
        reads(
            r#"<i class="emoji" style="x"><b>🚀</b></i> up <tg-emoji emoji-id="5"><i class="emoji"><b>✅</b></i></tg-emoji>"#,
            Spaces::Kept,
            "🚀 up ✅",
        );
        reads(r#"<img class="emoji" alt="🐋" src="x"> <tg-spoiler>hidden</tg-spoiler>"#, Spaces::Kept, "🐋 hidden");
        reads(r#"see <a href="https://x.example/?a=1&amp;b=2">here</a>!"#, Spaces::Kept, "see here!");
        reads("before<blockquote>said<br/>twice</blockquote>after", Spaces::Kept, "before\nsaid\ntwice\nafter");
        reads("<pre>a  b\nc</pre>d", Spaces::Joined, "a  b\nc\nd");
        reads("<svg><path/>x</svg>y", Spaces::Kept, "y");
        reads("<div class=\"x\">inner</div>", Spaces::Kept, "inner");
    }

    #[test]
    fn spaces_are_kept_or_joined() {
        reads("\n  a   b \n c <br> d\n ", Spaces::Joined, "a b c\nd");
        reads(" a  b ", Spaces::Kept, "a  b");
    }
}
