//! Idempotency records in the table: claimed, and completed by whoever holds the claim.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::commit::{TRIES, pause};
use super::error::StoreError;
use super::hash::{hex, sha256};
use super::item::instant;
use super::keys::Key;
use super::row::{Exchanged, Row};
use super::{SignalStore, keys};
use crate::api_key::KeyId;
use crate::idempotency::{
    Claim, ClaimEnded, Claimed, IdempotencyKey, IdempotencyRecord, KeptAnswer, LONGEST_KEPT_BODY, RECORD_TIME,
    RequestHash, Verdict, claimed_until,
};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct ClaimRow {
    /// What was asked for, as a hash in hexadecimal digits.
    request: String,
    /// The first reserved id.
    signal: Uuid,
    /// Until when the claim holds; milliseconds since 1970.
    until: i64,
    /// When the whole record is over; milliseconds since 1970.
    ends: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    body: Option<String>,
}

impl ClaimRow {
    fn record(&self) -> IdempotencyRecord {
        IdempotencyRecord {
            request: self.request.clone(),
            claimed_until: instant(self.until),
            answer: self.status.map(|status| KeptAnswer { status, body: self.body.clone() }),
        }
    }
}

impl RequestHash {
    /// The hash of a request: its method, path and body, or whatever else tells it from others.
    #[must_use]
    pub fn of(parts: &[&[u8]]) -> Self {
        let lengths: Vec<[u8; 8]> = parts.iter().map(|part| (part.len() as u64).to_be_bytes()).collect();
        // With the lengths between them, so that two requests that differ in where a part ends differ in the hash.
        let framed: Vec<&[u8]> = lengths.iter().zip(parts).flat_map(|(length, part)| [&length[..], *part]).collect();
        Self(sha256(&framed))
    }
}

impl SignalStore {
    /// Claims the execution of a request; `client` is the key it came with, `None` for local requests without one.
    ///
    /// The claim holds for `claim`, at least a second: the time that the execution has at most. `first_id` is reserved
    /// unless an earlier claim of the same request reserved another. Records are kept for [`RECORD_TIME`].
    ///
    /// # Errors
    /// When the store fails, or others kept claiming; then the request must not be executed.
    pub async fn claim_request(
        &self,
        client: Option<&KeyId>,
        key: &IdempotencyKey,
        request: RequestHash,
        first_id: Uuid,
        claim: Duration,
        now: Timestamp,
    ) -> Result<Claimed, StoreError> {
        let place = keys::idempotency(client, &hex(&sha256(&[key.as_str().as_bytes()])));
        let request = request.to_string();
        let mut found: Option<Row<ClaimRow>> = self.read_row(&place).await?;
        for attempt in 0..TRIES {
            // A record whose time is over is as good as gone, but its place is taken until the table removes it.
            let known = found.as_ref().map(|row| &row.body).filter(|row| now.as_millisecond() < row.ends);
            if let Some(known) = known
                && let Verdict::Settled(answer) = known.record().verdict(&request, now)
            {
                return Ok(answer);
            }
            let ends = known.map_or_else(
                || now.saturating_add(RECORD_TIME).unwrap_or(Timestamp::MAX).as_millisecond(),
                |known| known.ends,
            );
            let row = ClaimRow {
                request: request.clone(),
                signal: known.map_or(first_id, |known| known.signal),
                until: claimed_until(now, claim).as_millisecond(),
                ends,
                status: None,
                body: None,
            };
            let seen = found.as_ref().map(|row| row.mark);
            match self.exchange_row(&place, seen, &row, Some(instant(ends))).await? {
                Exchanged::Done(mark) => {
                    return Ok(Claimed::Execute(Claim {
                        partition: place.pk.into_owned(),
                        mark,
                        request,
                        first_id: row.signal,
                        expires_at: instant(ends),
                    }));
                }
                Exchanged::Overtaken(row) => found = row,
            }
            pause(attempt).await;
        }
        Err(StoreError::Conflict(place.to_string()))
    }

    /// Notes the answer that the request got, for whoever sends it again. A body longer than [`LONGEST_KEPT_BODY`] is
    /// left out.
    ///
    /// # Errors
    /// When the store fails. The request was executed all the same; the next execution finds what it stored.
    pub async fn complete_request(&self, claim: &Claim, answer: KeptAnswer) -> Result<ClaimEnded, StoreError> {
        let body = answer.body.filter(|body| body.len() <= LONGEST_KEPT_BODY);
        self.end(claim, Some(answer.status), body).await
    }

    /// Gives up the claim, so that the request may be executed again at once. It keeps its ids, and its key.
    ///
    /// # Errors
    /// When the store fails; then the claim ends by itself.
    pub async fn abandon_request(&self, claim: &Claim) -> Result<ClaimEnded, StoreError> {
        self.end(claim, None, None).await
    }

    async fn end(&self, claim: &Claim, status: Option<u16>, body: Option<String>) -> Result<ClaimEnded, StoreError> {
        let row = ClaimRow {
            request: claim.request.clone(),
            signal: claim.first_id,
            // Claimed no more.
            until: 0,
            ends: claim.expires_at.as_millisecond(),
            status,
            body,
        };
        let place = Key::new(claim.partition.clone(), keys::IDEMPOTENCY_ROW);
        match self.exchange_row(&place, Some(Some(claim.mark)), &row, Some(claim.expires_at)).await? {
            Exchanged::Done(_) => Ok(ClaimEnded::Noted),
            Exchanged::Overtaken(_) => Ok(ClaimEnded::Overtaken),
        }
    }
}
