//! The native loop around a trainer.

use super::{Advance, TrainError, Trainer, TrainingEvent};

/// Trains to the end, waiting for the device where the trainer would be asked in vain, and hands each
/// event to the listener.
///
/// # Errors
/// What ends the training, or what the listener returns.
pub fn drive<E: From<TrainError>>(
    trainer: &mut Trainer,
    mut listen: impl FnMut(TrainingEvent) -> Result<(), E>,
) -> Result<(), E> {
    loop {
        match trainer.advance()? {
            Advance::Working(events) => events.into_iter().try_for_each(&mut listen)?,
            Advance::Waiting => trainer.wait()?,
            Advance::Finished => return Ok(()),
        }
    }
}
