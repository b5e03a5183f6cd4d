//! ChemNet computed by hand for CPUs: the same figures as [`ChemNet`](super::ChemNet) gives, which
//! a test holds it to.
//!
//! What makes it fast: a symbol's convolution is a look-up; the first LSTM, which starts at the
//! padded end, is the same for all molecules until it meets text, so that part is computed once;
//! what it tells the second LSTM about the padding is computed once, too. What remains is the
//! second LSTM's own recurrence, one product of matrices a step for many molecules of similar
//! length.

use pulp::Arch;
use rayon::prelude::*;

use super::features::{CHANNELS, LENGTH, VALUE, channels};
use super::weights::{Convolution, Lstm};
use super::{Embed, Weights};
use crate::model::exp;
use crate::model::matrix::{Into, Matrix, MatrixMut, multiply};

/// Molecules computed together. Fixed, so that the number of threads changes nothing.
const BATCH: usize = 256;

/// Positions after each convolution.
const HALF: usize = LENGTH / 2;
const QUARTER: usize = HALF.div_ceil(2);

/// ChemNet laid out for CPUs; shared by all threads.
#[derive(Debug)]
pub struct Activations {
    /// Contribution of a symbol at each of four positions, `[4, symbols, outputs]`.
    symbols: Vec<f32>,
    /// The second convolution, `[4, inputs, outputs]`.
    second: Vec<f32>,
    /// Outputs of either convolution.
    outputs: [usize; 2],
    lstms: [Lstm; 2],
    /// State and cell of the first LSTM after so many steps over padding, `[hidden]` each.
    over_padding: Vec<[Vec<f32>; 2]>,
    /// Input of the second LSTM's gates at each position of padding, `[QUARTER, 4 hidden]`.
    padding: Vec<f32>,
}

/// Working space of one thread.
#[derive(Default)]
struct Workspace {
    /// One molecule after the first convolution `[positions, outputs]`.
    halved: Vec<f32>,
    /// Inputs of the first LSTM `[time, rows, outputs]`.
    inputs: Vec<f32>,
    /// Outputs of the first LSTM `[time, rows, hidden]`.
    first_outputs: Vec<f32>,
    state: Vec<f32>,
    cell: Vec<f32>,
    gates: Vec<f32>,
}

impl Activations {
    /// Lays out the weights.
    pub fn new(weights: &Weights) -> Self {
        let [first, second] = &weights.convolutions;
        let [backward, forward] = &weights.lstms;
        let mut over_padding = vec![[vec![0.0; backward.hidden], vec![0.0; backward.hidden]]];
        let mut gates = vec![0.0; 4 * backward.hidden];
        for step in 0..QUARTER {
            let [mut state, mut cell] = over_padding[step].clone();
            backward.recur(&state, &mut gates, Into::Replace);
            advance(&gates, &backward.bias, &mut state, &mut cell);
            over_padding.push([state, cell]);
        }
        let mut padding = Vec::new();
        for position in 0..QUARTER {
            let mut gates = forward.bias.clone();
            let [first_outputs, _] = &over_padding[QUARTER - position];
            let weight = Matrix::dense(&forward.input_weight, gates.len());
            let first_outputs = Matrix::dense(first_outputs, forward.inputs);
            multiply(
                MatrixMut::dense(&mut gates, 4 * forward.hidden),
                Into::Add,
                1.0,
                first_outputs,
                weight,
            );
            padding.extend(gates);
        }
        Self {
            symbols: taps(first, VALUE),
            second: taps(second, 1.0),
            outputs: [first.outputs, second.outputs],
            lstms: weights.lstms.clone(),
            over_padding,
            padding,
        }
    }

