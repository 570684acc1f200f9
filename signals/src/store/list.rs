//! Lists: newest first, out of as many partitions as the collection is spread over.
//!
//! Every partition of an order is sorted by the same key, so one key says where a list goes on in all of them.

use std::cmp::Reverse;
use std::collections::{HashMap, VecDeque};

use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};
use futures_util::future::try_join_all;

use super::error::{StoreError, fault};
use super::item::{Item, SignalItem};
use super::keys::{self, CHANNEL_SHARDS, Key};
use super::table::{BY_SYMBOL, BY_TIME};
use super::{SignalStore, commit};
use crate::origin::Source;
use crate::query::{Cursor, Page, SignalQuery};

/// How many rows one page may read before it is cut short: what bounds the price of a filter that matches little.
const MOST_ROWS_READ: usize = 4_000;

/// A key that no time's is below. An empty one is refused.
const LOWEST_TIME: &str = "0";

/// How many rows are asked for at once.
const MOST_AT_ONCE: usize = 1_000;

/// How many signals a page holds at most.
pub const MOST_PER_PAGE: usize = 1_000;

/// No symbol is longer, and a key of DynamoDB would be refused.
const LONGEST_SYMBOL: usize = 64;

impl SignalStore {
    /// A page of at most `limit` signals, newest first; of one at least, and of [`MOST_PER_PAGE`] at most.
    ///
    /// A list of a source is in the order of its posts' numbers, which grow with time.
    ///
    /// # Errors
    /// When the store fails, or a row cannot be read.
    pub async fn list(&self, query: &SignalQuery, limit: usize, cursor: &Cursor) -> Result<Page, StoreError> {
        let limit = limit.clamp(1, MOST_PER_PAGE);
        let mut streams = self.streams(query, cursor);
        let is_filtered = query.signal_type.is_some() || query.status.is_some() || query.min_confidence.is_some();
        let share = limit / streams.len().max(1) + 2;
        let mut at_once = if is_filtered { (share * 4).max(50) } else { share }.min(MOST_AT_ONCE);
        let mut next = cursor.clone();
        let mut rows: Vec<SignalItem> = Vec::with_capacity(limit);
        let mut n_read = 0;
        loop {
            let n_more = self.fill(&mut streams, at_once).await?;
            n_read += n_more;
            // Where few rows of a partition are wanted, it takes long to find them: ever longer steps.
            if n_more > 0 {
                at_once = (at_once * 3 / 2).min(MOST_AT_ONCE);
            }
            let Some(stream) = newest(&mut streams) else {
                return self.page(rows, None).await;
            };
            let order = stream.order;
            let Some(row) = stream.rows.pop_front() else { continue };
            let is_wanted = row.gone.is_none() && query.admits(&row.clone().record()?);
            if is_wanted && rows.len() == limit {
                return self.page(rows, Some(next)).await;
            }
            next.pass(order, &row);
            if is_wanted {
                rows.push(row);
            }
            if n_read >= MOST_ROWS_READ && streams.iter().any(|stream| stream.rows.is_empty() && !stream.is_done) {
                return self.page(rows, Some(next)).await;
            }
        }
    }

    /// The partitions that hold what the query asks for.
    fn streams(&self, query: &SignalQuery, cursor: &Cursor) -> Vec<Stream> {
        let since = query.since.map(keys::millisecond);
        let until = query.until.map(keys::millisecond);
        let by_time = |index, key_name, pk| {
            let last = cursor.by_time.clone().into_iter().chain(until.clone()).min();
            Stream::new(
                Order::Time { index, key_name },
                pk,
                since.clone().unwrap_or_else(|| LOWEST_TIME.to_owned()),
                last,
            )
        };
        let shards = self.shards;
        let channel = query.source.as_ref().and_then(Source::channel);
        // All channels share the partitions of a symbol, so where a channel is named, its own are the shorter way.
        if let (Some(symbol), None) = (&query.symbol, &channel) {
            if symbol.len() > LONGEST_SYMBOL {
                return Vec::new();
            }
            let pk = |shard| keys::symbol_shard(symbol, shard);
            return (0..u32::from(shards.symbol)).map(|shard| by_time(BY_SYMBOL, "Y", pk(shard))).collect();
        }
        let of_api = (0..u32::from(shards.feed)).map(|shard| by_time(BY_TIME, "F", keys::feed_of_api(shard)));
        if query.source.is_none() {
            let of_posts = (0..u32::from(shards.feed)).map(|shard| by_time(BY_TIME, "F", keys::feed_of_posts(shard)));
            return of_posts.chain(of_api).collect();
        }
        let of_channel = channel
            .into_iter()
            .flat_map(|channel| (0..CHANNEL_SHARDS).map(move |shard| keys::channel_shard(&channel, shard)));
        let of_channel =
            of_channel.map(|pk| Stream::new(Order::Message, pk, "M#".to_owned(), cursor.by_message.clone()));
        of_channel.chain(of_api).collect()
    }

    /// Reads on in every partition whose next row is not known; gives how many rows came.
    async fn fill(&self, streams: &mut [Stream], at_once: usize) -> Result<usize, StoreError> {
        let empty = streams.iter_mut().filter(|stream| stream.rows.is_empty() && !stream.is_done);
        Ok(try_join_all(empty.map(|stream| self.read_on(stream, at_once))).await?.into_iter().sum())
    }

