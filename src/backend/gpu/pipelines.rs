//! Compiled shaders of a device.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

#[cfg(feature = "native")]
use super::pipeline_cache::PipelineCache;
use super::{Gpu, shaders};
use crate::ops::{Access, Dispatch, Target, parallel};
use crate::program::{Phase, Program, Tensors};

/// Loop iterations of one invocation after which software adapters end a shader silently.
pub const MAX_ITERATIONS: usize = 65_535;

/// A compiled entry point and the layout of its bindings.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) compute: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
}

/// A shader's text, and whether it is for replicas.
type Text = (&'static str, bool);

/// A shader, an entry point of it, and the values of its constants.
type Key = (Text, &'static str, String);

fn text(tensors: &Tensors, dispatch: &Dispatch) -> Text {
    (dispatch.shader.source, tensors.replicas() > 1)
}

fn key(tensors: &Tensors, dispatch: &Dispatch) -> Key {
    (
        text(tensors, dispatch),
        dispatch.entry,
        format!("{:?}", dispatch.constants),
    )
}

/// What a phase of a program dispatches on a device of this kind.
pub(super) fn dispatches_of(program: &Program, phase: Phase, target: &Target) -> Vec<Dispatch> {
    let tensors = program.tensors_of(phase);
    let ops = program.ops(phase);
    ops.flat_map(|op| op.gpu(&tensors, target)).collect()
}

/// Values that are each made once, by whoever asks first. Others who ask for the same wait, others who ask for
/// another do not.
#[derive(Debug)]
struct Once<K, V>(Mutex<HashMap<K, Arc<OnceLock<V>>>>);

impl<K, V> Default for Once<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Once<K, V> {
    fn get(&self, key: K, make: impl FnOnce() -> V) -> V {
        let value = {
            let mut values = self
                .0
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            Arc::clone(values.entry(key).or_default())
        };
        value.get_or_init(make).clone()
    }

    fn has(&self, key: &K) -> bool {
        let values = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        values.get(key).is_some_and(|value| value.get().is_some())
    }
}

/// The entry points compiled so far on one device; programs on it share them.
#[derive(Debug, Clone)]
pub struct Pipelines {
    gpu: Gpu,
    modules: Arc<Once<Text, wgpu::ShaderModule>>,
    compiled: Arc<Once<Key, Arc<Pipeline>>>,
    compilations: Arc<AtomicUsize>,
    #[cfg(feature = "native")]
    cache: Option<Arc<PipelineCache>>,
}

impl Pipelines {
    pub fn new(gpu: Gpu) -> Self {
        Self {
            #[cfg(feature = "native")]
            cache: super::software::cache_folder()
                .and_then(|folder| PipelineCache::open(&gpu.device, gpu.info(), &folder))
                .map(Arc::new),
            gpu,
            modules: Arc::default(),
            compiled: Arc::default(),
            compilations: Arc::default(),
        }
    }

    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// Entry points compiled so far.
    pub fn compilations(&self) -> usize {
        self.compilations.load(Ordering::Relaxed)
    }

    /// Compiles what a program dispatches. Loading the program does so too; this is for those who want to do or
    /// to time it before.
    pub fn prepare_program(&self, program: &Program) {
        let dispatches = [Phase::Train, Phase::Evaluate]
            .map(|phase| dispatches_of(program, phase, self.gpu.target()));
        self.prepare(&program.tensors, dispatches.iter().flatten());
    }

    /// Compiles the dispatches' pipelines, those that there are not yet, on all cores. With two of them the first epoch
    /// of the benchmark W1 comes after 0.47 s instead of 0.51 s on lavapipe, which makes machine code only when a shader
    /// first runs; other drivers make it here.
    pub(super) fn prepare<'a>(
        &self,
        tensors: &Tensors,
        dispatches: impl Iterator<Item = &'a Dispatch>,
    ) {
        let mut seen = HashSet::new();
        let missing: Vec<&Dispatch> = dispatches
            .filter(|dispatch| {
                let key = key(tensors, dispatch);
                !self.compiled.has(&key) && seen.insert(key)
            })
            .collect();
        if missing.is_empty() {
            return;
        }
        if self.gpu.info().backend == wgpu::Backend::Gl {
            // wgpu's one OpenGL context is for one thread at a time, and another that waits for it for some
            // seconds panics.
            missing.into_iter().for_each(|dispatch| {
                self.get(tensors, dispatch);
            });
        } else {
            parallel::each(&missing, |dispatch| {
                self.get(tensors, dispatch);
            });
        }
        #[cfg(feature = "native")]
        if let Some(cache) = &self.cache {
            cache.store();
        }
    }

    /// The pipeline of a dispatch, compiled if it is the first of its kind.
    pub(super) fn get(&self, tensors: &Tensors, dispatch: &Dispatch) -> Arc<Pipeline> {
        self.compiled.get(key(tensors, dispatch), || {
            Arc::new(self.compile(tensors, dispatch))
        })
    }

    fn module(&self, tensors: &Tensors, dispatch: &Dispatch) -> wgpu::ShaderModule {
        let text = text(tensors, dispatch);
        self.modules.get(text, || {
            let (_, of_replicas) = text;
            let source = if of_replicas {
                shaders::assemble_for_replicas(&dispatch.shader)
            } else {
                shaders::assemble(&dispatch.shader)
            };
            self.gpu
                .device
                .create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(dispatch.shader.name),
                    source: wgpu::ShaderSource::Wgsl(source.into()),
                })
        })
    }

    fn compile(&self, tensors: &Tensors, dispatch: &Dispatch) -> Pipeline {
        self.compilations.fetch_add(1, Ordering::Relaxed);
        let device = &self.gpu.device;
        let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::COMPUTE,
            ty: wgpu::BindingType::Buffer {
                ty,
                has_dynamic_offset: false,
                min_binding_size: None,
            },
            count: None,
        };
        // Params are no uniform buffer: Mesa's lavapipe compiles a shader whose loops depend on one anew for each
        // dispatch, in 1.6 ms for the softmax's.
        let read_only = wgpu::BufferBindingType::Storage { read_only: true };
        let mut entries = vec![entry(0, read_only)];
        for (i, access) in dispatch.accesses().enumerate() {
            let read_only = access == Access::Read;
            entries.push(entry(
                i as u32 + 1,
                wgpu::BufferBindingType::Storage { read_only },
            ));
        }
        let label = Some(dispatch.entry);
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label,
            entries: &entries,
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label,
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        #[cfg(feature = "native")]
        let cache = self.cache.as_deref().map(PipelineCache::handle);
        #[cfg(not(feature = "native"))]
        let cache = None;
        let compute = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label,
            layout: Some(&pipeline_layout),
            module: &self.module(tensors, dispatch),
            entry_point: label,
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &dispatch.constants,
                ..Default::default()
            },
            cache,
        });
        Pipeline { compute, layout }
    }
}