    /// Activations of molecules by their channels; without meaning once `goes_on` denies.
    ///
    /// # Shapes
    /// `[rows]` -> `[rows, hidden]`
    fn batch(
        &self,
        rows: &[&[u8]],
        workspace: &mut Workspace,
        goes_on: &dyn Fn() -> bool,
    ) -> Vec<f32> {
        let count = rows.len();
        let Workspace {
            halved,
            inputs,
            first_outputs,
            state,
            cell,
            gates,
        } = workspace;
        let time = rows
            .iter()
            .map(|row| quartered(row.len()))
            .max()
            .unwrap_or(0);
        let [_, outputs] = self.outputs;
        inputs.clear();
        inputs.resize(time * count * outputs, 0.0);
        for (row, channels) in rows.iter().enumerate().take_while(|_| goes_on()) {
            self.convolve(channels, halved, |position, values| {
                let start = (position * count + row) * outputs;
                inputs[start..start + outputs].copy_from_slice(values);
            });
        }

        let [backward, forward] = &self.lstms;
        let [start_state, start_cell] = &self.over_padding[QUARTER - time];
        fill(state, start_state, count);
        fill(cell, start_cell, count);
        gates.resize(count * 4 * forward.hidden.max(backward.hidden), 0.0);
        first_outputs.resize(time * count * backward.hidden, 0.0);
        for position in (0..time).rev().take_while(|_| goes_on()) {
            let gates = &mut gates[..count * 4 * backward.hidden];
            let x = &inputs[position * count * outputs..][..count * outputs];
            backward.read(x, gates);
            backward.recur(state, gates, Into::Add);
            advance(gates, &backward.bias, state, cell);
            let size = count * backward.hidden;
            first_outputs[position * size..][..size].copy_from_slice(state);
        }

        fill(state, &vec![0.0; forward.hidden], count);
        fill(cell, &vec![0.0; forward.hidden], count);
        let paddings = self.padding.chunks_exact(4 * forward.hidden).enumerate();
        for (position, padding) in paddings.take_while(|_| goes_on()) {
            let gates = &mut gates[..count * 4 * forward.hidden];
            if position < time {
                let size = count * backward.hidden;
                forward.read(&first_outputs[position * size..][..size], gates);
                forward.recur(state, gates, Into::Add);
                advance(gates, &forward.bias, state, cell);
            } else {
                forward.recur(state, gates, Into::Replace);
                advance(gates, padding, state, cell);
            }
        }
        state.clone()
    }

    /// Both convolutions of one molecule; `put` gets each position that is not zero.
    fn convolve(&self, channels: &[u8], halved: &mut Vec<f32>, mut put: impl FnMut(usize, &[f32])) {
        let [middle, outputs] = self.outputs;
        let positions = (channels.len() / 2 + 1).min(HALF);
        halved.clear();
        halved.resize(positions * middle, 0.0);
        for (position, out) in halved.chunks_exact_mut(middle).enumerate() {
            for (tap, at) in window(position, channels.len()) {
                let start = (tap * CHANNELS + usize::from(channels[at])) * middle;
                for (out, value) in out.iter_mut().zip(&self.symbols[start..start + middle]) {
                    *out += value;
                }
            }
            selu(out);
        }
        let mut sums = vec![0.0; outputs];
        for position in 0..quartered(channels.len()) {
            sums.fill(0.0);
            for (tap, at) in window(position, positions) {
                let values = &halved[at * middle..(at + 1) * middle];
                let weights = self.second[tap * middle * outputs..].chunks_exact(outputs);
                for (value, weights) in values.iter().zip(weights) {
                    for (sum, weight) in sums.iter_mut().zip(weights) {
                        *sum += value * weight;
                    }
                }
            }
            selu(&mut sums);
            put(position, &sums);
        }
    }
}

impl Embed for Activations {
    /// On the threads of the current pool.
    fn embed(&self, smiles: &[&str], tick: &(dyn Fn(usize) -> bool + Sync)) -> Vec<f32> {
        let channels: Vec<Vec<u8>> = smiles.par_iter().map(|text| channels(text)).collect();
        let mut order: Vec<usize> = (0..smiles.len()).collect();
        order.sort_by_key(|&row| channels[row].len());
        let hidden = self.lstms[1].hidden;
        let batches: Vec<Vec<f32>> = order
            .par_chunks(BATCH)
            .map_init(Workspace::default, |workspace, rows| {
                let rows: Vec<&[u8]> = rows.iter().map(|&row| channels[row].as_slice()).collect();
                let result = self.batch(&rows, workspace, &|| tick(0));
                tick(rows.len());
                result
            })
            .collect();
        let mut all = vec![0.0; smiles.len() * hidden];
        for (&row, values) in order
            .iter()
            .zip(batches.iter().flat_map(|batch| batch.chunks_exact(hidden)))
        {
            all[row * hidden..(row + 1) * hidden].copy_from_slice(values);
        }
        all
    }
}

