//! SMILES in, typed `Evaluation` out.
