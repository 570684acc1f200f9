//! How a backup is read into a table.

use std::io::{BufRead, Read};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::{StreamExt, TryStreamExt, stream};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use super::export::{is_expired, without_fence};
use super::{BackupError, Chain, Line, SCHEMA, SCHEMA_NAME, is_state};
use crate::stats::{Counted, Tallies, add, changes};
use crate::store::commit::{Committed, MOST_ACTIONS};
use crate::store::error::{StoreError, fault};
use crate::store::event_item::EventItem;
use crate::store::item::{Item, SignalItem};
use crate::store::keys::{self, Key};
use crate::store::row::Guard;
use crate::store::{Counting, SignalStore, dynamo_json};

/// Longer lines, in bytes, are no rows: a row has at most 400 KB, and JSON writes a character in at most six.
pub const LONGEST_LINE: usize = 4 << 20;
/// How many rows are kept in memory and sorted, so that those that share counters share a transaction.
const MOST_PENDING: usize = 4_000;
/// How many bytes of lines are kept in memory.
const MOST_PENDING_BYTES: usize = 16 << 20;
/// How many bytes of lines go into one transaction, which may have 4 MB.
const MOST_COMMITTED_BYTES: usize = 3 << 20;
/// How many rows are compared at once.
const IN_FLIGHT: usize = 16;

/// What an import did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Rows that were written.
    pub written: u64,
    /// Rows that were there already, the same.
    pub unchanged: u64,
    /// Rows whose time was over.
    pub expired: u64,
}

/// A backup that is being read, line by line.
#[derive(Debug)]
pub struct Importer {
    store: SignalStore,
    now: Timestamp,
    /// Whether the table was empty when the import of this backup began; else rows are only compared.
    may_write: bool,
    n_lines: u64,
    n_rows: u64,
    chain: Chain,
    pending: Vec<Pending>,
    pending_bytes: usize,
    imported: Imported,
    is_whole: bool,
}

/// A row on its way into the table.
#[derive(Debug)]
struct Pending {
    line: u64,
    n_bytes: usize,
    key: Key,
    row: Item,
    counted: Option<Counted>,
    /// Made of another row of the backup, and no line of its own.
    is_derived: bool,
}

/// The part of the first line that every format has.
#[derive(Debug, Deserialize)]
struct FirstLine {
    schema: String,
    #[serde(default)]
    table: String,
    #[serde(default)]
    exported_at: String,
}

impl SignalStore {
    /// Reads a backup into this table, and tells from time to time how many rows were read.
    ///
    /// The table is empty but for keys of the API, or holds what is in this backup: an import that was broken off goes
    /// on when it is repeated.
    ///
    /// # Errors
    /// When the store or the file fails, the backup is damaged or too new, or the table holds other signals.
    pub async fn import(
        &self,
        input: &mut impl BufRead,
        now: Timestamp,
        mut progress: impl FnMut(u64),
    ) -> Result<Imported, BackupError> {
        let mut line = String::new();
        read_line(input, &mut line, 1)?;
        let mut importer = self.importer(&line, now).await?;
        while read_line(input, &mut line, importer.n_lines + 1)? {
            if importer.take(&line).await? {
                progress(importer.n_rows);
            }
        }
        importer.finish().await
    }

    /// Begins to read a backup whose first line is this.
    ///
    /// # Errors
    /// When the store fails, or the line is not the first of a backup that this program reads.
    pub async fn importer(&self, first_line: &str, now: Timestamp) -> Result<Importer, BackupError> {
        let first: FirstLine =
            serde_json::from_str(first_line).map_err(|error| BackupError::NoBackup(error.to_string()))?;
        let number = first.schema.strip_prefix(SCHEMA_NAME).and_then(|number| number.parse().ok());
        match number {
            Some(found) if found > SCHEMA => return Err(BackupError::Newer { found }),
            Some(SCHEMA) => {}
            _ => return Err(BackupError::NoBackup("its first line names no format".to_owned())),
        }
        let may_write = self.begin_import(&format!("{} of {}", first.exported_at, first.table)).await?;
        Ok(Importer {
            store: self.clone(),
            now,
            may_write,
            n_lines: 1,
            n_rows: 0,
            chain: Chain::START,
            pending: Vec::new(),
            pending_bytes: 0,
            imported: Imported::default(),
            is_whole: false,
        })
    }

