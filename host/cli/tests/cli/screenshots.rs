//! The screenshots in the README show what the program prints.
//!
//! `UPDATE_SCREENS=1 cargo test --workspace --test cli screenshots` updates them.

use crate::{cli, succeeded};
use anstyle_svg::Term;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};
use unicode_width::UnicodeWidthStr;

/// A screenshot of a command and its output on a terminal of this width.
fn screen(typed: &str, width: &str) -> String {
    let args: Vec<_> = typed.split(' ').skip(1).collect();
    let shown = ["--output", "table", "--color", "always"];
    let output = cli().run_with(&[&args[..], &shown].concat(), &[("COLUMNS", width)], "");
    let screen = format!("$ {typed}\n{}", succeeded(&output));
    placed(&Term::new().render_svg(&screen))
}

/// Positions every word explicitly, so that columns stay aligned in a font of any width,
/// and after a ✓ from a fallback font.
fn placed(svg: &str) -> String {
    let mut placed = String::new();
    for line in svg.lines() {
        let Some((row, spans)) = line.split_once("><tspan") else {
            placed.push_str(line);
            placed.push('\n');
            continue;
        };
        placed.push_str(row);
        placed.push('>');
        let mut column: usize = 0;
        for span in spans.split("</tspan>") {
            let Some((style, mut text)) = span.split_once('>') else {
                continue;
            };
            let style = style.trim_start_matches("<tspan");
            while !text.is_empty() {
                let words = text.trim_start();
                column += text.len() - words.len();
                let end = words.find("  ").unwrap_or(words.len());
                let (words, rest) = words.split_at(end);
                if !words.is_empty() {
                    let x = 10.0 + 8.4 * f64::from(u16::try_from(column).unwrap());
                    write!(placed, "<tspan x=\"{x:.1}\"{style}>{words}</tspan>").unwrap();
                }
                column += width(words);
                text = rest;
            }
        }
        placed.push('\n');
    }
    placed
}

/// The width of an SVG text in columns.
fn width(text: &str) -> usize {
    let plain = text.replace("&lt;", "<").replace("&gt;", ">");
    plain.replace("&quot;", "\"").replace("&amp;", "&").width()
}

#[test]
fn the_screenshots_of_the_readme_are_current() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.readme");
    for (name, typed, width) in [
        (
            "table.svg",
            "stytch-host --emulator search-users --created-before 2020-04-01T00:00:00Z",
            "110",
        ),
        (
            "card.svg",
            "stytch-host --emulator retrieve-user ada.lovelace",
            "110",
        ),
    ] {
        let path = folder.join(name);
        let drawn = screen(typed, width);
        if env::var_os("UPDATE_SCREENS").is_some() {
            fs::create_dir_all(&folder).unwrap();
            fs::write(&path, &drawn).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap();
        assert!(
            kept == drawn,
            "{name} is outdated: see host/cli/tests/cli/screenshots.rs"
        );
    }
}
