//! The cost of the sandbox: the same calls with a plain client and with the component,
//! in one run, against the same local server.
//!
//! ```sh
//! cargo bench --bench sandbox
//! cargo bench --bench sandbox -- --rounds 20 --json sandbox.json --svg .readme/sandbox.svg
//! ```
//!
//! The plain client is hyper with its connection pool, and serde. The figures are medians
//! of the rounds. Ratios are computed within a round, in which the clients take turns, so
//! that a busy machine slows all of them. CPU time is that of this process, including
//! the server.

#![allow(
    clippy::cast_precision_loss,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::large_enum_variant,
    clippy::panic,
    clippy::print_stdout,
    clippy::struct_field_names,
    clippy::unchecked_time_subtraction,
    clippy::unwrap_used,
    reason = "a measurement that fails panics, and prints its figures; names are Stytch's"
)]

mod arguments;
mod caller;
mod chart;
mod measure;
mod memory;
mod plain;
mod report;
mod server;
mod split;

use arguments::Arguments;
use caller::{Callers, Work};
use measure::{Measured, measure};
use report::Report;
use server::Server;
use std::fs;

/// The cases: an operation, and the number of concurrent callers.
const CASES: [(Work, u32); 6] = [
    (Work::Retrieve, 1),
    (Work::Retrieve, 64),
    (Work::Search(100), 1),
    (Work::Search(100), 64),
    (Work::Search(1000), 1),
    (Work::Search(1000), 8),
];

fn main() {
    let arguments = Arguments::parse();
    let server = Server::start();
    let mut report = Report::default();
    for (number, (work, callers)) in CASES.into_iter().enumerate() {
        if arguments.case.is_some_and(|case| case != number) {
            continue;
        }
        let mut ways = Callers::all(&arguments, &server, work, callers);
        if let Some(way) = arguments.way {
            println!("{:?}", measure(&mut ways[way], callers, arguments.turn));
            continue;
        }
        let rounds: Vec<Vec<Measured>> = (0..arguments.rounds)
            .map(|_| {
                let turns = ways.iter_mut();
                turns
                    .map(|way| measure(way, callers, arguments.turn))
                    .collect()
            })
            .collect();
        report.add(work, callers, &rounds);
    }
    if arguments.case.is_none() {
        for work in [Work::Retrieve, Work::Search(100), Work::Search(1000)] {
            report.splits.push(split::split(&arguments, &server, work));
        }
        report.in_flight = memory::in_flight(&arguments);
    }
    print!("{report}");
    if let Some(file) = arguments.json {
        fs::write(file, report.json()).unwrap();
    }
    if let Some(file) = arguments.svg {
        fs::write(file, report.svg()).unwrap();
    }
}
