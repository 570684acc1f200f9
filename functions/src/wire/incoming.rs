//! Signals as clients hand them in: the predecessor's body as it was, or the full form.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Deserializer};
use signals::confidence::Confidence;
use signals::entry::{Crossing, Entry};
use signals::event::LONGEST_PROVIDER_ID;
use signals::leverage::{Leverage, MarginMode};
use signals::message::{ChannelName, MessageId};
use signals::origin::{ApiOrigin, MessageOrigin, Origin, Source};
use signals::parser::LONGEST_TEXT;
use signals::price::{Price, exact_number};
use signals::record::SignalRecord;
use signals::side::SignalType;
use signals::signal::{InvalidSignal, MOST_TARGETS, Signal, SignalDraft};
use signals::status::Status;
use signals::stop_loss::StopLoss;
use signals::symbol::{Market, Symbol};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::extract::Object;
use crate::wire::schema;

/// A signal to be stored.
///
/// Without an entry it enters at market; without a confidence whoever hands it in is sure.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewSignal, example = json!({
    "symbol": "BTCUSDT", "signal_type": "long", "entry_price": 45000, "target_price": 46000, "stop_loss": 44000,
    "confidence": 0.8, "source": "telegram_cryptosignals",
    "original_text": "BTC LONG ENTRY 45000 TARGET 46000 SL 44000"
}))]
pub(crate) struct NewSignalBody {
    /// `BTCUSDT`, `BTC/USDT`, `1000PEPEUSDT.P`; a bare coin is quoted in USDT.
    #[schema(min_length = 1, max_length = 45, pattern = "^[#$]?[A-Za-z0-9]+", example = "BTCUSDT")]
    symbol: String,
    /// The market, where the spelling of the symbol does not say it.
    #[schema(value_type = Option<schema::Market>)]
    market: Option<Market>,
    #[schema(value_type = schema::SignalType)]
    signal_type: SignalType,
    /// The one price to enter at; or `entry`.
    #[schema(value_type = Option<schema::Price>)]
    entry_price: Option<Price>,
    #[serde(default, deserialize_with = "object")]
    entry: Option<EntryBody>,
    /// The one target; or `targets`.
    #[schema(value_type = Option<schema::Price>)]
    target_price: Option<Price>,
    #[schema(value_type = Option<Vec<schema::Price>>, max_items = 50)]
    targets: Option<Vec<Price>>,
    /// The price to give up at; or `stop_loss_percent`.
    #[schema(value_type = Option<schema::Price>)]
    stop_loss: Option<Price>,
    #[serde(default, deserialize_with = "decimal")]
    #[schema(value_type = Option<schema::Percent>)]
    stop_loss_percent: Option<Decimal>,
    /// Whether stop or targets were given in percent only; without it, whether there is a `stop_loss_percent`.
    percent: Option<bool>,
    #[serde(default, deserialize_with = "object")]
    leverage: Option<LeverageBody>,
    #[schema(value_type = Option<schema::MarginMode>)]
    margin: Option<MarginMode>,
    #[schema(value_type = Option<schema::Confidence>)]
    confidence: Option<Confidence>,
    /// Who published it; needed where there is no `origin`.
    #[schema(min_length = 1, max_length = 64, pattern = "^[A-Za-z0-9._:-]+$")]
    source: Option<String>,
    /// The post, of at most 16 KiB.
    #[schema(max_length = 16384)]
    original_text: Option<String>,
    #[schema(max_length = 64)]
    provider_id: Option<String>,
    /// The place in a channel from which the id follows, so that handing it in twice stores it once.
    #[serde(default, deserialize_with = "object")]
    origin: Option<NewOriginBody>,
}

/// The fields of a signal that take the place of the former ones. What is left out is no longer stated.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignalReplacement)]
pub(crate) struct ReplacementBody {
    #[schema(min_length = 1, max_length = 45, pattern = "^[#$]?[A-Za-z0-9]+", example = "BTCUSDT")]
    symbol: String,
    #[schema(value_type = schema::SignalType)]
    signal_type: SignalType,
    #[schema(value_type = Option<schema::Price>)]
    entry_price: Option<Price>,
    #[serde(default, deserialize_with = "object")]
    entry: Option<EntryBody>,
    #[schema(value_type = Option<schema::Price>)]
    target_price: Option<Price>,
    #[schema(value_type = Option<Vec<schema::Price>>, max_items = 50)]
    targets: Option<Vec<Price>>,
    #[schema(value_type = Option<schema::Price>)]
    stop_loss: Option<Price>,
    #[serde(default, deserialize_with = "decimal")]
    #[schema(value_type = Option<schema::Percent>)]
    stop_loss_percent: Option<Decimal>,
    #[serde(default, deserialize_with = "object")]
    leverage: Option<LeverageBody>,
    #[schema(value_type = Option<schema::MarginMode>)]
    margin: Option<MarginMode>,
    #[schema(value_type = Option<schema::Confidence>)]
    confidence: Option<Confidence>,
    #[schema(max_length = 16384)]
    original_text: Option<String>,
    #[schema(max_length = 64)]
    provider_id: Option<String>,
    /// Stays as it is where it is left out.
    #[schema(value_type = Option<schema::Status>)]
    status: Option<Status>,
}

