use super::{plugin, text_argument};
use crate::args::{Global, Invoke, Operation};
use crate::credentials::access;
use crate::failure::Usage;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use stytch_host::json::search_request_from_json;

/// The input of `retrieve-user`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UserId {
    user_id: String,
}

/// The input of `check`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Nothing {}

pub(super) async fn run(global: &Global, args: Invoke) -> anyhow::Result<()> {
    let input = text_argument(&args.input)?;
    match args.operation {
        Operation::RetrieveUser => {
            let UserId { user_id } = serde_json::from_str(&input).map_err(wrong_input)?;
            let access = access(global).await?;
            print(
                &plugin(global)?
                    .retrieve_user(&access.credential, &user_id)
                    .await?,
            )
        }
        Operation::SearchUsers => {
            let request = search_request_from_json(&input).map_err(wrong_input)?;
            let access = access(global).await?;
            print(
                &plugin(global)?
                    .search_users(&access.credential, &request)
                    .await?,
            )
        }
        Operation::Check => {
            let Nothing {} = serde_json::from_str(&input).map_err(wrong_input)?;
            let access = access(global).await?;
            print(&plugin(global)?.check(&access.credential).await?)
        }
    }
}

fn wrong_input(error: impl std::fmt::Display) -> Usage {
    Usage::new(format!("the input does not fit the operation: {error}"))
}

fn print(answer: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, answer).map_err(io::Error::from)?;
    Ok(writeln!(stdout)?)
}
