use std::collections::HashMap;
use std::fs;

use prost::Message;
use safetensors::SafeTensors;

use super::onnx::messages::{Extent, Graph, Model as OnnxModel, Node};
use super::*;
use crate::config::{Activation, ExperimentConfig, KernelChoice, ModelKind};
use crate::infer::Predictor;
use crate::model::Model;
use crate::ops::rng::{pcg4d, unit};
use crate::program::{TensorId, Tensors};
use crate::session::Device;
use crate::train::{SavedTensor, TrainingState};

const PICTURE: [u32; 3] = [3, 2, 1];
const CLASSES: [&str; 3] = ["a", "b \"<quoted>\"", "c"];

/// A model with numbers that no two tensors share; variances are positive.
fn saved(change: impl FnOnce(&mut ExperimentConfig)) -> Checkpoint {
    let mut config = ExperimentConfig::default();
    config.model.layers = vec![5, 4];
    config.data.preprocessing.grayscale = true;
    config.data.preprocessing.resize.width = PICTURE[0];
    config.data.preprocessing.resize.height = PICTURE[1];
    change(&mut config);
    let mut tensors = Tensors::new(1);
    let model = Model::new(&config.model, &mut tensors, 6, CLASSES.len());
    let random = |id: TensorId| {
        let number = |i| 2.0 * unit::<f32>(pcg4d([id.index() as u32, i, 3, 7])[0]) - 1.0;
        SavedTensor {
            name: tensors[id].name.clone(),
            shape: [tensors.rows(id), tensors.cols(id)],
            values: (0..tensors.len(id) as u32).map(number).collect(),
        }
    };
    let running = model.layers.iter().flat_map(|layer| layer.running());
    let mut running: Vec<_> = running.map(|(id, _)| random(id)).collect();
    for tensor in running.iter_mut().filter(|t| t.name.ends_with("Variance")) {
        tensor
            .values
            .iter_mut()
            .for_each(|value| *value = value.abs());
    }
    Checkpoint {
        state: Arc::new(TrainingState::of_model(
            model.parameters().iter().map(|p| random(p.value)).collect(),
            running,
        )),
        config,
        run_id: "main".to_owned(),
        classes: CLASSES.map(str::to_owned).to_vec(),
        picture: PICTURE,
        seconds: 1.0,
        history: Vec::new(),
        confusions: Vec::new(),
    }
}

/// One of each kind of model.
fn models() -> Vec<Checkpoint> {
    let activations = Activation::ALL.iter().map(|activation| {
        saved(|config| {
            config.model.kind = ModelKind::NLayers;
            config.model.activation = *activation;
            config.model.dropout_rate = 0.25;
        })
    });
    let others = [
        saved(|config| config.model.kind = ModelKind::OneLayer),
        saved(|config| {
            config.model.kind = ModelKind::NLayers;
            config.model.layers.clear();
        }),
        saved(|config| {
            config.model.kind = ModelKind::NLayers;
            config.model.batch_norm = false;
        }),
    ];
    activations.chain(others).collect()
}

fn samples() -> Vec<f32> {
    (0..24u32).map(|i| unit(pcg4d([i, 1, 2, 3])[1])).collect()
}

/// What the CPU makes of the samples.
fn probabilities(model: &Checkpoint) -> Vec<f32> {
    let (device, _) =
        Device::choose(&crate::config::DeviceChoice::Cpu, KernelChoice::default()).unwrap();
    let mut predictor = Predictor::new(model, &device).unwrap();
    predictor.probabilities(&samples()).unwrap()
}

/// Computes a graph, operator by operator, as the standard defines them, in f64.
fn evaluate(graph: &Graph, samples: &[f32]) -> Vec<f64> {
    let mut values: HashMap<&str, Vec<f64>> = HashMap::new();
    for tensor in &graph.initializer {
        let numbers = tensor
            .raw_data
            .chunks(4)
            .map(|b| f32::from_le_bytes(b.try_into().unwrap()));
        let numbers: Vec<_> = numbers.map(f64::from).collect();
        assert_eq!(tensor.dims.iter().product::<i64>(), numbers.len() as i64);
        values.insert(&tensor.name, numbers);
    }
    values.insert("image", samples.iter().map(|v| f64::from(*v)).collect());
    let rows = samples.len() / 6;
    for node in &graph.node {
        let inputs: Vec<_> = node
            .input
            .iter()
            .map(|name| &values[name.as_str()])
            .collect();
        let output = compute(node, &inputs, rows);
        values.insert(&node.output[0], output);
    }
    values.remove(graph.output[0].name.as_str()).unwrap()
}

