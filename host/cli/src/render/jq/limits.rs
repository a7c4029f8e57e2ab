//! What the process that evaluates may take of this machine.

/// The stack of an evaluation, in bytes.
pub(super) const STACK: usize = 128 << 20;

/// The memory that it may take beside what its input needs, in MiB; of its address
/// space, which is what the system counts.
pub(super) const MEMORY: u64 = 1024;

pub(super) use platform::{set_core_limit, set_memory_limit};

#[cfg(unix)]
mod platform {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    /// How many bytes a value may take for each byte of its JSON.
    const EXPANSION: u64 = 32;

    /// Makes room for an input of so many bytes.
    pub(in super::super) fn set_memory_limit(length: u64) {
        let bytes = (super::MEMORY << 20).saturating_add(length.saturating_mul(EXPANSION));
        lower(Resource::As, bytes);
    }

    /// An evaluation that is ended leaves no image of its memory: there are users in it.
    pub(in super::super) fn set_core_limit() {
        lower(Resource::Core, 0);
    }

    fn lower(resource: Resource, limit: u64) {
        let maximum = getrlimit(resource).maximum;
        let current = maximum.map_or(limit, |maximum| maximum.min(limit));
        // A system that has no such limit is bounded by time alone.
        let _ = setrlimit(
            resource,
            Rlimit {
                current: Some(current),
                maximum,
            },
        );
    }
}

/// Elsewhere only time and the stack bound it.
#[cfg(not(unix))]
mod platform {
    pub(in super::super) fn set_memory_limit(_: u64) {}

    pub(in super::super) fn set_core_limit() {}
}
