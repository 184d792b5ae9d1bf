//! Options of the session: its experiments, its device, what it shows.

use super::Field::{Call, Experiment, NextExperiment, Session, SessionOpposite};
use super::{OptionSpec, Section};

pub const SESSION: &[OptionSpec] = &[
    OptionSpec {
        name: "experiment",
        value: "",
        section: Section::Session,
        what: "Start the options of the next experiment, from the defaults again.",
        when: "All experiments train side by side, epoch by epoch. Options marked as global hold \
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
        name: "config",
        value: "FILE",
        section: Section::Session,
        what: "Train the experiments of a TOML file, whose names and values are those of these options.",
        when: "Options before the first --experiment override the file's in all of its experiments; experiments behind it are added to the file's, and start from the program's defaults. The file may have [session], [defaults] and [[experiment]] tables; --save-config writes one.",
        field: Call(|s| &mut s.config),
    },
    OptionSpec {
        name: "save-config",
        value: "FILE",
        section: Section::Session,
        what: "Write all experiments with all their options to a TOML file, then train.",
        when: "",
        field: Call(|s| &mut s.save_config),
    },
    OptionSpec {
        name: "dry-run",
        value: "BOOL",
        section: Section::Session,
        what: "Print all experiments with all their options as TOML, and train nothing.",
        when: "",
        field: Call(|s| &mut s.dry_run),
    },
    OptionSpec {
        name: "shard",
        value: "I/N",
        section: Section::Session,
        what: "Train only the I-th of N shares of all runs: every N-th run, the repetitions of --training-times counted one by one.",
        when: "For machines that share a sweep; each run has the id and the seed that it would have had on one machine.",
        field: Call(|s| &mut s.shard),
    },
    OptionSpec {
        name: "resume",
        value: "RUN",
        section: Section::Session,
        what: "Go on with a run from its last checkpoint, given the run's folder.",
        when: "All options are those of the run; others that you give override them, such as a larger --nbr-epochs.",
        field: Call(|s| &mut s.resume),
    },
    OptionSpec {
        name: "jobs",
        value: "N",
        section: Section::Session,
        what: "How many runs train at once on the CPU.",
        when: "",
        field: Session(|s| &mut s.jobs),
    },
    OptionSpec {
        name: "replicas",
        value: "auto|off|N",
        section: Section::Session,
        what: "How many runs that differ only in seeds and rates train as one program.",
        when: "auto takes as many as the device has room for; the results are those of separate runs.",
        field: Session(|s| &mut s.replicas),
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
