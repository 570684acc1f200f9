//! Which roles a word can play, and which of them a post or a clause holds.
//!
//! The words on the right are those of the data files; the code knows no others.

macro_rules! roles {
    ($($(#[doc = $doc:literal])+ $name:ident = $word:literal,)*) => {
        /// The role of a word in a post.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum Role {
            /// Known as part of a phrase only, or not known.
            None,
            $($(#[doc = $doc])+ $name,)*
        }

        impl Role {
            pub(super) fn from_word(word: &str) -> Option<Self> {
                match word {
                    "none" => Some(Self::None),
                    $($word => Some(Self::$name),)*
                    _ => None,
                }
            }
        }
    };
}

roles! {
    /// "long" as a side.
    Long = "long",
    /// "short" as a side.
    Short = "short",
    /// "buy": a side, or the label of the entry of a long or of the take profit of a short.
    Buy = "buy",
    /// "sell": a side, or the label of a take profit.
    Sell = "sell",
    /// Longs or shorts as people or positions in general: talk, not an instruction.
    SideTalk = "side_talk",
    /// Labels the entry.
    Entry = "entry",
    /// "zone", "range", "area": the prices are an interval.
    Zone = "zone",
    /// "price": labels a price, but does not say which.
    Price = "price",
    /// Labels the price of the moment.
    Current = "current",
    /// "now", "at market": enter at the price of the moment.
    Market = "market",
    /// "limit", "pending".
    Limit = "limit",
    /// A further entry, lower for a long.
    Dca = "dca",
    /// "above", "over", "breaks".
    Above = "above",
    /// "below", "under".
    Below = "below",
    /// Labels targets.
    Target = "target",
    /// Labels the stop loss.
    Stop = "stop",
    /// Labels a price that is no level to trade at: optimal entry, liquidation, support of the idea.
    AsideLevel = "aside_level",
    /// Labels a number that is no price: risk, size, score, time.
    Aside = "aside",
    /// Labels the ratio of risk to reward.
    RiskReward = "risk_reward",
    /// Labels leverage.
    Leverage = "leverage",
    /// The unit of leverage: `x`, `倍`.
    Times = "times",
    /// Cross margin.
    Cross = "cross",
    /// Isolated margin.
    Isolated = "isolated",
    /// A spot trade.
    Spot = "spot",
    /// A futures trade, an exchange, or another word about the venue.
    Venue = "venue",
    /// Labels the symbol.
    Pair = "pair",
    /// Labels the side.
    SideLabel = "side_label",
    /// "signal", "setup", "trade", "call": the post announces a plan.
    Signal = "signal",
    /// "term": "short term" is no side.
    Term = "term",
    /// An ordinal; the value is the number.
    Ordinal = "ordinal",
    /// "no", "none", "without".
    No = "no",
    /// A target without a price: open, moon, hold.
    Runner = "runner",
    /// "open", "enter", "take" as an instruction to open a position.
    Enter = "enter",
    /// Reached, hit, done.
    Hit = "hit",
    /// Reached, as a word that also means something else ("done", "active", "in").
    Done = "done",
    /// The position was closed.
    Closed = "closed",
    /// Close the position.
    Close = "close",
    /// Cancel, cancelled.
    Cancel = "cancel",
    /// Break-even.
    Breakeven = "breakeven",
    /// "BE": break-even beside a stop, a word elsewhere.
    BreakevenShort = "breakeven_short",
    /// An order was filled, a position opened.
    Filled = "filled",
    /// All, every.
    All = "all",
    /// Move, trail, adjust, change.
    Move = "move",
    /// "new": a level that replaces another, or a new signal.
    Fresh = "fresh",
    /// Again, instead: what follows opens a trade after another one ended.
    Again = "again",
    /// Partly, half; a share of the position.
    Partial = "partial",
    /// Hold, keep, plan unchanged; add or reduce.
    Hold = "hold",
    /// Take profit as a past or present act: "booked", "secured".
    Book = "book",
    /// Stopped out.
    StoppedOut = "stopped_out",
    /// Profit or gain, of the past or to be expected.
    Profit = "profit",
    /// Loss of the past.
    Loss = "loss",
    /// A condition: if, when, after, once.
    If = "if",
    /// What is yet to come: will, going to.
    Will = "will",
    /// Not.
    Not = "not",
    /// The position, the trade.
    Position = "position",
    /// "status", "result": what follows is the state of a signal.
    Status = "status",
    /// Still waiting, not reached.
    Pending = "pending",
    /// Analysis: support, trend, expecting.
    Analysis = "analysis",
    /// Points, pips: a distance, not a price.
    Points = "points",
    /// A unit of time.
    Time = "time",
    /// A lesson, an example.
    Lesson = "lesson",
    /// A machine's alert.
    Alert = "alert",
    /// An advert.
    Advert = "advert",
    /// A report of past results.
    Recap = "recap",
    /// A trade refused or only considered.
    Refused = "refused",
    /// Thousand.
    Thousand = "thousand",
    /// Ten thousand.
    TenThousand = "ten_thousand",
    /// Million and more: not the scale of a price.
    Million = "million",
    /// Percent as a word.
    Percent = "percent",
    /// "and", "to", "until": joins two prices.
    And = "and",
    /// A currency or quote that may follow a price.
    Currency = "currency",
    /// A coin; the symbol is kept beside.
    Coin = "coin",
    /// A word that is never a symbol, whatever stands beside it.
    Plain = "plain",
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RoleSet([u64; 2]);

impl RoleSet {
    pub(crate) const fn of(roles: &[Role]) -> Self {
        let mut set = Self([0; 2]);
        let mut i = 0;
        while i < roles.len() {
            let role = roles[i] as usize;
            set.0[role / 64] |= 1 << (role % 64);
            i += 1;
        }
        set
    }

    #[inline]
    pub(crate) fn add(&mut self, role: Role) {
        let role = role as usize;
        // Both halves, so that they can stay in registers.
        self.0[0] |= u64::from(role < 64) << (role % 64);
        self.0[1] |= u64::from(role >= 64) << (role % 64);
    }

    #[inline]
    pub(crate) const fn has(self, role: Role) -> bool {
        let role = role as usize;
        (if role < 64 { self.0[0] } else { self.0[1] }) >> (role % 64) & 1 != 0
    }

    #[inline]
    pub(crate) fn any(self, roles: &[Role]) -> bool {
        self.meets(Self::of(roles))
    }

    /// Whether the sets share a role.
    #[inline]
    pub(crate) const fn meets(self, other: Self) -> bool {
        self.0[0] & other.0[0] | self.0[1] & other.0[1] != 0
    }
}
