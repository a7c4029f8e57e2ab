//! What the workflows do besides calling Stytch. Each may run twice, and does the same then.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use temporalio_macros::activities;
use temporalio_sdk::ApplicationFailure;
use temporalio_sdk::activities::{ActivityContext, ActivityError};

#[derive(Debug, Serialize, Deserialize)]
pub struct Enriched {
    pub case_id: String,
    pub decision: String,
    /// How many users Stytch finds by the domain of the user's e-mail address, this one
    /// included; `None` if it was not asked, or did not count.
    pub users_of_domain: Option<u64>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    pub file: String,
    pub users: u64,
    pub complete: bool,
    pub sampled: usize,
    pub deleted: usize,
    pub pending: usize,
}

/// The folder of cases and reports.
pub struct Cases(pub PathBuf);

#[activities]
impl Cases {
    #[activity(name = "write_case")]
    pub fn write_case(
        self: Arc<Self>,
        _: ActivityContext,
        case: Enriched,
    ) -> Result<(), ActivityError> {
        self.write(&format!("{}.json", case.case_id), &case)
    }

    #[activity(name = "write_report")]
    pub fn write_report(
        self: Arc<Self>,
        _: ActivityContext,
        report: Report,
    ) -> Result<(), ActivityError> {
        self.write(&format!("{}.report.json", report.file), &report)
    }

    /// The IDs of users that are evenly spread over the file.
    #[activity(name = "sample")]
    pub fn sample(
        _: ActivityContext,
        url: String,
        size: usize,
    ) -> Result<Vec<String>, ActivityError> {
        let path = url
            .strip_prefix("file://")
            .context("not the URL of a file")?;
        let mut user_ids = Vec::new();
        for line in BufReader::new(File::open(path)?).lines() {
            let user: Value = serde_json::from_str(&line?)?;
            let user_id = user
                .get("user_id")
                .and_then(Value::as_str)
                .context("a user without an ID")?;
            user_ids.push(user_id.to_owned());
        }
        let size = size.min(user_ids.len());
        let places = (0..size).map(|number| number * user_ids.len() / size);
        Ok(places
            .filter_map(|place| user_ids.get(place).cloned())
            .collect())
    }
}

impl Cases {
    /// Writes a whole file, or none.
    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), ActivityError> {
        if Path::new(name).file_name() != Some(name.as_ref()) {
            let failure =
                ApplicationFailure::non_retryable(format!("{name:?} is not the name of a file"));
            return Err(ActivityError::application(failure));
        }
        fs::create_dir_all(&self.0)?;
        let partial = self
            .0
            .join(format!("{name}.{}.partial", std::process::id()));
        fs::write(&partial, serde_json::to_vec(value)?)?;
        fs::rename(partial, self.0.join(name))?;
        Ok(())
    }
}
