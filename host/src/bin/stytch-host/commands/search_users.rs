use super::filter_names::explain;
use super::{plugin, text_argument};
use crate::args::{Global, SearchUsers};
use crate::credentials::access;
use crate::failure::{Circle, Unfinished, Usage};
use crate::render::{Shape, Users};
use std::collections::HashSet;
use std::io::{self, Write};
use stytch_host::json::{ResultsMetadata, query_from_json};
use stytch_host::types::{Operator, Query, SearchRequest};

pub(super) async fn run(global: &Global, args: SearchUsers) -> anyhow::Result<()> {
    let all = args.all;
    let mut request = request(args).await?;
    let access = access(global).await?;
    let plugin = plugin(global)?;
    let mut users = Users::new(io::stdout().lock(), global.output, Shape::Page);
    let mut seen = HashSet::new();
    loop {
        let page = match plugin.search_users(&access.credential, &request).await {
            Ok(page) => page,
            Err(error) => {
                let error = explain(error, &request);
                return Err(stop(
                    users,
                    request.cursor.filter(|_| !seen.is_empty()),
                    error,
                ));
            }
        };
        for user in &page.users {
            users.user(user)?;
        }
        let metadata = ResultsMetadata::of(&page);
        let Some(cursor) = page.next_cursor.filter(|_| all) else {
            return Ok(users.finish(Some(&metadata))?);
        };
        if !seen.insert(cursor.clone()) {
            users.finish(Some(&metadata))?;
            return Err(anyhow::Error::new(Circle));
        }
        request.cursor = Some(cursor);
    }
}

/// Ends the output of a search whose page at `cursor` failed; none is the first
/// page, before which nothing was found.
fn stop(users: Users<impl Write>, cursor: Option<String>, error: anyhow::Error) -> anyhow::Error {
    let Some(cursor) = cursor else { return error };
    let rest = ResultsMetadata {
        total: None,
        next_cursor: Some(cursor.clone()),
    };
    match users.finish(Some(&rest)) {
        Ok(()) => error.context(Unfinished { cursor }),
        Err(error) => error.into(),
    }
}

async fn request(args: SearchUsers) -> anyhow::Result<SearchRequest> {
    // clap would name all of the filters.
    let operands = args.filters.into_operands();
    let mistake = |what, hint| Err(Usage::new(what).hint(hint).into());
    let query = match &args.query {
        Some(_) if args.any => {
            return mistake(
                "--query cannot be combined with --any",
                "a query has an operator of its own: OR",
            );
        }
        Some(_) if !operands.is_empty() => {
            return mistake(
                "--query cannot be combined with filters such as --status",
                "write the filters into the query, too",
            );
        }
        Some(argument) => Some(query(argument).await?),
        None if operands.is_empty() && args.any => {
            return mistake(
                "--any joins filters, and there is none",
                "for example: --any --email-fuzzy jane --name-fuzzy jane",
            );
        }
        None if operands.is_empty() => None,
        None => Some(Query {
            operator: if args.any {
                Operator::Or
            } else {
                Operator::And
            },
            operands,
        }),
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
