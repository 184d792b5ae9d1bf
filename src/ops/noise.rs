//! Augmentation: adds Gaussian noise to a minibatch.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, rng, shader};
use crate::program::{Rows, TensorId, Tensors};

const SHADER: Shader = shader!("noise");

/// `x = clamp(x + sigma * n, 0, 1)`, n standard normal, drawn anew for each pixel, entry and epoch.
#[derive(Debug, Clone)]
pub struct Noise {
    /// Tells the clones of a sample apart.
    pub order: TensorId,
    /// `[batch, features]`, changed in place.
    pub x: TensorId,
    pub sigma: f64,
}

impl Kernel for Noise {
    fn name(&self) -> &'static str {
        "noise"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let state = memory.state();
        let order = memory.read_uint(self.order);
        let order = &order.all()[state.offset as usize..];
        let mut x = memory.write(self.x);
        let features = x.view().ncols();
        let sigma = T::from_f64(self.sigma);
        parallel::rows(x.slice(), features, |row, values| {
            let counters = [
                state.dataset_seed,
                rng::stream::NOISE,
                state.epoch,
                order[row],
            ];
            let [a, b, c, _] = rng::pcg4d(counters);
            for (feature, value) in values.iter_mut().enumerate() {
                let bits = rng::pcg4d([a, b, c, feature as u32]);
                let noisy = *value + sigma * rng::normal::<T>(bits[0], bits[1]);
                *value = noisy.max(T::zero()).min(T::one());
            }
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, "noise")
                .size(tensors.cols(self.x))
                .word(rng::stream::NOISE)
                .number(self.sigma)
                .state()
                .read(self.order)
                .update(self.x)
                .over(tensors.len(self.x)),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "noise",
        case: |c| {
            let features = c.size();
            c.state.offset = c.integer(0..9) as u32;
            let entries = c.state.offset as usize + c.rows;
            let order = c.uints("order", Rows::Fixed(entries), 1, 1000);
            let x = c.batch("x", features);
            c.uniform(x, 0.0..1.0);
            let sigma = c.number(0.01..1.0);
            c.op(Noise { order, x, sigma });
        },
    }]
}
