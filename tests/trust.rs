//! The real program among hostile files, killed processes and full disks.

#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]
#![expect(clippy::print_stdout, reason = "`--nocapture` tells how many kills")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

/// Kilobytes of address space for a command that is given a hostile file: what is allocated by an
/// untrusted length would end it.
const ROOM: u64 = 3_000_000;

/// Longest that such a command may take.
const PATIENCE: Duration = Duration::from_mins(1);

fn shipped(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

fn molgpt(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_molgpt"));
    command.current_dir(folder).args(arguments);
    command
}

/// Runs the program in a bounded address space.
#[track_caller]
fn bounded(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let began = Instant::now();
    let script = format!(
        "ulimit -v {ROOM}; exec '{}' \"$@\"",
        env!("CARGO_BIN_EXE_molgpt")
    );
    let mut child = Command::new("bash")
        .current_dir(folder)
        .args(["-c", &script, "molgpt"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // The program may refuse before it has read all.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    assert!(began.elapsed() < PATIENCE, "{arguments:?} takes too long");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(!stderr.contains("panicked"), "{arguments:?}: {stderr}");
    assert!(
        output.status.code().is_some(),
        "{arguments:?} was ended: {stderr}"
    );
    output
}

/// The verdict on one string and its reason.
#[track_caller]
fn check_verdict(text: &[u8], verdict: &str, reason: &str) {
    let folder = tempfile::tempdir().unwrap();
    let output = bounded(folder.path(), &["canonicalize"], text);
    assert_eq!(output.status.code(), Some(0));
    let rows = String::from_utf8(output.stdout).unwrap();
    assert_eq!(rows.lines().count(), 1);
    let cells: Vec<&str> = rows.trim_end_matches('\n').split('\t').collect();
    assert_eq!(cells[1], verdict, "{}", cells[3]);
    assert!(cells[3].contains(reason), "{}", cells[3]);
}

#[test]
fn hostile_strings_have_a_verdict() {
    check_verdict("C".repeat(1 << 20).as_bytes(), "invalid", "more than the");
    check_verdict("C".repeat(100_000).as_bytes(), "invalid", "more than the");
    check_verdict("C".repeat(4_000).as_bytes(), "valid", "");
    check_verdict("(".repeat(100_000).as_bytes(), "invalid", "more than the");
    let nested = |depth| format!("{}C{}", "C(".repeat(depth), ")".repeat(depth));
    check_verdict(nested(450).as_bytes(), "valid", "");
    check_verdict(nested(1_200).as_bytes(), "invalid", "deep");
    check_verdict(b"C\0C", "invalid", "not a part of SMILES");
    check_verdict(b"C\xff\xfeC", "invalid", "not a part of SMILES");
    check_verdict("C\u{1f600}C".as_bytes(), "invalid", "not a part of SMILES");
    check_verdict(&vec![b'C'; 200 << 20], "invalid", "more than the");
    // 400 fused four-membered rings, 90 open rings at once, a ring of 4,000 aromatic atoms.
    check_verdict(grid(20, "C").as_bytes(), "valid", "");
    check_verdict(grid(20, "c").as_bytes(), "invalid", "");
    let open = (10..100).fold(String::new(), |open, number| open + &format!("C%{number}"));
    check_verdict(format!("{open}{open}").as_bytes(), "valid", "");
    let ring = format!("c1{}c1", "c".repeat(3_994));
    check_verdict(ring.as_bytes(), "valid", "");
}

/// A square lattice of atoms, row by row, joined to the row before by ring closures.
fn grid(side: usize, atom: &str) -> String {
    let mut text = String::new();
    for row in 0..side {
        for column in 0..side {
            text += atom;
            // Numbers of closures to the row before and to the next take turns.
            let number = |row: usize| 10 + row % 2 * 40 + column;
            if row > 0 {
                let _ = write!(text, "%{}", number(row - 1));
            }
            if row + 1 < side {
                let _ = write!(text, "%{}", number(row));
            }
        }
        if row + 1 < side {
            text += ".";
        }
    }
    text
}

#[track_caller]
fn check_refused(folder: &Path, arguments: &[&str], message: &str) {
    let output = bounded(folder, arguments, b"");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {stderr}");
    assert!(stderr.contains(message), "{arguments:?}: {stderr}");
}

#[test]
fn hostile_files_are_refused_in_bounded_memory() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let write = |name: &str, bytes: &[u8]| fs::write(here.join(name), bytes).unwrap();
    // A table of a gigabyte whose one row never ends, and one with a quote that is never closed.
    sparse(&here.join("nul.csv"), b"smiles\n", 1 << 30);
    let rows = b"CCO,note\n".repeat(1 << 20);
    write(
        "quote.csv",
        &[b"smiles,note\nCC,\"open\n".as_slice(), &rows].concat(),
    );
    write(
        "line.csv",
        &[b"smiles\n".as_slice(), &vec![b'C'; 64 << 20]].concat(),
    );
    write("line.smi", &vec![b'C'; 64 << 20]);
    write("bytes.smi", b"\xff\xfe\0C\n");
    bomb(&here.join("bomb.smi.gz"), b"C\n", 600 << 20);
    bomb(&here.join("zeros.csv.gz"), &[0], 600 << 20);
    write(
        "cut.smi.gz",
        &fs::read(here.join("bomb.smi.gz")).unwrap()[..5_000],
    );
    let train = |name: &'static str| ["train", name, "-o", "run"];
    check_refused(here, &train("nul.csv"), "nul.csv");
    check_refused(here, &train("quote.csv"), "quote");
    check_refused(here, &train("line.csv"), "line.csv");
    check_refused(here, &train("line.smi"), "line.smi");
    check_refused(here, &train("bytes.smi"), "bytes.smi");
    check_refused(here, &train("bomb.smi.gz"), "times its size");
    check_refused(here, &train("zeros.csv.gz"), "zeros.csv.gz");
    check_refused(here, &train("cut.smi.gz"), "cut.smi.gz");
    check_refused(here, &["evaluate", "bomb.smi.gz"], "times its size");
    check_refused(
        here,
        &["canonicalize", "bomb.smi.gz", "-o", "out.tsv"],
        "times its size",
    );
    assert!(!here.join("out.tsv").exists());
}

#[test]
fn input_without_end_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    for more in [&[][..], &["--max-molecules", "100000"]] {
        let mut yes = Command::new("yes")
            .arg("CCO")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let script = format!(
            "ulimit -v {ROOM}; exec '{}' train - \"$@\"",
            env!("CARGO_BIN_EXE_molgpt")
        );
        let output = Command::new("bash")
            .current_dir(folder.path())
            .args(["-c", &script, "molgpt"])
            .args(more)
            .stdin(yes.stdout.take().unwrap())
            .output()
            .unwrap();
        yes.kill().unwrap();
        yes.wait().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{stderr}");
        let most = more.last().unwrap_or(&"10000000");
        let message = format!("`-` has more than {most} rows");
        assert!(stderr.contains(&message), "{stderr}");
        assert!(stderr.contains("--max-molecules"), "{stderr}");
    }
}

/// A file that begins with `start` and has `length` bytes, without using the disk.
fn sparse(path: &Path, start: &[u8], length: u64) {
    let mut file = fs::File::create(path).unwrap();
    file.write_all(start).unwrap();
    file.set_len(length).unwrap();
}

/// A gzip file of `length` bytes of one pattern.
fn bomb(path: &Path, pattern: &[u8], length: usize) {
    let file = fs::File::create(path).unwrap();
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    let piece = pattern.repeat((1 << 20) / pattern.len());
    for _ in 0..length >> 20 {
        packed.write_all(&piece).unwrap();
    }
    packed.finish().unwrap();
}

#[test]
fn absurd_models_and_settings_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("few.csv"), "smiles\nCC\nCO\n").unwrap();
    let tiny = fs::read_to_string(shipped("configs/tiny.toml")).unwrap();
    let changed = |name: &str, from: &str, to: &str| {
        assert!(tiny.contains(from), "`{from}`");
        fs::write(here.join(name), tiny.replace(from, to)).unwrap();
    };
    changed("wide.toml", "width = 32", "width = 16384\n#");
    changed(
        "deep.toml",
        "layers = 2",
        "layers = 99999999999999999999\n#",
    );
    changed(
        "batch.toml",
        "batch_size = 16",
        "batch_size = 1000000000000\n#",
    );
    sparse(&here.join("long.toml"), tiny.as_bytes(), 1 << 33);
    fs::write(
        here.join("nested.toml"),
        "a = ".to_owned() + &"[".repeat(500_000),
    )
    .unwrap();
    let train = |config: &'static str| ["train", "few.csv", "--config", config, "-o", "run"];
    changed("all.toml", "layers = 2", "layers = 256\n#");
    for (config, message) in [
        ("deep.toml", "layers"),
        ("batch.toml", "batch_size"),
        ("long.toml", "longer than"),
        ("nested.toml", "nested.toml"),
    ] {
        check_refused(here, &train(config), message);
    }
    let huge = tiny
        .replace("width = 32", "width = 16384\n#")
        .replace("layers = 2", "layers = 256\n#");
    fs::write(here.join("huge.toml"), huge).unwrap();
    check_refused(here, &train("huge.toml"), "weights");

    let model = fs::read(shipped("data/pretrained.safetensors")).unwrap();
    let sample = |model: &'static str| ["sample", "-n", "1", "--model", model];
    sparse(&here.join("sparse"), b"", 1 << 40);
    sparse(&here.join("long"), &model, 1 << 40);
    let header = [&u64::MAX.to_le_bytes(), &model[8..]].concat();
    fs::write(here.join("header"), header).unwrap();
    fs::write(here.join("cut"), &model[..model.len() - 1]).unwrap();
    let mut turned = model.clone();
    turned[model.len() / 2] ^= 1;
    fs::write(here.join("turned"), turned).unwrap();
    for (name, message) in [
        ("sparse", "description"),
        ("long", "cut short"),
        ("header", "header"),
        ("cut", "cut short"),
        ("turned", "checksum"),
        ("/dev/zero", "cut short"),
    ] {
        let message = if name == "sparse" {
            "not a usable"
        } else {
            message
        };
        check_refused(here, &sample(name), message);
    }
}

