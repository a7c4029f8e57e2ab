//! The standard streams: whether they were open at the start, and a standard output
//! that never loses data silently.
//!
//! If a process is started with one of them closed (`>&-`), Rust's runtime opens
//! `/dev/null` in its place: output is discarded, and input is empty. After that it
//! looks like an intended `> /dev/null`, so this is checked before the runtime starts.
//! The runtime also ignores the errors of a stream that is open in the wrong direction
//! (`1< file`).

use crate::args::{Global, Output};
use crate::error::{Unwritten, Usage};
use std::io::{self, BufWriter, StdoutLock, Write};

const STANDARD_OUTPUT: &str = "standard output";
const BUFFER: usize = 1 << 16;

/// Standard output, locked and buffered. Its errors are [`Unwritten`].
pub(crate) struct Stdout(BufWriter<BlockingStdout>);

impl Stdout {
    /// Fails if standard output is not writable.
    pub(crate) fn open() -> io::Result<Self> {
        check_output()?;
        let stdout = BlockingStdout(io::stdout().lock());
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

/// Writes the bytes to standard output, and flushes it.
pub(crate) fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = Stdout::open()?;
    out.write_all(bytes)?;
    out.flush()
}

/// Waits until nobody reads standard output any more; forever where that is unknown.
pub(crate) async fn output_closed() {
    let (sender, closed) = tokio::sync::oneshot::channel();
    // It ends with the process.
    std::thread::spawn(move || {
        if platform::wait_until_closed(&io::stdout()) {
            let _ = sender.send(());
        }
    });
    if closed.await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Checks that standard output is writable, before there is data to lose.
pub(crate) fn check_output() -> io::Result<()> {
    match platform::problem(platform::Stream::Output) {
        None => Ok(()),
        Some(problem) => Err(Unwritten::at_start(STANDARD_OUTPUT, problem).into()),
    }
}

/// The same for standard input: a closed one must not pass as empty.
pub(crate) fn check_input() -> Result<(), Usage> {
    match platform::problem(platform::Stream::Input) {
        None => Ok(()),
        Some(problem) => Err(
            Usage::new(format!("standard input cannot be read: {problem}"))
                .hint("redirect it from a file or a pipe, or from /dev/null for empty input"),
        ),
    }
}

/// Wraps an error of writing to standard output.
pub(crate) fn unwritten(error: &io::Error) -> io::Error {
    Unwritten::new(STANDARD_OUTPUT, error).into()
}

/// Blocks until the reader catches up, even if another process that shares the pipe
/// made it non-blocking.
struct BlockingStdout(StdoutLock<'static>);

impl BlockingStdout {
    fn retry<T>(
        &mut self,
        mut operation: impl FnMut(&mut StdoutLock<'static>) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            match operation(&mut self.0) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    platform::wait_until_writable(&self.0)?;
                }
                result => return result,
            }
        }
    }
}

impl Write for BlockingStdout {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.retry(|stdout| stdout.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.retry(StdoutLock::flush)
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
        let (flags, wrong_mode, problem) = match stream {
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
        // If the flags cannot be read, using the stream reports the error.
        let mode = flags.ok()? & OFlags::RWMODE;
        (mode == wrong_mode).then_some(problem)
    }

    pub(super) fn wait_until_writable(stdout: &impl AsFd) -> io::Result<()> {
        let mut polled = [PollFd::new(stdout, PollFlags::OUT)];
        match poll(&mut polled, None) {
            // The next write reports an error of the stream.
            Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns whether it is known that nobody reads the stream.
    pub(super) fn wait_until_closed(stdout: &impl AsFd) -> bool {
        let closed = PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL;
        loop {
            // Errors are reported without being asked for.
            let mut polled = [PollFd::new(stdout, PollFlags::empty())];
            match poll(&mut polled, None) {
                Ok(_) => return polled.iter().any(|fd| fd.revents().intersects(closed)),
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return false,
            }
        }
    }

    /// Which streams were closed before Rust's runtime started.
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

        /// The loader calls the functions in this section before `main`.
        #[expect(unsafe_code, reason = "link_section is an unsafe attribute")]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,__mod_init_func")
        )]
        #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
        #[used]
        static CHECK: extern "C" fn() = {
            extern "C" fn check() {
                INPUT_CLOSED.store(is_closed(0), Ordering::Relaxed);
                OUTPUT_CLOSED.store(is_closed(1), Ordering::Relaxed);
            }
            check
        };

        fn is_closed(descriptor: RawFd) -> bool {
            // SAFETY: the descriptor is only passed to fcntl(F_GETFD), which returns EBADF
            // if it is not open. No other thread runs yet that could open or close it.
            #[expect(unsafe_code, reason = "checks whether the descriptor is open")]
            let descriptor = unsafe { BorrowedFd::borrow_raw(descriptor) };
            fcntl_getfd(descriptor) == Err(Errno::BADF)
        }
    }

    /// Elsewhere this is unknown.
    #[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
    mod start {
        pub(super) fn was_closed(_: super::Stream) -> bool {
            false
        }
    }
}

/// Other systems have no such descriptors.
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

    pub(super) fn wait_until_writable(_: &impl Sized) -> io::Result<()> {
        Err(io::ErrorKind::WouldBlock.into())
    }

    pub(super) fn wait_until_closed(_: &impl Sized) -> bool {
        false
    }
}
/// Reports what was done, on standard error because it is not data.
pub(crate) fn notify(message: &str) {
    // There is nowhere to report that standard error is closed.
    let _ = writeln!(io::stderr(), "{message}");
}

/// Prints a note for people on standard error, since it is not data.
pub(crate) fn dry_run_note(global: &Global, text: &str) {
    let for_programs = matches!(global.output, Some(Output::Json | Output::Jsonl));
    if !global.quiet && !for_programs {
        notify(&format!("dry run: {text}"));
    }
}
