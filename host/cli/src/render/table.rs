//! Users for people to read: a card for one, a table for many, fitted to the terminal.

use super::cell::{Cell, Line};
use super::color::{Colorizer, Tone};
use super::columns::{Column, ColumnLayout};
use super::{Settings, Shape, user};
use std::io::{self, Write};
use stytch_credentials::shell_word;
use stytch_fields::{Fields, Path};
use stytch_host::json::PageEnd;
use stytch_host::types::User;

/// The number of users to buffer before the widths of the columns are chosen.
const SAMPLE: usize = 1000;
/// Below this width, users are printed as cards.
const NARROW: usize = 76;

pub(super) struct Table {
    colorizer: Colorizer,
    width: Option<usize>,
    /// Whether to print each page at once, as somebody at a terminal expects.
    interactive: bool,
    fields: Option<Fields>,
    cards: bool,
    rows: Vec<Vec<Cell>>,
    layout: Option<ColumnLayout>,
    hidden: &'static [&'static str],
    count: usize,
}

impl Table {
    pub(super) fn new(settings: &Settings, shape: Shape) -> Self {
        let fields = settings.fields.clone();
        let narrow = match &fields {
            // An ID alone takes half of a line.
            Some(fields) => 16 * fields.paths().len() + 32,
            None => NARROW,
        };
        Self {
            colorizer: settings.colorizer,
            width: settings.width,
            interactive: settings.terminal,
            cards: shape == Shape::One || settings.width.is_some_and(|width| width < narrow),
            fields,
            rows: Vec::new(),
            layout: None,
            hidden: &[],
            count: 0,
        }
    }

    pub(super) fn add(&mut self, out: &mut impl Write, user: &User) -> io::Result<()> {
        self.count += 1;
        if self.cards {
            return self.write_card(out, user);
        }
        self.rows.push(match &self.fields {
            None => user::row(user),
            Some(fields) => chosen(fields, user)?,
        });
        if self.rows.len() < SAMPLE {
            return Ok(());
        }
        self.write_rows(out)
    }

    pub(super) fn page_end(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.interactive {
            self.write_rows(out)?;
        }
        Ok(())
    }

    fn write_card(&self, out: &mut impl Write, user: &User) -> io::Result<()> {
        let rows: Vec<(&str, Cell)> = match &self.fields {
            None => user::card(user).into(),
            Some(fields) => {
                let labels = fields.paths().iter().map(Path::text);
                labels.zip(chosen(fields, user)?).collect()
            }
        };
        if self.count > 1 {
            writeln!(out)?;
        }
        let labels = rows.iter().map(|(label, _)| Line::new(label).width());
        let column = labels.max().unwrap_or(0);
        let room = self.width.map(|width| width.saturating_sub(column + 3));
        for (row, lines) in rows {
            let mut label = Line::new(row).tone(Tone::Title);
            for line in lines {
                // An ID must not be wrapped, so that it can be copied.
                let room = room.filter(|_| !matches!(row, "User ID" | "user_id"));
                for line in wrap(line, room) {
                    write!(out, " ")?;
                    label.write(out, self.colorizer)?;
                    write!(out, "{:1$}", "", column - label.width() + 2)?;
                    line.write(out, self.colorizer)?;
                    writeln!(out)?;
                    label = Line::new("");
                }
            }
        }
        Ok(())
    }

    fn write_rows(&mut self, out: &mut impl Write) -> io::Result<()> {
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        let layout = if let Some(layout) = &self.layout {
            layout
        } else {
            let (layout, hidden) = self.choose_layout(&rows);
            layout.write_titles(out, self.colorizer)?;
            self.hidden = hidden;
            self.layout.insert(layout)
        };
        rows.iter()
            .try_for_each(|row| layout.write_row(out, self.colorizer, row))
    }

