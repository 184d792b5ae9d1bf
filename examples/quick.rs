use safetensors::SafeTensors;
use shadernets::backend::{Backend, cpu::CpuBackend, gpu::*};
use shadernets::config::*;
use shadernets::data::{ClassIndex, Dataset, Partitions};
use shadernets::ops::state::StepState;
use shadernets::program::{Phase, Values};
use shadernets::train::*;
use std::sync::Arc;
use std::time::Instant;
fn f32s(t: &SafeTensors, n: &str) -> Vec<f32> {
    t.tensor(n)
        .unwrap()
        .data()
        .chunks_exact(4)
        .map(|b| f32::from_le_bytes(b.try_into().unwrap()))
        .collect()
}
fn i64s(t: &SafeTensors, n: &str) -> Vec<i64> {
    t.tensor(n)
        .unwrap()
        .data()
        .chunks_exact(8)
        .map(|b| i64::from_le_bytes(b.try_into().unwrap()))
        .collect()
}
fn main() {
    shadernets::ops::parallel::enlist();
    let args: Vec<String> = std::env::args().collect();
    let w = &args[1];
    let dev = &args[2];
    let epochs: u32 = args[3].parse().unwrap();
    let bytes = std::fs::read(format!("/tmp/wt/export/{w}.safetensors")).unwrap();
    let t = SafeTensors::deserialize(&bytes).unwrap();
    let mut samples = f32s(&t, "train_x");
    samples.extend(f32s(&t, "dev_x"));
    let mut labels = i64s(&t, "train_y");
    let n = labels.len();
    let d = i64s(&t, "dev_y");
    let nd = d.len();
    labels.extend(d);
    let (wd, he, ch, layers, mb, lr) = match w.as_str() {
        "w1" => (110, 110, 3, vec![100], 593, 1e-3),
        "w2" => (16, 16, 1, vec![16], 593, 1e-2),
        _ => (28, 28, 1, vec![256, 128], 128, 1e-3),
    };
    let dataset = Arc::new(Dataset {
        classes: (0..10).map(|i| i.to_string()).collect(),
        width: wd,
        height: he,
        channels: ch,
        samples: samples.into(),
        labels: labels.iter().map(|l| ClassIndex(*l as u32)).collect(),
        partitions: Partitions::from_sizes([n, nd, 0]),
        sample_numbers: vec![],
        paths: vec![],
        skipped: vec![],
        ignored: 0,
    });
    let mut config = ExperimentConfig::default();
    config.model.kind = "NLayers".parse().unwrap();
    config.model.layers = layers;
    config.training.max_minibatch_size = mb;
    config.optimizer.learning_rate = lr;
    config.training.epochs = epochs;
    config.training.gradient_checks.action = CheckAction::Off;
    let sizes = Sizes::of(&dataset);
    let start = Instant::now();
    let (compiled, backend): (_, Box<dyn Backend>) = if dev == "cpu" {
        let c = compile(&config, &sizes, u64::MAX, true);
        let b = CpuBackend::<f32>::new(
            Arc::clone(&c.program),
            &dataset.samples,
            StepState::default(),
        );
        (c, Box::new(b))
    } else {
        let gpu = pollster::block_on(Gpu::open(&DeviceChoice::Gpu)).unwrap();
        let p = Pipelines::new(gpu);
        let c = compile(&config, &sizes, p.gpu().max_tensor_bytes(), true);
        let b = GpuBackend::new(&p, Arc::clone(&c.program), &dataset.samples).unwrap();
        (c, Box::new(b))
    };
    let mut trainer = Trainer::new(config.clone(), Arc::clone(&dataset), compiled, backend);
    let mut times = vec![];
    let mut last = Instant::now();
    let mut costs = vec![];
    drive::<anyhow::Error>(&mut trainer, |e| {
        if let TrainingEvent::EpochFinished { training, dev, .. } = e {
            times.push(last.elapsed().as_secs_f64());
            last = Instant::now();
            costs.push((training.cost(), dev.unwrap().score.cost()));
        }
        Ok(())
    })
    .unwrap();
    let first = times.remove(0);
    times.sort_by(f64::total_cmp);
    println!(
        "{w} {dev}: first {first:.4} (from start {:.3}) median {:.6} min {:.6} max {:.6} costs {:?} {:?}",
        (last - start).as_secs_f64(),
        times[times.len() / 2],
        times[0],
        times[times.len() - 1],
        costs[1],
        costs.last().unwrap()
    );
    let c = trainer.backend().counters();
    println!("{c:?}");
    if dev == "cpu" && args.len() > 4 {
        // per op
        let c = compile(&config, &sizes, u64::MAX, true);
        let mut b = CpuBackend::<f32>::new(
            Arc::clone(&c.program),
            &dataset.samples,
            StepState::default(),
        );
        let order: Vec<u32> = if w == "w3" {
            (0..n as u32).map(|i| (i * 7919) % n as u32).collect()
        } else {
            (0..n as u32).collect()
        };
        b.write(c.tensors.order, &Values::Uint(order));
        b.write(
            c.tensors.labels,
            &Values::Uint(labels.iter().map(|l| *l as u32).collect()),
        );
        for p in &c.parameters {
            let name = &c.program.tensors[p.value].name;
            b.write(
                p.value,
                &Values::Real(
                    f32s(&t, &format!("parameter/{name}"))
                        .iter()
                        .map(|v| *v as f64)
                        .collect(),
                ),
            );
        }
        let names: Vec<&str> = c.program.ops(Phase::Train).map(|o| o.name()).collect();
        let mut sums = vec![vec![]; names.len()];
        shadernets::ops::parallel::together(|| {});
        let b = &mut b;
        let program = &c.program;
        let s2 = &mut sums;
        rayon::scope(|_| {
            for _ in 0..if w == "w2" { 300 } else { 30 } {
                b.set_state(StepState {
                    end: n as u32,
                    batch: mb as u32,
                    slot: u32::MAX,
                    learning_rate: 1e-3,
                    ..StepState::default()
                });
                for (i, op) in program.ops(Phase::Train).enumerate() {
                    let s = Instant::now();
                    op.cpu_f32(b.memory());
                    s2[i].push(s.elapsed().as_secs_f64());
                }
            }
        });
        for (n, s) in names.iter().zip(&mut sums) {
            s.sort_by(f64::total_cmp);
            println!("{:>10.1} us  {n}", s[s.len() / 2] * 1e6);
        }
    }
}
