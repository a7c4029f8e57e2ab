//! Output fits the schema, whatever Stytch sent.

use super::{description, fits, output, value};
use crate::properties::{bodies, runner, runtime, server_with};
use crate::{emulated, everyone, plugin};
use proptest::prelude::*;
use serde_json::{Value, json};
use stytch_emulator::{self as emulator, Options};
use stytch_host::json::{nothing_from_json, search_request_from_json, user_id_from_json};
use stytch_host::types::SearchRequest;

#[tokio::test]
async fn every_user_of_the_emulator_fits() {
    let (_emulator, credential) = emulated(Options::default().users(400)).await;
    let (page_fits, user_fits) = (fits(output("search-users")), fits(output("retrieve-user")));
    let mut cursor = None;
    let mut users = 0;
    loop {
        let request = SearchRequest {
            limit: Some(150),
            cursor,
            ..everyone()
        };
        let page = plugin().search_users(&credential, &request).await.unwrap();
        page_fits(&value(&page)).unwrap();
        for user in &page.users {
            let retrieved = plugin().retrieve_user(&credential, &user.user_id).await;
            user_fits(&value(&retrieved.unwrap())).unwrap();
        }
        users += page.users.len();
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(users, 400);
    let report = plugin().check(&credential).await.unwrap();
    fits(output("check"))(&value(&report)).unwrap();
}

#[test]
fn the_output_for_any_body_fits() {
    let runtime = runtime();
    let user_fits = fits(output("retrieve-user"));
    let property = |body: String| {
        let (_server, credential) = server_with(&body);
        let retrieved = runtime.block_on(plugin().retrieve_user(&credential, "u"));
        let Ok(retrieved) = serde_json::to_value(retrieved.unwrap()) else {
            // It has a number that is too large for this test.
            return Ok(());
        };
        prop_assert_eq!(user_fits(&retrieved), Ok(()), "{}", retrieved);
        Ok(())
    };
    runner(96).run(&bodies::retrieved(), property).unwrap();
    let page_fits = fits(output("search-users"));
    let property = |body: String| {
        let (_server, credential) = server_with(&body);
        let page = runtime.block_on(plugin().search_users(&credential, &everyone()));
        let Ok(page) = serde_json::to_value(page.unwrap()) else {
            return Ok(());
        };
        prop_assert_eq!(page_fits(&page), Ok(()), "{}", page);
        Ok(())
    };
    runner(48).run(&bodies::page(), property).unwrap();
}

#[test]
fn values_of_other_shapes_do_not_fit() {
    let user: Value =
        serde_json::from_str(description().operations[0].samples()[0].output.unwrap()).unwrap();
    let user_fits = fits(output("retrieve-user"));
    user_fits(&user).unwrap();
    let mut with_new_members = user.clone();
    with_new_members["new"] = json!({"of": ["tomorrow", null]});
    with_new_members["emails"][0]["bounced"] = json!(1.5);
    user_fits(&with_new_members).unwrap();
    for member in user.as_object().unwrap().keys() {
        let mut without = user.clone();
        without.as_object_mut().unwrap().remove(member);
        assert!(user_fits(&without).is_err(), "without {member}");
        if !member.ends_with("trusted_metadata") {
            let mut wrong = user.clone();
            wrong[member] = json!(5);
            assert!(user_fits(&wrong).is_err(), "{member} is a number");
        }
    }
    for (pointer, wrong) in [
        ("/user_id", json!(null)),
        ("/emails/0/verified", json!("yes")),
        ("/roles/0", json!(null)),
        ("/name", json!([])),
    ] {
        let mut user = user.clone();
        *user.pointer_mut(pointer).unwrap() = wrong;
        assert!(user_fits(&user).is_err(), "{pointer}");
    }
}

#[tokio::test]
async fn the_samples_fit_and_work() {
    let (_emulator, credential) = emulated(Options::default()).await;
    for operation in &description().operations {
        let input_fits = fits(operation.input());
        let (output_fits, error_fits) = (fits(operation.output()), fits(operation.error()));
        assert!(!operation.samples().is_empty());
        for sample in operation.samples() {
            input_fits(&serde_json::from_str(sample.input).unwrap()).unwrap();
            let plugin = plugin();
            let answer = match operation.name() {
                "retrieve-user" => {
                    let user_id = user_id_from_json(sample.input).unwrap();
                    let answer = plugin.retrieve_user(&credential, &user_id).await;
                    answer.map(|user| value(&user))
                }
                "search-users" => {
                    let request = search_request_from_json(sample.input).unwrap();
                    let answer = plugin.search_users(&credential, &request).await;
                    answer.map(|page| {
                        assert!(!page.users.is_empty(), "{}", sample.title);
                        value(&page)
                    })
                }
                _ => {
                    nothing_from_json(sample.input).unwrap();
                    plugin.check(&credential).await.map(|report| value(&report))
                }
            };
            match (answer, sample.error) {
                (Ok(mut answer), None) => {
                    output_fits(&answer).unwrap();
                    let Some(expected) = sample.output else {
                        continue;
                    };
                    let mut expected: Value = serde_json::from_str(expected).unwrap();
                    output_fits(&expected).unwrap();
                    for answer in [&mut answer, &mut expected] {
                        assert!(answer["request_id"].take().is_string());
                        if operation.name() == "check" {
                            answer["base_url"].take();
                        }
                    }
                    assert_eq!(answer, expected);
                }
                (Err(error), Some(expected)) => {
                    let expected: Value = serde_json::from_str(expected).unwrap();
                    error_fits(&expected).unwrap();
                    assert_eq!(expected["error"]["code"], error.code());
                    assert_eq!(expected["error"]["message"], error.to_string());
                }
                (answer, _) => panic!("{}: {answer:?}", sample.title),
            }
        }
    }
}

#[test]
fn credentials_fit_if_the_component_accepts_them() {
    let credential_fits = fits(&description().credential);
    let schema = value(&description().credential);
    let fields = &schema["properties"];
    for key in ["project-id", "secret", "base-url", "authorization"] {
        assert!(fields[key]["title"].is_string(), "{key}");
        assert!(fields[key]["description"].is_string(), "{key}");
    }
    assert_eq!(fields["secret"]["writeOnly"], true);
    for right in [
        json!({"project-id": emulator::PROJECT_ID, "secret": emulator::SECRET}),
        json!({"project-id": "p", "secret": "s", "base-url": "https://login.example.com"}),
        json!({"project-id": "p", "authorization": "host", "base-url": "http://127.0.0.1:80/"}),
    ] {
        credential_fits(&right).unwrap();
    }
    for wrong in [
        json!({"project-id": "p"}),
        json!({"secret": "s"}),
        json!({"project-id": "p:q", "secret": "s"}),
        json!({"project-id": "p", "secret": "s\n"}),
        json!({"project-id": "p", "secret": "s", "base-url": "https://a/b"}),
        json!({"project-id": "p", "authorization": "none", "secret": "s"}),
        json!({"project-id": "p", "secret": "s", "x": ""}),
    ] {
        assert!(credential_fits(&wrong).is_err(), "{wrong}");
    }
}
