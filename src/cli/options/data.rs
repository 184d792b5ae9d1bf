//! Options of the data set: where it is, how it is prepared and varied.

use super::Field::{EveryExperiment, Experiment};
use super::{OptionSpec, Section};

pub const DATA: &[OptionSpec] = &[
    OptionSpec {
        name: "dataset",
        value: "NAME|PATH",
        section: Section::Data,
        what: "Data set to learn from: a folder under --datasets-path, or a path.",
        when: "The folder holds one folder of images per class (numbers/7/seven.png), or the four \
               IDX files of MNIST.",
        field: Experiment(|e| &mut e.data.dataset),
    },
    OptionSpec {
        name: "datasets-path",
        value: "DIR",
        section: Section::Data,
        what: "Folder in which data sets are looked up by name.",
        when: "",
        field: Experiment(|e| &mut e.data.datasets_path),
    },
    OptionSpec {
        name: "partitions",
        value: "SHARES",
        section: Section::Data,
        what: "Share of each class for training, dev (watched while training) and test (looked at \
               once, at the end).",
        when: "They add up to 1. Give dev and test more when accuracies jump about, training more \
               when samples are few. The JSON form {\"training\":0.8,\"dev\":0.1,\"test\":0.1} \
               works too. IDX folders bring their own test samples.",
        field: Experiment(|e| &mut e.data.partitions),
    },
    OptionSpec {
        name: "filter-dataset",
        value: "INDICES",
        section: Section::Data,
        what: "Samples to keep: all, or indices counted from 0, such as 1,3,5-8.",
        when: "A handful of samples shows quickly whether a model can learn at all.",
        field: Experiment(|e| &mut e.data.filter),
    },
    OptionSpec {
        name: "data-loader",
        value: "NAME",
        section: Section::Data,
        what: "Who decodes and preprocesses the images.",
        when: "imagemagick and vips (NumoImageMagick, TorchVips, ... are accepted too) need a \
               build with the cargo feature of that name.",
        field: Experiment(|e| &mut e.data.loader),
    },
    OptionSpec {
        name: "dataset-seed",
        value: "SEED",
        section: Section::Data,
        what: "Seed of partitions, shuffles and augmentation.",
        when: "Vary it to see how much a result owes to the luck of the draw.",
        field: Experiment(|e| &mut e.data.seed),
    },
    OptionSpec {
        name: "on-bad-image",
        value: "ACTION",
        section: Section::Data,
        what: "What a file that does not decode does.",
        when: "fail ends the run with the file's name; skip leaves the file out, counts and lists \
               it.",
        field: Experiment(|e| &mut e.data.on_bad_image),
    },
    OptionSpec {
        name: "cache",
        value: "auto|off|DIR",
        section: Section::Data,
        what: "Keep the preprocessed samples on disk, so that the next start need not decode them.",
        when: "auto, or --cache alone, keeps them in your cache directory; a DIR is written with a \
               slash (./cache). Samples are found again while the names, sizes and times of change \
               of all files, the preprocessing options and --filter-dataset stay what they were; \
               the files themselves are not read. Damaged entries are made anew. Beyond 8 GiB \
               those used least recently go.",
        field: EveryExperiment(|e| &mut e.data.cache),
    },
];

pub const PREPROCESSING: &[OptionSpec] = &[
    OptionSpec {
        name: "trim",
        value: "BOOL",
        section: Section::Preprocessing,
        what: "Cut away the border of the top-left pixel's colour.",
        when: "The rest is centred and padded back to the original aspect ratio, so that all \
               subjects fill their images alike. Turn it on when they vary in size and place.",
        field: Experiment(|e| &mut e.data.preprocessing.trim),
    },
    OptionSpec {
        name: "grayscale",
        value: "BOOL",
        section: Section::Preprocessing,
        what: "Turn three colour channels into one of brightness.",
        when: "A third of the inputs: faster, and less to overfit where colour means nothing.",
        field: Experiment(|e| &mut e.data.preprocessing.grayscale),
    },
    OptionSpec {
        name: "resize",
        value: "WIDTH,HEIGHT",
        section: Section::Preprocessing,
        what: "Size in pixels to which every image is scaled.",
        when: "Smaller images train faster and overfit less, until the subject is no longer \
               recognisable.",
        field: Experiment(|e| &mut e.data.preprocessing.resize),
    },
    OptionSpec {
        name: "minmax-normalize",
        value: "BOOL",
        section: Section::Preprocessing,
        what: "Stretch each channel so that it spans 0 to 1.",
        when: "Helps when images differ in contrast or brightness.",
        field: Experiment(|e| &mut e.data.preprocessing.minmax_normalize),
    },
    OptionSpec {
        name: "adaptive-invert",
        value: "BOOL",
        section: Section::Preprocessing,
        what: "Invert images whose top-left pixel is darker than half.",
        when: "Makes light on dark and dark on light the same.",
        field: Experiment(|e| &mut e.data.preprocessing.adaptive_invert),
    },
];

pub const AUGMENTATION: &[OptionSpec] = &[
    OptionSpec {
        name: "nbr-clones",
        value: "N",
        section: Section::Augmentation,
        what: "How many times each sample appears in an epoch, each time varied on its own.",
        when: "Raise it together with --rot-angle or --noise-intensity when samples are few; an \
               epoch takes that many times longer.",
        field: Experiment(|e| &mut e.data.augmentation.clones),
    },
    OptionSpec {
        name: "rot-angle",
        value: "DEGREES",
        section: Section::Augmentation,
        what: "Rotate by a random angle of up to this many degrees either way.",
        when: "A few degrees fight overfitting; too many make a 6 a 9.",
        field: Experiment(|e| &mut e.data.augmentation.rotation_degrees),
    },
    OptionSpec {
        name: "noise-intensity",
        value: "SIGMA",
        section: Section::Augmentation,
        what: "Add Gaussian noise of this standard deviation; 1 is a pixel's full scale.",
        when: "0.01 to 0.1 fights overfitting.",
        field: Experiment(|e| &mut e.data.augmentation.noise),
    },
];