    /// Chooses the columns for these and all later rows; also returns the names of the
    /// columns that did not fit.
    fn choose_layout(&self, rows: &[Vec<Cell>]) -> (ColumnLayout, &'static [&'static str]) {
        let layouts = match &self.fields {
            None => layouts(),
            Some(fields) => vec![(chosen_columns(fields), &[][..])],
        };
        let fitted = self.width.and_then(|width| {
            let mut layouts = layouts.iter();
            layouts.find_map(|(columns, hidden)| {
                Some((ColumnLayout::fitted(columns.clone(), rows, width)?, *hidden))
            })
        });
        fitted.unwrap_or_else(|| {
            let widest = layouts.into_iter().next();
            let (columns, hidden) = widest.unwrap_or_default();
            (ColumnLayout::natural(columns, rows), hidden)
        })
    }

    pub(super) fn finish(mut self, out: &mut impl Write, end: Option<&PageEnd>) -> io::Result<()> {
        self.write_rows(out)?;
        let Some(end) = end else {
            return Ok(());
        };
        if self.count > 0 {
            writeln!(out)?;
        }
        let users = if self.count == 1 { "user" } else { "users" };
        match end.total {
            Some(total) => writeln!(out, "{} {users} of {total}", self.count)?,
            None => writeln!(out, "{} {users}", self.count)?,
        }
        if let Some(cursor) = &end.next_cursor {
            writeln!(out, "next page: --cursor={}", shell_word(cursor))?;
        }
        if !self.hidden.is_empty() {
            let hidden = format!("no room for: {} (see --fields)", self.hidden.join(", "));
            self.colorizer.write(out, &hidden, Tone::Faint)?;
            writeln!(out)?;
        }
        Ok(())
    }
}

fn wrap(line: Line, room: Option<usize>) -> Cell {
    match room {
        Some(room) => line.wrap(room),
        None => vec![line],
    }
}

/// Layouts from the widest to the narrowest. First, names move below IDs and phone numbers
/// below e-mail addresses; then the least important columns are hidden.
fn layouts() -> Vec<(Vec<Column>, &'static [&'static str])> {
    let column = |title: &str, sources: &[usize], least| Column {
        title: title.to_owned(),
        sources: sources.to_vec(),
        least,
    };
    let wide = vec![
        column("USER ID", &[0], None),
        column("NAME", &[1], Some(14)),
        column("STATUS", &[2], Some(7)),
        column("E-MAIL", &[3], Some(24)),
        column("PHONE", &[4], Some(14)),
        column("SIGN-IN", &[5], Some(13)),
        column("ROLES", &[6], Some(10)),
        column("CREATED", &[7], None),
    ];
    let folded = |contact: usize, rest: &[(&str, usize, Option<usize>)]| {
        let mut columns = vec![
            column("USER ID, NAME", &[0, 1], None),
            column("STATUS", &[2], Some(7)),
            column("E-MAIL, PHONE", &[3, 4], Some(contact)),
        ];
        let rest = rest.iter();
        columns.extend(rest.map(|(title, source, least)| column(title, &[*source], *least)));
        columns
    };
    let sign_in = ("SIGN-IN", 5, Some(13));
    let roles = ("ROLES", 6, Some(10));
    let created = ("CREATED", 7, None);
    vec![
        (wide, &[]),
        (folded(24, &[sign_in, roles, created]), &[]),
        (folded(24, &[sign_in, roles]), &["created"]),
        (folded(24, &[sign_in]), &["roles", "created"]),
        (folded(14, &[]), &["sign-in", "roles", "created"]),
    ]
}

fn chosen_columns(fields: &Fields) -> Vec<Column> {
    let columns = fields.paths().iter().enumerate();
    columns
        .map(|(source, path)| Column {
            title: path.text().to_owned(),
            sources: vec![source],
            // An ID must not be truncated, so that it can be copied.
            least: (path.text() != "user_id").then_some(12),
        })
        .collect()
}

fn chosen(fields: &Fields, user: &User) -> io::Result<Vec<Cell>> {
    let rows = fields.values(user)?.into_iter();
    Ok(rows
        .map(|values| values.iter().map(|value| Line::new(value)).collect())
        .collect())
}