/// The fields of a signal that change; what is left out stays, and null takes away what may be missing.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = SignalPatch, example = json!({"status": "closed"}))]
pub(crate) struct PatchBody {
    #[schema(min_length = 1, max_length = 45, pattern = "^[#$]?[A-Za-z0-9]+", example = "BTCUSDT", nullable = false)]
    symbol: Option<String>,
    #[schema(value_type = Option<schema::SignalType>, nullable = false)]
    signal_type: Option<SignalType>,
    #[serde(default, deserialize_with = "object")]
    #[schema(nullable = false)]
    entry: Option<EntryBody>,
    #[schema(value_type = Option<Vec<schema::Price>>, max_items = 50, nullable = false)]
    targets: Option<Vec<Price>>,
    #[serde(default, deserialize_with = "stated")]
    #[schema(value_type = Option<schema::Price>)]
    stop_loss: Option<Option<Price>>,
    #[serde(default, deserialize_with = "stated_object")]
    #[schema(value_type = Option<LeverageBody>)]
    leverage: Option<Option<LeverageBody>>,
    #[serde(default, deserialize_with = "stated")]
    #[schema(value_type = Option<schema::MarginMode>)]
    margin: Option<Option<MarginMode>>,
    #[schema(value_type = Option<schema::Confidence>, nullable = false)]
    confidence: Option<Confidence>,
    #[schema(value_type = Option<schema::Status>, nullable = false)]
    status: Option<Status>,
}

