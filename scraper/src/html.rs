//! What a page of HTML holds: elements with their classes and attributes, and text as a reader sees it.
//!
//! A reader of its own: the pages are machine-made and of two kinds, so that few of the rules of browsers matter, and
//! a tree whose nodes borrow from the page is read many times faster than a browser's. Whatever the bytes, reading ends
//! after one pass and never fails but for the size; what is not closed is closed at the end, what was not open is not
//! closed.

mod entities;
mod tags;
mod text;

use std::borrow::Cow;

use tags::{Piece, Pieces};
pub(crate) use text::Spaces;

/// The most elements and texts of one page. Real pages have some thousands.
const MOST_NODES: usize = 2_000_000;

/// How deep elements lie in one another at most; those below count as neighbours. So closing one costs at most this.
const DEEPEST: usize = 256;

/// A page: its nodes in the order of the page, each followed by what lies in it.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    nodes: Vec<Node<'a>>,
}

#[derive(Debug)]
enum Node<'a> {
    /// `end` is the place behind the last node that lies in it.
    Element {
        name: &'a str,
        class: &'a str,
        attributes: &'a str,
        end: usize,
    },
    Text(&'a str),
}

/// The page has more elements than a real one.
#[derive(Debug)]
pub(crate) struct TooMany;

/// An element of a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'p, 'a> {
    page: &'p Page<'a>,
    at: usize,
}

/// What is known of a page after it was read.
impl<'a> Page<'a> {
    /// Reads a page.
    pub(crate) fn read(html: &'a str) -> Result<Self, TooMany> {
        let mut nodes: Vec<Node<'a>> = Vec::with_capacity(html.len() / 48);
        let mut open: Vec<usize> = Vec::new();
        for piece in Pieces::of(html) {
            if nodes.len() >= MOST_NODES {
                return Err(TooMany);
            }
            match piece {
                Piece::Text(text) => nodes.push(Node::Text(text)),
                Piece::Open { name, class, attributes, is_closed } => {
                    let at = nodes.len();
                    nodes.push(Node::Element { name, class, attributes, end: at + 1 });
                    if !is_closed && open.len() < DEEPEST {
                        open.push(at);
                    }
                }
                Piece::Close(name) => {
                    let is_it =
                        |at: &usize| matches!(nodes[*at], Node::Element { name: it, .. } if tags::same(it, name));
                    if let Some(depth) = open.iter().rposition(is_it) {
                        let end = nodes.len();
                        for at in open.drain(depth..) {
                            close(&mut nodes[at], end);
                        }
                    }
                }
            }
        }
        let end = nodes.len();
        for at in open {
            close(&mut nodes[at], end);
        }
        Ok(Self { nodes })
    }

    /// The first element with this class.
    pub(crate) fn first(&self, class: &str) -> Option<Element<'_, 'a>> {
        self.within(0, self.nodes.len()).find(|it| it.has_class(class))
    }

    /// The elements with this class, but none that lies in another one.
    pub(crate) fn outermost<'p>(&'p self, class: &'p str) -> impl Iterator<Item = Element<'p, 'a>> + 'p {
        let mut at = 0;
        std::iter::from_fn(move || {
            let found = self.within(at, self.nodes.len()).find(|it| it.has_class(class))?;
            at = found.end();
            Some(found)
        })
    }

    fn within(&self, from: usize, to: usize) -> impl Iterator<Item = Element<'_, 'a>> {
        let is_element = |at: &usize| matches!(self.nodes[*at], Node::Element { .. });
        (from..to).filter(is_element).map(|at| Element { page: self, at })
    }
}

fn close(node: &mut Node<'_>, behind: usize) {
    if let Node::Element { end, .. } = node {
        *end = behind;
    }
}

impl<'p, 'a> Element<'p, 'a> {
    fn parts(self) -> (&'a str, &'a str, &'a str, usize) {
        match self.page.nodes[self.at] {
            Node::Element { name, class, attributes, end } => (name, class, attributes, end),
            // An `Element` is made of elements alone.
            Node::Text(_) => ("", "", "", self.at + 1),
        }
    }

