//! Lists, tests, adds and removes credentials.

use crate::Console;
use crate::guard::Visit;
use crate::input::Form;
use crate::pages::credentials::{self as pages, Added, Entry, Fields, Problem, StoreFailure};
use crate::query::Query;
use crate::response::{page, redirect};
use crate::tested::Test;
use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use http::{StatusCode, Uri};
use jiff::Timestamp;
use std::sync::Arc;
use stytch_credentials::{
    Error, Label, NewCredential, Store, StoreChoice, StoredCredential, validate,
};
use stytch_host::{Credential, Environment, Secret};

/// The path of the list.
const PATH: &str = "/console/credentials";

/// The parameter and the field with the name of a credential.
pub(crate) const NAME: &str = "name";

/// Does something with the store on a thread of its own: a keyring may wait for its user.
async fn with_store<T: Send + 'static>(
    console: &Arc<Console>,
    act: impl FnOnce(&Store) -> Result<T, Error> + Send + 'static,
) -> Option<Result<T, Error>> {
    console.options.store.as_ref()?;
    let console = console.clone();
    let act = move || Some(act(console.options.store.as_ref()?));
    tokio::task::spawn_blocking(act).await.ok()?
}

/// The name of the default credential of the store.
pub(crate) async fn default_name(console: &Arc<Console>) -> Option<String> {
    let default = with_store(console, Store::default).await?;
    Some(default.ok()??.name)
}

/// Whether a visitor may change the store, if there is one.
fn manages(console: &Console, visit: &Visit) -> bool {
    console.options.store.is_some() && visit.caller.manages_credentials()
}

fn forbidden(console: &Console, visit: &Visit) -> Response {
    let markup = pages::not_permitted(visit, console.options.store.is_some());
    page(StatusCode::FORBIDDEN, markup)
}

/// The list.
pub(crate) async fn list(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    uri: Uri,
) -> Response {
    let query = Query::read(uri.query());
    let notice = query.get("added").map(|name| Added {
        name: name.to_owned(),
    });
    list_with(&console, &visit, StatusCode::OK, notice.as_ref(), None).await
}

async fn list_with(
    console: &Arc<Console>,
    visit: &Visit,
    status: StatusCode,
    added: Option<&Added>,
    error: Option<&Error>,
) -> Response {
    let (stored, unread) = match with_store(console, Store::list).await {
        None => (Vec::new(), None),
        Some(Ok(stored)) => (stored, None),
        Some(Err(error)) => (Vec::new(), Some(error)),
    };
    let stored_of = |name: &str| -> Option<StoredCredential> {
        // A credential that is given takes precedence over a stored one.
        if console.given(name).is_some() {
            return None;
        }
        stored.iter().find(|stored| stored.name == name).cloned()
    };
    let listed = visit.caller.credentials().into_iter();
    let entries: Vec<_> = listed
        .map(|listed| Entry {
            stored: stored_of(&listed.name),
            given: console.given(&listed.name),
            test: console.tested.last(&listed.name),
            listed,
        })
        .collect();
    let added = added.filter(|added| {
        let mut entries = entries.iter();
        entries.any(|entry| entry.listed.name == added.name)
    });
    let markup = pages::list(
        visit,
        &entries,
        manages(console, visit),
        console.options.store.is_some(),
        added,
        unread
            .as_ref()
            .filter(|_| manages(console, visit))
            .map(StoreFailure::Unread)
            .or(error.map(StoreFailure::Unchanged)),
    );
    page(status, markup)
}

/// Leads to the list from an address that only forms are sent to: the browser shows it after
/// a form was refused, and loads it again.
pub(crate) async fn back() -> Response {
    redirect(PATH)
}

/// Asks Stytch whether it accepts a credential.
pub(crate) async fn test(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
) -> Response {
    let name = form.get(NAME);
    let exists = (visit.caller.credentials().iter()).any(|listed| listed.name == name);
    if !exists {
        return page(StatusCode::NOT_FOUND, crate::pages::unknown(&visit));
    }
    let result = visit.caller.check(name).await;
    if let Err(failure) = &result
        && failure.is_of_service()
    {
        return page(failure.status, crate::pages::not_tested(&visit, failure));
    }
    let result = result.map(|_| ()).map_err(|failure| {
        let words = failure.explain();
        (words.title.to_owned(), words.advice.to_owned())
    });
    let time = Timestamp::now();
    console.tested.record(name, Test { time, result });
    redirect(&format!("{PATH}#{name}"))
}

/// The form to add a credential, or to replace the secret of one.
pub(crate) async fn new(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    uri: Uri,
) -> Response {
    if !manages(&console, &visit) {
        return forbidden(&console, &visit);
    }
    let query = Query::read(uri.query());
    let mut fields = Fields::default();
    if let Some(name) = query.get("replace") {
        let name = name.to_owned();
        let stored = with_store(&console, move |store| store.get(&name)).await;
        match stored {
            Some(Ok(stored)) => {
                fields = Fields {
                    name: stored.name,
                    project_id: stored.project_id,
                    base_url: stored.base_url.unwrap_or_default(),
                    default: stored.default,
                    replace: true,
                }
            }
            _ => return page(StatusCode::NOT_FOUND, crate::pages::unknown(&visit)),
        }
    }
    page(StatusCode::OK, pages::form(&visit, &fields, None))
}

