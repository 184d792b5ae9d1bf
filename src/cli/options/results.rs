//! Options of what a session leaves and shows.

use super::Field::{Experiment, Session};
use super::{OptionSpec, Section};

pub const RESULTS: &[OptionSpec] = &[
    OptionSpec {
        name: "runs-path",
        value: "DIR|off",
        section: Section::Results,
        what: "Folder in which each run gets a folder of its own: configuration, metrics, checkpoints, report.",
        when: "off writes nothing.",
        field: Session(|s| &mut s.runs_path),
    },
    OptionSpec {
        name: "metrics-every",
        value: "N",
        section: Section::Results,
        what: "Note the figures of every N-th minibatch, besides those of each epoch; 0 notes epochs only.",
        when: "Lower it to see what happens within an epoch.",
        field: Experiment(|e| &mut e.training.metrics_every),
    },
    OptionSpec {
        name: "checkpoint-every",
        value: "EPOCHS",
        section: Section::Results,
        what: "Write a checkpoint every so many epochs; 0 writes none.",
        when: "A run that was killed goes on from its last checkpoint with --resume.",
        field: Experiment(|e| &mut e.checkpoints.every),
    },
    OptionSpec {
        name: "keep",
        value: "COUNTS",
        section: Section::Results,
        what: "Checkpoints to keep: the last ones, and the best by dev cost, such as last=3,best=1.",
        when: "",
        field: Experiment(|e| &mut e.checkpoints.keep),
    },
    OptionSpec {
        name: "plot",
        value: "FILE",
        section: Section::Results,
        what: "Draw the curves of all runs as a picture; the ending, .png or .svg, says which kind.",
        when: "",
        field: Session(|s| &mut s.plot),
    },
    OptionSpec {
        name: "quiet",
        value: "BOOL",
        section: Section::Results,
        what: "Print warnings and errors only.",
        when: "",
        field: Session(|s| &mut s.quiet),
    },
    OptionSpec {
        name: "json",
        value: "BOOL",
        section: Section::Results,
        what: "Print what happens as JSON lines instead of text.",
        when: "For programs that read along.",
        field: Session(|s| &mut s.json),
    },
    OptionSpec {
        name: "log-file",
        value: "FILE",
        section: Section::Results,
        what: "Append the log to this file.",
        when: "",
        field: Session(|s| &mut s.log_file),
    },
];
