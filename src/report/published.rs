//! Published figures of MOSES and GuacaMol, and how their reference sets are recognized.

/// Published figures of MOSES, in the order of [`moses`](super::benchmarks::moses): Polykovskiy et al. 2020, tables 2 and 3 of
/// the benchmark's repository; those of MolGPT are an independent run with three seeds.
pub(super) const MOSES: [(&str, [Option<f64>; 15]); 6] = [
    (
        "training set",
        [
            Some(1.0),
            Some(1.0),
            Some(1.0),
            Some(1.0),
            Some(0.8567),
            Some(0.8508),
            Some(1.0),
            Some(0.008),
            Some(0.4755),
            Some(0.6419),
            Some(0.5859),
            Some(1.0),
            Some(0.9986),
            Some(0.9907),
            Some(0.0),
        ],
    ),
    (
        "CharRNN",
        [
            Some(0.9748),
            Some(1.0),
            Some(0.9994),
            Some(0.8419),
            Some(0.8562),
            Some(0.8503),
            Some(0.9943),
            Some(0.0732),
            Some(0.5204),
            Some(0.6015),
            Some(0.5649),
            Some(0.9998),
            Some(0.9983),
            Some(0.9242),
            Some(0.1101),
        ],
    ),
    (
        "VAE",
        [
            Some(0.9767),
            Some(1.0),
            Some(0.9984),
            Some(0.6949),
            Some(0.8558),
            Some(0.8498),
            Some(0.997),
            Some(0.099),
            Some(0.567),
            Some(0.6257),
            Some(0.5783),
            Some(0.9994),
            Some(0.9984),
            Some(0.9386),
            Some(0.0588),
        ],
    ),
    (
        "JTN-VAE",
        [
            Some(1.0),
            Some(1.0),
            Some(0.9996),
            Some(0.9143),
            Some(0.8551),
            Some(0.8493),
            Some(0.976),
            Some(0.3954),
            Some(0.9382),
            Some(0.5477),
            Some(0.5194),
            Some(0.9965),
            Some(0.9947),
            Some(0.8964),
            Some(0.1009),
        ],
    ),
    (
        "LatentGAN",
        [
            Some(0.8966),
            Some(1.0),
            Some(0.9968),
            Some(0.9498),
            Some(0.8565),
            Some(0.8505),
            Some(0.9735),
            Some(0.2968),
            Some(0.8281),
            Some(0.5371),
            Some(0.5132),
            Some(0.9986),
            Some(0.9972),
            Some(0.8867),
            Some(0.1072),
        ],
    ),
    (
        "MolGPT (re-run)",
        [
            Some(0.9945),
            None,
            Some(0.999),
            Some(0.7845),
            Some(0.8504),
            None,
            Some(0.9978),
            Some(0.571),
            None,
            Some(0.6241),
            None,
            Some(0.9972),
            None,
            Some(0.8833),
            None,
        ],
    ),
];

/// Molecules of GuacaMol's training set, by which it is recognized.
pub(super) const GUACAMOL_TRAINING: usize = 1_273_104;

/// Published figures of a GPT on GuacaMol, in the order of
/// [`guacamol`](super::benchmarks::guacamol).
pub(super) const GUACAMOL: (&str, [Option<f64>; 6]) = (
    "GPT",
    [
        Some(0.976),
        Some(0.999),
        Some(0.94),
        None,
        Some(0.216),
        Some(0.958),
    ],
);

/// SHA-256 of the molecules of MOSES' training, test and scaffold test sets (molsets 0.3.1), one a
/// line.
pub(super) const MOSES_TRAIN: &str =
    "4301e7f6118839465012eb93510328681ef4b7b24642e8748c4ad40971f4a304";
pub(super) const MOSES_TEST: &str =
    "d6290e7bc2f0881a8f50ffd53937d2207657de32fcc43786125eb6f73997c1e2";
pub(super) const MOSES_TEST_SCAFFOLDS: &str =
    "c7287a76a5c72e52234633bd96e1eebbd39a936f3fa98dd6236472c1fa7f9573";
