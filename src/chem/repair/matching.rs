//! Maximum matchings of graphs, by augmenting paths through blossoms (Edmonds 1965,
//! doi:10.4153/CJM-1965-045-4).
//!
//! Knows vertices and edges, nothing of chemistry.

use std::collections::VecDeque;

/// The partner of each vertex in a matching with as many pairs as there can be; `near` names the
/// neighbours of each vertex.
pub(crate) fn maximum(near: &[Vec<usize>]) -> Vec<Option<usize>> {
    let mut partner: Vec<Option<usize>> = vec![None; near.len()];
    for vertex in 0..near.len() {
        if partner[vertex].is_none()
            && let Some(&other) = near[vertex].iter().find(|other| partner[**other].is_none())
        {
            partner[vertex] = Some(other);
            partner[other] = Some(vertex);
        }
    }
    for root in 0..near.len() {
        if partner[root].is_none() {
            let mut tree = Tree::new(near, &partner, root);
            if let Some(end) = tree.grow() {
                let path = tree.path(end);
                for pair in path.chunks_exact(2) {
                    partner[pair[0]] = Some(pair[1]);
                    partner[pair[1]] = Some(pair[0]);
                }
            }
        }
    }
    partner
}

/// A tree of alternating paths from one vertex without partner. An odd cycle of it, a blossom, is
/// taken for one vertex, its base.
struct Tree<'a> {
    near: &'a [Vec<usize>],
    partner: &'a [Option<usize>],
    root: usize,
    base: Vec<usize>,
    /// The vertex before, for one reached by an edge that is in no pair.
    before: Vec<Option<usize>>,
    /// Whether an even number of edges leads here.
    even: Vec<bool>,
}

impl<'a> Tree<'a> {
    fn new(near: &'a [Vec<usize>], partner: &'a [Option<usize>], root: usize) -> Self {
        let mut even = vec![false; near.len()];
        even[root] = true;
        Self {
            near,
            partner,
            root,
            base: (0..near.len()).collect(),
            before: vec![None; near.len()],
            even,
        }
    }

    /// Grows until a vertex without partner is reached.
    fn grow(&mut self) -> Option<usize> {
        let mut queue = VecDeque::from([self.root]);
        while let Some(vertex) = queue.pop_front() {
            for &other in &self.near[vertex] {
                if self.base[vertex] == self.base[other] || self.partner[vertex] == Some(other) {
                    continue;
                }
                if self.even[other] {
                    self.contract(vertex, other, &mut queue);
                } else if self.before[other].is_none() {
                    self.before[other] = Some(vertex);
                    let Some(mate) = self.partner[other] else {
                        return Some(other);
                    };
                    self.even[mate] = true;
                    queue.push_back(mate);
                }
            }
        }
        None
    }

    /// The bases on the way from an even vertex to the root.
    fn bases(&self, vertex: usize) -> Vec<usize> {
        let mut bases = vec![self.base[vertex]];
        let mut at = self.base[vertex];
        while let Some(up) = self.partner[at].and_then(|mate| self.before[mate]) {
            at = self.base[up];
            bases.push(at);
        }
        bases
    }

    /// Takes the odd cycle that an edge between two even vertices closes for one vertex.
    fn contract(&mut self, first: usize, second: usize, queue: &mut VecDeque<usize>) {
        let ways = [self.bases(first), self.bases(second)];
        let Some(&top) = ways[0].iter().find(|base| ways[1].contains(base)) else {
            return;
        };
        let mut inside = vec![false; self.near.len()];
        self.turn(first, second, top, &mut inside);
        self.turn(second, first, top, &mut inside);
        for vertex in 0..self.near.len() {
            if inside[self.base[vertex]] {
                self.base[vertex] = top;
                if !std::mem::replace(&mut self.even[vertex], true) {
                    queue.push_back(vertex);
                }
            }
        }
    }

    /// Notes how the vertices from `vertex` up to `top` are reached by way of `across`.
    fn turn(&mut self, mut vertex: usize, mut across: usize, top: usize, inside: &mut [bool]) {
        while self.base[vertex] != top {
            let Some(mate) = self.partner[vertex] else {
                return;
            };
            inside[self.base[vertex]] = true;
            inside[self.base[mate]] = true;
            self.before[vertex] = Some(across);
            across = mate;
            let Some(up) = self.before[mate] else {
                return;
            };
            vertex = up;
        }
    }

    /// The path from a vertex without partner to the root, whose every second edge is in a pair.
    fn path(&self, end: usize) -> Vec<usize> {
        let mut path = Vec::new();
        let mut next = Some(end);
        while let Some(vertex) = next {
            let Some(before) = self.before[vertex] else {
                break;
            };
            path.extend([vertex, before]);
            next = self.partner[before];
        }
        path
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The size of the largest matching by trying all.
    fn largest(near: &[Vec<usize>], used: &mut Vec<bool>) -> usize {
        let Some(vertex) = used.iter().position(|used| !used) else {
            return 0;
        };
        used[vertex] = true;
        let mut most = largest(near, used);
        for &other in &near[vertex] {
            if !used[other] {
                used[other] = true;
                most = most.max(1 + largest(near, used));
                used[other] = false;
            }
        }
        used[vertex] = false;
        most
    }

    proptest! {
        #[test]
        fn no_matching_is_larger(
            edges in proptest::collection::vec((0_usize..9, 0_usize..9), 0..18),
        ) {
            let mut near = vec![Vec::new(); 9];
            for (a, b) in edges {
                if a != b && !near[a].contains(&b) {
                    near[a].push(b);
                    near[b].push(a);
                }
            }
            let partner = maximum(&near);
            for (vertex, other) in partner.iter().enumerate() {
                if let Some(other) = other {
                    prop_assert!(near[vertex].contains(other));
                    prop_assert_eq!(partner[*other], Some(vertex));
                }
            }
            let pairs = partner.iter().flatten().count() / 2;
            prop_assert_eq!(pairs, largest(&near, &mut vec![false; 9]));
        }
    }
}
