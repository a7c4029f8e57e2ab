//! The ratios as a bar chart, with a bar per client for each case.

use std::fmt::{self, Write as _};

/// A client in one case.
pub(crate) struct Bar {
    pub(crate) way: &'static str,
    /// 1 is as fast as the plain client.
    pub(crate) ratio: f64,
}

const COLOURS: [&str; 3] = ["#8c959f", "#0969da", "#1a7f37"];

/// Where bars begin, and the length of a bar with ratio 1, in pixels.
const LEFT: f64 = 260.0;
const LENGTH: f64 = 400.0;
const BAR: usize = 16;
const GAP: usize = 18;

/// Draws cases, each with its title.
pub(crate) fn svg(cases: &[(String, Vec<Bar>)]) -> String {
    let mut body = String::new();
    let mut top = 52;
    // Writing to a `String` cannot fail.
    let _ = draw(&mut body, cases, &mut top);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"780\" height=\"{top}\" \
         viewBox=\"0 0 780 {top}\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
         <text x=\"16\" y=\"28\" font-size=\"15\" font-weight=\"600\" fill=\"#1f2328\">\
         Calls a second against a plain client without a sandbox (longer is faster)</text>\n\
         {body}</svg>\n"
    )
}

fn draw(out: &mut String, cases: &[(String, Vec<Bar>)], top: &mut usize) -> fmt::Result {
    for (title, bars) in cases {
        let middle = *top + bars.len() * BAR / 2 + 4;
        writeln!(
            out,
            "<text x=\"{}\" y=\"{middle}\" text-anchor=\"end\" fill=\"#1f2328\">{title}</text>",
            LEFT - 12.0
        )?;
        for (bar, colour) in bars.iter().zip(COLOURS) {
            let length = bar.ratio * LENGTH;
            writeln!(
                out,
                "<rect x=\"{LEFT}\" y=\"{top}\" width=\"{length:.0}\" height=\"{}\" fill=\"{colour}\"/>\n\
                 <text x=\"{:.0}\" y=\"{}\" font-size=\"11\" fill=\"#1f2328\">{:.2} {}</text>",
                BAR - 2,
                LEFT + length + 6.0,
                *top + BAR - 5,
                bar.ratio,
                bar.way,
            )?;
            *top += BAR;
        }
        *top += GAP;
    }
    Ok(())
}
