//! Batch normalization on the CPU, with an activation after it or without. Reductions go over chunks of
//! rows, as on a GPU, so that the result does not depend on the number of threads.

use super::{BatchNorm, EPS, MOMENTUM};
use crate::ops::{CHUNK, Memory, Real, chunks, parallel};
use crate::program::TensorId;

impl BatchNorm {
    /// Mean and inverse deviation of each column of `x`, and the running statistics if they are to follow.
    /// Of a chunk the mean and the sum of squared deviations, then added up (Chan, Golub and LeVeque, 1979).
    pub(in crate::ops) fn moments<T: Real>(&self, memory: &Memory<T>, update_running: bool) {
        let (x, mut partial) = (memory.read(self.x), memory.write(self.partial));
        let (mut mean, mut inverse) = (
            memory.write(self.mean),
            memory.write(self.inverse_deviation),
        );
        let (mean, inverse) = (mean.slice(), inverse.slice());
        let (x, units) = (x.slice(), mean.len());
        let rows = x.len() / units;
        let partial = &mut partial.slice()[..chunks(rows) * 2 * units];
        parallel::chunks(partial, 2 * units, x.len(), |chunk, moments| {
            let x = &x[chunk * CHUNK * units..rows.min((chunk + 1) * CHUNK) * units];
            let (mean, squares) = moments.split_at_mut(units);
            mean.fill(T::zero());
            squares.fill(T::zero());
            for row in x.chunks_exact(units) {
                for (sum, &x) in mean.iter_mut().zip(row) {
                    *sum += x;
                }
            }
            let count = T::from_f64((x.len() / units) as f64);
            mean.iter_mut().for_each(|sum| *sum /= count);
            for row in x.chunks_exact(units) {
                for ((squares, &mean), &x) in squares.iter_mut().zip(&*mean).zip(row) {
                    *squares += (x - mean) * (x - mean);
                }
            }
        });
        let squares = inverse;
        mean.fill(T::zero());
        squares.fill(T::zero());
        let mut count = 0;
        for moments in partial.chunks_exact(2 * units) {
            let more = CHUNK.min(rows - count);
            let [of_new, of_both] = [more as f64, (count * more) as f64]
                .map(|part| T::from_f64(part / (count + more) as f64));
            count += more;
            let (new_mean, new_squares) = moments.split_at(units);
            for u in 0..units {
                let d = new_mean[u] - mean[u];
                mean[u] += d * of_new;
                squares[u] += new_squares[u] + d * d * of_both;
            }
        }
        if update_running {
            let (mut running_mean, mut running_variance) = (
                memory.write(self.running_mean),
                memory.write(self.running_variance),
            );
            let momentum = T::from_f64(MOMENTUM);
            let others = T::from_f64(rows.saturating_sub(1).max(1) as f64);
            for (r, &mean) in running_mean.slice().iter_mut().zip(&*mean) {
                *r += momentum * (mean - *r);
            }
            for (r, &squares) in running_variance.slice().iter_mut().zip(&*squares) {
                *r += momentum * (squares / others - *r);
            }
        }
        let (rows, eps) = (T::from_f64(rows as f64), T::from_f64(EPS));
        for v in squares {
            *v = T::one() / (*v / rows + eps).sqrt();
        }
    }

    /// `y = f(gamma * (x - mean) * inverse deviation + beta)`.
    pub(in crate::ops) fn normalize<T: Real>(
        &self,
        memory: &Memory<T>,
        y: TensorId,
        f: impl Fn(T) -> T + Copy + Send + Sync,
    ) {
        let (mean, inverse) = (memory.read(self.mean), memory.read(self.inverse_deviation));
        self.normalize_by(memory, y, mean.slice(), inverse.slice(), f);
    }

    /// The same with the running statistics.
    pub(in crate::ops) fn normalize_in_use<T: Real>(
        &self,
        memory: &Memory<T>,
        y: TensorId,
        f: impl Fn(T) -> T + Copy + Send + Sync,
    ) {
        let (mean, variance) = (
            memory.read(self.running_mean),
            memory.read(self.running_variance),
        );
        let mut inverse = memory.write(self.inverse_deviation);
        let eps = T::from_f64(EPS);
        for (inverse, &variance) in inverse.slice().iter_mut().zip(variance.slice()) {
            *inverse = T::one() / (variance + eps).sqrt();
        }
        self.normalize_by(memory, y, mean.slice(), inverse.slice(), f);
    }

    fn normalize_by<T: Real>(
        &self,
        memory: &Memory<T>,
        y: TensorId,
        mean: &[T],
        inverse: &[T],
        activation: impl Fn(T) -> T + Copy + Send + Sync,
    ) {
        let (x, gamma, beta) = (
            memory.read(self.x),
            memory.read(self.gamma),
            memory.read(self.beta),
        );
        let (x, gamma, beta, units) = (x.slice(), gamma.slice(), beta.slice(), mean.len());
        parallel::chunks(
            memory.write(y).slice(),
            CHUNK * units,
            x.len(),
            |chunk, y| {
                // A copy of its own: see `BLOCK`.
                let f = activation;
                let x = &x[chunk * CHUNK * units..];
                for begin in (0..units).step_by(BLOCK) {
                    let block = Block::new(begin, units);
                    let [mean, inverse, gamma, beta] =
                        [mean, inverse, gamma, beta].map(|values| block.load(values));
                    for (y, x) in y.chunks_exact_mut(units).zip(x.chunks_exact(units)) {
                        for (u, (y, &x)) in block.of_mut(y).iter_mut().zip(block.of(x)).enumerate()
                        {
                            *y = f(gamma[u] * ((x - mean[u]) * inverse[u]) + beta[u]);
                        }
                    }
                }
            },
        );
    }

