//! Resource limits of the evaluator process.

/// The stack of an evaluation, in bytes.
pub(super) const STACK: usize = 128 << 20;

/// The memory that it may use in addition to that for its input, in MiB. The limit is on
/// address space.
pub(super) const MEMORY: u64 = 1024;

pub(super) use platform::{set_core_limit, set_memory_limit};

#[cfg(unix)]
mod platform {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// How many bytes a value may need per byte of its JSON.
    const EXPANSION: u64 = 32;

    /// Sets the memory limit for an input of `length` bytes.
    pub(in super::super) fn set_memory_limit(length: u64) {
        let bytes = (super::MEMORY << 20).saturating_add(length.saturating_mul(EXPANSION));
        lower(Resource::As, bytes);
    }

    /// Disables core dumps, which would contain user data.
    pub(in super::super) fn set_core_limit() {
        lower(Resource::Core, 0);
    }

    fn lower(resource: Resource, limit: u64) {
        let maximum = getrlimit(resource).maximum;
        let current = maximum.map_or(limit, |maximum| maximum.min(limit));
        // If it cannot be set, only the timeout applies.
        let _ = setrlimit(
            resource,
            Rlimit {
                current: Some(current),
                maximum,
            },
        );
    }
}

/// Elsewhere only the timeout and the stack size apply.
#[cfg(not(unix))]
mod platform {
    pub(in super::super) fn set_memory_limit(_: u64) {}

    pub(in super::super) fn set_core_limit() {}
}
