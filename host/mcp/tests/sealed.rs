//! The secret stays outside of the component, whatever plugin a program has.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test that fails panics"
)]

use serde_json::{Value, json};
use stytch_host::{Credential, Environment, Plugin, Secret};
use stytch_mcp::{Access, Catalog, Ended, Entered, Listed, Refusal, Server, Settings, Tool, stdio};
use stytch_testkit::{Answer, ScriptedServer, guest, unmasked};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, duplex, split};

const SECRET: &str = "secret-test-hush4dGhpcyBpcyBub3QgYSBzZWNyZXQ=";

#[derive(Clone)]
struct Everything {
    plugin: Plugin,
    credential: Credential,
}

impl Access for Everything {
    type Permit = ();

    fn credentials(&self) -> Vec<Listed> {
        vec![Listed {
            name: "one".to_owned(),
            environment: Some(Environment::Test),
            usable: true,
        }]
    }

    fn permits(&self, _: Tool) -> bool {
        true
    }

    async fn enter(&self, _: Tool, _: &str) -> Result<Entered<()>, Refusal> {
        Ok(Entered {
            plugin: self.plugin.clone(),
            credential: self.credential.clone(),
            permit: (),
        })
    }

    fn ended(&self, _: &Ended<'_>) {}
}

#[tokio::test]
async fn the_component_of_an_agents_call_does_not_see_the_secret() {
    let stytch = ScriptedServer::start(Answer::http("200 OK", &[], "{}"));
    let credential = Credential::new("project-test-1", Secret::new(SECRET.to_owned()))
        .with_base_url(&stytch.base_url())
        .unwrap();
    // The component sends what it sees to a server, and says it.
    let spy = Plugin::builder().component_file(guest("spy"));
    let plugin = spy.max_attempts(1).build().unwrap();
    let to = format!("127.0.0.1:{}", stytch.port());
    let open = plugin.retrieve_user(&credential, &to).await.unwrap_err();
    assert!(unmasked(&open.to_string()).contains(SECRET), "{open}");

    let description = Plugin::builder().describe().unwrap();
    let catalog = Catalog::new(&description, Settings::default()).unwrap();
    let server = Server::new(Everything { plugin, credential }, catalog);
    let (here, there) = duplex(1 << 16);
    let (input, output) = split(there);
    tokio::spawn(stdio(server, input, output, std::future::pending()));
    let (answers, mut requests) = split(here);
    let request = json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {"name": "retrieve_user", "arguments": {"user_id": to}}});
    let line = format!("{request}\n");
    requests.write_all(line.as_bytes()).await.unwrap();
    let answer = BufReader::new(answers).lines().next_line().await.unwrap();
    let answer = answer.unwrap();
    let response: Value = serde_json::from_str(&answer).unwrap();
    let error = response["result"]["content"][1]["text"].as_str().unwrap();
    let error: Value = serde_json::from_str(error).unwrap();
    assert_eq!(error["error"]["code"], "malformed_response", "{answer}");
    let said = unmasked(error["error"]["message"].as_str().unwrap());
    assert!(said.contains("project-test-1"), "{said}");
    assert!(!said.contains(SECRET) && !answer.contains(SECRET), "{said}");
}