    /// The gradients of gamma, beta and `x`, from that of the activation's result, `dz`;
    /// `activation(y, dz)` is what the activation makes of it, `y` being the layer's own result.
    pub(in crate::ops) fn gradients<T: Real>(
        &self,
        memory: &Memory<T>,
        dz: TensorId,
        dx: TensorId,
        [dgamma, dbeta]: [TensorId; 2],
        activation: impl Fn(T, T) -> T + Copy + Send + Sync,
    ) {
        let (x, dz, mut partial) = (
            memory.read(self.x),
            memory.read(dz),
            memory.write(self.partial),
        );
        let (mean, inverse) = (memory.read(self.mean), memory.read(self.inverse_deviation));
        let (gamma, beta) = (memory.read(self.gamma), memory.read(self.beta));
        let (x, dz, mean, inverse) = (x.slice(), dz.slice(), mean.slice(), inverse.slice());
        let (gamma, beta, units) = (gamma.slice(), beta.slice(), mean.len());
        let rows = x.len() / units;
        let partial = &mut partial.slice()[..chunks(rows) * 2 * units];
        parallel::chunks(partial, 2 * units, x.len(), |chunk, sums| {
            let through = activation;
            let at = chunk * CHUNK * units..rows.min((chunk + 1) * CHUNK) * units;
            let (dgamma, dbeta) = sums.split_at_mut(units);
            let (x, dz) = (&x[at.clone()], &dz[at]);
            for begin in (0..units).step_by(BLOCK) {
                let block = Block::new(begin, units);
                let [mean, inverse, gamma, beta] =
                    [mean, inverse, gamma, beta].map(|values| block.load(values));
                let [mut sum, mut sum_xhat] = [[T::zero(); BLOCK]; 2];
                for (x, dz) in x.chunks_exact(units).zip(dz.chunks_exact(units)) {
                    for (u, (&x, &dz)) in block.of(x).iter().zip(block.of(dz)).enumerate() {
                        let xhat = (x - mean[u]) * inverse[u];
                        let dy = through(gamma[u] * xhat + beta[u], dz);
                        sum[u] += dy;
                        sum_xhat[u] += dy * xhat;
                    }
                }
                block.of_mut(dbeta).copy_from_slice(&sum[..block.length]);
                block
                    .of_mut(dgamma)
                    .copy_from_slice(&sum_xhat[..block.length]);
            }
        });
        let (mut dgamma, mut dbeta) = (memory.write(dgamma), memory.write(dbeta));
        let (dgamma, dbeta) = (dgamma.slice(), dbeta.slice());
        dgamma.fill(T::zero());
        dbeta.fill(T::zero());
        for sums in partial.chunks_exact(2 * units) {
            let (more_gamma, more_beta) = sums.split_at(units);
            for u in 0..units {
                dgamma[u] += more_gamma[u];
                dbeta[u] += more_beta[u];
            }
        }
        let (dgamma, dbeta) = (&*dgamma, &*dbeta);
        let share = T::one() / T::from_f64(rows as f64);
        parallel::chunks(
            memory.write(dx).slice(),
            CHUNK * units,
            x.len(),
            |chunk, dx| {
                let through = activation;
                let at = chunk * CHUNK * units;
                let (x, dz) = (&x[at..], &dz[at..]);
                for begin in (0..units).step_by(BLOCK) {
                    let block = Block::new(begin, units);
                    let [mean, inverse, gamma, beta, dgamma, dbeta] =
                        [mean, inverse, gamma, beta, dgamma, dbeta]
                            .map(|values| block.load(values));
                    let rows = x.chunks_exact(units).zip(dz.chunks_exact(units));
                    for (dx, (x, dz)) in dx.chunks_exact_mut(units).zip(rows) {
                        let row = block.of(x).iter().zip(block.of(dz));
                        for (u, (dx, (&x, &dz))) in block.of_mut(dx).iter_mut().zip(row).enumerate()
                        {
                            let xhat = (x - mean[u]) * inverse[u];
                            let dy = through(gamma[u] * xhat + beta[u], dz);
                            let mean_part = (dbeta[u] + xhat * dgamma[u]) * share;
                            *dx = gamma[u] * inverse[u] * (dy - mean_part);
                        }
                    }
                }
            },
        );
    }
}

/// Columns that a loop over rows goes along at once, their parameters copied to arrays of its own: only then
/// does the compiler know that nothing it writes changes them, and use vectors. Likewise the activations that
/// the loops call are copied into each task: of a choice between constants behind a reference the compiler makes
/// a gather.
const BLOCK: usize = 32;

/// Some neighbouring columns, at most [`BLOCK`].
#[derive(Clone, Copy)]
struct Block {
    begin: usize,
    length: usize,
}

impl Block {
    #[inline(always)]
    fn new(begin: usize, units: usize) -> Self {
        let length = BLOCK.min(units - begin);
        Self { begin, length }
    }

    #[inline(always)]
    fn load<T: Real>(self, values: &[T]) -> [T; BLOCK] {
        let mut array = [T::zero(); BLOCK];
        array[..self.length].copy_from_slice(self.of(values));
        array
    }

    #[inline(always)]
    fn of<T>(self, row: &[T]) -> &[T] {
        &row[self.begin..self.begin + self.length]
    }

    #[inline(always)]
    fn of_mut<T>(self, row: &mut [T]) -> &mut [T] {
        &mut row[self.begin..self.begin + self.length]
    }
}
