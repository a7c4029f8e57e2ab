//! Counts what a plugin has done.

use super::Plugin;

/// What a plugin and its clones have done since the plugin was created, for metrics.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Statistics {
    /// The number of attempts, without the first one of each call.
    pub retries: u64,
    /// How often a response from Stytch (429) paused all calls with a credential.
    pub pauses: u64,
    /// The number of instances of the component that were created.
    pub instances: u64,
    /// The use of the pool; `None` without [`PluginBuilder::pool`].
    ///
    /// [`PluginBuilder::pool`]: crate::PluginBuilder::pool
    pub pool: Option<PoolUse>,
}

/// How much of a pool is in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PoolUse {
    /// The number of instances that exist now, including idle ones that are reused.
    pub instances: u64,
    /// The resident memory of free slots, in bytes.
    pub idle_bytes: u64,
}

impl Plugin {
    /// Returns what the plugin has done so far.
    pub fn statistics(&self) -> Statistics {
        let (retry, sandbox) = (&self.shared.retry, &self.shared.sandbox);
        Statistics {
            retries: retry.retries(),
            pauses: retry.pauses(),
            instances: sandbox.instances(),
            pool: sandbox.pool_metrics().map(|metrics| {
                let idle = metrics.unused_memory_bytes_resident()
                    + metrics.unused_table_bytes_resident()
                    + metrics.unused_stack_bytes_resident().unwrap_or(0);
                PoolUse {
                    instances: metrics.component_instances(),
                    idle_bytes: u64::try_from(idle).unwrap_or(u64::MAX),
                }
            }),
        }
    }
}