/// Where to enter. `market` has no price, `limit` one (`price`, or `low` and `high` alike), `zone` and `breakout` have
/// `low` and `high`, `ladder` has `prices`, and a `breakout` says whether it is crossed `above` or `below`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewEntry, example = json!({"kind": "zone", "low": 44500, "high": 45000}))]
pub(crate) struct EntryBody {
    kind: EntryKind,
    #[schema(value_type = Option<schema::Price>)]
    price: Option<Price>,
    #[schema(value_type = Option<schema::Price>)]
    low: Option<Price>,
    #[schema(value_type = Option<schema::Price>)]
    high: Option<Price>,
    #[schema(value_type = Option<Vec<schema::Price>>, max_items = 50)]
    prices: Option<Vec<Price>>,
    #[schema(value_type = Option<schema::Crossing>)]
    when: Option<Crossing>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[schema(as = NewEntryKind)]
enum EntryKind {
    Market,
    Limit,
    Zone,
    Ladder,
    Breakout,
}

/// A range of leverage.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewLeverage)]
pub(crate) struct LeverageBody {
    #[schema(minimum = 1, maximum = 1000)]
    min: u16,
    #[schema(minimum = 1, maximum = 1000)]
    max: u16,
}

/// The place of a signal in a channel.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewOrigin)]
pub(crate) struct NewOriginBody {
    /// The public name of the channel, or its numeric id.
    #[schema(min_length = 1, max_length = 64, example = "whalechart")]
    channel: String,
    #[schema(minimum = 1, maximum = 9_000_000_000_000_i64)]
    message_id: i64,
    /// The number of the signal within the post, from 0.
    #[serde(default)]
    #[schema(maximum = 99)]
    ordinal: u8,
    #[schema(value_type = schema::Time)]
    posted_at: Timestamp,
    #[schema(value_type = Option<schema::Time>)]
    edited_at: Option<Timestamp>,
}

/// The largest number of a post that is taken.
pub(crate) const LARGEST_MESSAGE_ID: i64 = 9_000_000_000_000;

/// The number of a post in a field.
pub(super) fn message_id(field: &'static str, number: i64) -> Result<MessageId, InvalidBody> {
    let is_one = (1..=LARGEST_MESSAGE_ID).contains(&number);
    is_one
        .then_some(MessageId(number))
        .ok_or_else(|| refused(field, format!("a message id lies in 1..={LARGEST_MESSAGE_ID}")))
}

/// Why a body is no signal.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum InvalidBody {
    /// A field says something that it cannot say.
    #[error("{why}")]
    Field {
        /// Which.
        field: &'static str,
        /// What is wrong with it, and what would be right.
        why: String,
    },
    /// The prices contradict one another.
    #[error(transparent)]
    Prices(#[from] InvalidSignal),
}

pub(super) fn refused(field: &'static str, why: impl Into<String>) -> InvalidBody {
    InvalidBody::Field { field, why: why.into() }
}

impl NewSignalBody {
    /// The signal; `id` and `now` are for one that came without a post.
    pub(crate) fn signal(self, id: Uuid, now: Timestamp) -> Result<(Signal, Option<String>), InvalidBody> {
        let origin = match (self.origin, self.source) {
            (None, None) => return Err(refused("source", "name a `source`, or give the post as `origin`")),
            (None, Some(source)) => {
                let source = Source::parse(&source).map_err(|error| refused("source", error.to_string()))?;
                Origin::Api(ApiOrigin { id, source, created_at: now })
            }
            (Some(origin), source) => {
                let origin = Origin::Message(origin.checked()?);
                let own = origin.source();
                let agrees = source.is_none_or(|it| Source::parse(&it).is_ok_and(|it| it == own));
                if !agrees {
                    return Err(refused("source", format!("the source of this origin is `{own}`: leave `source` out")));
                }
                origin
            }
        };
        let fields = ReplacementBody {
            symbol: self.symbol,
            signal_type: self.signal_type,
            entry_price: self.entry_price,
            entry: self.entry,
            target_price: self.target_price,
            targets: self.targets,
            stop_loss: self.stop_loss,
            stop_loss_percent: self.stop_loss_percent,
            leverage: self.leverage,
            margin: self.margin,
            confidence: self.confidence,
            original_text: self.original_text,
            provider_id: self.provider_id,
            status: None,
        };
        let (mut draft, text) = fields.draft()?;
        if let Some(market) = self.market {
            draft.symbol = draft.symbol.on_market(market);
        }
        draft.in_percent = self.percent.unwrap_or(draft.in_percent);
        Ok((Signal::from_draft(draft, origin)?, text))
    }
}

impl NewOriginBody {
    pub(super) fn checked(self) -> Result<MessageOrigin, InvalidBody> {
        let channel =
            ChannelName::parse(&self.channel).map_err(|error| refused("origin.channel", error.to_string()))?;
        let message_id = message_id("origin.message_id", self.message_id)?;
        if self.ordinal > 99 {
            return Err(refused("origin.ordinal", "an ordinal lies in 0..=99"));
        }
        for (field, time) in [("origin.posted_at", Some(self.posted_at)), ("origin.edited_at", self.edited_at)] {
            if time.is_some_and(|time| !is_plausible(time)) {
                return Err(refused(field, "the time lies before 2013, when Telegram began, or after 2200"));
            }
        }
        Ok(MessageOrigin {
            channel,
            message_id,
            ordinal: self.ordinal,
            posted_at: whole_milliseconds(self.posted_at),
            edited_at: self.edited_at.map(whole_milliseconds),
        })
    }
}

/// Telegram opened on 14 August 2013 (<https://telegram.org/evolution>).
fn is_plausible(time: Timestamp) -> bool {
    (1_356_998_400..7_258_118_400).contains(&time.as_second())
}

/// Times are kept in milliseconds; a client that reads its signal back shall find the same.
pub(crate) fn whole_milliseconds(time: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(time.as_millisecond()).unwrap_or(time)
}

impl ReplacementBody {
    /// What the record becomes.
    pub(crate) fn apply(self, record: SignalRecord) -> Result<SignalRecord, InvalidBody> {
        let status = self.status.unwrap_or(record.status);
        let (draft, text) = self.draft()?;
        let signal = Signal::from_draft(draft, record.signal.origin().clone())?;
        Ok(SignalRecord { signal, text, status, ..record })
    }

