//! Compiled shaders of a device.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::{Gpu, shaders};
use crate::ops::{Access, Dispatch};

/// Loop iterations of one invocation after which software adapters end a shader silently.
pub const MAX_ITERATIONS: usize = 65_535;

/// A compiled entry point and the layout of its bindings.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) compute: wgpu::ComputePipeline,
    pub(super) layout: wgpu::BindGroupLayout,
}

/// A shader's text, an entry point of it, and the values of its constants.
type Key = (&'static str, &'static str, String);

/// The entry points compiled so far on one device; programs on it share them.
#[derive(Debug, Clone)]
pub struct Pipelines {
    gpu: Gpu,
    modules: Arc<Mutex<HashMap<&'static str, wgpu::ShaderModule>>>,
    compiled: Arc<Mutex<HashMap<Key, Arc<Pipeline>>>>,
}

impl Pipelines {
    pub fn new(gpu: Gpu) -> Self {
        Self {
            gpu,
            modules: Arc::default(),
            compiled: Arc::default(),
        }
    }

    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The pipeline of a dispatch, compiled if it is the first of its kind.
    pub(super) fn get(&self, dispatch: &Dispatch) -> Arc<Pipeline> {
        let key = (
            dispatch.shader.source,
            dispatch.entry,
            format!("{:?}", dispatch.constants),
        );
        let mut compiled = self
            .compiled
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        compiled
            .entry(key)
            .or_insert_with(|| Arc::new(self.compile(dispatch)))
            .clone()
    }

    fn module(&self, dispatch: &Dispatch) -> wgpu::ShaderModule {
        let mut modules = self
            .modules
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        let module = modules.entry(dispatch.shader.source).or_insert_with(|| {
            self.gpu
                .device
                .create_shader_module(wgpu::ShaderModuleDescriptor {
                    label: Some(dispatch.shader.name),
                    source: wgpu::ShaderSource::Wgsl(shaders::assemble(&dispatch.shader).into()),
                })
        });
        module.clone()
    }

    fn compile(&self, dispatch: &Dispatch) -> Pipeline {
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
        let compute = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label,
            layout: Some(&pipeline_layout),
            module: &self.module(dispatch),
            entry_point: label,
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: &dispatch.constants,
                ..Default::default()
            },
            cache: None,
        });
        Pipeline { compute, layout }
    }
}
