//! The standard streams: whether they were there at the start, and a standard
//! output of which no byte is lost without a word.
//!
//! Where a process is started with one of them closed (`>&-`), Rust's runtime puts
//! `/dev/null` in its place: what is written is gone, and what is read is empty.
//! Afterwards that cannot be told from what somebody wanted (`> /dev/null`), so it
//! is looked at before. Where a stream is open the wrong way round (`1< file`), the
//! runtime keeps quiet about the failure of each call, too.

use crate::args::{Global, Output};
use crate::error::{Unwritten, Usage};
use std::io::{self, BufWriter, StdoutLock, Write};

const STANDARD_OUTPUT: &str = "standard output";
const BUFFER: usize = 1 << 16;

/// Standard output, locked and buffered. Its errors are [`Unwritten`].
pub(crate) struct Stdout(BufWriter<Patient>);

impl Stdout {
    /// An error says why nothing can be written to it.
    pub(crate) fn open() -> io::Result<Self> {
        check_output()?;
        let stdout = Patient(io::stdout().lock());
        Ok(Self(BufWriter::with_capacity(BUFFER, stdout)))
    }
}

impl Write for Stdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| unwritten(&error))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(|error| unwritten(&error))
    }
}

/// Writes all of it, up to standard output itself.
pub(crate) fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = Stdout::open()?;
    out.write_all(bytes)?;
    out.flush()
}

/// Finds out before there is anything to lose whether standard output is one.
pub(crate) fn check_output() -> io::Result<()> {
    match platform::problem(platform::Stream::Output) {
        None => Ok(()),
        Some(problem) => Err(Unwritten::at_start(STANDARD_OUTPUT, problem).into()),
    }
}

/// The same for standard input: an empty one is not what a missing one is.
pub(crate) fn check_input() -> Result<(), Usage> {
    match platform::problem(platform::Stream::Input) {
        None => Ok(()),
        Some(problem) => Err(
            Usage::new(format!("standard input cannot be read: {problem}"))
                .hint("give it a file or a pipe; < /dev/null is an empty one"),
        ),
    }
}

/// Says that it was standard output that could not be written.
pub(crate) fn unwritten(error: &io::Error) -> io::Error {
    Unwritten::new(STANDARD_OUTPUT, error).into()
}

/// Waits for a reader that is slower. Others that share a pipe may have set it to
/// fail instead of waiting, which is then so for this program, too.
struct Patient(StdoutLock<'static>);

impl Patient {
    fn wait_for<T>(
        &mut self,
        mut act: impl FnMut(&mut StdoutLock<'static>) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match act(&mut self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    platform::wait_for_room(&self.0)?;
                }
                done => return done,
            }
        }
    }
}

impl Write for Patient {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.wait_for(|stdout| stdout.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wait_for(StdoutLock::flush)
    }
}

#[cfg(unix)]
mod platform {
    use rustix::event::{PollFd, PollFlags, poll};
    use rustix::fs::{OFlags, fcntl_getfl};
    use std::io;
    use std::os::fd::AsFd;

    #[derive(Debug, Clone, Copy)]
    pub(super) enum Stream {
        Input,
        Output,
    }

    pub(super) fn problem(stream: Stream) -> Option<&'static str> {
        if start::was_closed(stream) {
            return Some("it is closed");
        }
        let (flags, wrong, problem) = match stream {
            Stream::Input => (
                fcntl_getfl(io::stdin()),
                OFlags::WRONLY,
                "it is open for writing only",
            ),
            Stream::Output => (
                fcntl_getfl(io::stdout()),
                OFlags::RDONLY,
                "it is open for reading only",
            ),
        };
        // What cannot be asked fails by itself when it is used.
        let mode = flags.ok()? & OFlags::RWMODE;
        (mode == wrong).then_some(problem)
    }

    pub(super) fn wait_for_room(stdout: &impl AsFd) -> io::Result<()> {
        let mut polled = [PollFd::new(stdout, PollFlags::OUT)];
        match poll(&mut polled, None) {
            // An error on it is what the next write tells.
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What was there before Rust's runtime was.
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    mod start {
        use super::Stream;
        use rustix::io::{Errno, fcntl_getfd};
        use std::os::fd::{BorrowedFd, RawFd};
        use std::sync::atomic::{AtomicBool, Ordering};

        static INPUT_CLOSED: AtomicBool = AtomicBool::new(false);
        static OUTPUT_CLOSED: AtomicBool = AtomicBool::new(false);

        pub(super) fn was_closed(stream: Stream) -> bool {
            match stream {
                Stream::Input => INPUT_CLOSED.load(Ordering::Relaxed),
                Stream::Output => OUTPUT_CLOSED.load(Ordering::Relaxed),
            }
        }

        /// The system calls what is in this section before `main`.
        #[expect(unsafe_code, reason = "the name of a section is")]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,__mod_init_func")
        )]
        #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
        #[used]
        static LOOK: extern "C" fn() = {
            extern "C" fn look() {
                INPUT_CLOSED.store(is_closed(0), Ordering::Relaxed);
                OUTPUT_CLOSED.store(is_closed(1), Ordering::Relaxed);
            }
            look
        };

        fn is_closed(descriptor: RawFd) -> bool {
            // SAFETY: nothing is done with it but to ask whether it is one, for which
            // the system has an answer if it is not. No other thread runs yet, which
            // could open or close it.
            #[expect(unsafe_code, reason = "it may be no descriptor: that is the question")]
            let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
            fcntl_getfd(descriptor) == Err(Errno::BADF)
        }
    }

    /// Elsewhere it is not known.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    mod start {
        pub(super) fn was_closed(_: super::Stream) -> bool {
            false
        }
    }
}

/// Elsewhere the system has no such descriptors.
#[cfg(not(unix))]
mod platform {
    use std::io;

    #[derive(Debug, Clone, Copy)]
    pub(super) enum Stream {
        Input,
        Output,
    }

    pub(super) fn problem(_: Stream) -> Option<&'static str> {
        None
    }

    pub(super) fn wait_for_room(_: &impl Sized) -> io::Result<()> {
        Err(io::ErrorKind::WouldBlock.into())
    }
}
/// Tells a person what a dry run did not do.
pub(crate) fn dry_run_note(global: &Global, text: &str) {
    let for_programs = matches!(global.output, Some(Output::Json | Output::Jsonl));
    if !global.quiet && !for_programs {
        // Nobody is left to be told when standard error is gone.
        let _ = writeln!(io::stderr(), "dry run: {text}");
    }
}
