//! Writes text in color, if color is enabled.

use anstyle::{AnsiColor, Style};
use std::io::{self, Write};

/// The role of a piece of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Title,
    /// Verified, or in good state.
    Good,
    /// Not verified.
    Doubt,
    /// Must not be overlooked.
    Bad,
    /// Secondary.
    Faint,
}

impl Tone {
    fn style(self) -> Style {
        let style = Style::new();
        match self {
            Self::Plain => style,
            Self::Title => style.bold(),
            Self::Good => style.fg_color(Some(AnsiColor::Green.into())),
            Self::Doubt => style.fg_color(Some(AnsiColor::Yellow.into())),
            Self::Bad => style.bold().fg_color(Some(AnsiColor::Red.into())),
            Self::Faint => style.dimmed(),
        }
    }
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Colorizer {
    pub(crate) colors: bool,
}

impl Colorizer {
    pub(crate) fn write(self, out: &mut impl Write, text: &str, tone: Tone) -> io::Result<()> {
        if !self.colors || tone == Tone::Plain || text.is_empty() {
            return out.write_all(text.as_bytes());
        }
        let style = tone.style();
        write!(out, "{style}{text}{style:#}")
    }
}
