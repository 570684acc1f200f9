//! What the long help says of the shapes of JSON.

pub(super) const BACKUP_SHAPES: &str = "\
JSON lines: a header, one line for each row with the hash of all rows up to
it, and a last line without which the backup was cut short. API keys are in
it as hashes. An import goes into an empty store; where it was broken off,
import the whole file again.

Examples:
  sigtower export signals.jsonl
  sigtower export - | gzip > signals.jsonl.gz
  zcat signals.jsonl.gz | sigtower import --backup - --data-dir other";

pub(super) const PARSE_SHAPES: &str = "\
One object (--json); a value that the post does not state is null:
  schema     \"parse/1\"
  kind       \"signal\", \"update\" or \"none\"
  signals    of a signal, each with symbol, base, quote, market, multiplier,
             quote_assumed, raw, signal_type, entry, targets, stop_loss,
             stop_loss_percent, percent, leverage {min, max}, margin,
             provider_id, confidence, violations [{rule, message}], evidence
  update     of an update: event, symbol, target_index, entry_index,
             reply_to, provider_id, evidence
  reason     of a post that is neither, with evidence beside it
  entry      {\"kind\":\"market\"}, or kind limit, zone, ladder or breakout with
             low and high; a ladder has prices, a breakout has when
  evidence   [{field, start, end, text, rule}], in bytes of the post

JSON lines (--jsonl), one for each input line that is not blank, in order:
  {\"id\":1,\"kind\":\"signal\",\"signals\":[{symbol, signal_type, entry, targets,
   stop_loss, leverage, margin, confidence}]}
      null where not stated; percent, stop_loss_percent, provider_id and
      violations are there only where they apply
  {\"id\":2,\"kind\":\"update\",\"update\":{event, symbol, target_index,
   entry_index, provider_id}}
      all but event only where stated
  {\"id\":3,\"kind\":\"none\",\"reason\":\"chat\"}
The id is echoed as it came, null if there is none. Other keys are ignored;
of a key given twice the last counts. A line that is no JSON object with a
string \"text\" is answered with id null and reason bad_json, one of more than
4 MiB with id null and reason too_long; after either the exit code is 3.
Prices are exact: read them as decimals.";

pub(super) const EVAL_SHAPES: &str = "\
A label says what a reader should find in the text:
  {\"kind\":\"signal\",\"symbol\":\"BTCUSDT\",\"signal_type\":\"long\",
   \"entry\":{\"kind\":\"limit\",\"low\":\"1\",\"high\":\"2\"},\"targets\":[\"3\"],
   \"stop_loss\":null,\"leverage\":{\"min\":5,\"max\":10}}
  {\"kind\":\"signal\",\"signals\":[...]} where there are several
  {\"kind\":\"update\",\"event\":\"target_hit\"}
  {\"kind\":\"none\"}
In a label or signal, \"accept\":{\"targets\":[[\"3\",\"4\"]]} lists other values
that count as right, by field; in a label also for kind and event.
Numbers are compared as numbers, whether they are written as strings or not.

One object (--json), shares rounded to four decimals:
  schema         \"eval/1\"
  messages, signals, precision, recall, f1, fully_correct, symbol, side, entry,
  targets, stop_loss, leverage, kind_accuracy, update_event
  languages      the same figures for each
  calibration    [{confidence, given, fully_right, share_right,
                 share_of_right}]: signals given that confidence or more
  misses         [{id, what}] with --misses";
