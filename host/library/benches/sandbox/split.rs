//! Where the time of one call goes, as it shows from outside: by calls that end early.
//! Those end with an error, whose text takes some microseconds: so much is missing in
//! the last part, of which there is little for one user.

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

/// Processor time of one call with a fresh instance, the server's with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    pub(crate) work: Work,
    /// An instance is made, finds its input wrong, and is torn down.
    pub(crate) instance: Duration,
    /// The answer arrives, read by a plain client and not decoded.
    pub(crate) network: Duration,
    /// The component configures itself, makes its request and reads the answer: it is
    /// host calls, most of it.
    pub(crate) host_calls: Duration,
    /// It decodes the answer.
    pub(crate) decoding: Duration,
    /// Its records are handed over.
    pub(crate) lifting: Duration,
}

/// How often each of them is measured, and how many calls that is.
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
        // The first one warms.
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

/// Makes a call whose answer the component does not take.
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

/// The processor time that it takes once.
async fn processor(mut what: impl AsyncFnMut()) -> Duration {
    let begun = processor_time();
    for _ in 0..CALLS {
        what().await;
    }
    (processor_time() - begun) / CALLS
}
