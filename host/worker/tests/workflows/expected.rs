//! What the workflows must write, from the users themselves.

use crate::processes::Temporal;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// All users of an emulator.
pub struct Users(Vec<Value>);

impl Users {
    /// Reads up to 1000 with the activity of a worker.
    pub fn read(server: &Temporal, credential: &str) -> Self {
        let input = json!({"credential": credential, "limit": 1000});
        let queue = format!("stytch.{credential}.search");
        let page = server.execute("stytch.search_users", &queue, &input);
        Self(page.unwrap()["results"].as_array().unwrap().clone())
    }

    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|user| user["user_id"].as_str().unwrap())
    }

    /// Returns the ID of a user whose case has this decision.
    pub fn with(&self, decision: &str) -> &str {
        let mut ids = self.ids();
        ids.find(|id| self.case(id)["decision"] == decision)
            .unwrap()
    }

    /// The case of a user, or of nobody.
    pub fn case(&self, id: &str) -> Value {
        let user = self.0.iter().find(|user| user["user_id"] == id);
        let (decision, users_of_domain) = match user {
            None => ("unknown user", None),
            Some(user) if user["is_locked"] == true => ("locked", None),
            Some(user) => match verified_domain(user) {
                None => ("no verified e-mail address", None),
                Some(domain) => ("ok", Some(self.found_by(&domain))),
            },
        };
        let case_id = format!("case-{id}");
        json!({"case_id": case_id, "decision": decision, "users_of_domain": users_of_domain})
    }

    /// How many users the emulator finds by a prefix of an address, or of its domain.
    fn found_by(&self, prefix: &str) -> usize {
        let is_found = |user: &&Value| {
            let mut emails = user["emails"].as_array().unwrap().iter();
            emails.any(|email| {
                let address = email["email"].as_str().unwrap();
                let domain = address.split('@').nth(1).unwrap();
                address.starts_with(prefix) || domain.starts_with(prefix)
            })
        };
        self.0.iter().filter(is_found).count()
    }
}

fn verified_domain(user: &Value) -> Option<String> {
    let mut emails = user["emails"].as_array().unwrap().iter();
    let email = emails.find(|email| email["verified"] == true)?;
    let address = email["email"].as_str().unwrap();
    Some(address.split('@').nth(1).unwrap().to_owned())
}

/// The report on a file of users, a line each.
pub fn report(file: &str, lines: &str, sample: usize, is_emptied: bool) -> Value {
    let users: Vec<Value> = lines
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let sampled = sample.min(users.len());
    let sample = (0..sampled).map(|number| &users[number * users.len() / sampled]);
    let pending = sample.filter(|user| user["status"] == "pending").count();
    let (deleted, pending) = if is_emptied {
        (sampled, 0)
    } else {
        (0, pending)
    };
    json!({
        "file": file,
        "users": users.len(),
        "complete": true,
        "sampled": sampled,
        "deleted": deleted,
        "pending": pending,
    })
}

/// The JSON files in a folder.
pub fn files(folder: &Path) -> BTreeMap<String, Value> {
    let read = |name: String| {
        let text = fs::read(folder.join(&name)).unwrap();
        (name, serde_json::from_slice(&text).unwrap())
    };
    names(folder).into_iter().map(read).collect()
}

/// The names of the JSON files in a folder.
pub fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).into_iter().flatten();
    let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
    let is_json = |name: &String| Path::new(name).extension() == Some("json".as_ref());
    names.filter(is_json).collect()
}
