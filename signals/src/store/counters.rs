//! The counters: figures that equal a full count, without one.

use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, Update};
use futures_util::future::try_join_all;

use super::error::{StoreError, fault};
use super::item::Item;
use super::keys::Key;
use super::{SignalStore, keys};
use crate::origin::Source;
use crate::side::SignalType;
use crate::stats::{Cell, Tallies, Tally, add};
use crate::status::Status;

impl SignalStore {
    /// Every counter, summed over its shards.
    ///
    /// # Errors
    /// When the store fails, or holds a counter that cannot be read.
    pub async fn stats(&self) -> Result<Tallies, StoreError> {
        let shards = (0..u32::from(self.shards.stats)).map(|shard| self.counters_of(shard));
        let mut sum = Tallies::new();
        for tallies in try_join_all(shards).await? {
            add(&mut sum, &tallies);
        }
        Ok(sum)
    }

    async fn counters_of(&self, shard: u32) -> Result<Tallies, StoreError> {
        let mut pages = self
            .client
            .query()
            .table_name(&*self.table)
            .key_condition_expression("PK = :pk")
            .expression_attribute_values(":pk", AttributeValue::S(keys::counters(shard)))
            .into_paginator()
            .send();
        let mut tallies = Tallies::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(fault)?.items.unwrap_or_default() {
                let (cell, tally) = read(&item)?;
                tallies.entry(cell).or_default().add(&tally);
            }
        }
        Ok(tallies)
    }

    /// The parts of a transaction that move the counters by these changes.
    pub(super) fn count(&self, tallies: &Tallies, shard: u32) -> Result<Vec<TransactWriteItem>, StoreError> {
        tallies.iter().map(|(cell, tally)| self.count_one(keys::counter(cell, shard), tally)).collect()
    }

    fn count_one(&self, key: Key, tally: &Tally) -> Result<TransactWriteItem, StoreError> {
        let mut update = Update::builder().table_name(&*self.table).set_key(Some(key.item()));
        let mut parts = Vec::new();
        for (n, (name, figure)) in figures(tally).into_iter().filter(|(_, figure)| *figure != 0).enumerate() {
            parts.push(format!("#{n} :{n}"));
            update = update
                .expression_attribute_names(format!("#{n}"), name)
                .expression_attribute_values(format!(":{n}"), AttributeValue::N(figure.to_string()));
        }
        let update = update.update_expression(format!("ADD {}", parts.join(", "))).build();
        let update = update.map_err(|error| StoreError::Refused(error.to_string()))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

/// The figures of a tally under the names of their attributes.
fn figures(tally: &Tally) -> Vec<(&'static str, i64)> {
    let mut figures = vec![("n", tally.signals), ("conf", tally.confidence), ("low", tally.below_threshold)];
    figures.extend([SignalType::Long, SignalType::Short].map(SignalType::as_str).into_iter().zip(tally.by_type));
    figures.extend(Status::ALL.map(Status::as_str).into_iter().zip(tally.by_status));
    figures
}

fn read(item: &Item) -> Result<(Cell, Tally), StoreError> {
    let key = super::item::name(item);
    let corrupt = || StoreError::Corrupt { key: key.clone(), why: "it is no counter".to_owned() };
    let sk = item.get("SK").and_then(|sk| sk.as_s().ok()).ok_or_else(corrupt)?;
    let cell = match sk.split_once('#') {
        None if sk == "ALL" => Cell::All,
        Some(("SYM", symbol)) => Cell::Symbol(symbol.to_owned()),
        Some(("SRC", source)) => Cell::Source(Source::parse(source).map_err(|_| corrupt())?),
        Some(("DAY", day)) => Cell::Day(day.to_owned()),
        _ => return Err(corrupt()),
    };
    let figure = |name: &str| match item.get(name) {
        None => Ok(0),
        Some(value) => value.as_n().ok().and_then(|n| n.parse().ok()).ok_or_else(corrupt),
    };
    let mut tally = Tally {
        signals: figure("n")?,
        confidence: figure("conf")?,
        below_threshold: figure("low")?,
        by_type: [figure("long")?, figure("short")?],
        ..Tally::default()
    };
    for (n, status) in tally.by_status.iter_mut().zip(Status::ALL) {
        *n = figure(status.as_str())?;
    }
    Ok((cell, tally))
}
