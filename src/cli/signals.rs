//! Signals that ask a process to end: the first lets work end in order, the second ends the process
//! at once.

use std::sync::atomic::{AtomicI32, Ordering};

use crate::error::{Error, Kind, Result};

/// The number of Ctrl-C.
const INTERRUPT: i32 = 2;

/// The number of the first signal that came; 0 before.
static CAUGHT: AtomicI32 = AtomicI32::new(0);

/// From here on, the first Ctrl-C or termination signal is noted, for [`caught`] to tell; the second
/// ends the process. Once for each process.
///
/// # Errors
/// That the system refuses to tell of signals.
pub(super) fn listen() -> Result<()> {
    listen_with(note)
}

/// From here on, the first Ctrl-C or termination signal ends the process, after `tidy`, which hears the exit
/// code. Once for each process.
///
/// # Errors
/// That the system refuses to tell of signals.
pub(super) fn end_after(mut tidy: impl FnMut(u8) + Send + 'static) -> Result<()> {
    listen_with(move |signal| {
        tidy(code(signal));
        std::process::exit(i32::from(code(signal)));
    })
}

fn listen_with(hear: impl FnMut(i32) + Send + 'static) -> Result<()> {
    imp::listen(hear).map_err(|error| Error::new(Kind::Setting, error.to_string()))
}

/// Whether a signal has come.
pub(super) fn caught() -> bool {
    CAUGHT.load(Ordering::Relaxed) != 0
}

/// The exit code of a process that a signal ended, as shells count: 128 and the number of the
/// signal, so 130 for Ctrl-C and 143 for a termination signal.
pub(super) fn exit_code() -> u8 {
    let signal = match CAUGHT.load(Ordering::Relaxed) {
        0 => INTERRUPT,
        signal => signal,
    };
    code(signal)
}

fn code(signal: i32) -> u8 {
    u8::try_from(128 + signal).unwrap_or(u8::MAX)
}

/// Notes a signal; the second ends the process.
fn note(signal: i32) {
    if CAUGHT.swap(signal, Ordering::Relaxed) != 0 {
        std::process::exit(i32::from(code(signal)));
    }
}

#[cfg(unix)]
mod imp {
    use std::io;

    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    pub(super) fn listen(hear: impl FnMut(i32) + Send + 'static) -> io::Result<()> {
        let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
        let wait = move || signals.forever().for_each(hear);
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(wait)?;
        Ok(())
    }
}

#[cfg(not(unix))]
mod imp {
    // The system does not tell which of the ways to end a program it was.
    pub(super) fn listen(mut hear: impl FnMut(i32) + Send + 'static) -> Result<(), ctrlc::Error> {
        ctrlc::set_handler(move || hear(super::INTERRUPT))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_shells() {
        assert_eq!([2, 15, 1, 500].map(code), [130, 143, 129, 255]);
    }
}
