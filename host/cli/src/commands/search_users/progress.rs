//! The progress of a search, on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{self, IsTerminal};
use std::time::Duration;

const WITH_TOTAL: &str = "{wide_bar} {human_pos} of {human_len} users, {per_sec}, {eta} left";
const WITHOUT_TOTAL: &str = "{spinner} {human_pos} users, {per_sec}, for {elapsed}";

/// A progress bar; hidden if standard error is not a terminal, or if users are printed
/// on that terminal.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// `is_wanted` is false if other output would be mixed with the bar.
    pub(super) fn start(is_wanted: bool, users: u64) -> Self {
        if !(is_wanted && io::stderr().is_terminal()) {
            return Self(ProgressBar::hidden());
        }
        let bar =
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()).with_position(users);
        bar.set_style(style(WITHOUT_TOTAL));
        bar.reset_eta();
        // The first page may take seconds.
        bar.enable_steady_tick(Duration::from_millis(100));
        Self(bar)
    }

    pub(super) fn set(&self, users: u64, total: Option<u64>) {
        if total != self.0.length() {
            if let Some(total) = total {
                self.0.set_length(total);
                self.0.set_style(style(WITH_TOTAL));
            } else {
                self.0.unset_length();
                self.0.set_style(style(WITHOUT_TOTAL));
            }
        }
        self.0.set_position(users);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
