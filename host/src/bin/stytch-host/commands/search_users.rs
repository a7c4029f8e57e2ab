mod journal;
mod pages;
mod progress;
mod receipt;
mod target;

use super::{plugin, pooled_plugin, text_argument};
use crate::args::{Global, Output, SearchUsers};
use crate::credentials::access;
use crate::failure::Usage;
use crate::render::{Shape, Users};
use pages::Resumption;
use sha2::{Digest, Sha256};
use std::io;
use std::num::NonZeroU32;
use stytch_host::json::{ResultsMetadata, query_from_json};
use stytch_host::types::{Operator, Query, SearchRequest};
use stytch_host::{Credential, Plugin};

/// The most users that Stytch puts on a page: the fewest requests.
const LARGEST_PAGE: u32 = 1000;

pub(super) async fn run(global: &Global, args: SearchUsers) -> anyhow::Result<()> {
    let (is_whole, max_users, resume) = (args.is_whole(), args.max_users, args.resume.clone());
    let output = match resume {
        Some(_) => Some(in_lines(global.output)?),
        None => global.output,
    };
    let mut request = request(args).await?;
    let access = access(global).await?;
    if !is_whole {
        let plugin = plugin(global)?;
        return one_page(global, &plugin, &access.credential, &request).await;
    }
    let plugin = pooled_plugin(global, NonZeroU32::MIN)?;
    request.limit.get_or_insert(LARGEST_PAGE);
    let identity = identity(output, &access.credential, &request);
    let mut search = plugin.search(&access.credential, request);
    if let Some(users) = max_users {
        search = search.max_users(users);
    }
    let resumption = match resume {
        Some(path) => Some(Resumption::open(&path, &identity, None, &mut search)?),
        None => None,
    };
    pages::print(output, search, resumption).await
}

/// Only what is printed line by line can be gone on from.
fn in_lines(output: Option<Output>) -> Result<Output, Usage> {
    match output {
        None | Some(Output::Jsonl) => Ok(Output::Jsonl),
        Some(Output::Json | Output::Table) => Err(Usage::new(
            "--resume prints lines, which can be gone on from; use it with --output jsonl",
        )),
    }
}

async fn one_page(
    global: &Global,
    plugin: &Plugin,
    credential: &Credential,
    request: &SearchRequest,
) -> anyhow::Result<()> {
    let page = plugin.search_users(credential, request).await?;
    let mut users = Users::new(io::stdout().lock(), global.output, Shape::Page);
    for user in &page.users {
        users.user(user)?;
    }
    Ok(users.finish(Some(&ResultsMetadata::of(&page)))?)
}

/// What must be the same for a search to be gone on with, as a hash: it says
/// nothing of whom was searched for.
fn identity(output: Option<Output>, credential: &Credential, request: &SearchRequest) -> String {
    let search = (
        credential.project_id(),
        credential.origin(),
        &request.query,
        &request.cursor,
        output,
    );
    format!("{:x}", Sha256::digest(format!("{search:?}")))
}

async fn request(args: SearchUsers) -> anyhow::Result<SearchRequest> {
    let query = if let Some(argument) = &args.query {
        Some(query(argument).await?)
    } else {
        let operands = args.filters.into_operands();
        let operator = if args.any {
            Operator::Or
        } else {
            Operator::And
        };
        (!operands.is_empty()).then_some(Query { operator, operands })
    };
    Ok(SearchRequest {
        query,
        limit: args.limit,
        cursor: args.cursor,
    })
}

async fn query(argument: &str) -> anyhow::Result<Query> {
    query_from_json(&text_argument(argument).await?).map_err(|error| {
        Usage::new(format!("--query is not a search query: {error}"))
            .hint("for example: --query '{\"operator\":\"AND\",\"operands\":[{\"filter_name\":\"status\",\"filter_value\":\"active\"}]}'")
            .into()
    })
}