impl Lstm {
    /// `gates = x * input weight`
    fn read(&self, x: &[f32], gates: &mut [f32]) {
        let weight = Matrix::dense(&self.input_weight, 4 * self.hidden);
        let result = MatrixMut::dense(gates, 4 * self.hidden);
        multiply(
            result,
            Into::Replace,
            1.0,
            Matrix::dense(x, self.inputs),
            weight,
        );
    }

    /// `gates = state * hidden weight`, or added.
    fn recur(&self, state: &[f32], gates: &mut [f32], into: Into) {
        let weight = Matrix::dense(&self.hidden_weight, 4 * self.hidden);
        let result = MatrixMut::dense(gates, 4 * self.hidden);
        multiply(result, into, 1.0, Matrix::dense(state, self.hidden), weight);
    }
}

/// Positions after both convolutions that text of this many symbols reaches.
fn quartered(length: usize) -> usize {
    let halved = (length / 2 + 1).min(HALF);
    (halved / 2 + 1).min(QUARTER)
}

/// The taps of a window of 4 that moves by 2 and starts one before the first, and what lies there.
fn window(position: usize, length: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..4).filter_map(move |tap| {
        let at = (2 * position + tap).checked_sub(1)?;
        (at < length).then_some((tap, at))
    })
}

/// Weights `[outputs, inputs, 4]` as `[4, inputs, outputs]`, times `scale`.
fn taps(layer: &Convolution, scale: f32) -> Vec<f32> {
    let (inputs, outputs) = (layer.inputs, layer.outputs);
    let mut taps = Vec::with_capacity(layer.weight.len());
    for tap in 0..4 {
        for input in 0..inputs {
            for output in 0..outputs {
                taps.push(scale * layer.weight[(output * inputs + input) * 4 + tap]);
            }
        }
    }
    taps
}

fn fill(buffer: &mut Vec<f32>, row: &[f32], count: usize) {
    buffer.clear();
    for _ in 0..count {
        buffer.extend_from_slice(row);
    }
}

/// Scaled exponential linear unit (Klambauer et al. 2017).
fn selu(values: &mut [f32]) {
    const ALPHA: f32 = 1.673_263_2;
    const SCALE: f32 = 1.050_701;
    for value in values {
        *value = SCALE
            * if *value > 0.0 {
                *value
            } else {
                ALPHA * value.exp_m1()
            };
    }
}

#[inline(always)]
fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

#[inline(always)]
fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (1.0 + exp(2.0 * x))
}

/// Tiny values as 0: forgotten cells would become denormal numbers, which are slow, in the products
/// too.
#[inline(always)]
fn flushed(x: f32) -> f32 {
    if x.abs() < 1e-20 { 0.0 } else { x }
}

/// One step of an LSTM after its products.
///
/// # Shapes
/// gates `[rows, 4 hidden]`; bias `[4 hidden]`; state, cell `[rows, hidden]`
fn advance(gates: &[f32], bias: &[f32], state: &mut [f32], cell: &mut [f32]) {
    let hidden = bias.len() / 4;
    Arch::new().dispatch(
        #[inline(always)]
        || {
            let bias = parts(bias, hidden);
            let rows = gates.chunks_exact(4 * hidden);
            let rows = rows.zip(state.chunks_exact_mut(hidden));
            for ((gates, state), cell) in rows.zip(cell.chunks_exact_mut(hidden)) {
                let gates = parts(gates, hidden);
                let (state, cell) = (&mut state[..hidden], &mut cell[..hidden]);
                for i in 0..hidden {
                    let [input, forget, new, output] =
                        std::array::from_fn(|gate| gates[gate][i] + bias[gate][i]);
                    cell[i] = flushed(sigmoid(forget) * cell[i] + sigmoid(input) * tanh(new));
                    state[i] = flushed(sigmoid(output) * tanh(cell[i]));
                }
            }
        },
    );
}

