//! Forests of decision trees (Breiman 2001): the mean of the probabilities at the leaves that counts lead to.
//!
//! Knows counts by their places, not molecules.

/// The feature of a leaf.
const LEAF: u16 = u16::MAX;

/// A node of a tree. The left child is the next node.
#[derive(Debug, Clone, Copy)]
struct Node {
    /// The place that is asked about, or [`LEAF`].
    feature: u16,
    /// The greatest count that goes left.
    at_most: u8,
    /// The right child; of a leaf the place of its probability.
    next: u32,
}

/// A classifier.
#[derive(Debug)]
pub(super) struct Forest {
    nodes: Vec<Node>,
    /// The first node of each tree.
    roots: Vec<u32>,
    /// Probabilities of the second class, of which each leaf has one.
    probabilities: Vec<f64>,
    length: usize,
}

/// Nodes of all trees in preorder.
pub(super) struct Nodes {
    /// The place that each asks about; 65535 for a leaf.
    pub(super) feature: Vec<u16>,
    /// The greatest count that goes left, to the next node.
    pub(super) at_most: Vec<u8>,
    /// The right child; of a leaf the place of its probability.
    pub(super) next: Vec<u32>,
}

impl Forest {
    /// The forest of these nodes, for fingerprints of `length` places.
    ///
    /// # Errors
    /// What does not fit together.
    pub(super) fn new(
        nodes: &Nodes,
        roots: Vec<u32>,
        probabilities: Vec<f64>,
        length: u16,
    ) -> Result<Self, String> {
        let count = nodes.feature.len();
        let sizes = [nodes.at_most.len(), nodes.next.len()];
        let has_trees = !roots.is_empty() && roots.iter().all(|root| (*root as usize) < count);
        if sizes != [count; 2] || !has_trees {
            return Err("its trees do not fit together".to_owned());
        }
        if !probabilities.iter().all(|p| (0.0..=1.0).contains(p)) {
            return Err("a probability of a leaf is not 0 to 1".to_owned());
        }
        let parts = nodes.feature.iter().zip(&nodes.at_most).zip(&nodes.next);
        let nodes: Vec<Node> = parts
            .map(|((feature, at_most), next)| Node {
                feature: *feature,
                at_most: *at_most,
                next: *next,
            })
            .collect();
        // Children come after their parents, so that every way ends.
        let fits = |(place, node): (usize, &Node)| {
            let next = node.next as usize;
            if node.feature == LEAF {
                next < probabilities.len()
            } else {
                node.feature < length && next > place + 1 && next < count
            }
        };
        if !nodes.iter().enumerate().all(fits) {
            return Err("a node of a tree leads nowhere".to_owned());
        }
        Ok(Self {
            nodes,
            roots,
            probabilities,
            length: length.into(),
        })
    }

    /// The probability of the second class, for counts by their places.
    pub(super) fn probability(&self, counts: &[(u16, u32)]) -> f64 {
        let mut dense = vec![0; self.length];
        for (place, count) in counts {
            dense[usize::from(*place)] = *count;
        }
        let leaf = |root: &u32| {
            let mut place = *root as usize;
            loop {
                let node = self.nodes[place];
                if node.feature == LEAF {
                    return self.probabilities[node.next as usize];
                }
                let goes_left = dense[usize::from(node.feature)] <= u32::from(node.at_most);
                place = if goes_left {
                    place + 1
                } else {
                    node.next as usize
                };
            }
        };
        self.roots.iter().map(leaf).sum::<f64>() / self.roots.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree that asks about place 1, then 0, and one that is a leaf.
    fn nodes() -> Nodes {
        Nodes {
            feature: vec![1, LEAF, 0, LEAF, LEAF, LEAF],
            at_most: vec![0, 0, 2, 0, 0, 0],
            next: vec![2, 0, 4, 1, 2, 1],
        }
    }

    const PROBABILITIES: [f64; 3] = [0.0, 0.5, 1.0];

    fn forest(nodes: &Nodes, roots: &[u32]) -> Result<Forest, String> {
        Forest::new(nodes, roots.to_vec(), PROBABILITIES.to_vec(), 2)
    }

    #[test]
    fn counts_lead_to_leaves() {
        #[track_caller]
        fn check(counts: &[(u16, u32)], expected: f64) {
            let found = forest(&nodes(), &[0, 5]).unwrap().probability(counts);
            approx::assert_abs_diff_eq!(found, expected);
        }
        check(&[], 0.25);
        check(&[(0, 9)], 0.25);
        check(&[(1, 1)], 0.5);
        check(&[(0, 2), (1, 1)], 0.5);
        check(&[(0, 3), (1, 7)], 0.75);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        #[track_caller]
        fn check(nodes: &Nodes, roots: &[u32], expected: &str) {
            assert_eq!(forest(nodes, roots).unwrap_err(), expected);
        }
        let torn = "its trees do not fit together";
        check(&nodes(), &[], torn);
        check(&nodes(), &[6], torn);
        let at_most = vec![0; 5];
        check(&Nodes { at_most, ..nodes() }, &[0], torn);
        let lost = "a node of a tree leads nowhere";
        for next in [[0, 0, 4, 1, 2, 1], [2, 3, 4, 1, 2, 1], [2, 0, 6, 1, 2, 1]] {
            let next = next.to_vec();
            check(&Nodes { next, ..nodes() }, &[0], lost);
        }
        let feature = vec![2, LEAF, 0, LEAF, LEAF, LEAF];
        check(&Nodes { feature, ..nodes() }, &[0], lost);
        let found = Forest::new(&nodes(), vec![0], vec![0.0, 0.5, 1.5], 2);
        assert_eq!(found.unwrap_err(), "a probability of a leaf is not 0 to 1");
    }
}