fn compute(node: &Node, inputs: &[&Vec<f64>], rows: usize) -> Vec<f64> {
    let x = inputs[0];
    let width = x.len() / rows;
    let float = |name: &str| {
        let attribute = node.attribute.iter().find(|a| a.name == name).unwrap();
        f64::from(attribute.f.unwrap())
    };
    let each = |f: &dyn Fn(f64) -> f64| x.iter().map(|v| f(*v)).collect();
    match node.op_type.as_str() {
        "Flatten" => x.clone(),
        "Gemm" => {
            let units = inputs[1].len() / width;
            let row = |x: &[f64], unit: usize| -> f64 {
                let products = x.iter().zip(&inputs[1][unit * width..]).map(|(x, w)| x * w);
                products.sum::<f64>() + inputs.get(2).map_or(0.0, |bias| bias[unit])
            };
            let rows = x.chunks(width);
            rows.flat_map(|x| (0..units).map(move |unit| row(x, unit)))
                .collect()
        }
        "BatchNormalization" => {
            let normalize = |(i, x): (usize, &f64)| {
                let [gamma, beta, mean, variance] =
                    [1, 2, 3, 4].map(|input| inputs[input][i % width]);
                gamma * (x - mean) / (variance + float("epsilon")).sqrt() + beta
            };
            x.iter().enumerate().map(normalize).collect()
        }
        "Relu" => each(&|x| x.max(0.0)),
        "LeakyRelu" => each(&|x| if x < 0.0 { float("alpha") * x } else { x }),
        "Tanh" => each(&f64::tanh),
        "Sigmoid" => each(&|x| 1.0 / (1.0 + (-x).exp())),
        "Softmax" => {
            let row = |x: &[f64]| {
                let sum: f64 = x.iter().map(|x| x.exp()).sum();
                x.iter().map(|x| x.exp() / sum).collect::<Vec<_>>()
            };
            x.chunks(width).flat_map(row).collect()
        }
        other => panic!("no operator {other} is expected"),
    }
}

fn decode(model: &Checkpoint, fold_batch_norm: bool) -> OnnxModel {
    let network = Network::of(model).unwrap();
    let bytes = onnx::encode(model, &network, fold_batch_norm).unwrap();
    OnnxModel::decode(bytes.as_slice()).unwrap()
}

#[test]
fn the_onnx_graph_computes_what_infer_does_folded_or_not() {
    for model in models() {
        let expected = probabilities(&model);
        for fold in [false, true] {
            let onnx = decode(&model, fold);
            let graph = onnx.graph.unwrap();
            let found = evaluate(&graph, &samples());
            assert_eq!(found.len(), expected.len());
            let pairs = found.iter().zip(&expected);
            let furthest = pairs
                .map(|(a, b)| (a - f64::from(*b)).abs())
                .fold(0.0, f64::max);
            assert!(
                furthest < 2e-6,
                "{:?}, {fold}: {furthest}",
                model.config.model
            );
            let norms = graph
                .node
                .iter()
                .filter(|node| node.op_type == "BatchNormalization");
            let expected = if fold {
                0
            } else {
                model.state.running.len() / 2
            };
            assert_eq!(norms.count(), expected);
        }
    }
}

