//! Leases in the table: taken, renewed, given back.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::commit::{TRIES, pause};
use super::error::StoreError;
use super::item::instant;
use super::row::{Exchanged, Guard, Guarded, Row, number, text};
use super::{SignalStore, keys};
use crate::lease::{Lease, LeaseAnswer, LeaseHolder, LeaseWatch, Renewal};

/// How much of an owner's name is kept.
const LONGEST_OWNER: usize = 200;

/// A lease as a row. It stays when nobody holds it, so that its fence goes on growing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct LeaseRow {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(rename = "v")]
    version: u64,
    fence: u64,
    /// Milliseconds since 1970.
    renewed: i64,
    /// For how many milliseconds the holder holds it without a sign of life.
    #[serde(rename = "held_for", default)]
    held_for: u64,
    /// When the present holder took it, in the same unit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken: Option<i64>,
}

impl LeaseRow {
    fn holder(&self) -> Option<LeaseHolder> {
        let owner = self.owner.clone()?;
        let since = self.taken.map(instant);
        Some(LeaseHolder { owner, fence: self.fence, renewed_at: instant(self.renewed), since })
    }
}

impl SignalStore {
    /// Takes a lease that is free, or that stood still for the lease time; `elapsed` is the time of this call on the
    /// caller's monotonic clock, read before it.
    ///
    /// A process that crashed and comes back under the same name waits like everybody else: names are for people.
    ///
    /// # Errors
    /// When the store fails. The lease may have been taken all the same; it is free again after the lease time.
    pub async fn acquire_lease(
        &self,
        name: &str,
        owner: &str,
        watch: &mut LeaseWatch,
        elapsed: Duration,
        now: Timestamp,
    ) -> Result<LeaseAnswer, StoreError> {
        let key = keys::lease(name);
        let owner: String = owner.chars().take(LONGEST_OWNER).collect();
        let mut found: Option<Row<LeaseRow>> = self.read_row(&key).await?;
        for attempt in 0..TRIES {
            let before = found.as_ref().map(|row| &row.body);
            if let Some(holder) = before.and_then(LeaseRow::holder)
                && !before
                    .is_some_and(|it| watch.may_take_over(it.version, elapsed, Duration::from_millis(it.held_for)))
            {
                return Ok(LeaseAnswer::HeldByOther(holder));
            }
            let next = LeaseRow {
                owner: Some(owner.clone()),
                version: before.map_or(1, |it| it.version + 1),
                fence: before.map_or(1, |it| it.fence + 1),
                renewed: now.as_millisecond(),
                held_for: u64::try_from(watch.lease_time().as_millis()).unwrap_or(u64::MAX),
                taken: Some(now.as_millisecond()),
            };
            match self.exchange_row(&key, found.as_ref().map(|row| row.mark), &next, None).await? {
                Exchanged::Done(_) => {
                    return Ok(LeaseAnswer::Held(Lease { name: name.to_owned(), owner, fence: next.fence }));
                }
                Exchanged::Overtaken(row) => found = row,
            }
            pause(attempt).await;
        }
        Err(StoreError::Conflict(key.to_string()))
    }

    /// Goes on holding a lease. The fence alone says whose it is, so a renewal whose answer was lost does no harm, and
    /// neither does a second one.
    ///
    /// # Errors
    /// When the store fails. Then nothing is known; try again, until the tenure is over.
    pub async fn renew_lease(&self, lease: &Lease, now: Timestamp) -> Result<Renewal, StoreError> {
        let update = "SET v = v + :one, renewed = :now, wid = :mark";
        let values = vec![(":now", number(now.as_millisecond()))];
        match self.change_held(lease, update, values).await? {
            Guarded::Done => Ok(Renewal::Renewed),
            Guarded::Refused(_) => Ok(Renewal::Lost),
        }
    }

    /// Gives a lease back, so that the next holder need not wait. Nothing happens where it was lost before.
    ///
    /// # Errors
    /// When the store fails; then the lease is free after the lease time.
    pub async fn release_lease(&self, lease: &Lease) -> Result<(), StoreError> {
        self.change_held(lease, "SET v = v + :one, wid = :mark REMOVE #owner", Vec::new()).await?;
        Ok(())
    }

    /// Who holds a lease, for people; `None` where nobody does. Whether the holder is alive, this does not say.
    ///
    /// # Errors
    /// When the store fails, or the row cannot be read.
    pub async fn lease_holder(&self, name: &str) -> Result<Option<LeaseHolder>, StoreError> {
        let row: Option<Row<LeaseRow>> = self.read_row(&keys::lease(name)).await?;
        Ok(row.and_then(|row| row.body.holder()))
    }

    async fn change_held(
        &self,
        lease: &Lease,
        update: &str,
        mut values: Vec<(&'static str, aws_sdk_dynamodb::types::AttributeValue)>,
    ) -> Result<Guarded, StoreError> {
        values.push((":fence", number(lease.fence)));
        values.push((":one", number(1)));
        values.push((":mark", text(Uuid::new_v4())));
        let guard = Guard { condition: HELD, names: &[("#owner", "owner")], values };
        self.update_guarded(&keys::lease(&lease.name), update, guard).await
    }
}

/// That a lease is held, by the holder with this fence.
pub(super) const HELD: &str = "fence = :fence AND attribute_exists(#owner)";
