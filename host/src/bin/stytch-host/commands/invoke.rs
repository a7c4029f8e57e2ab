use super::filter_names::explain;
use super::{plugin, text_argument};
use crate::args::{Global, Invoke, Operation};
use crate::credentials::access;
use crate::failure::Usage;
use serde::Serialize;
use std::io::{self, Write};
use stytch_host::json::{
    RequestError, nothing_from_json, search_request_from_json, user_id_from_json,
};

pub(super) async fn run(global: &Global, args: Invoke) -> anyhow::Result<()> {
    let input = text_argument(&args.input).await?;
    match args.operation {
        Operation::RetrieveUser => {
            let user_id = user_id_from_json(&input).map_err(|error| wrong_input(&error))?;
            let access = access(global).await?;
            print(
                &plugin(global)?
                    .retrieve_user(&access.credential, &user_id)
                    .await?,
            )
        }
        Operation::SearchUsers => {
            let request = search_request_from_json(&input).map_err(|error| wrong_input(&error))?;
            let access = access(global).await?;
            print(
                &plugin(global)?
                    .search_users(&access.credential, &request)
                    .await
                    .map_err(|error| explain(error, &request))?,
            )
        }
        Operation::Check => {
            nothing_from_json(&input).map_err(|error| wrong_input(&error))?;
            let access = access(global).await?;
            print(&plugin(global)?.check(&access.credential).await?)
        }
    }
}

fn wrong_input(error: &RequestError) -> Usage {
    Usage::new(format!("the input does not fit the operation: {error}"))
}

fn print(answer: &impl Serialize) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, answer).map_err(io::Error::from)?;
    Ok(writeln!(stdout)?)
}
