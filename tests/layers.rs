//! The rooms of `src/` that each room may use, and what only the command line and the devices may
//! use.
//!
//! Reads the source as tokens: paths and `use` groups are seen wherever they stand, nested and in
//! macros; comments, texts and everything under `#[cfg(test)]` are not.

#![expect(clippy::unwrap_used, reason = "a panic is a test's verdict")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each room and the rooms that it uses, in reading order: a room uses none that comes later.
const ROOMS: &[(&str, &str)] = &[
    ("text", ""),
    ("random", ""),
    ("progress", ""),
    ("error", ""),
    ("store", "error"),
    ("chem", "text"),
    ("wish", "error chem"),
    ("tokenizer", "text error"),
    ("table", "text progress error store chem tokenizer"),
    ("corpus", "progress error chem tokenizer table"),
    ("grammar", "chem tokenizer"),
    ("model", "error tokenizer corpus"),
    ("chemnet", "progress error model"),
    ("config", "error model"),
    ("checkpoint", "error store tokenizer model"),
    ("likelihood", "error tokenizer model"),
    (
        "annotate",
        "progress error chem tokenizer table model likelihood",
    ),
    ("train", "random chem tokenizer corpus model config"),
    ("device", "error model train"),
    (
        "generate",
        "random progress error chem wish tokenizer grammar model device",
    ),
    (
        "explain",
        "error chem tokenizer grammar model likelihood generate",
    ),
    (
        "fragments",
        "random progress error chem wish tokenizer grammar model generate",
    ),
    (
        "objective",
        "progress error chem tokenizer table corpus model likelihood",
    ),
    (
        "evaluation",
        "progress error store chem table corpus chemnet",
    ),
    ("report", "error store chem evaluation"),
    ("draw", "progress error chem table report"),
    (
        "run",
        "progress error store chem tokenizer table corpus model config checkpoint \
         likelihood train device generate report",
    ),
    (
        "optimize",
        "random progress error chem wish tokenizer corpus model config checkpoint train generate fragments \
         objective report run",
    ),
    (
        "study",
        "progress error chem tokenizer table corpus model chemnet config likelihood train \
         device generate fragments objective evaluation report run optimize",
    ),
    (
        "playground",
        "progress error chem wish tokenizer grammar model likelihood generate explain report",
    ),
    (
        "cli",
        "text progress error chem wish tokenizer table corpus model chemnet config checkpoint \
         explain annotate device generate fragments objective evaluation report draw run optimize study playground",
    ),
];

/// Paths that only the command line may use: the process, its terminal and their crates.
const OF_THE_PROCESS: &[&[&str]] = &[
    &["std", "env"],
    &["std", "process", "exit"],
    &["clap"],
    &["clap_complete"],
    &["clap_mangen"],
    &["ctrlc"],
    &["signal_hook"],
    &["indicatif"],
    &["mimalloc"],
];

/// Names that only the command line may use: of methods that need no path, and of macros.
const WORDS_OF_THE_PROCESS: &[&str] = &["current_dir", "set_current_dir", "build_global"];
const MACROS_OF_THE_PROCESS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// The item of `burn::backend` that is not a backend: it differentiates others.
const NO_BACKENDS: &[&str] = &["Autodiff", "autodiff"];

/// A piece of source: a word, or one other character.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    Sign(char),
}

use Token::{Sign, Word};