#[test]
fn the_onnx_model_says_what_goes_in_and_what_comes_out() {
    let model = saved(|_| {});
    let onnx = decode(&model, true);
    let graph = onnx.graph.unwrap();
    let shape = |info: &onnx::messages::ValueInfo| {
        let tensor = info.r#type.clone().unwrap().tensor_type.unwrap();
        let dims = tensor.shape.unwrap().dim.into_iter();
        dims.map(|dim| dim.extent.unwrap()).collect::<Vec<_>>()
    };
    let n = || Extent::Parameter("N".to_owned());
    let [height, width, channels] = [2, 3, 1].map(Extent::Value);
    assert_eq!(shape(&graph.input[0]), [n(), height, width, channels]);
    assert_eq!(shape(&graph.output[0]), [n(), Extent::Value(3)]);
    let property = |key: &str| {
        let all = &onnx.metadata_props;
        &all.iter()
            .find(|property| property.key == key)
            .unwrap()
            .value
    };
    let classes: Vec<String> = serde_json::from_str(property("shadernets.classes")).unwrap();
    assert_eq!(classes, CLASSES);
    let input: serde_json::Value = serde_json::from_str(property("shadernets.input")).unwrap();
    assert_eq!(input["preprocessing"]["grayscale"], true);
    assert!(
        graph.input[0]
            .doc_string
            .contains("after: grayscale, resize to 3 x 2")
    );
}

#[test]
fn the_torch_export_is_a_state_dict_and_the_module_that_has_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let model = saved(|config| {
        config.model.kind = ModelKind::NLayers;
        config.model.layers = vec![5];
        config.model.dropout_rate = 0.25;
    });
    let request = Request {
        model: PathBuf::new(),
        format: Format::Torch,
        fold_batch_norm: true,
        to: folder.path().join("net.py"),
    };
    let files = export(&model, &request).unwrap();
    assert_eq!(
        files,
        ["net.safetensors", "net.py"].map(|name| folder.path().join(name))
    );
    let bytes = fs::read(&files[0]).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let shape = |name: &str| tensors.tensor(name).unwrap().shape().to_vec();
    assert_eq!(shape("L0_Dense.weight"), [5, 6]);
    assert_eq!(shape("L2_BatchNormalization.running_var"), [5]);
    assert_eq!(tensors.len(), 2 * (1 + 4));
    let module = fs::read_to_string(&files[1]).unwrap();
    for line in [
        r#"    ("Flatten", torch.nn.Flatten()),"#,
        r#"    ("L0_Dense", torch.nn.Linear(6, 5, bias=False)),"#,
        r#"    ("L1_Dropout", torch.nn.Dropout(0.25)),"#,
        r#"    ("L2_BatchNormalization", torch.nn.BatchNorm1d(5, eps=1e-5, momentum=0.1)),"#,
        r#"    ("L3_Activation", torch.nn.LeakyReLU(0.01)),"#,
        r#"    ("L4_Dense", torch.nn.Linear(5, 3, bias=False)),"#,
        r#"CLASSES = ["a","b \"<quoted>\"","c"]"#,
        "HEIGHT, WIDTH, CHANNELS = 2, 3, 1",
        "    model = net.load()",
    ] {
        assert!(
            module.contains(&format!("{line}\n")),
            "{line}\nis not in\n{module}"
        );
    }
}

#[test]
fn the_safetensors_export_is_the_model_without_the_state_of_training() {
    let folder = tempfile::tempdir().unwrap();
    let mut model = saved(|_| {});
    let plain = model.clone();
    let state = Arc::make_mut(&mut model.state);
    state.optimizer = state.parameters.clone();
    let request = Request {
        model: PathBuf::new(),
        format: Format::Safetensors,
        fold_batch_norm: true,
        to: folder.path().join("net.safetensors"),
    };
    export(&model, &request).unwrap();
    assert_eq!(Checkpoint::read(&request.to).unwrap(), plain);
}

#[test]
fn a_model_whose_tensors_are_not_its_own_is_refused() {
    let mut model = saved(|_| {});
    Arc::make_mut(&mut model.state).parameters[0].shape = [6, 3];
    let error = Network::of(&model).unwrap_err();
    assert!(error.contains("tensor W has the shape [6, 3]"), "{error}");
    assert!(error.contains("asks for [3, 6]"), "{error}");
    Arc::make_mut(&mut model.state).parameters.clear();
    let error = Network::of(&model).unwrap_err();
    assert!(error.contains("it has no tensor W"), "{error}");
}
