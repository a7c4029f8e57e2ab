//! What histories say of the steps of workflows.

use serde_json::Value;
use std::collections::BTreeMap;

/// The steps of several workflows.
#[derive(Debug, Default)]
pub struct Effects {
    /// Calls of Stytch that came to their end.
    pub calls: usize,
    /// Attempts that others followed, of calls of Stytch.
    pub retries: usize,
    /// Attempts that others followed, of what the workflows' own workers do.
    pub repetitions: usize,
    /// The reasons of the last of these, by activity.
    reasons: BTreeMap<String, usize>,
}

impl Effects {
    /// Adds a workflow that has completed; returns the names of its steps, in order.
    pub fn add(&mut self, history: &Value) -> Vec<String> {
        let events = history["events"].as_array().unwrap();
        let last = events.last().unwrap();
        assert_eq!(last["eventType"], "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED");
        let mut names = BTreeMap::new();
        let mut steps = Vec::new();
        for event in events {
            let scheduled = &event["activityTaskScheduledEventAttributes"];
            let started = &event["activityTaskStartedEventAttributes"];
            let completed = &event["activityTaskCompletedEventAttributes"];
            let failed = &event["activityTaskFailedEventAttributes"];
            let name = |attributes: &Value| {
                let id = attributes["scheduledEventId"].as_str().unwrap();
                String::clone(&names[id])
            };
            if scheduled.is_object() {
                let name = scheduled["activityType"]["name"].as_str().unwrap();
                names.insert(event["eventId"].as_str().unwrap(), name.to_owned());
            } else if started.is_object() {
                self.attempts(&name(started), started);
            } else if completed.is_object() {
                steps.push(name(completed));
            } else if failed.is_object() {
                // The only failure that the workflows handle.
                let kind = &failed["failure"]["applicationFailureInfo"]["type"];
                assert_eq!(kind, "not_found", "{event}");
                steps.push(name(failed));
            }
        }
        self.calls += steps.iter().filter(|name| is_call(name)).count();
        steps
    }

    fn attempts(&mut self, name: &str, started: &Value) {
        let before = usize::try_from(started["attempt"].as_u64().unwrap() - 1).unwrap();
        if before == 0 {
            return;
        }
        if is_call(name) {
            self.retries += before;
        } else {
            self.repetitions += before;
        }
        let failure = &started["lastFailure"];
        let reason = failure["applicationFailureInfo"]["type"]
            .as_str()
            .or_else(|| failure["timeoutFailureInfo"]["timeoutType"].as_str())
            .unwrap_or("unknown");
        *self.reasons.entry(format!("{name}: {reason}")).or_default() += 1;
    }
}

fn is_call(name: &str) -> bool {
    name.starts_with("stytch.")
}
