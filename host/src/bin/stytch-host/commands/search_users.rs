use super::{plugin, text_argument};
use crate::args::{Global, SearchUsers};
use crate::credentials::access;
use crate::failure::{Circle, Unfinished, Usage};
use crate::render::{Destination, Settings, Shape, Users};
use std::collections::HashSet;
use stytch_host::json::{ResultsMetadata, query_from_json};
use stytch_host::types::{Operator, Query, SearchRequest};

pub(super) async fn run(global: &Global, args: SearchUsers) -> anyhow::Result<()> {
    let all = args.all;
    let settings = Settings::of(global)?;
    if all {
        settings.for_all_pages()?;
    }
    let mut request = request(args).await?;
    let access = access(global).await?;
    let plugin = plugin(global)?;
    let mut users = Users::new(settings.destination()?, &settings, Shape::Page)?;
    let mut seen = HashSet::new();
    loop {
        let page = match plugin.search_users(&access.credential, &request).await {
            Ok(page) => page,
            Err(error) => {
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
            return users.finish(Some(&metadata))?.finish();
        };
        users.page_end()?;
        if !seen.insert(cursor.clone()) {
            users.finish(Some(&metadata))?.keep_partial()?;
            return Err(anyhow::Error::new(Circle));
        }
        request.cursor = Some(cursor);
    }
}

/// Ends the output of a search whose page at `cursor` failed; none is the first
/// page, before which nothing was found.
fn stop(
    users: Users<Destination>,
    cursor: Option<String>,
    error: stytch_host::Error,
) -> anyhow::Error {
    let error = anyhow::Error::new(error);
    let Some(cursor) = cursor else { return error };
    let rest = ResultsMetadata {
        total: None,
        next_cursor: Some(cursor.clone()),
    };
    match users
        .finish(Some(&rest))
        .and_then(Destination::keep_partial)
    {
        Ok(file) => error.context(Unfinished { cursor, file }),
        Err(error) => error,
    }
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
