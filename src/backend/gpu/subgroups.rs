//! Whether a device computes right with subgroups.

use crate::backend::BackendError;

use super::Gpu;

const INVOCATIONS: usize = 128;

/// Each invocation tells what it sees of its subgroup.
const SHADER: &str = "
@group(0) @binding(0) var<storage, read_write> seen: array<vec4<f32>>;

@compute @workgroup_size(128)
fn look(
    @builtin(local_invocation_index) i: u32,
    @builtin(subgroup_size) size: u32,
    @builtin(subgroup_invocation_id) lane: u32,
) {
    seen[i] = vec4<f32>(f32(size), subgroupAdd(1.0), f32(lane), subgroupBroadcast(f32(i), 3u));
}
";

/// Invocations of a subgroup, if the device has subgroups and they behave: all of one size, filled in the
/// order of the invocations, adding up and broadcasting right. Mesa keeps compiled shaders without regard to
/// the vector width they are for, and llvmpipe then runs stale ones that compute something else.
///
/// # Errors
/// The device was lost.
pub(super) fn size(gpu: &Gpu) -> Result<Option<usize>, BackendError> {
    if !gpu.device.features().contains(wgpu::Features::SUBGROUP) {
        return Ok(None);
    }
    let seen = look(gpu)?;
    let size = seen[0][0];
    let as_it_should = |(i, seen): (usize, &[f32; 4])| {
        let lane = i as f32 % size;
        *seen == [size, size, lane, i as f32 - lane + 3.0]
    };
    let sane = [4.0, 8.0, 16.0, 32.0, 64.0, 128.0].contains(&size)
        && seen.iter().enumerate().all(as_it_should);
    Ok(sane.then_some(size as usize))
}

fn look(gpu: &Gpu) -> Result<Vec<[f32; 4]>, BackendError> {
    let device = &gpu.device;
    let lost = |message: String| BackendError::Lost {
        device: gpu.name().to_owned(),
        message,
    };
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some("subgroups"),
        source: wgpu::ShaderSource::Wgsl(SHADER.into()),
    });
    let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
        label: Some("subgroups"),
        layout: None,
        module: &module,
        entry_point: Some("look"),
        compilation_options: Default::default(),
        cache: None,
    });
    let buffer = |usage| {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("subgroups"),
            size: (INVOCATIONS * size_of::<[f32; 4]>()) as u64,
            usage,
            mapped_at_creation: false,
        })
    };
    let seen = buffer(wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC);
    let staging = buffer(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST);
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: None,
        layout: &pipeline.get_bind_group_layout(0),
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: seen.as_entire_binding(),
        }],
    });
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_compute_pass(&Default::default());
        pass.set_pipeline(&pipeline);
        pass.set_bind_group(0, &bind_group, &[]);
        pass.dispatch_workgroups(1, 1, 1);
    }
    encoder.copy_buffer_to_buffer(&seen, 0, &staging, 0, staging.size());
    gpu.queue.submit([encoder.finish()]);
    staging.map_async(wgpu::MapMode::Read, .., |_| {});
    let waited = device.poll(wgpu::PollType::wait_indefinitely());
    gpu.trouble.check()?;
    waited.map_err(|error| lost(error.to_string()))?;
    let view = staging
        .get_mapped_range(..)
        .map_err(|error| lost(error.to_string()))?;
    Ok(view
        .chunks_exact(size_of::<[f32; 4]>())
        .map(bytemuck::pod_read_unaligned)
        .collect())
}