    async fn read_on(&self, stream: &mut Stream, at_once: usize) -> Result<usize, StoreError> {
        // BETWEEN takes its ends in, and the last row read is one of them: it is asked for again and dropped.
        let limit = at_once + usize::from(stream.last.is_some());
        let (index, pk_name, sk_name) = match stream.order {
            Order::Time { index, key_name } => (Some(index.to_owned()), key_name, "T"),
            Order::Message => (None, "PK", "SK"),
        };
        let high = stream.last.clone().unwrap_or_else(|| stream.order.highest());
        if high < stream.lowest {
            stream.is_done = true;
            return Ok(0);
        }
        let read = self
            .client
            .query()
            .table_name(&*self.table)
            .set_index_name(index)
            .key_condition_expression("#pk = :pk AND #sk BETWEEN :low AND :high")
            .expression_attribute_names("#pk", pk_name)
            .expression_attribute_names("#sk", sk_name)
            .expression_attribute_values(":pk", AttributeValue::S(stream.pk.clone()))
            .expression_attribute_values(":low", AttributeValue::S(stream.lowest.clone()))
            .expression_attribute_values(":high", AttributeValue::S(high))
            .scan_index_forward(false)
            .limit(i32::try_from(limit).unwrap_or(i32::MAX))
            .send();
        let page = read.await.map_err(fault)?;
        let items = page.items.unwrap_or_default();
        let n = items.len();
        stream.is_done = page.last_evaluated_key.is_none();
        for item in items {
            let row = SignalItem::read(item)?;
            let key = stream.order.key(&row);
            if stream.last.as_deref() != Some(key) {
                stream.last = Some(key.to_owned());
                stream.rows.push_back(row);
            }
        }
        Ok(n)
    }

    /// The signals of these rows, with the texts that the indexes do not hold.
    async fn page(&self, mut rows: Vec<SignalItem>, next: Option<Cursor>) -> Result<Page, StoreError> {
        let lacking = rows.iter().filter(|row| row.is_long && row.long_text.is_none());
        let mut texts = self.long_texts(lacking.map(|row| keys::signal(&row.id)).collect()).await?;
        for row in rows.iter_mut().filter(|row| row.is_long && row.long_text.is_none()) {
            row.long_text = texts.remove(&(row.pk.clone(), row.sk.clone()));
        }
        // By time, even where a channel's numbers and times disagree: within a page, a reader sees times.
        rows.sort_by_cached_key(|row| Reverse(row.time.clone()));
        let signals = rows.into_iter().map(SignalItem::record).collect::<Result<_, _>>()?;
        Ok(Page { signals, next })
    }

    async fn long_texts(&self, keys: Vec<Key>) -> Result<HashMap<(String, String), String>, StoreError> {
        let mut texts = HashMap::new();
        for keys in keys.chunks(100) {
            let mut asked = KeysAndAttributes::builder().projection_expression("PK, SK, long_text");
            for key in keys {
                asked = asked.keys(key.item());
            }
            let mut asked = Some(asked.build().map_err(|error| StoreError::Refused(error.to_string()))?);
            let mut attempt = 0;
            while let Some(some) = asked.take() {
                let read =
                    self.client.batch_get_item().request_items(&*self.table, some).send().await.map_err(fault)?;
                for item in read.responses.unwrap_or_default().remove(&*self.table).unwrap_or_default() {
                    let [Some(pk), Some(sk), Some(text)] = ["PK", "SK", "long_text"].map(|name| text_of(&item, name))
                    else {
                        continue;
                    };
                    texts.insert((pk, sk), text);
                }
                asked = read.unprocessed_keys.unwrap_or_default().remove(&*self.table);
                if asked.is_some() {
                    attempt += 1;
                    if attempt == commit::TRIES {
                        return Err(StoreError::Throttled("texts of a list were left unread".to_owned()));
                    }
                    commit::pause(attempt).await;
                }
            }
        }
        Ok(texts)
    }
}

fn text_of(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

/// An order in which rows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// By time, in an index.
    Time { index: &'static str, key_name: &'static str },
    /// By the numbers of a channel's posts, in the table.
    Message,
}

impl Order {
    /// A key that no row's is above. `~` is the last printable character of ASCII, and keys hold no others.
    fn highest(self) -> String {
        match self {
            Self::Time { .. } => "~".to_owned(),
            Self::Message => "M#~".to_owned(),
        }
    }

    fn key(self, row: &SignalItem) -> &str {
        match self {
            Self::Time { .. } => &row.time,
            Self::Message => &row.sk,
        }
    }
}

/// The partition whose next row comes next.
///
/// Rows of one order are compared by the key of that order, because a cursor names such a key: were posts merged by
/// time, one whose number and time disagree would be passed over, and so would posts of one second.
fn newest(streams: &mut [Stream]) -> Option<&mut Stream> {
    let head = |stream: &Stream| stream.rows.front().map(|row| stream.order.key(row).to_owned());
    let first_of = |is_message: bool| {
        let of_order = streams.iter().enumerate().filter(|(_, it)| (it.order == Order::Message) == is_message);
        let known = of_order.filter_map(|(place, stream)| Some((head(stream)?, place)));
        known.max().map(|(_, place)| place)
    };
    let firsts = [first_of(true), first_of(false)].into_iter().flatten();
    let place = firsts.max_by_key(|&place| streams[place].rows.front().map(|row| row.time.clone()))?;
    streams.get_mut(place)
}

impl Cursor {
    fn pass(&mut self, order: Order, row: &SignalItem) {
        let key = Some(order.key(row).to_owned());
        match order {
            Order::Time { .. } => self.by_time = key,
            Order::Message => self.by_message = key,
        }
    }
}

/// One partition that is being read.
#[derive(Debug)]
struct Stream {
    order: Order,
    pk: String,
    /// No row below this key is asked for.
    lowest: String,
    /// The key below which it goes on.
    last: Option<String>,
    rows: VecDeque<SignalItem>,
    is_done: bool,
}

impl Stream {
    fn new(order: Order, pk: String, lowest: String, last: Option<String>) -> Self {
        Self { order, pk, lowest, last, rows: VecDeque::new(), is_done: false }
    }
}
