use signals::parser::{parse, Context, ParseOutcome};
fn main() { let mut t=String::new(); std::io::Read::read_to_string(&mut std::io::stdin(), &mut t).unwrap();
 let o=parse(&t,&Context::default());
 let ev: Vec<_> = match &o { ParseOutcome::Signals(d)=>d.iter().flat_map(|d|{println!("{} {} {:?} T{:?} S{:?} L{:?} c{}",d.symbol,d.signal_type,d.entry,d.targets.iter().map(|t|t.to_string()).collect::<Vec<_>>(),d.stop_loss,d.leverage,d.confidence);d.evidence.clone()}).collect(), ParseOutcome::Update(u)=>{println!("{:?} {:?} {:?}",u.event,u.symbol.as_ref().map(|s|s.compact()),u.target_index);u.evidence.clone()}, ParseOutcome::NotASignal(n)=>{println!("{:?}",n.reason);n.evidence.clone()} };
 for e in ev { println!("  {:?} {:?} {}", e.field, &t[e.span.start as usize..e.span.end as usize], e.rule); } }
