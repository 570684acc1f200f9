//! Which known word was meant by one that is not known.

/// The known word that is nearest to this one, where one is near enough to be meant.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let (n, nearest) = known.into_iter().map(|it| (distance(word, it), it)).min()?;
    (n <= 1 + nearest.len() / 3).then_some(nearest)
}

/// How many letters are to be put in, taken out or exchanged to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (n, letter) in one.chars().enumerate() {
        let mut corner = std::mem::replace(&mut row[0], n + 1);
        for (m, there) in other.iter().enumerate() {
            let exchanged = corner + usize::from(letter != *there);
            corner = row[m + 1];
            row[m + 1] = exchanged.min(corner + 1).min(row[m] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_differ_are_counted() {
        assert_eq!([distance("", "ab"), distance("chanels", "channels"), distance("port", "part")], [2, 1, 1]);
    }

    #[test]
    fn a_word_that_is_like_none_has_no_nearest() {
        assert_eq!(nearest("whalchart", ["cryptowhales", "whalechart"]), Some("whalechart"));
        assert_eq!(nearest("dolphins", ["cryptowhales", "whalechart"]), None);
        assert_eq!(nearest("dolphins", []), None);
    }
}
