//! The clients that are compared.

use crate::arguments::Arguments;
use crate::plain;
use crate::server::Server;
use std::fmt;
use std::num::NonZeroU32;
use stytch_host::types::SearchRequest;
use stytch_host::{Credential, Plugin, PluginBuilder};
use tokio::runtime::{Builder, Runtime};

/// The operation that is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Work {
    Retrieve,
    /// With this number of users per page.
    Search(u32),
}

impl fmt::Display for Work {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retrieve => formatter.write_str("retrieve-user"),
            Self::Search(users) => write!(formatter, "search-users, {users} users"),
        }
    }
}

/// How many calls a reused instance makes.
const CALLS: NonZeroU32 = NonZeroU32::new(1000).unwrap();

/// A client with its own runtime.
pub(crate) struct Callers {
    pub(crate) runtime: Runtime,
    pub(crate) work: Work,
    way: Way,
    user_id: &'static str,
}

#[derive(Clone)]
enum Way {
    Plain(plain::Client),
    Component(Plugin, Credential),
}

impl Callers {
    /// In the order of [`crate::report::WAYS`].
    pub(crate) fn all(
        arguments: &Arguments,
        server: &Server,
        work: Work,
        callers: u32,
    ) -> Vec<Self> {
        let pool = NonZeroU32::new(callers).unwrap();
        let component = |builder: PluginBuilder| {
            let plugin = builder.pool(pool).build().unwrap();
            Way::Component(plugin, server.credential())
        };
        let ways = [
            Way::Plain(plain::Client::new(&server.base_url)),
            component(arguments.builder()),
            component(arguments.builder().reuse(CALLS)),
        ];
        let callers = ways.map(|way| Self {
            runtime: runtime(callers),
            work,
            way,
            user_id: server.user_id,
        });
        callers.into()
    }

    /// A caller that makes one call at a time.
    pub(crate) fn caller(&self) -> Caller {
        Caller {
            way: self.way.clone(),
            work: self.work,
            user_id: self.user_id,
        }
    }
}

/// A single caller has its own thread; several share two.
fn runtime(callers: u32) -> Runtime {
    let mut builder = match callers {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    builder.worker_threads(2).enable_all().build().unwrap()
}

pub(crate) struct Caller {
    way: Way,
    work: Work,
    user_id: &'static str,
}

impl Caller {
    /// A caller of the component.
    pub(crate) fn of_component(
        plugin: Plugin,
        credential: Credential,
        work: Work,
        user_id: &'static str,
    ) -> Self {
        Self {
            way: Way::Component(plugin, credential),
            work,
            user_id,
        }
    }

    pub(crate) async fn call(&self) {
        match (&self.way, self.work) {
            (Way::Plain(client), Work::Retrieve) => {
                assert!(!client.retrieve(self.user_id).await.user_id.is_empty());
            }
            (Way::Plain(client), Work::Search(users)) => {
                assert_eq!(
                    client.search(users, None).await.results.len(),
                    users as usize
                );
            }
            (Way::Component(plugin, credential), Work::Retrieve) => {
                let retrieved = plugin.retrieve_user(credential, self.user_id).await;
                assert!(!retrieved.unwrap().user.user_id.is_empty());
            }
            (Way::Component(plugin, credential), Work::Search(users)) => {
                let request = SearchRequest {
                    query: None,
                    limit: Some(users),
                    cursor: None,
                };
                let page = plugin.search_users(credential, &request).await.unwrap();
                assert_eq!(page.users.len(), users as usize);
            }
        }
    }
}
