//! Goals that have a name: tasks of the benchmark PMO (Gao et al. 2022), as the current Therapeutics Data
//! Commons defines them, and of GuacaMol's suite 2 (Brown et al. 2019), written as goals of one's own are.
//!
//! Of PMO's 23 tasks those are here that are computed exactly by rules: `learned` has the trained models, docs/optimize.md
//! names the others.

/// The names and goals, one table each.
const TASKS: &str = include_str!("tasks.toml");

/// The text of the goal of this name.
pub(super) fn text(name: &str) -> Option<String> {
    let mut tasks: toml::Table = toml::from_str(TASKS).ok()?;
    toml::to_string(&tasks.remove(name)?).ok()
}

/// The names, in the order of the alphabet.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    let headings = TASKS.lines().filter_map(|line| {
        let name = line.strip_prefix('[')?.strip_suffix(']')?;
        (!name.starts_with('[')).then_some(name)
    });
    let mut names: Vec<&str> = headings.collect();
    names.sort_unstable();
    names.into_iter()
}
