//! How large and how late answers are.

use crate::client::Client;
use crate::{emulator, variables};
use serde_json::json;
use stytch_emulator::Options;

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_users_with_three_members_fit_into_120_kilobytes() {
    let emulator = emulator(Options::default().users(1000)).await;
    tokio::task::block_in_place(|| {
        let args = ["--max-results", "1000"];
        let mut client = Client::start(&[], &args, &variables(&emulator.base_url()));
        client.initialize();
        let arguments = json!({"limit": 1000, "fields": ["user_id", "status", "name.first_name"]});
        let call = json!({"name": "search_users", "arguments": arguments});
        let response = client.request("tools/call", call);
        let users = &response["result"]["structuredContent"]["results"];
        assert_eq!(users.as_array().unwrap().len(), 1000);
        let size = response.to_string().len();
        println!("1,000 users with three members: {size} bytes");
        assert!(size <= 120 << 10, "{size}");
    });
}
