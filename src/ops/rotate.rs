//! Augmentation: rotates each picture of a minibatch by a random angle of its own.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, parallel, rng, shader};
use crate::program::{Rows, TensorId, Tensors};

const SHADER: Shader = shader!("rotate");

/// Rotates about the centre, counter-clockwise as displayed, by an angle uniform in
/// `[-limit, limit]`; same size (rotated, then cropped to the centre), bilinear, edge pixels extended.
#[derive(Debug, Clone)]
pub struct Rotate {
    /// Tells the clones of a sample apart.
    pub order: TensorId,
    /// `[batch, height * width * channels]`.
    pub x: TensorId,
    pub y: TensorId,
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub limit_degrees: f64,
}

impl Kernel for Rotate {
    fn name(&self) -> &'static str {
        "rotate"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let state = memory.state();
        let (order, x) = (memory.read_uint(self.order), memory.read(self.x));
        let order = &order.all()[state.offset as usize..];
        let mut y = memory.write(self.y);
        let features = self.width * self.height * self.channels;
        let x = x.slice();
        parallel::rows(y.slice(), features, |row, out| {
            let counters = [
                state.dataset_seed,
                rng::stream::ROTATION,
                state.epoch,
                order[row],
            ];
            let u: f64 = rng::unit(rng::pcg4d(counters)[0]);
            let angle = (self.limit_degrees * (2.0 * u - 1.0)).to_radians();
            let picture = &x[row * features..(row + 1) * features];
            rotate(
                picture,
                out,
                [self.width, self.height, self.channels],
                angle,
            );
        });
    }

    fn gpu(&self, tensors: &Tensors, _: &Target) -> Vec<Dispatch> {
        let pixels = tensors.rows(self.x) * self.width * self.height;
        vec![
            Dispatch::new(SHADER, "rotate")
                .size(self.width)
                .size(self.height)
                .size(self.channels)
                .word(rng::stream::ROTATION)
                .number(self.limit_degrees / 360.0)
                .state()
                .read(self.order)
                .read(self.x)
                .write(self.y)
                .over(pixels)
                .iterations(self.channels),
        ]
    }
}

/// Rotates one picture `[height, width, channels]` by `angle` radians; `size` is width, height,
/// channels.
pub fn rotate<T: Real>(picture: &[T], out: &mut [T], size: [usize; 3], angle: f64) {
    let [width, height, channels] = size;
    let (sin, cos) = angle.sin_cos();
    let (last_x, last_y) = ((width - 1) as f64, (height - 1) as f64);
    for (i, pixel) in out.chunks_exact_mut(channels).enumerate() {
        let (dx, dy) = (
            (i % width) as f64 - last_x / 2.0,
            (i / width) as f64 - last_y / 2.0,
        );
        let x = (last_x / 2.0 + cos * dx - sin * dy).clamp(0.0, last_x);
        let y = (last_y / 2.0 + sin * dx + cos * dy).clamp(0.0, last_y);
        let (x0, y0) = (x as usize, y as usize);
        let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
        let (tx, ty) = (T::from_f64(x.fract()), T::from_f64(y.fract()));
        let at = |x: usize, y: usize, channel: usize| picture[(y * width + x) * channels + channel];
        for (channel, value) in pixel.iter_mut().enumerate() {
            let mix = |a: T, b: T, t: T| a * (T::one() - t) + b * t;
            let top = mix(at(x0, y0, channel), at(x1, y0, channel), tx);
            let bottom = mix(at(x0, y1, channel), at(x1, y1, channel), tx);
            *value = mix(top, bottom, ty);
        }
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "rotate",
        case: |c| {
            let (width, height) = (c.integer(1..20), c.integer(1..20));
            let channels = [1, 3][c.integer(0..2)];
            let features = width * height * channels;
            c.state.offset = c.integer(0..9) as u32;
            let entries = c.state.offset as usize + c.rows;
            let order = c.uints("order", Rows::Fixed(entries), 1, 1000);
            let x = c.batch("x", features);
            c.uniform(x, 0.0..1.0);
            let y = c.output("y", features);
            let limit_degrees = c.number(1.0..180.0);
            c.op(Rotate {
                order,
                x,
                y,
                width,
                height,
                channels,
                limit_degrees,
            });
        },
    }]
}
