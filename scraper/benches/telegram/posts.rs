//! What the channels of the measurement say: each post follows from its number alone.

use std::fmt::Write as _;

/// What the parser must make of a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A signal.
    Signal,
    /// News of one.
    News,
    /// Neither.
    Neither,
}

/// How many posts of each kind there are, and how long they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) posts: u64,
    pub(crate) signals: u64,
    pub(crate) news: u64,
    pub(crate) neither: u64,
    /// Unicode code points of all texts.
    pub(crate) characters: u64,
}

impl Count {
    /// Counts one more post.
    pub(crate) fn add(&mut self, text: &str, kind: Kind) {
        self.posts += 1;
        self.characters += text.chars().count() as u64;
        match kind {
            Kind::Signal => self.signals += 1,
            Kind::News => self.news += 1,
            Kind::Neither => self.neither += 1,
        }
    }

    /// What so many posts come to.
    pub(crate) fn of(n_posts: i32) -> Self {
        let mut count = Self::default();
        for id in 1..=n_posts {
            let (text, kind) = post(id);
            count.add(&text, kind);
        }
        count
    }
}

/// Coins with a price that has as many digits as theirs, in units of the last digit that is written, and how many digits
/// stand behind the point.
const COINS: [(&str, i64, u32); 10] = [
    ("BTC", 64_250, 0),
    ("ETH", 31_450, 1),
    ("SOL", 15_020, 2),
    ("XRP", 5_230, 4),
    ("ADA", 4_510, 4),
    ("AVAX", 35_400, 3),
    ("LINK", 14_320, 3),
    ("NEAR", 5_120, 3),
    ("DOGE", 12_340, 5),
    ("LTC", 8_240, 2),
];

/// The text of the post with this number, from 1 on, and what it is. Of ten posts seven are signals, one is news and two
/// are chat, in six languages.
pub(crate) fn post(id: i32) -> (String, Kind) {
    let n = i64::from(id);
    let (coin, base, digits) = COINS[usize::try_from(n / 10).unwrap_or(0) % COINS.len()];
    // Prices wander, by a hundredth at most.
    let base = base + base * (n * 7_919 % 100) / 10_000;
    let at = |per_mille: i64| price(base * (1_000 + per_mille) / 1_000, digits);
    let text = match n % 10 {
        0 => format!(
            "🚀 LONG #{coin}/USDT\n\nLeverage: Cross 10x\nEntry: {} - {}\n\nTargets:\n1) {}\n2) {}\n3) {}\n4) {}\n\nStop loss: {}\n\nRisk 1-2% of the account and move the stop to entry after the second target.",
            at(-4), at(4), at(20), at(40), at(65), at(100), at(-50)
        ),
        1 => format!(
            "📉 SHORT SET-UP\nCoin: ${coin}USDT\nEntry zone: {} – {}\nTP1: {}\nTP2: {}\nTP3: {}\nSL: {}\nLeverage: 5x isolated",
            at(3), at(9), at(-15), at(-35), at(-60), at(40)
        ),
        2 => format!("{coin} LONG ENTRY {} TARGET {} SL {}", at(0), at(30), at(-25)),
        3 => format!(
            "🟢 ЛОНГ #{coin}/USDT\nПлечо: 10х\nВход: {}\nЦели: {} / {} / {}\nСтоп: {}\n\nСоблюдайте риск-менеджмент, не больше 2% депозита на сделку.",
            at(0), at(18), at(35), at(70), at(-40)
        ),
        4 => format!(
            "#{coin}/USDT UZUN\nGiriş: {}\nHedef 1: {}\nHedef 2: {}\nZarar durdur: {}\nKaldıraç: 5x",
            at(0), at(22), at(44), at(-35)
        ),
        5 => format!(
            "🔴 VENTA {coin}/USDT\nEntrada: {}\nObjetivo 1: {}\nObjetivo 2: {}\nStop loss: {}\nApalancamiento 10x",
            at(0), at(-20), at(-45), at(38)
        ),
        6 => format!("{coin}/USDT 做多\n入场: {}\n目标1: {}\n目标2: {}\n止损: {}\n杠杆: 10x", at(0), at(25), at(50), at(-30)),
        7 => format!("#{coin}/USDT Take-Profit target {} ✅\nProfit: {}.5% 📈\nPeriod: 3 Hours 12 Minutes", 1 + n / 10 % 4, 12 + n % 37),
        8 => format!(
            "Good morning everyone ☀️ The market looks quiet before the news of today, so there is no hurry. Stay patient, manage your risk, and do not trade because you are bored. We are at day {} of the challenge.",
            n / 10
        ),
        _ => "Спасибо всем, кто был с нами в эфире! Запись появится вечером, вопросы пишите в комментариях, отвечу каждому.".to_owned(),
    };
    let kind = match n % 10 {
        0..=6 => Kind::Signal,
        7 => Kind::News,
        _ => Kind::Neither,
    };
    (text, kind)
}

/// A number of units of the last digit as it is written.
fn price(units: i64, digits: u32) -> String {
    let one = 10_i64.pow(digits);
    let mut text = (units / one).to_string();
    if digits > 0 {
        let width = usize::try_from(digits).unwrap_or(0);
        let _ = write!(text, ".{:0width$}", units % one);
    }
    text
}
