//! Options of the model and of its optimizer.

use super::Field::{EveryExperiment, Experiment};
use super::{OptionSpec, Section};

pub const MODEL: &[OptionSpec] = &[
    OptionSpec {
        name: "model",
        value: "NAME",
        section: Section::Model,
        what: "Architecture: OneLayer goes straight from pixels to classes, NLayers has hidden \
               layers.",
        when: "Start with OneLayer as the baseline; change to NLayers when it stops getting \
               better.",
        field: Experiment(|e| &mut e.model.kind),
    },
    OptionSpec {
        name: "layers",
        value: "UNITS",
        section: Section::Model,
        what: "Units of each hidden layer of NLayers, such as 256,128; nothing for no hidden \
               layer.",
        when: "More units learn finer distinctions; when training accuracy is far above dev's, \
               take fewer.",
        field: Experiment(|e| &mut e.model.layers),
    },
    OptionSpec {
        name: "activation",
        value: "NAME",
        section: Section::Model,
        what: "Nonlinearity of hidden layers.",
        when: "The relus train fast; tanh and sigmoid saturate, and learn slowly in deep models.",
        field: Experiment(|e| &mut e.model.activation),
    },
    OptionSpec {
        name: "batch-norm",
        value: "BOOL",
        section: Section::Model,
        what: "Normalize the outputs of each layer of NLayers over the minibatch.",
        when: "It steadies and speeds up training. Turn it off to see what it does: layers then \
               have a bias instead.",
        field: Experiment(|e| &mut e.model.batch_norm),
    },
    OptionSpec {
        name: "batch-norm-eval",
        value: "STATISTICS",
        section: Section::Model,
        what: "Statistics by which batch normalization evaluates dev and test.",
        when: "running: those gathered while training, the usual way. batch: those of the \
               evaluated samples themselves.",
        field: Experiment(|e| &mut e.model.batch_norm_eval),
    },
    OptionSpec {
        name: "initializer",
        value: "NAME",
        section: Section::Model,
        what: "How weights start.",
        when: "glorot suits tanh and sigmoid, kaiming the relus; with zero or one, all units of a \
               layer stay alike and learn nothing of their own.",
        field: Experiment(|e| &mut e.model.initializer),
    },
    OptionSpec {
        name: "init-from",
        value: "FILE",
        section: Section::Model,
        what: "Start from the parameters in this safetensors file, of a run or an export.",
        when: "",
        field: Experiment(|e| &mut e.model.init_from),
    },
    OptionSpec {
        name: "dropout-rate",
        value: "RATE",
        section: Section::Model,
        what: "Share of NLayers' units that each training step leaves out at random; 0 <= rate < \
               1.",
        when: "Try 0.1 to 0.5 when training accuracy is far above dev's.",
        field: Experiment(|e| &mut e.model.dropout_rate),
    },
    OptionSpec {
        name: "model-seed",
        value: "SEED",
        section: Section::Model,
        what: "Seed of initial weights and dropout.",
        when: "The same seeds give the same run; see also --training-times.",
        field: EveryExperiment(|e| &mut e.model.seed),
    },
];

pub const OPTIMIZER: &[OptionSpec] = &[
    OptionSpec {
        name: "optimizer",
        value: "NAME",
        section: Section::Optimizer,
        what: "Rule by which gradients change the weights.",
        when: "Adam is a good choice nearly always. Constant is plain gradient descent; \
               ExponentialDecay lowers its rate from epoch to epoch.",
        field: Experiment(|e| &mut e.optimizer.kind),
    },
    OptionSpec {
        name: "learning-rate",
        value: "RATE",
        section: Section::Optimizer,
        what: "Size of each step.",
        when: "The first thing to tune: too small learns slowly, too large jumps about or \
               diverges. Go by factors of 3 or 10.",
        field: Experiment(|e| &mut e.optimizer.learning_rate),
    },
    OptionSpec {
        name: "decay",
        value: "RATE",
        section: Section::Optimizer,
        what: "Of ExponentialDecay: the learning rate is multiplied by exp(-decay * epoch).",
        when: "0.9 stops learning within a few epochs; 0.01 to 0.1 is gentler.",
        field: Experiment(|e| &mut e.optimizer.decay),
    },
    OptionSpec {
        name: "weight-decay",
        value: "FACTOR",
        section: Section::Optimizer,
        what: "L2 regularization: pulls weights towards 0 by this much.",
        when: "Try 0.0001 to 0.1 when training accuracy is far above dev's.",
        field: Experiment(|e| &mut e.optimizer.weight_decay),
    },
];