    fn draft(self) -> Result<(SignalDraft, Option<String>), InvalidBody> {
        let symbol = Symbol::parse(&self.symbol).map_err(|error| refused("symbol", error.to_string()))?;
        let entry = match (self.entry, self.entry_price) {
            (Some(_), Some(_)) => return Err(refused("entry_price", "give `entry` or `entry_price`, not both")),
            (Some(entry), None) => entry.checked()?,
            (None, Some(price)) => Entry::Limit { price },
            (None, None) => Entry::Market,
        };
        let targets = match (self.targets, self.target_price) {
            (Some(_), Some(_)) => return Err(refused("target_price", "give `targets` or `target_price`, not both")),
            (targets, price) => targets.unwrap_or_else(|| price.into_iter().collect()),
        };
        let stop_loss = match (self.stop_loss, self.stop_loss_percent) {
            (Some(_), Some(_)) => {
                return Err(refused("stop_loss_percent", "give `stop_loss` or `stop_loss_percent`, not both"));
            }
            (Some(price), None) => StopLoss::Price { price },
            (None, Some(percent)) if percent > Decimal::ZERO => StopLoss::Percent { percent: percent.normalize() },
            (None, Some(_)) => return Err(refused("stop_loss_percent", "a loss in percent is greater than zero")),
            (None, None) => StopLoss::None,
        };
        for (field, text, longest) in [
            ("original_text", &self.original_text, LONGEST_TEXT),
            ("provider_id", &self.provider_id, LONGEST_PROVIDER_ID),
        ] {
            if text.as_ref().is_some_and(|text| text.len() > longest) {
                return Err(refused(field, format!("it has more than {longest} bytes")));
            }
        }
        let in_percent = matches!(stop_loss, StopLoss::Percent { .. });
        let draft = SignalDraft {
            symbol,
            signal_type: self.signal_type,
            entry,
            targets,
            stop_loss,
            leverage: self.leverage.map(LeverageBody::checked).transpose()?,
            margin: self.margin,
            in_percent,
            provider_id: self.provider_id,
            confidence: self.confidence.unwrap_or(Confidence::from_percent(100)),
            violations: Vec::new(),
            evidence: Vec::new(),
        };
        Ok((draft, self.original_text))
    }
}

impl PatchBody {
    /// What the record becomes.
    pub(crate) fn apply(self, record: SignalRecord) -> Result<SignalRecord, InvalidBody> {
        let mut draft = record.signal.fields().clone();
        if let Some(symbol) = self.symbol {
            draft.symbol = Symbol::parse(&symbol).map_err(|error| refused("symbol", error.to_string()))?;
        }
        if let Some(entry) = self.entry {
            draft.entry = entry.checked()?;
        }
        if let Some(stop_loss) = self.stop_loss {
            draft.stop_loss = stop_loss.map_or(StopLoss::None, |price| StopLoss::Price { price });
            draft.in_percent = false;
        }
        if let Some(leverage) = self.leverage {
            draft.leverage = leverage.map(LeverageBody::checked).transpose()?;
        }
        draft.signal_type = self.signal_type.unwrap_or(draft.signal_type);
        draft.targets = self.targets.unwrap_or(draft.targets);
        draft.margin = self.margin.unwrap_or(draft.margin);
        draft.confidence = self.confidence.unwrap_or(draft.confidence);
        let status = self.status.unwrap_or(record.status);
        let signal = Signal::from_draft(draft, record.signal.origin().clone())?;
        Ok(SignalRecord { signal, status, ..record })
    }
}

impl EntryBody {
    fn checked(self) -> Result<Entry, InvalidBody> {
        let Self { kind, price, low, high, prices, when } = self;
        let entry = match (kind, price, low, high, prices, when) {
            (EntryKind::Market, None, None, None, None, None) => Entry::Market,
            (EntryKind::Limit, Some(price), None, None, None, None) => Entry::Limit { price },
            (EntryKind::Limit, None, Some(low), Some(high), None, None) if low == high => Entry::Limit { price: low },
            (EntryKind::Zone, None, Some(low), Some(high), None, None) if low <= high => Entry::Zone { low, high },
            (EntryKind::Breakout, None, Some(low), Some(high), None, Some(when)) if low <= high => {
                Entry::Breakout { when, low, high }
            }
            // `low` and `high` are what the API shows beside the prices of a ladder; they are told by the prices.
            (EntryKind::Ladder, None, _, _, Some(prices), None) if (2..=MOST_TARGETS).contains(&prices.len()) => {
                let entry = Entry::Ladder { prices };
                let range = entry.range().unzip();
                if low.is_some_and(|low| Some(low) != range.0) || high.is_some_and(|high| Some(high) != range.1) {
                    return Err(refused("entry", "`low` and `high` of a ladder are those of its `prices`"));
                }
                entry
            }
            _ => {
                let needs = match kind {
                    EntryKind::Market => "a market entry has no prices",
                    EntryKind::Limit => "a limit entry has one `price`",
                    EntryKind::Zone => "a zone has `low` and `high`, and `low` is not above `high`",
                    EntryKind::Ladder => "a ladder has 2 to 50 `prices`",
                    EntryKind::Breakout => "a breakout has `low`, `high` (the same for a single level) and `when`",
                };
                return Err(refused("entry", needs));
            }
        };
        Ok(entry)
    }
}

impl LeverageBody {
    fn checked(self) -> Result<Leverage, InvalidBody> {
        let range = Leverage::new(self.min, self.max).filter(|_| self.min <= self.max);
        range.ok_or_else(|| refused("leverage", "leverage lies in 1..=1000, and `min` is not above `max`"))
    }
}

/// A field that was stated, were it as null.
fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// A field that is an object, or is left out.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

fn stated_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    object(deserializer).map(Some)
}

fn decimal<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Decimal>, D::Error> {
    #[derive(Deserialize)]
    struct Exact(#[serde(with = "exact_number")] Decimal);
    Ok(Option::<Exact>::deserialize(deserializer)?.map(|it| it.0))
}
