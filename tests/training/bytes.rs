//! Data sets of bytes, which a GPU holds packed.

use std::sync::Arc;

use shadernets::config::{ExperimentConfig, ModelKind};
use shadernets::data::{Dataset, bytes};
use shadernets::program::{Element, Values};
use shadernets::train::{Sizes, Trainer, compile, drive};

use crate::toy::{self, On};

/// Fits some rows of the toy data set's 120, whatever they consist of.
const PART_BYTES: u64 = 800;

fn config(minibatch: usize) -> ExperimentConfig {
    let mut config = ExperimentConfig::default();
    config.model.kind = ModelKind::NLayers;
    config.model.layers = vec![6];
    config.training.max_minibatch_size = minibatch;
    config.training.epochs = 3;
    config
}

/// The toy data set in bytes, of which every one appears.
fn dataset() -> Arc<Dataset> {
    let mut dataset = Arc::unwrap_or_clone(toy::dataset());
    let mut samples = Arc::unwrap_or_clone(dataset.samples);
    for (i, value) in samples.iter_mut().enumerate() {
        let any = u8::try_from(i).unwrap_or_else(|_| bytes::nearest(*value));
        *value = bytes::unit(any);
    }
    dataset.samples = samples.into();
    Arc::new(dataset)
}

/// The samples of a minibatch of several, and the parameters at the end of a training.
fn outcome(sizes: &Sizes, element: Element) -> Vec<Values> {
    let (config, dataset) = (config(20), dataset());
    let compiled = compile(&config, sizes, PART_BYTES, true);
    let tensors = &compiled.program.tensors;
    let parts = tensors.ids().filter(|id| tensors[*id].element == element);
    assert!(parts.count() > 1, "in parts");
    let mut read = vec![compiled.tensors.x];
    read.extend(compiled.parameters.iter().map(|p| p.value));
    let backend = toy::load(On::Gpu, &compiled, &dataset.samples);
    let mut trainer = Trainer::new(config, dataset, compiled, backend);
    drive::<anyhow::Error>(&mut trainer, |_| Ok(())).unwrap();
    toy::read(trainer.backend(), &read)
}

/// The device divides a byte by 255, as the host does. A software adapter rounds as the host does; others may be
/// off by 2.5 units of the last place.
#[test]
fn a_gpu_trains_on_bytes_as_on_the_numbers_that_they_stand_for() {
    let dataset = dataset();
    let sizes = Sizes::on_gpu(&dataset);
    assert!(sizes.bytes && !Sizes::on_gpu(&toy::dataset()).bytes);
    let packed = outcome(&sizes, Element::ByteSample);
    let plain = outcome(&Sizes::of(&dataset), Element::Sample);
    let limit = if crate::support::pipelines().gpu().target().software {
        0.0
    } else {
        1e-3
    };
    for (packed, plain) in packed.iter().zip(&plain) {
        let error = shadernets::backend::check::error(plain, packed);
        assert!(error <= limit, "{error}");
    }
}

#[test]
fn samples_are_packed_where_a_minibatch_is_copied_from_whole_words() {
    let plain = Sizes {
        picture: [6, 6, 1],
        classes: 3,
        partitions: [84, 18, 18],
        bytes: false,
    };
    let packed = Sizes {
        bytes: true,
        ..plain
    };
    let odd = Sizes {
        picture: [5, 5, 3],
        ..packed
    };
    for (sizes, minibatch, expected) in [
        (packed, 20, Element::ByteSample),
        (plain, 20, Element::Sample),
        (odd, 20, Element::Sample),
        // The products of a minibatch of all samples read them where they lie.
        (packed, 84, Element::Sample),
    ] {
        let compiled = compile(&config(minibatch), &sizes, 1 << 27, true);
        let tensors = &compiled.program.tensors;
        let parts = tensors.ids().map(|id| tensors[id].element);
        let parts: Vec<_> = parts.filter(|element| element.is_sample()).collect();
        assert_eq!(parts, [expected], "{sizes:?}, {minibatch}");
    }
}