/// The tokens of a source without comments and texts, for which a `"` stands.
fn tokens(source: &str) -> Vec<Token> {
    let text: Vec<char> = source.chars().collect();
    let at = |place: usize| text.get(place).copied().unwrap_or('\0');
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut tokens = Vec::new();
    let mut place = 0;
    while place < text.len() {
        let c = text[place];
        // A raw text: r"..", r#".."#, and the same of bytes and of C.
        let prefix = usize::from("bc".contains(c) && at(place + 1) == 'r');
        let rest = text.iter().skip(place + prefix + 1);
        let hashes = rest.take_while(|c| **c == '#').count();
        if at(place + prefix) == 'r' && at(place + prefix + 1 + hashes) == '"' {
            place += prefix + 2 + hashes;
            let ends = |p: usize| at(p) == '"' && (1..=hashes).all(|i| at(p + i) == '#');
            while place < text.len() && !ends(place) {
                place += 1;
            }
            place += 1 + hashes;
            tokens.push(Sign('"'));
        } else if c == '/' && at(place + 1) == '/' {
            while place < text.len() && text[place] != '\n' {
                place += 1;
            }
        } else if c == '/' && at(place + 1) == '*' {
            let mut depth = 0;
            loop {
                match (at(place), at(place + 1)) {
                    ('/', '*') => (depth, place) = (depth + 1, place + 2),
                    ('*', '/') => (depth, place) = (depth - 1, place + 2),
                    _ => place += 1,
                }
                if depth == 0 || place >= text.len() {
                    break;
                }
            }
        } else if c == '"' {
            place += 1;
            while place < text.len() && text[place] != '"' {
                place += if text[place] == '\\' { 2 } else { 1 };
            }
            place += 1;
            tokens.push(Sign('"'));
        } else if c == '\'' && at(place + 1) == '\\' {
            // A character with an escape; `'\''` too.
            place += 3;
            while place < text.len() && text[place] != '\'' {
                place += 1;
            }
            place += 1;
        } else if c == '\'' && at(place + 2) == '\'' {
            place += 3;
        } else if is_word(c) {
            let start = place;
            while is_word(at(place)) {
                place += 1;
            }
            tokens.push(Word(text[start..place].iter().collect()));
        } else {
            if !c.is_whitespace() {
                tokens.push(Sign(c));
            }
            place += 1;
        }
    }
    tokens
}

/// The place after the group of brackets that begins at `open`.
fn after_group(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (place, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Sign('(' | '[' | '{') => depth += 1,
            Sign(')' | ']' | '}') => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    tokens.len()
}

fn word(token: Option<&Token>) -> Option<&str> {
    match token {
        Some(Word(word)) => Some(word),
        _ => None,
    }
}

/// The tokens without the items that only tests see.
fn without_tests(tokens: &[Token]) -> Vec<Token> {
    let mut kept = Vec::new();
    let mut place = 0;
    while place < tokens.len() {
        let is_attribute = tokens[place] == Sign('#') && tokens.get(place + 1) == Some(&Sign('['));
        if !is_attribute {
            kept.push(tokens[place].clone());
            place += 1;
            continue;
        }
        let end = after_group(tokens, place + 1);
        let inside = &tokens[place + 2..end - 1];
        let has = |name: &str| inside.iter().any(|token| word(Some(token)) == Some(name));
        if word(inside.first()) != Some("cfg") || !has("test") || has("not") || has("any") {
            kept.extend_from_slice(&tokens[place..end]);
            place = end;
            continue;
        }
        // The item: more attributes, then everything up to its block or semicolon.
        place = end;
        while place < tokens.len() {
            match &tokens[place] {
                Sign(';') => {
                    place += 1;
                    break;
                }
                Sign('{') => {
                    place = after_group(tokens, place);
                    break;
                }
                Sign('(' | '[') => place = after_group(tokens, place),
                _ => place += 1,
            }
        }
    }
    kept
}

/// Every path with at least one `::`, groups spread out; `super` and `self` resolved from `module`,
/// the modules above the source.
fn paths(tokens: &[Token], module: &[String]) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    // The inline modules that are open, each with the depth of its brace.
    let mut inline: Vec<(String, usize)> = Vec::new();
    let mut depth = 0;
    let mut place = 0;
    while place < tokens.len() {
        match &tokens[place] {
            Sign('{') => {
                depth += 1;
                if let (Some("mod"), Some(name)) = (
                    place.checked_sub(2).and_then(|p| word(tokens.get(p))),
                    place.checked_sub(1).and_then(|p| word(tokens.get(p))),
                ) {
                    inline.push((name.to_owned(), depth));
                }
            }
            Sign('}') => {
                if inline.last().is_some_and(|(_, of)| *of == depth) {
                    inline.pop();
                }
                depth -= 1;
            }
            Word(_) => {
                let mut own = module.to_vec();
                own.extend(inline.iter().map(|(name, _)| name.clone()));
                let mut tree = Vec::new();
                place = spread(tokens, place, &mut Vec::new(), &mut tree);
                let several = tree.iter().filter(|path| path.len() > 1);
                found.extend(several.map(|path| absolute(path, &own)));
                continue;
            }
            Sign(_) => {}
        }
        place += 1;
    }
    found
}

