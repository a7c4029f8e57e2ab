//! The figures: as a table, as JSON and as a chart.

use crate::caller::Work;
use crate::chart::{self, Bar};
use crate::measure::Measured;
use crate::split::Split;
use std::fmt;
use std::time::Duration;

/// The clients, starting with the baseline.
pub(crate) const WAYS: [&str; 3] = [
    "plain client",
    "component, fresh instance",
    "component, instance reused",
];

#[derive(Default)]
pub(crate) struct Report {
    cases: Vec<Case>,
    pub(crate) splits: Vec<Split>,
    /// The number of calls in flight, and the bytes of each.
    pub(crate) in_flight: (u32, u64),
}

struct Case {
    work: Work,
    callers: u32,
    rows: Vec<Row>,
}

impl Case {
    fn title(&self) -> String {
        match self.callers {
            1 => format!("{}, 1 caller", self.work),
            callers => format!("{}, {callers} callers", self.work),
        }
    }
}

struct Row {
    way: &'static str,
    median: Measured,
    /// The throughput relative to the plain client.
    ratio: f64,
    /// How much longer the median call takes than with the plain client, in
    /// microseconds. Since both vary, this can be negative.
    added: f64,
}

impl Report {
    /// Adds the rounds of one case, in each of which every client had a turn.
    pub(crate) fn add(&mut self, work: Work, callers: u32, rounds: &[Vec<Measured>]) {
        let median_of = |value: &dyn Fn(&[Measured]) -> f64| {
            median(rounds.iter().map(|round| value(round)).collect())
        };
        let rows = WAYS.iter().enumerate().map(|(way, name)| Row {
            way: name,
            median: Measured {
                rate: median_of(&|round| round[way].rate),
                latency: seconds(median_of(&|round| round[way].latency.as_secs_f64())),
                processor: seconds(median_of(&|round| round[way].processor.as_secs_f64())),
            },
            ratio: median_of(&|round| round[way].rate / round[0].rate),
            added: median_of(&|round| micros(round[way].latency) - micros(round[0].latency)),
        });
        self.cases.push(Case {
            work,
            callers,
            rows: rows.collect(),
        });
    }

    pub(crate) fn json(&self) -> String {
        let cases: Vec<_> = self
            .cases
            .iter()
            .map(|case| {
                let rows = case.rows.iter().map(|row| {
                    serde_json::json!({
                        "way": row.way,
                        "ratio": round(row.ratio, 3),
                        "calls_per_second": round(row.median.rate, 0),
                        "median_latency_us": round(micros(row.median.latency), 1),
                        "added_latency_us": round(row.added, 1),
                        "processor_us_per_call": round(micros(row.median.processor), 1),
                    })
                });
                serde_json::json!({
                    "operation": case.work.to_string(),
                    "callers": case.callers,
                    "ways": rows.collect::<Vec<_>>(),
                })
            })
            .collect();
        let splits = self.splits.iter().map(|split| {
            serde_json::json!({
                "operation": split.work.to_string(),
                "instance_us": round(micros(split.instance), 1),
                "network_us": round(micros(split.network), 1),
                "host_calls_us": round(micros(split.host_calls), 1),
                "decoding_us": round(micros(split.decoding), 1),
                "lifting_us": round(micros(split.lifting), 1),
            })
        });
        let report = serde_json::json!({
            "cases": cases,
            "splits": splits.collect::<Vec<_>>(),
            "calls_in_flight": self.in_flight.0,
            "bytes_per_call_in_flight": self.in_flight.1,
        });
        format!("{report:#}\n")
    }

    pub(crate) fn svg(&self) -> String {
        let cases = self.cases.iter().map(|case| {
            let bars = case.rows.iter().map(|row| Bar {
                way: row.way,
                ratio: row.ratio,
            });
            (case.title(), bars.collect())
        });
        chart::svg(&cases.collect::<Vec<_>>())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for case in &self.cases {
            writeln!(out, "{}", case.title())?;
            writeln!(
                out,
                "  {:<28} {:>9} {:>7} {:>12} {:>12} {:>12}",
                "", "calls/s", "ratio", "median", "added", "processor"
            )?;
            for row in &case.rows {
                writeln!(
                    out,
                    "  {:<28} {:>9.0} {:>7.2} {:>9.1} µs {:>9.1} µs {:>9.1} µs",
                    row.way,
                    row.median.rate,
                    row.ratio,
                    micros(row.median.latency),
                    row.added,
                    micros(row.median.processor),
                )?;
            }
            writeln!(out)?;
        }
        if !self.splits.is_empty() {
            writeln!(
                out,
                "CPU time of a call:       {:>16} {:>12} {:>12} {:>12} {:>12}",
                "instance", "network", "host calls", "decoding", "lifting"
            )?;
        }
        for split in &self.splits {
            writeln!(
                out,
                "  {:<28} {:>9.1} µs {:>9.1} µs {:>9.1} µs {:>9.1} µs {:>9.1} µs",
                split.work.to_string(),
                micros(split.instance),
                micros(split.network),
                micros(split.host_calls),
                micros(split.decoding),
                micros(split.lifting),
            )?;
        }
        writeln!(out)?;
        let (calls, bytes) = self.in_flight;
        let kilobytes = bytes as f64 / 1024.0;
        writeln!(
            out,
            "memory of a call, {calls} in flight: {kilobytes:.1} KB"
        )
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}

fn round(value: f64, digits: i32) -> f64 {
    let unit = 10_f64.powi(digits);
    (value * unit).round() / unit
}
