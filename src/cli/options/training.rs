//! Options of the training loop, its checks and measurements.

use super::Field::{Experiment, Session};
use super::{OptionSpec, Section};

pub const TRAINING: &[OptionSpec] = &[
    OptionSpec {
        name: "nbr-epochs",
        value: "N",
        section: Section::Training,
        what: "How many times training goes through all samples.",
        when: "Raise it while the dev cost still falls at the end.",
        field: Experiment(|e| &mut e.training.epochs),
    },
    OptionSpec {
        name: "max-minibatch-size",
        value: "N",
        section: Section::Training,
        what: "Most samples per training step.",
        when: "Small minibatches (32 to 256) take more, noisier steps per epoch, and usually \
               learn in fewer epochs; lower it as well when memory runs out.",
        field: Experiment(|e| &mut e.training.max_minibatch_size),
    },
    OptionSpec {
        name: "loss",
        value: "NAME",
        section: Section::Training,
        what: "Cost that training lowers.",
        when: "",
        field: Experiment(|e| &mut e.training.loss),
    },
    OptionSpec {
        name: "accuracy",
        value: "NAME",
        section: Section::Training,
        what: "Measure of success: the share of samples whose largest output is their class.",
        when: "",
        field: Experiment(|e| &mut e.training.accuracy),
    },
    OptionSpec {
        name: "eval-dev",
        value: "BOOL",
        section: Section::Training,
        what: "Evaluate the dev partition after each epoch.",
        when: "Shows overfitting, and early stopping needs it; off saves a little time.",
        field: Experiment(|e| &mut e.training.eval_dev),
    },
    OptionSpec {
        name: "early-stopping-patience",
        value: "N",
        section: Section::Training,
        what: "Epochs without a lower dev cost after which it would be time to stop.",
        when: "Raise it when the dev cost is noisy.",
        field: Experiment(|e| &mut e.training.early_stopping_patience),
    },
    OptionSpec {
        name: "early-stopping",
        value: "ACTION",
        section: Section::Training,
        what: "What happens then: notify marks the epoch and goes on, stop ends the run.",
        when: "",
        field: Experiment(|e| &mut e.training.early_stopping),
    },
    OptionSpec {
        name: "restore-best",
        value: "BOOL",
        section: Section::Training,
        what: "Give a run that early stopping ends the parameters of its best epoch.",
        when: "Needs --early-stopping=stop.",
        field: Experiment(|e| &mut e.training.restore_best),
    },
    OptionSpec {
        name: "training-times",
        value: "N",
        section: Section::Training,
        what: "How many times to train, each time with the next model seed: main, main_1, main_2.",
        when: "Tells a better setting from a lucky seed.",
        field: Experiment(|e| &mut e.training.training_times),
    },
];

pub const CHECKS: &[OptionSpec] = &[
    OptionSpec {
        name: "gradient-checks",
        value: "ACTION",
        section: Section::Checks,
        what: "What to do when a gradient disagrees with its numerical estimate.",
        when: "A check of the program, not of your model: off is safe and a little faster. debug \
               (or byebug) writes the tensors to files and waits for a key.",
        field: Experiment(|e| &mut e.training.gradient_checks.action),
    },
    OptionSpec {
        name: "gradient-checks-every",
        value: "N",
        section: Section::Checks,
        what: "Epochs from one gradient check to the next.",
        when: "",
        field: Experiment(|e| &mut e.training.gradient_checks.every),
    },
    OptionSpec {
        name: "gradient-checks-samples",
        value: "N",
        section: Section::Checks,
        what: "Gradients checked per tensor.",
        when: "",
        field: Experiment(|e| &mut e.training.gradient_checks.samples),
    },
    OptionSpec {
        name: "instability-checks",
        value: "ACTION",
        section: Section::Checks,
        what: "What to do about NaN, infinity, and probabilities of exactly 0 or 1.",
        when: "They mostly mean that the learning rate is too high. Values as of \
               --gradient-checks.",
        field: Experiment(|e| &mut e.training.instability_checks),
    },
    OptionSpec {
        name: "dump-minibatches",
        value: "BOOL",
        section: Section::Checks,
        what: "Write every minibatch's samples as PNG files.",
        when: "To see exactly what the model sees; takes time and space.",
        field: Experiment(|e| &mut e.training.dump_minibatches),
    },
    OptionSpec {
        name: "profiling",
        value: "BOOL",
        section: Section::Checks,
        what: "Write an HTML report and a Chrome trace per epoch into profiling/ in the run's folder, kernel by \
               kernel, and print where the time goes.",
        when: "To see what limits the speed; measures the device for some seconds first, and slows training down a little.",
        field: Session(|s| &mut s.profiling),
    },
    OptionSpec {
        name: "debug",
        value: "BOOL",
        section: Section::Checks,
        what: "Log shapes and statistics of every layer's output and gradient.",
        when: "To see where values vanish or explode; costs nothing when off.",
        field: Session(|s| &mut s.debug),
    },
];
