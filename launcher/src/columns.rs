//! How rows stand below one another on a terminal.

use std::fmt::Write as _;

use anstyle::Style;

const HEADING: Style = Style::new().bold();

/// The rows below their heading, each column as wide as its longest cell.
pub(crate) fn table<const N: usize>(heading: [&str; N], rows: impl IntoIterator<Item = [String; N]>) -> String {
    let mut all = vec![heading.map(str::to_owned)];
    all.extend(rows);
    let widths: [usize; N] =
        std::array::from_fn(|column| all.iter().map(|row| row[column].chars().count()).max().unwrap_or(0));
    let mut shown = String::new();
    for (i, row) in all.iter().enumerate() {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let line = cells.join("  ");
        let style = if i == 0 { HEADING } else { Style::new() };
        // Writing into a string does not fail.
        let _ = writeln!(shown, "{style}{}{style:#}", line.trim_end());
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_longest_cell_and_lines_end_with_their_text() {
        let rows = [["1", "канал"], ["1000", ""]].map(|row| row.map(str::to_owned));
        let shown = table(["id", "name"], rows);
        assert_eq!(anstream::adapter::strip_str(&shown).to_string(), "id    name\n1     канал\n1000\n");
    }
}
