//! One run of a program outside: lines in, lines out, within a time.
//!
//! Knows nothing of molecules. The program runs in a shell of its own, in a group of processes of its own,
//! so that it ends with all that it started.

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use crate::progress::Watch;

/// Between two looks at the clock and the watcher.
const LOOK: Duration = Duration::from_millis(50);

/// The same when it has said all, and only its end is waited for.
const SHORT_LOOK: Duration = Duration::from_millis(1);

/// Bytes of the program's answers and messages at most, each: what comes after is not read.
const MOST_BYTES: u64 = 64 << 20;

/// Bytes of a message of the program that are told.
const MESSAGE: usize = 300;

/// Why a run gave nothing to rely on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fault {
    /// There is no such program.
    Missing(String),
    /// It failed, with the reason.
    Failed(String),
    /// The watcher ended it.
    Stopped,
}

/// The lines that `command` writes when it reads `input`, with a time of `limit`.
pub(super) fn lines(
    command: &str,
    input: &str,
    limit: Duration,
    watch: &dyn Watch,
) -> Result<Vec<String>, Fault> {
    let began = Instant::now();
    let mut child = shell(command)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| Fault::Missing(error.to_string()))?;
    let (sender, receiver) = channel();
    if let Some(mut stdin) = child.stdin.take() {
        let input = input.to_owned();
        // A program that does not read to the end tells by its lines what it did.
        std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    }
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child.stdout.take().map(|stream| Box::new(stream) as _),
        child.stderr.take().map(|stream| Box::new(stream) as _),
    ];
    for (place, stream) in streams.into_iter().enumerate() {
        let sender = sender.clone();
        std::thread::spawn(move || {
            let mut bytes = Vec::new();
            let read = stream.map_or(Ok(0), |stream| {
                stream.take(MOST_BYTES).read_to_end(&mut bytes)
            });
            let _ = sender.send((place, read.map(|_| bytes)));
        });
    }
    drop(sender);
    let failed = |error: std::io::Error| Fault::Failed(error.to_string());
    let mut texts = [String::new(), String::new()];
    let mut open = texts.len();
    // It may close its streams long before its end.
    let status = loop {
        if open > 0 {
            match receiver.recv_timeout(LOOK) {
                Ok((place, read)) => {
                    let bytes = read.map_err(failed)?;
                    texts[place] = String::from_utf8_lossy(&bytes).into_owned();
                    open -= 1;
                    continue;
                }
                Err(RecvTimeoutError::Disconnected) => open = 0,
                Err(RecvTimeoutError::Timeout) => {}
            }
        } else if let Some(status) = child.try_wait().map_err(failed)? {
            break status;
        } else {
            std::thread::sleep(SHORT_LOOK);
        }
        let stopped = watch.stop();
        if stopped || began.elapsed() > limit {
            end(&mut child);
            let seconds = limit.as_secs_f64();
            return Err(if stopped {
                Fault::Stopped
            } else {
                Fault::Failed(format!("it did not end within {seconds} seconds"))
            });
        }
    };
    let [out, told] = texts;
    if status.success() {
        return Ok(out.lines().map(str::to_owned).collect());
    }
    let words = told.trim();
    let last = words.floor_char_boundary(words.len().saturating_sub(MESSAGE));
    let words = words[last..].replace('\n', " / ");
    // What shells say of a program that is not there, or may not be run.
    if matches!(status.code(), Some(126 | 127)) {
        return Err(Fault::Missing(words));
    }
    Err(Fault::Failed(match words.as_str() {
        "" => format!("it ended with {status}"),
        words => format!("it ended with {status} and told: {words}"),
    }))
}

#[cfg(unix)]
fn shell(command: &str) -> Command {
    use std::os::unix::process::CommandExt;

    let mut shell = Command::new("sh");
    shell.args(["-c", command]).process_group(0);
    shell
}

#[cfg(not(unix))]
fn shell(command: &str) -> Command {
    let mut shell = Command::new("cmd");
    shell.args(["/C", command]);
    shell
}

/// Ends a program and, on Unix, what it started.
fn end(child: &mut Child) {
    #[cfg(unix)]
    if let Ok(id) = i32::try_from(child.id())
        && let Some(group) = rustix::process::Pid::from_raw(id)
    {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{StopSwitch, Unwatched};

    #[track_caller]
    fn check(command: &str, expected: Result<&[&str], &str>) {
        let found = lines(command, "CCO\nCC\n", Duration::from_secs(1), &Unwatched);
        match (found, expected) {
            (Ok(lines), Ok(expected)) => assert_eq!(lines, expected),
            (Err(Fault::Failed(told) | Fault::Missing(told)), Err(expected)) => {
                assert!(told.contains(expected), "{told}");
            }
            (found, _) => panic!("{found:?}"),
        }
    }

    #[test]
    fn programs_answer_or_say_why_not() {
        check("cat", Ok(&["CCO", "CC"]));
        check("echo 1", Ok(&["1"]));
        check("true", Ok(&[]));
        check("exit 3", Err("status: 3"));
        check("echo no licence >&2; exit 1", Err("told: no licence"));
        check("sleep 60 | cat", Err("it did not end within 1 seconds"));
        let silent = "exec >&- 2>&-; sleep 60";
        check(silent, Err("it did not end within 1 seconds"));
        check("no-such-program-here", Err("not found"));
        let stopped = StopSwitch::default();
        stopped.set();
        let began = Instant::now();
        let found = lines("sleep 60", "", Duration::from_mins(1), &stopped);
        assert_eq!(found, Err(Fault::Stopped));
        assert!(began.elapsed() < Duration::from_secs(10));
    }
}
