//! `sigtower parse`: what one post says. Streams are in [`crate::jsonl`].

use std::io::{self, Read};

use functions::wire::parsed::ParsedPost;
use signals::message::MessageId;
use signals::parser::{Context, LONGEST_TEXT, parse};

use crate::card::card;
use crate::cli::ParseArgs;
use crate::exit::Exit;
use crate::explain::{Marks, explain};
use crate::failure::Stop;
use crate::input::{self, Input};
use crate::jsonl;
use crate::output::{self, is_coloured};

/// A command that reads a post from elsewhere.
const INSTEAD: &str = "sigtower parse < post.txt";

/// Reads the post, or the posts, and prints what was understood.
pub(crate) fn run(args: &ParseArgs) -> Result<Exit, Stop> {
    if args.jsonl {
        let input = input::open(&args.file, "posts, one JSON object a line,", jsonl::INSTEAD)?;
        // Not `anstream`: a stream of JSON has no colours to take out.
        return jsonl::run(&input.name, input.bytes, &mut io::stdout().lock());
    }
    let text = one_post(input::open(&args.file, "a post", INSTEAD)?)?;
    let context = Context { reply_to: args.reply_to.map(MessageId) };
    let outcome = parse(&text, &context);
    if args.json {
        output::print_json(&ParsedPost::of(&text, &outcome))?;
    } else if args.explain {
        let marks = if is_coloured() { Marks::Colour } else { Marks::Brackets };
        output::print(&explain(&text, &outcome, marks))?;
    } else {
        output::print(&card(&text, &outcome))?;
    }
    Ok(Exit::Ok)
}

/// The text of the whole input; of one that is too long for a post only as much as shows that it is.
fn one_post(input: Input) -> Result<String, Stop> {
    let mut bytes = Vec::new();
    let most = LONGEST_TEXT as u64 + 4;
    input.bytes.take(most).read_to_end(&mut bytes).map_err(|e| Stop::unread(&input.name, &e, INSTEAD))?;
    let is_cut = bytes.len() > LONGEST_TEXT;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text),
        // The character at the cut may lack its end.
        Err(e) if is_cut && e.utf8_error().error_len().is_none() => {
            Ok(String::from_utf8_lossy(e.as_bytes()).into_owned())
        }
        Err(e) => {
            let encoding = if e.as_bytes().starts_with(b"\xFF\xFE") { "UTF-16" } else { "ENCODING" };
            Err(Stop::failed(
                format!("{} is not UTF-8 text", input.name),
                e.utf8_error(),
                format!("convert it: iconv -f {encoding} -t UTF-8 FILE | sigtower parse -"),
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Stop> {
        one_post(Input { name: "stdin".to_owned(), bytes: Box::new(io::Cursor::new(bytes.to_vec())) })
    }

    #[test]
    fn a_post_is_read_whole_and_as_it_is() {
        assert_eq!(read(" лонг BTC\r\n".as_bytes()).unwrap(), " лонг BTC\r\n");
        assert_eq!(read(&[b'x'; LONGEST_TEXT]).unwrap().len(), LONGEST_TEXT);
    }

    #[test]
    fn a_post_that_is_too_long_is_cut_but_still_too_long() {
        for n in 0..4 {
            let text = format!("{}{}", "x".repeat(n), "🚀".repeat(LONGEST_TEXT));
            assert!(read(text.as_bytes()).unwrap().len() > LONGEST_TEXT, "{n}");
        }
    }

    #[test]
    fn other_encodings_are_refused_with_a_way_out() {
        let Err(Stop::Failed(failure)) = read(b"\xFF\xFEB\0T\0C\0") else { panic!("must fail") };
        assert!(failure.what.contains("not UTF-8") && failure.next.contains("UTF-16"));
        assert!(read("лонг".as_bytes().split_last().unwrap().1).is_err());
    }
}