    fn end(self) -> usize {
        self.parts().3
    }

    /// Whether it is of this kind, given in lower case.
    pub(crate) fn is(self, name: &str) -> bool {
        tags::same(self.parts().0, name)
    }

    /// Whether it has any class.
    pub(crate) fn is_classed(self) -> bool {
        !self.parts().1.is_empty()
    }

    /// Whether it has this class.
    pub(crate) fn has_class(self, class: &str) -> bool {
        let classes = self.parts().1;
        classes.len() >= class.len() && classes.split_ascii_whitespace().any(|it| it == class)
    }

    /// An attribute's value.
    pub(crate) fn attribute(self, name: &str) -> Option<Cow<'a, str>> {
        let (_, value) = tags::attributes(self.parts().2).find(|(it, _)| tags::same(it, name))?;
        Some(entities::decoded(value))
    }

    /// The elements in it, in the order of the page.
    pub(crate) fn inner(self) -> impl Iterator<Item = Element<'p, 'a>> + 'p {
        self.page.within(self.at + 1, self.end())
    }

    /// The elements in it, but not what lies in those that are closed.
    pub(crate) fn inner_closed(
        self,
        is_closed: impl Fn(Element<'p, 'a>) -> bool + 'p,
    ) -> impl Iterator<Item = Element<'p, 'a>> + 'p {
        let mut at = self.at + 1;
        std::iter::from_fn(move || {
            let next = self.page.within(at, self.end()).next()?;
            at = if is_closed(next) { next.end() } else { next.at + 1 };
            Some(next)
        })
    }

    /// Its text as a reader sees it, without spaces around.
    pub(crate) fn text(self, spaces: Spaces) -> String {
        text::of(&self.page.nodes, self.at, spaces)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn text(html: &str, class: &str) -> String {
        Page::read(html).unwrap().first(class).expect("there is such an element").text(Spaces::Kept)
    }

    #[test]
    fn elements_are_found_by_class_and_attributes_are_read() {
        let html =
            r#"<DIV CLASS='a b'><p class=c data-post="x&amp;y/1" hidden>one</p><br><p class="d">two</p></DIV>tail"#;
        let page = Page::read(html).unwrap();
        let (outer, inner) = (page.first("b").unwrap(), page.first("c").unwrap());
        assert!(outer.is("div") && inner.is("p") && page.first("ab").is_none());
        assert_eq!(inner.attribute("data-post").as_deref(), Some("x&y/1"));
        assert_eq!((inner.attribute("hidden").as_deref(), inner.attribute("href")), (Some(""), None));
        assert_eq!(inner.text(Spaces::Kept), "one");
        assert_eq!(page.first("d").unwrap().text(Spaces::Kept), "two");
    }

    #[test]
    fn what_is_not_closed_or_not_open_breaks_nothing() {
        assert_eq!(text("<div class=a><b>x</i></div>y", "a"), "x");
        assert_eq!(text("<div class=a><b>x", "a"), "x");
        assert_eq!(text("<div class=a>1 < 2 & 3 <> 4</div>", "a"), "1 < 2 & 3 <> 4");
        assert_eq!(text("<div class=a>x<!-- <div> --><script>if (a</b) '</div>'</script>y</div>z", "a"), "xy");
    }

    #[test]
    fn elements_deep_in_one_another_are_read_in_one_pass() {
        let html = format!("<div class=a>{}x{}</div>", "<b>".repeat(100_000), "</b>".repeat(100_000));
        assert_eq!(text(&html, "a"), "x");
    }

    proptest! {
        #[test]
        fn any_text_is_read(html in "[<>/=\"'a-c &;#!-]{0,200}") {
            let page = Page::read(&html).unwrap();
            for element in page.within(0, page.nodes.len()) {
                prop_assert!(element.end() > element.at && element.end() <= page.nodes.len());
                let _ = (element.text(Spaces::Kept), element.text(Spaces::Joined), element.attribute("a"));
            }
        }
    }
}
