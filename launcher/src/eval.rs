//! `sigtower eval`: how well the parser reads posts that people have labelled.

mod figures;
mod label;
mod report;
mod score;

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use signals::parser::{Context, parse};

use crate::cli::EvalArgs;
use crate::eval::figures::{Calibration, Figures, Tally};
use crate::eval::label::{Answer, Row};
use crate::exit::Exit;
use crate::failure::Stop;
use crate::wire::line::Line;
use crate::{input, output};

/// What `eval` found, as `--json` prints it: the figures of all posts at the top, then the rest.
#[derive(Debug, Serialize)]
struct Report {
    schema: &'static str,
    #[serde(flatten)]
    overall: Figures,
    languages: BTreeMap<String, Figures>,
    calibration: Vec<Calibration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    misses: Option<Vec<Miss>>,
}

/// One thing that was read wrongly.
#[derive(Debug, Serialize)]
struct Miss {
    id: Value,
    what: String,
}

/// A command that shows what a corpus is.
const INSTEAD: &str = "sigtower eval - < corpus.jsonl";

/// The longest line of a corpus; a labelled post is a few KiB.
const LONGEST_ROW: u64 = 4 * 1024 * 1024;

/// Scores the corpus and prints the report.
pub(crate) fn run(args: &EvalArgs) -> Result<Exit, Stop> {
    let predictions = args.predictions.as_deref().map(predictions).transpose()?;
    let mut overall = Tally::default();
    let mut languages: BTreeMap<String, Tally> = BTreeMap::new();
    let mut misses = Vec::new();
    let n_misses = args.misses.unwrap_or(0);
    for_each_row(&args.corpus, |row: Row| {
        if args.without_mangled && !row.mangled.is_null() {
            return Ok(());
        }
        let parsed;
        let answer = match &predictions {
            Some(predictions) => predictions.get(&row.id.to_string()),
            None => {
                parsed = answer(&row.text)?;
                Some(&parsed)
            }
        };
        let verdict = score::judge(&row.label, answer.unwrap_or(&Answer::default()));
        overall.add(&verdict);
        languages.entry(row.lang.unwrap_or_else(|| "none".to_owned())).or_default().add(&verdict);
        for what in verdict.misses {
            if (misses.len() as u64) < n_misses {
                misses.push(Miss { id: row.id.clone(), what });
            }
        }
        Ok(())
    })?;
    let report = Report {
        schema: "eval/1",
        overall: overall.figures(),
        languages: languages.iter().map(|(lang, tally)| (lang.clone(), tally.figures())).collect(),
        calibration: overall.calibration(),
        misses: args.misses.map(|_| misses),
    };
    if report.overall.messages == 0 {
        let name = args.corpus.display();
        return Err(Stop::failed(format!("`{name}` has no post to score"), "every line is blank or left out", INSTEAD));
    }
    if args.json {
        output::print_json(&report)?
    } else {
        output::print(&report::table(&report))?
    }
    Ok(Exit::Ok)
}

/// The parser's answer as a stream would carry it: what is scored is what programs get.
fn answer(text: &str) -> Result<Answer, Stop> {
    let outcome = parse(text, &Context::default());
    serde_json::to_string(&Line::of(None, &outcome))
        .and_then(|line| serde_json::from_str(&line))
        .map_err(|e| Stop::failed("cannot score an answer", e, "report it with the corpus"))
}

fn predictions(path: &Path) -> Result<HashMap<String, Answer>, Stop> {
    let mut by_id = HashMap::new();
    for_each_row(path, |answer: Answer| {
        by_id.insert(answer.id.to_string(), answer);
        Ok(())
    })?;
    Ok(by_id)
}

/// Hands over each line that is not blank; stops at the first that is none of what it should be.
fn for_each_row<T: DeserializeOwned>(path: &Path, mut each: impl FnMut(T) -> Result<(), Stop>) -> Result<(), Stop> {
    let input = input::open(path, "labelled posts, one JSON object a line,", INSTEAD)?;
    let mut lines = BufReader::new(input.bytes);
    let mut line = Vec::new();
    for number in 1_u64.. {
        line.clear();
        let n_read = lines
            .by_ref()
            .take(LONGEST_ROW)
            .read_until(b'\n', &mut line)
            .map_err(|e| Stop::unread(&input.name, &e, INSTEAD))?;
        if n_read == 0 {
            break;
        }
        let row = line.trim_ascii().strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line.trim_ascii());
        if row.is_empty() {
            continue;
        }
        let row = serde_json::from_slice(row).map_err(|e| {
            let next = format!("mend it; to see it: sed -n {number}p; its shape: sigtower eval --help");
            Stop::failed(format!("cannot use line {number} of {}", input.name), e, next)
        })?;
        each(row)?;
    }
    Ok(())
}
