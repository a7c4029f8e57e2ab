//! The arguments: what to measure, for how long, and where to write it.

use std::path::{Path, PathBuf};
use std::time::Duration;
use stytch_host::{Plugin, PluginBuilder};

pub(crate) struct Arguments {
    pub(crate) rounds: usize,
    /// How long each client is measured in a round.
    pub(crate) turn: Duration,
    /// How many calls are in flight when their memory is measured.
    pub(crate) in_flight: u32,
    /// A component to use instead of the embedded one.
    pub(crate) component: Option<PathBuf>,
    /// The indices of the only case and the only client to measure.
    pub(crate) case: Option<usize>,
    pub(crate) way: Option<usize>,
    pub(crate) json: Option<PathBuf>,
    pub(crate) svg: Option<PathBuf>,
}

impl Arguments {
    /// The settings of every plugin that is measured.
    pub(crate) fn builder(&self) -> PluginBuilder {
        let builder =
            Plugin::builder().compilation_cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/compiled"));
        match &self.component {
            Some(file) => builder.component_file(file),
            None => builder,
        }
    }

    pub(crate) fn parse() -> Self {
        let mut parsed = Self {
            rounds: 15,
            turn: Duration::from_millis(200),
            in_flight: 10_000,
            component: None,
            case: None,
            way: None,
            json: None,
            svg: None,
        };
        let mut arguments = std::env::args().skip(1);
        while let Some(flag) = arguments.next() {
            // Passed by cargo.
            if flag == "--bench" {
                continue;
            }
            let value = arguments.next().unwrap_or_default();
            match flag.as_str() {
                "--rounds" => parsed.rounds = value.parse().unwrap(),
                "--turn" => parsed.turn = Duration::from_millis(value.parse().unwrap()),
                "--in-flight" => parsed.in_flight = value.parse().unwrap(),
                "--component" => parsed.component = Some(value.into()),
                "--case" => parsed.case = Some(value.parse().unwrap()),
                "--way" => parsed.way = Some(value.parse().unwrap()),
                "--json" => parsed.json = Some(from_root(&value)),
                "--svg" => parsed.svg = Some(from_root(&value)),
                _ => panic!(
                    "{flag}? There are --rounds N, --turn MILLISECONDS, --in-flight N, \
                     --component FILE, --json FILE and --svg FILE"
                ),
            }
        }
        parsed
    }
}

/// Cargo runs benchmarks in the folder of their package.
fn from_root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(path)
}
