//! What a training step may ask of a device, whatever the machine: counted, not timed.

use shadernets::bench::{Counts, count_step};
use shadernets::config::{CheckAction, ExperimentConfig, ModelKind};
use shadernets::train::{Advance, TrainingEvent};

use crate::toy::{On, dataset, trainer};

/// Minibatches of an epoch, each of one sample.
const STEPS: usize = 84;

fn config(layers: &[usize]) -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = layers.to_vec();
    config.training.max_minibatch_size = 1;
    config.training.epochs = 3;
    config.training.gradient_checks.action = CheckAction::Off;
    config
}

#[test]
fn a_step_takes_few_dispatches_and_nothing_else() {
    for (layers, dropout_rate) in [(&[6][..], 0.0), (&[6], 0.1), (&[6, 5], 0.0)] {
        let mut config = config(layers);
        config.model.dropout_rate = dropout_rate;
        let mut trainer = trainer(On::Gpu, &config, &dataset());
        let step = count_step(&mut trainer, STEPS).unwrap();
        let most = (8 + 7 * layers.len()) as f64;
        assert!(
            step.dispatches <= most,
            "{layers:?}, dropout {dropout_rate}: {} dispatches a step, at most {most} allowed",
            step.dispatches
        );
        assert!(step.submissions <= 1.0 / 64.0, "{step:?}");
        let nothing = Counts {
            dispatches: step.dispatches,
            submissions: step.submissions,
            ..Counts::default()
        };
        assert_eq!(step, nothing);
    }
}

/// An epoch uploads its order, the state of each submission and of the evaluation, and two cleared counters;
/// it reads training and dev back, and waits for each: however many steps it has.
#[test]
fn an_epoch_uploads_reads_back_and_waits_a_fixed_number_of_times() {
    let mut trainer = trainer(On::Gpu, &config(&[6]), &dataset());
    let mut ends = Vec::new();
    while ends.len() < 2 {
        match trainer.advance().unwrap() {
            Advance::Working(events) => {
                let is_end =
                    |event: &TrainingEvent| matches!(event, TrainingEvent::EpochFinished { .. });
                if events.iter().any(is_end) {
                    ends.push(trainer.backend().counters());
                }
            }
            Advance::Waiting => trainer.wait().unwrap(),
            Advance::Finished => panic!("the training ended early"),
        }
    }
    let epoch = Counts::between(&ends[0], &ends[1], 1);
    let submissions = STEPS.div_ceil(64) as f64;
    assert!(epoch.uploads <= 4.0 + submissions, "{epoch:?}");
    assert!(epoch.readbacks <= 2.0, "{epoch:?}");
    // A wait may return before the answer is there, and be asked again.
    assert!(epoch.waits <= 2.0 * epoch.readbacks, "{epoch:?}");
    assert!(
        epoch.submissions <= (STEPS.div_ceil(64) + 3) as f64,
        "{epoch:?}"
    );
}
