//! `sigtower parse --jsonl`: a stream of posts, on all cores, in order, in constant memory.
//!
//! One thread cuts the input into blocks, workers answer them, and the caller's thread writes. Blocks go to the
//! workers in turn and their answers are fetched in the same turn, so the order of the input is that of the output;
//! blocks are of like size, so none waits long. Every queue is bounded: a slow writer holds the reader back.

mod answer;
mod blocks;
mod request;

use std::io::{self, Read, Write};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use crate::exit::Exit;
use crate::failure::{Failure, Stop};
use crate::jsonl::answer::Answer;
use crate::jsonl::blocks::{Block, Blocks};

/// How many blocks, and how many answers, may wait at each worker.
const QUEUE_LENGTH: usize = 2;

/// A command that reads posts from elsewhere.
pub(crate) const INSTEAD: &str = "sigtower parse --jsonl < posts.jsonl";

/// Answers every post of `source`, which `name` names in messages.
pub(crate) fn run(name: &str, source: impl Read + Send + 'static, out: &mut impl Write) -> Result<Exit, Stop> {
    let n_workers = thread::available_parallelism().map_or(1, usize::from);
    let mut workers = start(Blocks::new(source), n_workers);
    let mut total = Answer::default();
    // The threads are left alone at the end: the reader may sit in a read that never returns.
    for turn in (0..n_workers).cycle() {
        let Ok(answer) = workers[turn].answers.recv() else {
            // The worker whose turn it is has nothing: the input has ended, unless it died of its block.
            workers.swap_remove(turn).thread.join().map_err(|_| crashed())?;
            break;
        };
        let answer = answer.map_err(|e| Stop::unread(name, &e, INSTEAD))?;
        out.write_all(&answer.text).and_then(|()| out.flush()).map_err(|e| Stop::unwritten(&e))?;
        total.first_bad = total.first_bad.or(answer.first_bad.map(|line| total.n_lines + line));
        total.n_lines += answer.n_lines;
        total.n_bad += answer.n_bad;
    }
    let Some(first_bad) = total.first_bad else { return Ok(Exit::Ok) };
    Failure {
        what: format!(
            "{} of {} lines of {name} hold no post; the first is line {first_bad}",
            total.n_bad, total.n_lines
        ),
        why: "a post is a JSON object on a line of its own, with a string `text` and at most 4 MiB long".to_owned(),
        next: format!("mend the lines that were answered with \"id\":null; to see the first: sed -n {first_bad}p"),
    }
    .print("warning");
    Ok(Exit::Partial)
}

fn crashed() -> Stop {
    Stop::failed(
        "a worker thread died",
        "a line that the parser cannot take, which is a mistake in sigtower",
        "report the lines that follow the last answer",
    )
}

/// A thread that answers blocks.
struct Worker {
    answers: Receiver<io::Result<Answer>>,
    thread: JoinHandle<()>,
}

/// Starts the reader and its workers; the first answer is at the first worker, the second at the second.
fn start<R: Read + Send + 'static>(blocks: Blocks<R>, n_workers: usize) -> Vec<Worker> {
    let mut queues = Vec::new();
    let mut workers = Vec::new();
    for _ in 0..n_workers {
        let (queue, blocks) = sync_channel(QUEUE_LENGTH);
        let (to_writer, answers) = sync_channel(QUEUE_LENGTH);
        queues.push(queue);
        workers.push(Worker { answers, thread: thread::spawn(move || work(&blocks, &to_writer)) });
    }
    thread::spawn(move || {
        for (block, queue) in blocks.zip(queues.iter().cycle()) {
            let is_last = block.is_err();
            // A worker that cannot take it has lost its writer; then nobody needs the rest.
            if queue.send(block).is_err() || is_last {
                return;
            }
        }
    });
    workers
}

fn work(blocks: &Receiver<io::Result<Block>>, to_writer: &SyncSender<io::Result<Answer>>) {
    for block in blocks {
        let answer = block.map(|block| match block {
            Block::Lines(lines) => Answer::to_lines(&lines),
            Block::Overlong => Answer::to_overlong(),
        });
        if to_writer.send(answer).is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_come_in_the_order_of_the_input_over_many_blocks() {
        let posts: String = (0..50_000).map(|i| format!("{{\"id\":{i},\"text\":\"post {i}\"}}\n")).collect();
        let mut out = Vec::new();
        assert_eq!(run("posts", io::Cursor::new(posts), &mut out).unwrap(), Exit::Ok);
        let lines = String::from_utf8(out).unwrap();
        assert_eq!(lines.lines().count(), 50_000);
        for (i, line) in lines.lines().enumerate() {
            assert!(line.starts_with(&format!("{{\"id\":{i},")), "line {i}: {line}");
        }
    }

    #[test]
    fn a_source_that_breaks_is_a_failure_after_the_answers_so_far() {
        struct Broken;
        impl Read for Broken {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::Error::other("the cable is out"))
            }
        }
        let mut out = Vec::new();
        let source = io::Cursor::new("{\"id\":1,\"text\":\"a\"}\n").chain(Broken);
        let Err(Stop::Failed(failure)) = run("the modem", source, &mut out) else { panic!("must fail") };
        assert_eq!((failure.what.as_str(), failure.why.as_str()), ("cannot read the modem", "the cable is out"));
        assert!(out.starts_with(b"{\"id\":1,"));
    }

    #[test]
    fn a_reader_that_has_gone_ends_the_stream_quietly() {
        struct Gone;
        impl Write for Gone {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let endless = io::repeat(b'\n').chain(io::empty());
        let posts = io::Cursor::new("{\"text\":\"a\"}\n").chain(endless);
        assert!(matches!(run("posts", posts, &mut Gone), Err(Stop::ReaderGone)));
    }
}
