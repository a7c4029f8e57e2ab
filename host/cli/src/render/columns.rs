//! Lays cells out in columns.

use super::cell::{Cell, Line};
use super::color::{Colorizer, Tone};
use std::io::{self, Write};

/// More lines than this are not shown of a cell where space is short.
const LINES: usize = 5;

/// A column, and the cells of a row that stand below each other in it.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub(super) title: String,
    pub(super) sources: Vec<usize>,
    /// The least width that it can be read with; none when it is never cut.
    pub(super) least: Option<usize>,
}

impl Column {
    /// A column for each cell, none of which is ever cut.
    pub(super) fn each(titles: &[&str]) -> Vec<Self> {
        let column = |(source, title): (usize, &&str)| Self {
            title: (*title).to_owned(),
            sources: vec![source],
            least: None,
        };
        titles.iter().enumerate().map(column).collect()
    }

    fn cell<'a>(&self, row: &'a [Cell]) -> impl Iterator<Item = &'a Line> {
        let sources = self.sources.clone().into_iter();
        sources.filter_map(|source| row.get(source)).flatten()
    }
}

/// Columns with widths.
#[derive(Debug)]
pub(super) struct ColumnLayout {
    columns: Vec<(Column, usize)>,
    /// Whether cells are cut to their columns.
    cuts: bool,
}

impl ColumnLayout {
    /// Columns as wide as their widest cells.
    pub(super) fn natural(columns: Vec<Column>, rows: &[Vec<Cell>]) -> Self {
        let widths = columns.into_iter().map(|column| {
            let cells = rows.iter().flat_map(|row| column.cell(row));
            let title = Line::new(&column.title).width();
            let width = cells.map(Line::width).fold(title, usize::max);
            (column, width)
        });
        Self {
            columns: widths.collect(),
            cuts: false,
        }
    }

    /// Columns in a width; none when they cannot be read in it.
    pub(super) fn fitted(columns: Vec<Column>, rows: &[Vec<Cell>], width: usize) -> Option<Self> {
        let mut layout = Self::natural(columns, rows);
        layout.cuts = true;
        let wanted: Vec<_> = layout.columns.iter().map(|(_, width)| *width).collect();
        for (column, width) in &mut layout.columns {
            *width = column.least.map_or(*width, |least| least.min(*width));
        }
        let mut room = width.checked_sub(layout.width())?;
        // What is left goes to those that lack something, in turn.
        while room > 0 {
            let before = room;
            for ((_, width), wanted) in layout.columns.iter_mut().zip(&wanted) {
                if *width < *wanted && room > 0 {
                    *width += 1;
                    room -= 1;
                }
            }
            if room == before {
                break;
            }
        }
        Some(layout)
    }

    fn width(&self) -> usize {
        // A space before the first, two before each other one.
        let spaces = (2 * self.columns.len()).saturating_sub(1);
        let widths = self.columns.iter().map(|(_, width)| width);
        spaces + widths.sum::<usize>()
    }

    pub(super) fn write_titles(
        &self,
        out: &mut impl Write,
        colorizer: Colorizer,
    ) -> io::Result<()> {
        let titles = self.columns.iter().map(|(column, width)| {
            let title = Line::new(&column.title).tone(Tone::Title);
            vec![if self.cuts { title.cut(*width) } else { title }]
        });
        self.write_cells(out, colorizer, &titles.collect::<Vec<_>>())
    }

    pub(super) fn write_row(
        &self,
        out: &mut impl Write,
        colorizer: Colorizer,
        row: &[Cell],
    ) -> io::Result<()> {
        let cells = self.columns.iter().map(|(column, width)| {
            let cell: Cell = column.cell(row).cloned().collect();
            match column.least {
                Some(_) if self.cuts => cut(cell, *width),
                _ => cell,
            }
        });
        self.write_cells(out, colorizer, &cells.collect::<Vec<_>>())
    }

    fn write_cells(
        &self,
        out: &mut impl Write,
        colorizer: Colorizer,
        cells: &[Cell],
    ) -> io::Result<()> {
        let height = cells.iter().map(Vec::len).max().unwrap_or(0).max(1);
        for row in 0..height {
            // Spaces are written once something stands behind them.
            let mut spaces = 1;
            for (cell, (_, width)) in cells.iter().zip(&self.columns) {
                let Some(line) = cell.get(row).filter(|line| line.width() > 0) else {
                    spaces += width + 2;
                    continue;
                };
                write!(out, "{:spaces$}", "")?;
                line.write(out, colorizer)?;
                spaces = width.saturating_sub(line.width()) + 2;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

fn cut(mut cell: Cell, width: usize) -> Cell {
    let more = cell.len().saturating_sub(LINES);
    if more > 0 {
        cell.truncate(LINES - 1);
        let more = format!("… +{}", more + 1);
        cell.push(Line::new(&more).tone(Tone::Faint));
    }
    cell.into_iter().map(|line| line.cut(width)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(layout: &ColumnLayout, rows: &[Vec<Cell>]) -> String {
        let mut out = Vec::new();
        let colorizer = Colorizer { colors: false };
        layout.write_titles(&mut out, colorizer).unwrap();
        for row in rows {
            layout.write_row(&mut out, colorizer, row).unwrap();
        }
        String::from_utf8(out).unwrap()
    }

    fn column(title: &str, source: usize, least: Option<usize>) -> Column {
        Column {
            title: title.to_owned(),
            sources: vec![source],
            least,
        }
    }

    fn cell(lines: &[&str]) -> Cell {
        lines.iter().map(|line| Line::new(line)).collect()
    }

    #[test]
    fn wide_characters_keep_columns_in_line() {
        let rows = [
            vec![cell(&["山田"]), cell(&["a"])],
            vec![cell(&["Zoë🦀", "x"]), cell(&["b", "c"])],
        ];
        let layout = ColumnLayout::natural(vec![column("N", 0, None), column("M", 1, None)], &rows);
        assert_eq!(
            print(&layout, &rows),
            " N      M\n 山田   a\n Zoë🦀  b\n x      c\n"
        );
    }

    #[test]
    fn columns_share_what_room_there_is_and_no_id_is_cut() {
        let rows = [vec![
            cell(&["user-test-1"]),
            cell(&["a-long-name"]),
            cell(&["1", "2", "3", "4", "5", "6"]),
        ]];
        let columns = vec![
            column("ID", 0, None),
            column("NAME", 1, Some(4)),
            column("ROLES", 2, Some(8)),
        ];
        let layout = ColumnLayout::fitted(columns.clone(), &rows, 30).unwrap();
        assert_eq!(
            print(&layout, &rows),
            " ID           NAME       ROLES\n\
             \x20user-test-1  a-long-n…  1\n\
             \x20                        2\n\
             \x20                        3\n\
             \x20                        4\n\
             \x20                        … +2\n"
        );
        assert!(ColumnLayout::fitted(columns, &rows, 24).is_none());
    }
}