/// Adds a credential, after a test unless it is to be added without one.
pub(crate) async fn add(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
) -> Response {
    if !manages(&console, &visit) {
        return forbidden(&console, &visit);
    }
    let fields = Fields {
        name: form.get(NAME).trim().to_owned(),
        project_id: form.get("project_id").trim().to_owned(),
        base_url: form.get("base_url").trim().to_owned(),
        default: form.has("default"),
        replace: form.has("replace"),
    };
    let again = |fields: &Fields, problem: &Problem| {
        let fields = fields.without_secrets();
        let markup = pages::form(&visit, &fields, Some(problem));
        page(StatusCode::UNPROCESSABLE_ENTITY, markup)
    };
    if console.given(&fields.name).is_some() {
        return again(&fields, &Problem::taken());
    }
    if !fields.replace {
        let name = fields.name.clone();
        if let Some(Err(error)) = with_store(&console, move |store| store.check_free(&name)).await {
            return again(&fields, &Problem::at(NAME, &error));
        }
    }
    let keep = console.options.keep.unwrap_or(StoreChoice::Auto);
    let (new, credential) = match checked(&fields, form.get("secret"), keep) {
        Ok(checked) => checked,
        Err(problem) => return again(&fields, &problem),
    };
    let test = if form.has("untested") {
        None
    } else {
        if let Err(failure) = visit.caller.check_new(&credential).await {
            return again(&fields, &Problem::untested(&failure));
        }
        let (time, result) = (Timestamp::now(), Ok(()));
        Some(Test { time, result })
    };
    match with_store(&console, move |store| store.add(new)).await {
        Some(Ok(_)) => {}
        Some(Err(error)) => return again(&fields, &Problem::of(&error)),
        None => return forbidden(&console, &visit),
    }
    match test {
        Some(test) => console.tested.record(&fields.name, test),
        None => console.tested.forget(&fields.name),
    }
    visit.caller.reload().await;
    // The name has no other characters than those of an address.
    redirect(&format!("{PATH}?added={}", fields.name))
}

/// The credential of the fields, if it can be one.
fn checked(
    fields: &Fields,
    secret: &str,
    store: StoreChoice,
) -> Result<(NewCredential, Credential), Problem> {
    let of = |error: Error| Problem::of(&error);
    validate::check_name(&fields.name).map_err(|error| Problem::at(NAME, &error))?;
    let at_project_id = |error: Error| Problem::at("project_id", &error);
    let project_id = validate::trimmed("the project ID", &fields.project_id);
    let project_id = project_id.map_err(at_project_id)?.to_owned();
    validate::check_project_id("the project ID", &project_id).map_err(at_project_id)?;
    let at_secret = |error: Error| Problem::at("secret", &error);
    let secret = validate::trimmed("the secret", secret).map_err(at_secret)?;
    let secret = Secret::new(secret.to_owned());
    let environment = Environment::of(&project_id);
    validate::check_secret(environment, &secret).map_err(at_secret)?;
    let mut credential = Credential::new(&project_id, secret.clone());
    let base_url = Some(fields.base_url.clone()).filter(|url| !url.is_empty());
    if let Some(url) = &base_url {
        if stytch_credentials::redact(url) != url.as_str() {
            return Err(Problem::secret_in("base_url"));
        }
        let with_url = credential.with_base_url(url);
        credential = with_url.map_err(|error| Problem::in_words("base_url", error.to_string()))?;
    }
    validate::check_base_url(&credential).map_err(of)?;
    let new = NewCredential {
        label: Label {
            name: fields.name.clone(),
            environment,
        },
        project_id,
        base_url,
        secret,
        replace: fields.replace,
        default: fields.default,
        store,
    };
    Ok((new, credential))
}

/// Makes a credential the default one.
pub(crate) async fn set_default(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
) -> Response {
    let name = form.get(NAME).to_owned();
    change(&console, &visit, move |store| {
        store.set_default(&name).map(|_| ())
    })
    .await
}

/// Asks whether to remove a credential.
pub(crate) async fn ask(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    uri: Uri,
) -> Response {
    if !manages(&console, &visit) {
        return forbidden(&console, &visit);
    }
    let name = Query::read(uri.query()).get(NAME).map(str::to_owned);
    let stored = with_store(&console, move |store| store.get(&name.unwrap_or_default())).await;
    match stored {
        Some(Ok(stored)) => page(StatusCode::OK, pages::ask(&visit, &stored)),
        _ => page(StatusCode::NOT_FOUND, crate::pages::unknown(&visit)),
    }
}

/// Removes a credential.
pub(crate) async fn remove(
    State(console): State<Arc<Console>>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
) -> Response {
    let name = form.get(NAME).to_owned();
    let owner = console.clone();
    change(&console, &visit, move |store| {
        store.remove(&name)?;
        owner.tested.forget(&name);
        Ok(())
    })
    .await
}

async fn change(
    console: &Arc<Console>,
    visit: &Visit,
    act: impl FnOnce(&Store) -> Result<(), Error> + Send + 'static,
) -> Response {
    if !manages(console, visit) {
        return forbidden(console, visit);
    }
    match with_store(console, act).await {
        Some(Ok(())) => {
            visit.caller.reload().await;
            redirect(PATH)
        }
        Some(Err(error)) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            list_with(console, visit, status, None, Some(&error)).await
        }
        None => forbidden(console, visit),
    }
}
