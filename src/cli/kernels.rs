//! The cache of kernels that burn compiled and tuned, so that only a machine's first run waits for
//! that.

use std::sync::Once;

use burn::cubecl::config::cache::CacheConfig;
use burn::cubecl::config::{CubeClRuntimeConfig, RuntimeConfig};

use super::cache_folder::cache_folder;

/// Keeps them in the user's folder of this name; to be called before the first device is used.
///
/// The name tells devices apart that do not run each other's kernels. Settings of a `cubecl.toml`
/// or of the environment go first.
pub(super) fn keep(name: &str) {
    static DONE: Once = Once::new();
    DONE.call_once(|| {
        let Some(folder) = cache_folder() else { return };
        let folder = folder.join("kernels").join(name);
        let mut config = CubeClRuntimeConfig::from_current_dir().override_from_env();
        if matches!(config.autotune.cache, CacheConfig::Target) {
            config.autotune.cache = CacheConfig::File(folder.clone());
        }
        config
            .compilation
            .cache
            .get_or_insert(CacheConfig::File(folder));
        CubeClRuntimeConfig::set(config);
    });
}