/// The run's history without the seconds, which no two runs share.
fn losses(run: &Path) -> Vec<String> {
    let text = fs::read_to_string(run.join("history.csv")).unwrap();
    let without_seconds = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        [&cells[..1], &cells[2..]].concat().join(",")
    };
    text.lines().map(without_seconds).collect()
}

/// The first `rows` shipped molecules as `small.csv`.
fn molecules(folder: &Path, rows: usize) {
    let all = fs::read_to_string(shipped("data/molecules.csv")).unwrap();
    let some: Vec<&str> = all.lines().take(rows + 1).collect();
    fs::write(folder.join("small.csv"), some.join("\n")).unwrap();
}

/// Steps done according to the state in a run folder.
fn saved_step(run: &Path) -> u64 {
    let bytes = fs::read(run.join("state.safetensors")).unwrap();
    let text = String::from_utf8_lossy(&bytes[8..bytes.len().min(4_096)]).into_owned();
    let at = text.find(r#"\"step\":"#).unwrap() + r#"\"step\":"#.len();
    let digits: String = text[at..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    digits.parse().unwrap()
}

/// Trains `small.csv` in the folder `run`, killed again and again, and goes on each time, until it
/// is done; returns how often it was killed, and how often within a save.
fn train_among_kills(here: &Path, config: &str, most: usize) -> (usize, usize) {
    let run = here.join("run");
    let (mut kills, mut within) = (0, 0);
    let mut last_step = 0;
    // Not random, so that a failure comes again; the processes' own times vary enough.
    let mut random = 2_463_534_242_u64;
    loop {
        let mut command = if run.join("state.safetensors").exists() {
            molgpt(here, &["-q", "train", "small.csv", "-o", "run", "--resume"])
        } else {
            let again = if run.join("model.safetensors").exists() {
                "--overwrite"
            } else {
                "-q"
            };
            molgpt(
                here,
                &["train", "small.csv", "-o", "run", "--config", config, again],
            )
        };
        let mut child = command
            .args(["--threads", "1"])
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let kill_at = Instant::now() + Duration::from_millis(30 + random % 500);
        // Every second time wait for a save and kill within it.
        let in_save = kills % 2 == 1;
        let ended = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if kills < most && Instant::now() > kill_at {
                let saving = fs::read_dir(&run).is_ok_and(|mut names| {
                    names.any(|name| {
                        name.is_ok_and(|name| {
                            name.file_name().to_string_lossy().starts_with(".molgpt-")
                        })
                    })
                });
                if saving || !in_save {
                    within += usize::from(saving);
                    break None;
                }
            }
            if !in_save {
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        if let Some(status) = ended {
            let mut stderr = String::new();
            std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut stderr).unwrap();
            assert!(status.success(), "after {kills} kills: {stderr}");
            return (kills, within);
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        if run.join("state.safetensors").exists() {
            let step = saved_step(&run);
            assert!(
                step >= last_step,
                "a kill took step {last_step} back to {step}"
            );
            last_step = step;
        }
        if run.join("model.safetensors").exists() {
            let sample = molgpt(
                here,
                &[
                    "-q",
                    "sample",
                    "-n",
                    "1",
                    "--model",
                    "run/model.safetensors",
                ],
            );
            let output = { sample }.output().unwrap();
            assert!(
                output.status.success(),
                "after {kills} kills the model cannot be read"
            );
        }
    }
}

#[test]
fn a_killed_run_goes_on_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    molecules(here, 800);
    let config = fs::read_to_string(shipped("configs/tiny.toml")).unwrap();
    let every = config
        .lines()
        .find(|line| line.starts_with("validate_every"))
        .unwrap();
    let config = config.replace(every, "validate_every = 3");
    fs::write(here.join("often.toml"), config).unwrap();
    let whole = molgpt(
        here,
        &[
            "-q",
            "train",
            "small.csv",
            "--config",
            "often.toml",
            "-o",
            "whole",
        ],
    )
    .args(["--threads", "1"])
    .output()
    .unwrap();
    assert!(
        whole.status.success(),
        "{}",
        String::from_utf8_lossy(&whole.stderr)
    );
    // MOLGPT_KILLS asks for a longer trial.
    let most = std::env::var("MOLGPT_KILLS").map_or(12, |kills| kills.parse().unwrap());
    let (kills, within) = train_among_kills(here, "often.toml", most);
    println!("{kills} kills, {within} of them within a save");
    assert!(kills > 4, "{kills} kills");
    assert!(within > 0, "no kill came within a save");
    assert_eq!(losses(&here.join("run")), losses(&here.join("whole")));
    let model = |run: &str| fs::read(here.join(run).join("model.safetensors")).unwrap();
    assert!(model("run") == model("whole"), "the models differ");
    let left = fs::read_dir(here.join("run")).unwrap();
    let left = left.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(left.filter(|name| name.starts_with(".molgpt-")).count(), 0);
}

#[test]
fn a_run_folder_has_one_training_and_damaged_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    molecules(here, 2_000);
    let tiny = shipped("configs/tiny.toml");
    let arguments = [
        "-q",
        "train",
        "small.csv",
        "--config",
        &tiny,
        "-o",
        "run",
        "--epochs",
        "1000",
    ];
    let mut first = molgpt(here, &arguments)
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while !here.join("run/state.safetensors").exists() {
        assert!(first.try_wait().unwrap().is_none(), "ended early");
        std::thread::sleep(Duration::from_millis(5));
    }
    check_refused(
        here,
        &[&arguments[..], &["--overwrite"]].concat(),
        "another run uses `run`",
    );
    check_refused(
        here,
        &["train", "small.csv", "-o", "run", "--resume"],
        "another run uses `run`",
    );
    first.kill().unwrap();
    first.wait().unwrap();

    let resume = [
        "train",
        "small.csv",
        "-o",
        "run",
        "--resume",
        "--epochs",
        "1",
    ];
    for name in [
        "run/state.safetensors",
        "run/model.safetensors",
        "run/config.toml",
        "run/history.csv",
        "run/vocabulary.txt",
    ] {
        let path = here.join(name);
        let bytes = fs::read(&path).unwrap();
        // Cut in the middle of a line, at its end, and emptied.
        let half = bytes.len() / 2;
        let line_end = |at: usize| at + bytes[at..].iter().position(|&b| b == b'\n').unwrap_or(0);
        let line = if name.ends_with("safetensors") {
            half
        } else {
            line_end(half) + 1
        };
        for length in [half, line, 0] {
            fs::write(&path, &bytes[..length]).unwrap();
            let named = format!("`{name}`");
            let named = if name.ends_with("toml") { name } else { &named };
            check_refused(here, &resume, named);
        }
        fs::write(&path, &bytes).unwrap();
    }
    let output = bounded(here, &resume, b"");
    assert!(output.status.success(), "the files are whole again");
    check_refused(
        here,
        &["train", "small.csv", "-o", "/proc/run"],
        "/proc/run",
    );
}

#[test]
fn an_interrupted_sample_becomes_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sample = |name: &str, more: &[&str]| {
        let arguments = [
            "-q",
            "sample",
            "-n",
            "20000",
            "--seed",
            "5",
            "--model",
            "pretrained",
            "-o",
            name,
        ];
        molgpt(here, &[&arguments[..], more].concat())
    };
    for (name, more) in [("a.csv", &[][..]), ("a.smi.gz", &["--unique"][..])] {
        let whole = format!("whole-{name}");
        assert!(sample(&whole, more).status().unwrap().success());
        let mut child = sample(name, more).spawn().unwrap();
        let note = here.join(format!("{name}.part.json"));
        while !note.exists() {
            assert!(child.try_wait().unwrap().is_none(), "ended early");
            std::thread::sleep(Duration::from_millis(2));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!here.join(name).exists());
        check_refused(
            here,
            &["sample", "-n", "5", "--model", "pretrained", "-o", name],
            "--resume",
        );
        check_refused(
            here,
            &[
                "sample",
                "-n",
                "20000",
                "--seed",
                "6",
                "--model",
                "pretrained",
                "-o",
                name,
                "--resume",
            ],
            "another model, seed or setting",
        );
        assert!(
            sample(name, &[more, &["--resume"]].concat())
                .status()
                .unwrap()
                .success()
        );
        assert!(!note.exists());
        let bytes = |name: &str| fs::read(here.join(name)).unwrap();
        assert!(bytes(name) == bytes(&whole), "{name}: the files differ");
    }
    check_refused(
        here,
        &["sample", "-n", "5", "-o", "b.csv", "--resume"],
        "no interrupted run",
    );
    check_refused(here, &["sample", "-n", "5", "--resume"], "--output");
}
