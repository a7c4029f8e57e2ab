use super::filter_names::explain;
use super::{plugin, text_argument};
use crate::access::access;
use crate::args::{Global, Invoke, Operation};
use crate::dry_run;
use crate::error::Usage;
use crate::render::Settings;
use stytch_credentials::validate;
use stytch_host::Call;
use stytch_host::json::{
    RequestError, nothing_from_json, search_request_from_json, user_id_from_json,
};

pub(super) async fn run(global: &Global, args: Invoke) -> anyhow::Result<()> {
    let settings = Settings::of_document(global)?;
    let input = text_argument(global, &args.input).await?;
    match args.operation {
        Operation::RetrieveUser => {
            let user_id = user_id_from_json(&input).map_err(|error| invalid_input(&error))?;
            validate::check_user_id(&user_id)?;
            let (access, plugin) = (access(global).await?, plugin(global)?);
            if global.dry_run {
                return dry_run::run(global, &plugin, &access, Call::RetrieveUser(&user_id)).await;
            }
            let user = plugin.retrieve_user(&access.credential, &user_id).await;
            settings.print_line(&user.map_err(|error| access.explain(error))?)
        }
        Operation::SearchUsers => {
            let request =
                search_request_from_json(&input).map_err(|error| invalid_input(&error))?;
            let (access, plugin) = (access(global).await?, plugin(global)?);
            if global.dry_run {
                return dry_run::run(global, &plugin, &access, Call::SearchUsers(&request)).await;
            }
            let page = plugin.search_users(&access.credential, &request).await;
            settings.print_line(&page.map_err(|error| explain(&access, error, &request))?)
        }
        Operation::Check => {
            nothing_from_json(&input).map_err(|error| invalid_input(&error))?;
            let (access, plugin) = (access(global).await?, plugin(global)?);
            if global.dry_run {
                return dry_run::run(global, &plugin, &access, Call::Check).await;
            }
            let report = plugin.check(&access.credential).await;
            settings.print_line(&report.map_err(|error| access.explain(error))?)
        }
    }
}

fn invalid_input(error: &RequestError) -> Usage {
    Usage::new(format!(
        "the input is not valid for this operation: {error}"
    ))
}
