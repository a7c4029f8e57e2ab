use super::plugin;
use crate::args::{Global, RetrieveUser};
use crate::credentials::access;
use crate::dry_run;
use crate::failure::{Failure, Style};
use crate::render::{Shape, Users};
use futures_util::{StreamExt, stream};
use std::io;
use std::process::ExitCode;
use stytch_host::Error;

/// How many users are retrieved at the same time.
const AT_ONCE: usize = 8;

/// Prints users in the order of their IDs. One that fails does not stop the rest;
/// the first failure decides the exit code.
pub(super) async fn run(global: &Global, args: RetrieveUser) -> anyhow::Result<ExitCode> {
    let access = access(global).await?;
    let plugin = plugin(global)?;
    let shape = match args.user_ids.as_slice() {
        [_] => Shape::One,
        _ => Shape::List,
    };
    let mut users = Users::new(io::stdout().lock(), global.output, shape);
    let mut first_failure = None;
    let call = |user_id: String| {
        let (plugin, credential) = (plugin.clone(), &access.credential);
        async move {
            let answer = plugin.retrieve_user(credential, &user_id).await;
            (user_id, answer)
        }
    };
    let mut answers = stream::iter(args.user_ids).map(call).buffered(AT_ONCE);
    while let Some((user_id, answer)) = answers.next().await {
        match answer {
            Ok(retrieved) => users.user(&retrieved.user)?,
            Err(Error::DryRun(request)) => dry_run::print(&request, global)?,
            Err(error) if shape == Shape::One => return Err(error.into()),
            Err(error) => {
                let style = Style::of_output(global);
                let code = Failure::of(&error.into()).about(&user_id).print(style);
                first_failure.get_or_insert(code);
            }
        }
    }
    if !global.dry_run {
        users.finish(None)?;
    }
    Ok(first_failure.unwrap_or(ExitCode::SUCCESS))
}
