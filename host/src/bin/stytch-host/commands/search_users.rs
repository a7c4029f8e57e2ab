use super::{plugin, text_argument};
use crate::args::{Global, SearchUsers};
use crate::credentials::access;
use crate::failure::Usage;
use crate::render::{Shape, Users};
use anyhow::bail;
use std::collections::HashSet;
use std::io;
use stytch_host::json::{ResultsMetadata, query_from_json};
use stytch_host::types::{Operator, Query, SearchRequest};

pub(super) async fn run(global: &Global, args: SearchUsers) -> anyhow::Result<()> {
    let all = args.all;
    let mut request = request(args)?;
    let access = access(global).await?;
    let plugin = plugin(global)?;
    let mut users = Users::new(io::stdout().lock(), global.output, Shape::Page);
    let mut seen = HashSet::new();
    loop {
        let page = plugin.search_users(&access.credential, &request).await?;
        for user in &page.users {
            users.user(user)?;
        }
        let Some(cursor) = page.next_cursor.clone().filter(|_| all) else {
            return Ok(users.finish(Some(&ResultsMetadata::of(&page)))?);
        };
        if !seen.insert(cursor.clone()) {
            users.finish(Some(&ResultsMetadata::of(&page)))?;
            bail!(
                "the search goes in a circle: Stytch sent a cursor that it had sent before; what was printed may be incomplete"
            );
        }
        request.cursor = Some(cursor);
    }
}

fn request(args: SearchUsers) -> anyhow::Result<SearchRequest> {
    let query = if let Some(argument) = &args.query {
        Some(query(argument)?)
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

fn query(argument: &str) -> anyhow::Result<Query> {
    query_from_json(&text_argument(argument)?).map_err(|error| {
        Usage::new(format!("--query is not a search query: {error}"))
            .hint("for example: --query '{\"operator\":\"AND\",\"operands\":[{\"filter_name\":\"status\",\"filter_value\":\"active\"}]}'")
            .into()
    })
}
