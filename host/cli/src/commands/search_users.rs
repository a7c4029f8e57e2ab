mod checkpoint;
mod journal;
mod output;
mod pages;
mod progress;
mod receipt;

use super::filter_names::explain;
use super::{plugin, pooled_plugin, text_argument};
use crate::access::{Access, access};
use crate::args::{Global, SearchUsers};
use crate::dry_run;
use crate::error::Usage;
use crate::failure::Style;
use crate::render::{Settings, Shape, Users};
use pages::Resumption;
use sha2::{Digest, Sha256};
use std::num::NonZeroU32;
use stytch_host::json::{PageEnd, query_from_json};
use stytch_host::types::{Operator, Query, SearchRequest};
use stytch_host::{Call, Credential, Plugin};

/// The largest page that Stytch allows, to need the fewest requests.
const LARGEST_PAGE: u32 = 1000;

pub(super) async fn run(global: &Global, args: SearchUsers) -> anyhow::Result<()> {
    let (all_pages, max_users, resume) = (args.all_pages(), args.max_users, args.resume.clone());
    let (is_complete_required, start) = (args.require_complete, args.start());
    if is_complete_required && !all_pages {
        return Err(Usage::new("--require-complete needs a search of all pages")
            .hint("add --all, or --resume FILE")
            .into());
    }
    let settings = Settings::of(global)?;
    let settings = match (&resume, all_pages) {
        (Some(_), _) => settings.for_resuming(global.output)?,
        (None, true) => settings.for_all_pages()?,
        (None, false) => settings,
    };
    let mut request = request(global, args).await?;
    let access = access(global).await?;
    if all_pages {
        request.limit.get_or_insert(LARGEST_PAGE);
    }
    if global.dry_run {
        let call = Call::SearchUsers(&request);
        return dry_run::run(global, &plugin(global)?, &access, call).await;
    }
    if !all_pages {
        let plugin = plugin(global)?;
        return one_page(&settings, &plugin, &access, &request).await;
    }
    let plugin = pooled_plugin(global, NonZeroU32::MIN)?;
    let identity = identity(global, &settings, &access.credential, &request);
    let mut search = plugin.search(&access.credential, request);
    if let Some(users) = max_users {
        search = search.max_users(users);
    }
    let resumption = match resume {
        Some(path) => Some(Resumption::open(&path, &identity, &settings, &mut search)?),
        None => None,
    };
    pages::print(
        &settings,
        &access,
        (!global.quiet).then(|| Style::of_output(global)),
        is_complete_required.then_some(start),
        search,
        resumption,
    )
    .await
}

async fn one_page(
    settings: &Settings,
    plugin: &Plugin,
    access: &Access,
    request: &SearchRequest,
) -> anyhow::Result<()> {
    let page = plugin.search_users(&access.credential, request).await;
    let page = page.map_err(|error| explain(access, error, request))?;
    let mut users = Users::new(settings.destination()?, settings, Shape::Page)?;
    for user in &page.users {
        users.user(user)?;
    }
    users.finish(Some(&PageEnd::of(&page)))?.finish()
}

/// A hash of everything that must be unchanged for a search to be resumed. It is a
/// hash so that the state file does not reveal whom was searched for.
fn identity(
    global: &Global,
    settings: &Settings,
    credential: &Credential,
    request: &SearchRequest,
) -> String {
    let printing = &global.printing;
    let search = (
        (credential.project_id(), credential.origin()),
        (&request.query, &request.cursor),
        (settings.format(), &printing.fields, &printing.jq),
        &printing.output_file,
    );
    format!("{:x}", Sha256::digest(format!("{search:?}")))
}

async fn request(global: &Global, args: SearchUsers) -> anyhow::Result<SearchRequest> {
    if !args.any {
        args.filters.check_times()?;
    }
    // Not left to clap, whose message would list every filter.
    let operands = args.filters.into_operands();
    let usage_error = |what, hint| Err(Usage::new(what).hint(hint).into());
    let query = match &args.query {
        Some(_) if args.any => {
            return usage_error(
                "--query cannot be combined with --any",
                "put the operator OR into the query instead",
            );
        }
        Some(_) if !operands.is_empty() => {
            return usage_error(
                "--query cannot be combined with filters such as --status",
                "put the filters into the query instead",
            );
        }
        Some(argument) => Some(query(global, argument).await?),
        None if operands.is_empty() && args.any => {
            return usage_error(
                "--any needs at least one filter",
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
        // Scripts pass an empty cursor for the first page.
        cursor: args.cursor.filter(|cursor| !cursor.is_empty()),
    })
}

async fn query(global: &Global, argument: &str) -> anyhow::Result<Query> {
    query_from_json(&text_argument(global, argument).await?).map_err(|error| {
        Usage::new(format!("--query is not a search query: {error}"))
            .hint("for example: --query '{\"operator\":\"AND\",\"operands\":[{\"filter_name\":\"status\",\"filter_value\":\"active\"}]}'")
            .into()
    })
}
