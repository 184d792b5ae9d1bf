//! Moves the step state to the next minibatch: the first op of each phase.

use super::case::Entry;
use super::{Dispatch, Kernel, Memory, Real, Shader, Target, shader};
use crate::program::Tensors;

const SHADER: Shader = shader!("advance");

/// The first op of a step; see [`StepState::advance`](super::state::StepState::advance).
#[derive(Debug, Clone)]
pub struct Advance {
    pub training: bool,
    /// Of Adam; of no effect with other optimizers.
    pub betas: [f64; 2],
}

impl Kernel for Advance {
    fn name(&self) -> &'static str {
        "advance"
    }

    fn cpu<T: Real>(&self, memory: &Memory<T>) {
        let mut state = memory.state();
        state.advance(self.training, self.betas[0], self.betas[1]);
        memory.set_state(state);
    }

    fn gpu(&self, _: &Tensors, _: &Target) -> Vec<Dispatch> {
        vec![
            Dispatch::new(SHADER, "advance")
                .word(u32::from(self.training))
                .number(self.betas[0])
                .number(self.betas[1])
                .update(Tensors::STATE),
        ]
    }
}

pub fn entries() -> Vec<Entry> {
    vec![Entry {
        name: "advance",
        case: |c| {
            c.state.end += c.integer(0..100) as u32;
            let training = c.integer(0..2) == 0;
            c.op(Advance {
                training,
                betas: [0.9, 0.999],
            });
        },
    }]
}
