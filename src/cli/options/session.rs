//! Options of the session: its experiments, its device, what it shows.

use super::Field::{Experiment, NextExperiment, Session, SessionOpposite};
use super::{OptionSpec, Section};

pub const SESSION: &[OptionSpec] = &[
    OptionSpec {
        name: "experiment",
        value: "",
        section: Section::Session,
        what: "Start the options of the next experiment, from the defaults again.",
        when: "All experiments train one after the other. Options marked as global hold \
               for all of them, wherever they stand.",
        field: NextExperiment,
    },
    OptionSpec {
        name: "exp-id",
        value: "ID",
        section: Section::Session,
        what: "Name of the experiment in all outputs.",
        when: "Experiments of the same name get _0, _1, ... appended.",
        field: Experiment(|e| &mut e.exp_id),
    },
    OptionSpec {
        name: "device",
        value: "DEVICE",
        section: Section::Session,
        what: "What computes: auto, gpu, cpu, or part of an adapter's name.",
        when: "auto takes the best GPU, or the CPU where there is none. `shadernets devices` \
               lists the adapters.",
        field: Session(|s| &mut s.device),
    },
    OptionSpec {
        name: "kernel",
        value: "NAME",
        section: Section::Session,
        what: "Kernels that multiply matrices on a GPU.",
        when: "auto takes what was measured to be the fastest; the others are for comparison. \
               `shadernets devices --tune` measures them all.",
        field: Session(|s| &mut s.kernel),
    },
    OptionSpec {
        name: "config",
        value: "FILE",
        section: Section::Session,
        what: "Train the experiments of a TOML file; its names and values are those of the options.",
        when: "Options before any --experiment change all of them, those after it describe further ones.",
        field: Session(|s| &mut s.config),
    },
    OptionSpec {
        name: "save-config",
        value: "FILE",
        section: Section::Session,
        what: "Write the experiments as such a file, every option with its value.",
        when: "",
        field: Session(|s| &mut s.save_config),
    },
    OptionSpec {
        name: "dry-run",
        value: "BOOL",
        section: Section::Session,
        what: "Print the experiments as such a file, and train nothing.",
        when: "",
        field: Session(|s| &mut s.dry_run),
    },
    OptionSpec {
        name: "shard",
        value: "I/N",
        section: Section::Session,
        what: "Train only the I-th of N shares of the runs.",
        when: "To spread a sweep over machines; `shadernets report` puts the results together.",
        field: Session(|s| &mut s.shard),
    },
];

pub const DISPLAY: &[OptionSpec] = &[
    OptionSpec {
        name: "display-graphs",
        value: "BOOL",
        section: Section::Display,
        what: "Show the window with graphs, where there is a display.",
        when: "",
        field: Session(|s| &mut s.gui),
    },
    OptionSpec {
        name: "no-gui",
        value: "BOOL",
        section: Section::Display,
        what: "Run without a window; the same as --display-graphs=false.",
        when: "For servers, scripts and the last bit of speed.",
        field: SessionOpposite(|s| &mut s.gui),
    },
    OptionSpec {
        name: "track-layer",
        value: "PARAMETER,UNITS",
        section: Section::Display,
        what: "Draw that many units of a parameter as pictures, such as L0_Dense_W,10; repeatable.",
        when: "The units of the first layer show what the model looks for. The model's parameters \
               are listed when training starts.",
        field: Experiment(|e| &mut e.training.track_layers),
    },
    OptionSpec {
        name: "display-samples",
        value: "N",
        section: Section::Display,
        what: "Draw that many samples of the current minibatch, after augmentation.",
        when: "To see what the model sees.",
        field: Experiment(|e| &mut e.training.display_samples),
    },
];