    /// Whether this backup may be written into the table: it is empty, or this import was begun when it was.
    async fn begin_import(&self, backup: &str) -> Result<bool, StoreError> {
        let mark = self.item_at(&keys::IMPORT).await?.and_then(|row| row.get("of")?.as_s().ok().cloned());
        if mark.as_deref() == Some(backup) {
            return Ok(true);
        }
        if self.holds_state().await? {
            return Ok(false);
        }
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let put = self.client.put_item().table_name(&*self.table).set_item(Some(keys::IMPORT.item()));
        let put = put.item("of", text(backup)).expression_attribute_names("#of", "of");
        let put = match &mark {
            None => put.condition_expression("attribute_not_exists(#of)"),
            Some(mark) => put.condition_expression("#of = :mark").expression_attribute_values(":mark", text(mark)),
        };
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(|it| it.is_conditional_check_failed_exception()) => {
                Err(StoreError::Conflict("the import into this table".to_owned()))
            }
            Err(error) => Err(fault(error)),
        }
    }

    /// Whether there is anything that a backup would hold, but for keys: whoever imports over the API needs one.
    async fn holds_state(&self) -> Result<bool, StoreError> {
        let read = self.client.scan().table_name(&*self.table).projection_expression("PK, SK").consistent_read(true);
        let mut pages = read.into_paginator().send();
        while let Some(page) = pages.next().await {
            let rows = page.map_err(fault)?.items.unwrap_or_default();
            if rows.iter().filter_map(keys::of_item).any(|key| is_state(&key) && key.pk != keys::API_KEYS) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Importer {
    /// Takes the next line; whether rows went into the table.
    ///
    /// # Errors
    /// When the store fails, the line is damaged, or the table holds other rows.
    pub async fn take(&mut self, line: &str) -> Result<bool, BackupError> {
        let is_due = self.keep(line)?;
        if is_due {
            self.flush().await?;
        }
        Ok(is_due)
    }

    /// Keeps the row of the next line in memory; whether the rows there are to go into the table now.
    fn keep(&mut self, line: &str) -> Result<bool, BackupError> {
        self.n_lines += 1;
        let number = self.n_lines;
        let damaged = |why: String| BackupError::Damaged { line: number, why };
        if self.is_whole {
            return Err(damaged("something stands behind the last line".to_owned()));
        }
        let read: Line<'_> = serde_json::from_str(line).map_err(|error| damaged(error.to_string()))?;
        match (read.row, read.rows) {
            (Some(row), None) => {
                self.chain.add(row.get());
                if read.hash != self.chain.text() {
                    return Err(damaged("its hash is another: a character or a line before it was changed".to_owned()));
                }
                self.n_rows += 1;
                let row = self.read(row.get()).map_err(damaged)?;
                if is_expired(&row.row, self.now) {
                    self.imported.expired += 1;
                    return Ok(false);
                }
                self.pending_bytes += row.n_bytes;
                self.pending.extend(row.derived().map_err(damaged)?);
                self.pending.push(row);
                Ok(self.pending.len() >= MOST_PENDING || self.pending_bytes >= MOST_PENDING_BYTES)
            }
            (None, Some(n_rows)) => {
                if n_rows != self.n_rows || read.hash != self.chain.text() {
                    return Err(damaged(format!("it speaks of {n_rows} rows, and there are {}", self.n_rows)));
                }
                self.is_whole = true;
                Ok(true)
            }
            _ => Err(damaged("it is neither a row nor the end".to_owned())),
        }
    }

    /// Ends the import; what was taken is in the table then, also where the end was missing.
    ///
    /// # Errors
    /// When the store fails, the table holds other rows, or the last line never came.
    pub async fn finish(mut self) -> Result<Imported, BackupError> {
        self.flush().await?;
        if self.is_whole { Ok(self.imported) } else { Err(BackupError::CutShort { line: self.n_lines }) }
    }

    /// The row of a line, with its places in the lists of this table.
    fn read(&self, text: &str) -> Result<Pending, String> {
        let value: Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let mut row = dynamo_json::read(&value).map_err(|error| error.to_string())?;
        let key = keys::of_item(&row).filter(is_state).ok_or("it has no key of a row that a backup holds")?;
        let mut counted = None;
        let mut lists = Vec::new();
        let id_leads_to = if keys::is_signal(&key) {
            let signal = SignalItem::read(row.clone()).map_err(|error| error.to_string())?;
            counted = signal.counted();
            lists.extend(signal.lists(self.store.shards));
            let place = keys::signal(&signal.id);
            signal.record().map_err(|error| error.to_string())?;
            place
        } else if keys::is_event(&key) {
            let event = EventItem::read(row.clone()).map_err(|error| error.to_string())?;
            lists.extend(event.lists(self.store.shards));
            let place = event.key();
            event.record().map_err(|error| error.to_string())?;
            place
        } else {
            key.clone()
        };
        if id_leads_to != key {
            return Err(format!("its key {key} is not the one of its id"));
        }
        row.extend(lists.into_iter().map(|(name, list)| (name.to_owned(), AttributeValue::S(list))));
        Ok(Pending { line: self.n_lines, n_bytes: text.len(), key, row, counted, is_derived: false })
    }

    async fn flush(&mut self) -> Result<(), BackupError> {
        let mut rows = std::mem::take(&mut self.pending);
        self.pending_bytes = 0;
        if !self.may_write {
            self.imported.unchanged += self.store.compare(&rows).await?;
            return Ok(());
        }
        let cells = |row: &Pending| row.counted.as_ref().map(|it| (it.day.clone(), it.symbol.clone()));
        rows.sort_by_cached_key(cells);
        let counting = self.store.counting;
        let mut chunk = Chunk::default();
        for row in rows {
            let tallies = match counting {
                Counting::Inline => changes(None, row.counted.as_ref()),
                // The reader of the stream counts them.
                Counting::FromStream => Tallies::new(),
            };
            if !chunk.takes(&row, &tallies) {
                self.store.import_chunk(std::mem::take(&mut chunk), &mut self.imported).await?;
            }
            chunk.push(row, tallies);
        }
        self.store.import_chunk(chunk, &mut self.imported).await
    }
}

impl Pending {
    /// The row that is made of this one: that by which a key of the API is found.
    fn derived(&self) -> Result<Option<Self>, String> {
        if self.key.pk != keys::API_KEYS {
            return Ok(None);
        }
        let digest = self.row.get("digest").and_then(|digest| digest.as_s().ok());
        let digest = digest.filter(|it| it.len() == 64 && it.is_ascii()).ok_or("the key of the API has no digest")?;
        let key = keys::api_key(digest);
        let mut row = self.row.clone();
        row.extend(key.item());
        Ok(Some(Self { key, row, counted: None, is_derived: true, ..*self }))
    }
}

impl SignalStore {
    /// Writes rows with what they count, all or none; those that are there already, the same, are left out.
    async fn import_chunk(&self, mut chunk: Chunk, imported: &mut Imported) -> Result<(), BackupError> {
        while !chunk.rows.is_empty() {
            let puts = chunk.rows.iter().map(|(row, _)| self.put_row_if(row.row.clone(), Guard::FREE));
            let mut actions = puts.collect::<Result<Vec<_>, _>>()?;
            actions.extend(self.count(&chunk.tallies, 0)?);
            let refused = match self.commit(actions).await? {
                Committed::Whole => {
                    imported.written += chunk.rows.iter().filter(|(row, _)| !row.is_derived).count() as u64;
                    return Ok(());
                }
                Committed::Refused(refused) => refused,
            };
            let mut rows: Vec<Option<(Pending, Tallies)>> = chunk.rows.into_iter().map(Some).collect();
            for (part, found) in refused {
                let Some((row, _)) = rows.get_mut(part).and_then(Option::take) else { continue };
                let found = match found {
                    Some(found) => Some(found),
                    None => self.item_at(&row.key).await?,
                };
                if found.map(|found| without_fence(&row.key, found)).as_ref() != Some(&row.row) {
                    return Err(BackupError::Differs { key: row.key.to_string(), line: row.line });
                }
                imported.unchanged += u64::from(!row.is_derived);
            }
            chunk = Chunk::default();
            for (row, tallies) in rows.into_iter().flatten() {
                chunk.push(row, tallies);
            }
        }
        Ok(())
    }

    /// Finds these rows in the table, the same; gives how many there are.
    async fn compare(&self, rows: &[Pending]) -> Result<u64, BackupError> {
        // A vector: futures that a stream's closure makes of borrowed rows are not `Send` for the compiler.
        let compared: Vec<_> = rows.iter().map(|row| self.compare_row(row)).collect();
        let compared = stream::iter(compared);
        compared.buffer_unordered(IN_FLIGHT).try_fold(0, |n, more| async move { Ok(n + more) }).await
    }

    async fn compare_row(&self, row: &Pending) -> Result<u64, BackupError> {
        match self.item_at(&row.key).await? {
            None => Err(BackupError::Occupied { key: row.key.to_string() }),
            Some(found) if without_fence(&row.key, found.clone()) != row.row => {
                Err(BackupError::Differs { key: row.key.to_string(), line: row.line })
            }
            Some(_) => Ok(u64::from(!row.is_derived)),
        }
    }
}

/// Rows of one transaction.
#[derive(Debug, Default)]
struct Chunk {
    rows: Vec<(Pending, Tallies)>,
    n_bytes: usize,
    tallies: Tallies,
}

impl Chunk {
    fn takes(&self, row: &Pending, tallies: &Tallies) -> bool {
        let n_new = tallies.keys().filter(|cell| !self.tallies.contains_key(*cell)).count();
        self.rows.len() + 1 + self.tallies.len() + n_new <= MOST_ACTIONS
            && (self.rows.is_empty() || self.n_bytes + row.n_bytes <= MOST_COMMITTED_BYTES)
    }

    fn push(&mut self, row: Pending, tallies: Tallies) {
        self.n_bytes += row.n_bytes;
        add(&mut self.tallies, &tallies);
        self.rows.push((row, tallies));
    }
}

/// Reads a line without its break; whether there was one.
fn read_line(input: &mut impl BufRead, line: &mut String, number: u64) -> Result<bool, BackupError> {
    let damaged = |why: &str| BackupError::Damaged { line: number, why: why.to_owned() };
    let mut bytes = std::mem::take(line).into_bytes();
    bytes.clear();
    let n = input.by_ref().take(LONGEST_LINE as u64 + 1).read_until(b'\n', &mut bytes)?;
    if n > LONGEST_LINE {
        return Err(damaged("it is longer than any row"));
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    *line = String::from_utf8(bytes).map_err(|_| damaged("it is not in UTF-8"))?;
    Ok(n > 0)
}
