//! Whether this machine has AMX tiles, and whether they may be used.

#![allow(unsafe_code)]

use std::arch::{asm, x86_64::__cpuid_count};
use std::sync::OnceLock;

use super::refused;

/// Proof that this machine has tiles, and that they may be used.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tiles(());

impl Tiles {
    /// Asks the processor and the operating system, once.
    pub(crate) fn of_this_machine() -> Option<Self> {
        static FOUND: OnceLock<bool> = OnceLock::new();
        let found = FOUND
            .get_or_init(|| std::is_x86_feature_detected!("avx512f") && has_tiles() && permitted());
        (*found && !refused()).then_some(Self(()))
    }
}

/// Whether the processor has tiles of bfloat16 numbers.
fn has_tiles() -> bool {
    const BFLOAT16: u32 = 1 << 22;
    const TILE: u32 = 1 << 24;
    let features = __cpuid_count(7, 0).edx;
    features & BFLOAT16 != 0 && features & TILE != 0
}

/// Asks Linux for tiles, of which it saves and restores 8 KiB for every thread that uses them.
fn permitted() -> bool {
    const ARCH_PRCTL: i64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const XTILEDATA: u64 = 18;
    let mut result = ARCH_PRCTL;
    // SAFETY: a system call that touches no memory of ours.
    unsafe {
        asm!(
            "syscall",
            inout("rax") result,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") XTILEDATA,
            out("rcx") _,
            out("r11") _,
            options(nostack),
        );
    }
    result == 0
}
