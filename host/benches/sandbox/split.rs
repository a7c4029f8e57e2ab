//! Where the time of one call goes, as far as it shows from outside: what a call
//! takes that the component refuses before it sends anything, what the answer takes
//! to arrive, and the rest.

use crate::arguments::Arguments;
use crate::caller::{Caller, Work};
use crate::plain;
use crate::server::Server;
use std::num::NonZeroU32;
use std::time::{Duration, Instant};
use tokio::runtime::Builder;

/// The medians for one caller with a fresh instance.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Split {
    pub(crate) work: Work,
    /// An instance is made, called and torn down.
    pub(crate) instance: Duration,
    /// The answer arrives, read by a plain client and not decoded.
    pub(crate) network: Duration,
    /// The component reads and decodes the answer, and the host lifts the records.
    pub(crate) component: Duration,
}

/// How often each of them is done.
const TIMES: usize = 301;

pub(crate) fn split(arguments: &Arguments, server: &Server, work: Work) -> Split {
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let (credential, user_id) = (server.credential(), server.user_id);
        let plugin = arguments.builder().pool(NonZeroU32::MIN).build().unwrap();
        let client = plain::Client::new(&server.base_url);
        let instance = median(async || {
            let refused = plugin.retrieve_user(&credential, "").await.unwrap_err();
            assert_eq!(refused.code(), "invalid_input");
        });
        let network = median(async || match work {
            Work::Retrieve => assert!(!client.user_body(user_id).await.is_empty()),
            Work::Search(users) => assert!(!client.page_body(users, None).await.is_empty()),
        });
        let caller = Caller::of_component(plugin.clone(), credential.clone(), work, user_id);
        let whole = median(async || caller.call().await);
        let (instance, network, whole) = (instance.await, network.await, whole.await);
        Split {
            work,
            instance,
            network,
            component: whole.saturating_sub(instance + network),
        }
    })
}

async fn median(mut what: impl AsyncFnMut()) -> Duration {
    let mut times = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let begun = Instant::now();
        what().await;
        times.push(begun.elapsed());
    }
    times.sort_unstable();
    times[TIMES / 2]
}
