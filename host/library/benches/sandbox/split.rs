//! The breakdown of the time of one call, measured with calls that end early. Those end
//! with an error, whose text takes some microseconds. The last part is too small by that
//! time, which matters for a single user.

use crate::arguments::Arguments;
use crate::caller::{Caller, Work};
use crate::measure::processor_time;
use crate::plain;
use crate::server::{BROKEN, REDIRECTED, Server};
use std::num::NonZeroU32;
use std::time::Duration;
use stytch_host::types::SearchRequest;
use stytch_host::{Credential, Plugin};
use tokio::runtime::Builder;

/// The CPU time of one call with a fresh instance, including the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    pub(crate) work: Work,
    /// An instance is created, rejects its input, and is dropped.
    pub(crate) instance: Duration,
    /// The response arrives, read by a plain client but not decoded.
    pub(crate) network: Duration,
    /// The component reads its configuration, sends its request and reads the response,
    /// mostly in host calls.
    pub(crate) host_calls: Duration,
    /// It decodes the response.
    pub(crate) decoding: Duration,
    /// Its records are lifted to the host.
    pub(crate) lifting: Duration,
}

/// The number of measurements, and the calls in each.
const ROUNDS: usize = 9;
const CALLS: u32 = 100;

pub(crate) fn split(arguments: &Arguments, server: &Server, work: Work) -> Split {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (credential, user_id) = (server.credential(), server.user_id);
        let plugin = arguments.builder().pool(NonZeroU32::MIN).build().unwrap();
        let client = plain::Client::new(&server.base_url);
        let caller = Caller::of_component(plugin.clone(), credential.clone(), work, user_id);
        let mut times = [const { Vec::new() }; 5];
        // The first one is a warm-up.
        for _ in 0..=ROUNDS {
            let instance = processor(async || {
                let refused = plugin.retrieve_user(&credential, "").await.unwrap_err();
                assert_eq!(refused.kind(), stytch_host::ErrorKind::InvalidInput);
            });
            let network = processor(async || match work {
                Work::Retrieve => assert!(!client.user_body(user_id).await.is_empty()),
                Work::Search(users) => assert!(!client.page_body(users, None).await.is_empty()),
            });
            let read = processor(async || refused(&plugin, &credential, work, REDIRECTED).await);
            let decoded = processor(async || refused(&plugin, &credential, work, BROKEN).await);
            let whole = processor(async || caller.call().await);
            let (instance, network) = (instance.await, network.await);
            let round = [instance, network, read.await, decoded.await, whole.await];
            for (times, time) in times.iter_mut().zip(round) {
                times.push(time);
            }
        }
        let [instance, network, read, decoded, whole] = times.map(|mut times| {
            times.remove(0);
            times.sort_unstable();
            times[ROUNDS / 2]
        });
        Split {
            work,
            instance,
            network,
            host_calls: read.saturating_sub(instance + network),
            decoding: decoded.saturating_sub(read),
            lifting: whole.saturating_sub(decoded),
        }
    })
}

/// Makes a call whose response the component rejects.
async fn refused(plugin: &Plugin, credential: &Credential, work: Work, what: &str) {
    let error = match work {
        Work::Retrieve => plugin.retrieve_user(credential, what).await.unwrap_err(),
        Work::Search(users) => {
            let request = SearchRequest {
                query: None,
                limit: Some(users),
                cursor: Some(what.to_owned()),
            };
            let page = plugin.search_users(credential, &request).await;
            page.unwrap_err()
        }
    };
    assert_eq!(error.kind(), stytch_host::ErrorKind::MalformedResponse);
}

/// The CPU time per call.
async fn processor(mut what: impl AsyncFnMut()) -> Duration {
    let begun = processor_time();
    for _ in 0..CALLS {
        what().await;
    }
    (processor_time() - begun) / CALLS
}