/// Reads one path or `use` tree from `place` on, in front of which `prefix` stands, and returns the
/// place after it.
fn spread(
    tokens: &[Token],
    mut place: usize,
    prefix: &mut Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    let length = prefix.len();
    let separated = |place: usize| {
        tokens.get(place) == Some(&Sign(':')) && tokens.get(place + 1) == Some(&Sign(':'))
    };
    loop {
        match tokens.get(place) {
            Some(Word(name)) => {
                prefix.push(name.clone());
                place += 1;
                // The new name of what a `use` brings in.
                if word(tokens.get(place)) == Some("as") && prefix.len() > 1 {
                    place += 2;
                }
            }
            Some(Sign('{')) if prefix.len() > length => {
                let end = after_group(tokens, place);
                place += 1;
                while place + 1 < end {
                    match tokens[place] {
                        Word(_) => place = spread(tokens, place, prefix, found),
                        Sign(_) => place += 1,
                    }
                }
                prefix.truncate(length);
                return end;
            }
            _ => {
                found.push(prefix.clone());
                prefix.truncate(length);
                return place;
            }
        }
        if separated(place) {
            place += 2;
        } else {
            found.push(prefix.clone());
            prefix.truncate(length);
            return place;
        }
    }
}

/// The path from the root of the crate, where it begins with `crate`, `self` or `super`.
fn absolute(path: &[String], module: &[String]) -> Vec<String> {
    let up = path.iter().take_while(|name| *name == "super").count();
    let here = usize::from(path[0] == "self");
    if up + here == 0 {
        return path.to_vec();
    }
    let above = &module[..module.len().saturating_sub(up)];
    let mut whole = vec!["crate".to_owned()];
    whole.extend(above.iter().chain(&path[up + here..]).cloned());
    whole
}

/// A source file: its place below `src/`, its room, and its tokens without tests.
struct Source {
    name: String,
    room: String,
    tokens: Vec<Token>,
    paths: Vec<Vec<String>>,
}

impl Source {
    fn read(root: &Path, file: &Path) -> Self {
        let inside = file.strip_prefix(root).unwrap().with_extension("");
        let mut module: Vec<String> = inside
            .iter()
            .map(|part| part.to_str().unwrap().to_owned())
            .collect();
        let room = module[0].clone();
        module.retain(|part| !["mod", "lib", "main"].contains(&part.as_str()));
        let tokens = without_tests(&tokens(&fs::read_to_string(file).unwrap()));
        Self {
            name: format!("{}.rs", inside.to_str().unwrap()),
            room,
            paths: paths(&tokens, &module),
            tokens,
        }
    }

    /// The rooms that it uses beside its own.
    fn rooms(&self) -> impl Iterator<Item = &str> {
        let of_crate = self.paths.iter().filter(|path| path[0] == "crate");
        let rooms = of_crate.filter_map(|path| path.get(1).map(String::as_str));
        rooms.filter(|room| *room != self.room)
    }

    fn uses(&self, start: &[&str]) -> bool {
        self.paths.iter().any(|path| {
            path.len() >= start.len() && path.iter().zip(start).all(|(name, of)| name == of)
        })
    }

    /// Its uses of the process, of the terminal and of their crates.
    fn of_the_process(&self) -> Option<String> {
        if let Some(path) = OF_THE_PROCESS.iter().find(|path| self.uses(path)) {
            return Some(path.join("::"));
        }
        let is_macro = |pair: &[Token]| match pair {
            [Word(name), Sign('!')] => MACROS_OF_THE_PROCESS.contains(&name.as_str()),
            [Word(name), _] => WORDS_OF_THE_PROCESS.contains(&name.as_str()),
            _ => false,
        };
        let pair = self.tokens.windows(2).find(|pair| is_macro(pair))?;
        word(pair.first()).map(str::to_owned)
    }

    /// The backend that it names.
    fn backend(&self) -> Option<String> {
        let of_burn = |path: &&Vec<String>| path.starts_with(&["burn".into(), "backend".into()]);
        let names = self
            .paths
            .iter()
            .filter(of_burn)
            .filter_map(|path| path.get(2));
        let mut backends = names.filter(|name| !NO_BACKENDS.contains(&name.as_str()));
        backends.next().cloned()
    }
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension() == Some("rs".as_ref()) {
            found.push(path);
        }
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    files(&root, &mut found);
    found.sort();
    let sources = found.iter().map(|file| Source::read(&root, file));
    sources.collect()
}

