//! The instructions that the CPU engine uses on this machine.

use super::tiles::Tiles;

/// Instruction sets by name: `AVX-512, AMX` say. Results do not depend on them but for the rounding
/// of training's matrix products.
pub fn processor_path() -> String {
    #[cfg(target_arch = "x86_64")]
    let vectors = match pulp::Arch::new() {
        pulp::Arch::V4(_) => "AVX-512",
        pulp::Arch::V3(_) => "AVX2",
        _ => "SSE2",
    };
    #[cfg(target_arch = "aarch64")]
    let vectors = "NEON";
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let vectors = "no vectors";
    match Tiles::of_this_machine() {
        Some(_) => format!("{vectors}, AMX"),
        None => vectors.to_owned(),
    }
}
