//! How many posts, and how many bytes, `parse` reads in a second on one core.
//!
//! Run with `cargo bench -p signals --bench parse`. The posts are the project's own messages, or with
//! `SIGTOWER_CORPUS=FILE` the `text` of each JSON line of that file.

use std::hint::black_box;
use std::path::Path;
use std::{env, fs};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use signals::parser::{Context, LONGEST_TEXT, parse};

criterion_group!(benches, posts, hostile);
criterion_main!(benches);

/// All posts in turn; elements are posts.
fn posts(c: &mut Criterion) {
    let texts = texts();
    let n_bytes: usize = texts.iter().map(String::len).sum();
    let mut group = c.benchmark_group("posts");
    for throughput in [Throughput::Elements(texts.len() as u64), Throughput::Bytes(n_bytes as u64)] {
        let unit = if matches!(throughput, Throughput::Bytes(_)) { "bytes" } else { "count" };
        group.throughput(throughput);
        group.bench_function(unit, |b| {
            b.iter(|| {
                for text in &texts {
                    black_box(parse(black_box(text), &Context::default()));
                }
            });
        });
    }
    group.finish();
}

/// One MiB each of what a stranger could send: as one post (refused by its length), and cut into posts of the
/// greatest length that is read.
fn hostile(c: &mut Criterion) {
    const MIB: usize = 1024 * 1024;
    let mut group = c.benchmark_group("hostile");
    group.throughput(Throughput::Bytes(MIB as u64));
    group.sample_size(10);
    for (name, piece) in [
        ("one-letter", "a"),
        ("digits", "9"),
        ("numbers", "1.1 "),
        ("dots", "."),
        ("open-brackets", "("),
        ("line-breaks", "\n"),
        ("symbols", "#BTC/USDT "),
        ("targets", "TP1 100 "),
        ("phrase-starts", "take "),
        ("labels", "entry target stop "),
        ("whole-signals", "BTC LONG ENTRY 45000 TARGET 46000 SL 44000\n"),
        ("zero-width", "\u{200b}"),
        ("rockets", "🚀"),
        ("han", "止损"),
    ] {
        let text = piece.repeat(MIB / piece.len());
        group.bench_with_input(BenchmarkId::new("one-post", name), &text, |b, text| {
            b.iter(|| black_box(parse(black_box(text), &Context::default())));
        });
        let longest = piece.repeat(LONGEST_TEXT / piece.len());
        group.bench_with_input(BenchmarkId::new("longest-posts", name), &longest, |b, longest| {
            b.iter(|| {
                for _ in 0..MIB / LONGEST_TEXT {
                    black_box(parse(black_box(longest), &Context::default()));
                }
            });
        });
    }
    group.finish();
}

fn texts() -> Vec<String> {
    let texts = match env::var_os("SIGTOWER_CORPUS") {
        Some(path) => corpus(Path::new(&path)),
        None => own_messages(),
    };
    assert!(!texts.is_empty(), "there is no post to read");
    texts
}

fn corpus(path: &Path) -> Vec<String> {
    let lines = fs::read_to_string(path).unwrap_or_else(|e| panic!("SIGTOWER_CORPUS={}: {e}", path.display()));
    let text = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("each line of SIGTOWER_CORPUS is JSON");
        row["text"].as_str().expect("each line of SIGTOWER_CORPUS has a text").to_owned()
    };
    lines.lines().filter(|line| !line.trim().is_empty()).map(text).collect()
}

fn own_messages() -> Vec<String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/messages");
    let mut paths: Vec<_> = fs::read_dir(directory)
        .expect("testdata/messages is there")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    paths.sort();
    let texts = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "txt"));
    texts.map(|path| fs::read_to_string(path).expect("a message is UTF-8 text")).collect()
}