#[test]
fn rooms_use_only_the_rooms_that_they_may() {
    let mut faults = Vec::new();
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for source in sources() {
        if ["lib", "main"].contains(&source.room.as_str()) {
            continue;
        }
        let Some((room, allowed)) = ROOMS.iter().find(|(room, _)| *room == source.room) else {
            let fault = format!("`{}` has no row", source.room);
            if !faults.contains(&fault) {
                faults.push(fault);
            }
            continue;
        };
        let uses = used.entry((*room).to_owned()).or_default();
        for other in source.rooms() {
            let is_allowed = allowed.split_whitespace().any(|name| name == other);
            if !is_allowed && uses.insert(other.to_owned()) {
                faults.push(format!("{} uses `{other}`", source.name));
            }
            uses.insert(other.to_owned());
        }
    }
    for (place, (room, allowed)) in ROOMS.iter().enumerate() {
        let Some(uses) = used.get(*room) else {
            faults.push(format!("the room `{room}` is not there"));
            continue;
        };
        for other in allowed.split_whitespace() {
            if !uses.contains(other) {
                faults.push(format!(
                    "`{room}` does not use `{other}`: remove it from its row"
                ));
            }
            if !ROOMS[..place].iter().any(|(before, _)| *before == other) {
                faults.push(format!("`{room}` uses `{other}`, which comes later"));
            }
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// Fails if `what` finds something in a source whose room is none of `rooms`.
#[track_caller]
fn check_only(rooms: &[&str], what: impl Fn(&Source) -> Option<String>) {
    let sources = sources();
    let others = sources
        .iter()
        .filter(|source| !rooms.contains(&source.room.as_str()));
    let found = others.filter_map(|source| Some(format!("{} uses {}", source.name, what(source)?)));
    let found: Vec<String> = found.collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
    // What they may use, they do use: else the search is blind.
    assert!(sources.iter().any(|source| what(source).is_some()));
}

#[test]
fn only_devices_name_backends() {
    check_only(&["device"], Source::backend);
}

#[test]
fn only_the_command_line_knows_the_process() {
    check_only(&["cli", "main"], Source::of_the_process);
}

#[test]
fn paths_are_found_wherever_they_stand() {
    #[track_caller]
    fn check(source: &str, expected: &[&str]) {
        let module = ["a".to_owned(), "b".to_owned()];
        let found = paths(&without_tests(&tokens(source)), &module);
        let found: Vec<String> = found.iter().map(|path| path.join("::")).collect();
        assert_eq!(found, expected, "{source}");
    }
    check("use crate::x;", &["crate::x"]);
    check(
        "pub(crate) use crate::{a, b::{self, c as d, e::*}, f};",
        &[
            "crate::a",
            "crate::b::self",
            "crate::b::c",
            "crate::b::e",
            "crate::f",
        ],
    );
    check(
        "fn f(x: &crate::a::B<crate::c::D>) {}",
        &["crate::a::B", "crate::c::D"],
    );
    check(
        "m!({ $crate::a::b!(crate::c::D) })",
        &["crate::a::b", "crate::c::D"],
    );
    check("use super::{c, d::e};", &["crate::a::c", "crate::a::d::e"]);
    check(
        "use super::super::d; use self::e;",
        &["crate::d", "crate::a::b::e"],
    );
    check(
        "mod i { use super::super::x; } use super::y;",
        &["crate::a::x", "crate::a::y"],
    );
    check(
        "// crate::a\n/* crate::b /* */ crate::c */ /// [crate::d]\n",
        &[],
    );
    check(
        r##"f("crate::a \" crate::b", r#"crate::c" crate::d"#, b"crate::e", 'c')"##,
        &[],
    );
    check(
        "match c { '\"' => crate::a::B, '\\'' => crate::c::D }",
        &["crate::a::B", "crate::c::D"],
    );
    check("fn f<'a>(x: &'a crate::b::C) {}", &["crate::b::C"]);
    check(
        "#[cfg(test)]\nmod tests { use crate::a; fn f() { crate::b::c() } } use crate::d;",
        &["crate::d"],
    );
    check(
        "#[cfg(test)] #[allow(x)] use crate::a; use crate::b;",
        &["crate::b"],
    );
    check("#[cfg(not(test))] use crate::a;", &["crate::a"]);
    check("#[cfg(feature = \"x\")] use crate::a;", &["crate::a"]);
}