/// A row of four gates as four slices, whose equal lengths the compiler can see.
#[inline(always)]
fn parts(row: &[f32], hidden: usize) -> [&[f32]; 4] {
    std::array::from_fn(|gate| &row[gate * hidden..][..hidden])
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;

    use super::*;
    use crate::chemnet::{ChemNet, OnDevice};

    const SMILES: [&str; 6] = [
        "C",
        "CCO",
        "c1ccccc1Cl",
        "[Na+].[Cl-]",
        "CC(=O)Nc1ccc(O)cc1",
        "F/C=C/F",
    ];

    #[test]
    fn the_figures_are_those_of_the_burn_network() {
        let weights = Weights::small();
        let mut smiles = SMILES.to_vec();
        let long: Vec<String> = [20, 100, 345, 346, 347, 348, 349, 350, 900]
            .map(|length| "CN".repeat(length / 2) + if length % 2 == 1 { "O" } else { "" })
            .to_vec();
        smiles.extend(long.iter().map(String::as_str));
        let device = burn::tensor::Device::<Flex>::default();
        let network = ChemNet::<Flex>::new(&weights, &device);
        let expected = network.activations(&smiles, &device).into_data();
        let found = Activations::new(&weights).embed(&smiles, &|_| true);
        assert_eq!(found.len(), smiles.len() * 6);
        let on_device = OnDevice::<Flex>::new(&weights, device);
        let many = smiles.repeat(80);
        let repeated = on_device.embed(&many, &|_| true);
        assert_eq!(repeated.len(), many.len() * 6);
        for (a, b) in found.iter().cycle().zip(repeated) {
            approx::assert_abs_diff_eq!(*a, b, epsilon = 1e-6);
        }
        for (a, b) in found.iter().zip(expected.iter::<f32>()) {
            approx::assert_abs_diff_eq!(*a, b, epsilon = 1e-6);
        }
    }

    /// Figures printed by `tests/golden/fcd.py`.
    #[track_caller]
    fn check(smiles: &str, expected: [f32; 6]) {
        let found = Activations::new(&Weights::small()).embed(&[smiles], &|_| true);
        for (found, expected) in found.iter().zip(expected) {
            approx::assert_abs_diff_eq!(*found, expected, epsilon = 1e-6);
        }
    }

    #[test]
    fn the_figures_are_those_of_fcd_torch() {
        check(
            "C",
            [
                -0.194_528_58,
                -0.098_245_88,
                0.131_753_03,
                0.071_436_31,
                0.255_270_45,
                0.146_674_28,
            ],
        );
        check(
            "c1ccccc1Cl",
            [
                -0.194_083_2,
                -0.094_774_33,
                0.128_156_28,
                0.075_476_05,
                0.250_773_97,
                0.154_634_77,
            ],
        );
        check(
            "F/C=C/F",
            [
                -0.194_475_81,
                -0.095_195_01,
                0.128_589_15,
                0.075_110_03,
                0.251_746_77,
                0.154_518_62,
            ],
        );
        let long = "C".repeat(349);
        check(
            &long,
            [
                -0.152_806_31,
                0.090_388_81,
                -0.053_597_12,
                0.207_396_85,
                -0.052_985_1,
                0.298_033_57,
            ],
        );
    }

    #[test]
    fn any_number_of_threads_gives_the_same_bits() {
        let net = Activations::new(&Weights::small());
        let smiles: Vec<String> = (0..1_000)
            .map(|i| "C".repeat(1 + i * 7 % 90) + "O")
            .collect();
        let smiles: Vec<&str> = smiles.iter().map(String::as_str).collect();
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| net.embed(&smiles, &|_| true))
        };
        assert_eq!(run(1), run(3));
    }
}
