use signals::parser::{parse, Context, ParseOutcome};
use std::io::{BufRead, Write};
fn main() {
    let out = std::io::stdout();
    let mut out = std::io::BufWriter::new(out.lock());
    for line in std::io::BufReader::new(std::fs::File::open(std::env::args().nth(1).unwrap()).unwrap()).lines() {
        let row: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        let o = parse(row["text"].as_str().unwrap(), &Context::default());
        let v = match o {
            ParseOutcome::Signals(d) => serde_json::json!({"id":row["id"],"kind":"signal","signals":d.iter().map(|d| {
                let e = match d.entry.range() { None => serde_json::json!({"kind":"market"}), Some((l,h)) => serde_json::json!({"kind":"limit","low":l.to_string(),"high":h.to_string()}) };
                serde_json::json!({"symbol":d.symbol.compact(),"signal_type":d.signal_type.as_str(),"entry":e,"targets":d.targets.iter().map(|t|t.to_string()).collect::<Vec<_>>(),"stop_loss":d.stop_loss.price().map(|p|p.to_string()),"leverage":d.leverage,"margin":d.margin,"confidence":d.confidence,"violations":d.violations.len()})
            }).collect::<Vec<_>>()}),
            ParseOutcome::Update(u) => serde_json::json!({"id":row["id"],"kind":"update","update":{"event":u.event.as_str(),"symbol":u.symbol.map(|s|s.compact()),"target_index":u.target_index,"rule":u.evidence[0].rule}}),
            ParseOutcome::NotASignal(n) => serde_json::json!({"id":row["id"],"kind":"none","reason":n.reason.as_str()}),
        };
        writeln!(out, "{v}").unwrap();
    }
}
