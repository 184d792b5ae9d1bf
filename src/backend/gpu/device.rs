//! Finding and opening a GPU.

use std::sync::{Arc, Mutex};

use crate::backend::BackendError;
use crate::config::DeviceChoice;
use crate::ops::Target;
use crate::ops::matmul::Family;

/// What has gone wrong on a device since it was opened.
#[derive(Debug, Clone, Default)]
pub(super) struct Trouble(Arc<Mutex<Option<BackendError>>>);

impl Trouble {
    /// What goes wrong on this device from now on.
    fn of(device: &wgpu::Device, name: &str) -> Self {
        let trouble = Self::default();
        let (on_error, device_name) = (trouble.clone(), name.to_owned());
        device.on_uncaptured_error(Arc::new(move |error| {
            let device = device_name.clone();
            on_error.report(match error {
                wgpu::Error::OutOfMemory { source } => BackendError::OutOfMemory {
                    device,
                    message: source.to_string(),
                },
                other => BackendError::Rejected {
                    device,
                    message: other.to_string(),
                },
            });
        }));
        let (on_lost, device_name) = (trouble.clone(), name.to_owned());
        device.set_device_lost_callback(move |reason, message| {
            // Dropping the device at the end of a run is no loss.
            if reason != wgpu::DeviceLostReason::Destroyed {
                on_lost.report(BackendError::Lost {
                    device: device_name.clone(),
                    message,
                });
            }
        });
        trouble
    }

    /// Keeps the first trouble: what follows is its consequence.
    pub(super) fn report(&self, error: BackendError) {
        let mut first = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        first.get_or_insert(error);
    }

    pub(super) fn check(&self) -> Result<(), BackendError> {
        let first = self
            .0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        first.clone().map_or(Ok(()), Err)
    }
}

/// An open device.
#[derive(Debug, Clone)]
pub struct Gpu {
    pub(super) device: wgpu::Device,
    pub(super) queue: wgpu::Queue,
    pub(super) trouble: Trouble,
    info: wgpu::AdapterInfo,
    name: String,
    target: Target,
}

/// For people: an adapter, and the API through which it is used.
fn name_of(info: &wgpu::AdapterInfo) -> String {
    format!("{} ({:?})", info.name, info.backend)
}

/// A device of an adapter, with all the limits that it offers.
async fn request(
    adapter: &wgpu::Adapter,
    features: wgpu::Features,
) -> Result<(wgpu::Device, wgpu::Queue), BackendError> {
    let opened = adapter.request_device(&wgpu::DeviceDescriptor {
        required_features: features,
        required_limits: adapter.limits(),
        ..Default::default()
    });
    opened.await.map_err(|error| BackendError::Lost {
        device: name_of(&adapter.get_info()),
        message: error.to_string(),
    })
}

/// All adapters of this machine, real GPUs first.
pub async fn adapters() -> Vec<wgpu::Adapter> {
    let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
    let chosen = wgpu::Backends::from_env();
    descriptor.backends = chosen.unwrap_or(wgpu::Backends::PRIMARY);
    let instance = wgpu::util::new_instance_with_webgpu_detection(descriptor).await;
    let mut adapters = instance.enumerate_adapters(wgpu::Backends::all()).await;
    if adapters.is_empty() && chosen.is_none() {
        // OpenGL is the last resort: many of its drivers have no compute shaders.
        let mut descriptor = wgpu::InstanceDescriptor::new_without_display_handle();
        descriptor.backends = wgpu::Backends::GL;
        let instance = wgpu::util::new_instance_with_webgpu_detection(descriptor).await;
        adapters = instance.enumerate_adapters(wgpu::Backends::all()).await;
    }
    adapters.retain(|adapter| {
        let downlevel = adapter.get_downlevel_capabilities();
        downlevel
            .flags
            .contains(wgpu::DownlevelFlags::COMPUTE_SHADERS)
    });
    adapters.sort_by_key(|adapter| rank(&adapter.get_info()));
    adapters
}

/// The place of an adapter among those that could train: real GPUs first.
pub fn rank(info: &wgpu::AdapterInfo) -> u32 {
    match info.device_type {
        wgpu::DeviceType::DiscreteGpu => 0,
        wgpu::DeviceType::IntegratedGpu => 1,
        wgpu::DeviceType::VirtualGpu => 2,
        wgpu::DeviceType::Other => 3,
        wgpu::DeviceType::Cpu => 4,
    }
}

/// Whether a choice would open this adapter, if it is the best one there: a software one is chosen by its name, or
/// where a GPU is demanded.
pub fn is_chosen(info: &wgpu::AdapterInfo, choice: &DeviceChoice) -> bool {
    match choice {
        DeviceChoice::Auto => !is_software(info),
        DeviceChoice::Gpu => true,
        DeviceChoice::Cpu => false,
        DeviceChoice::Named(part) => info.name.to_lowercase().contains(&part.to_lowercase()),
    }
}

/// Whether the adapter computes on the CPU, as Mesa's llvmpipe does.
pub fn is_software(info: &wgpu::AdapterInfo) -> bool {
    info.device_type == wgpu::DeviceType::Cpu
}

impl Gpu {
    /// Opens the adapter that the choice names: any, or one by a part of its name; real GPUs first.
    ///
    /// # Errors
    /// There is none, or it does not open.
    pub async fn open(choice: &DeviceChoice) -> Result<Self, BackendError> {
        Self::open_with(choice, wgpu::Features::empty()).await
    }

    /// As [`open`](Self::open), with those of these features that the adapter has.
    ///
    /// # Errors
    /// There is none, or it does not open.
    pub async fn open_with(
        choice: &DeviceChoice,
        features: wgpu::Features,
    ) -> Result<Self, BackendError> {
        let adapters = adapters().await;
        let names: Vec<String> = adapters.iter().map(|a| a.get_info().name).collect();
        let adapter = match choice {
            DeviceChoice::Named(part) => {
                let part = part.to_lowercase();
                let position = names
                    .iter()
                    .position(|name| name.to_lowercase().contains(&part));
                position.map(|position| &adapters[position])
            }
            _ => adapters.first(),
        };
        let Some(adapter) = adapter else {
            return Err(BackendError::NoAdapter(match choice {
                DeviceChoice::Named(part) if !names.is_empty() => format!(
                    "no adapter has `{part}` in its name; there are: {}",
                    names.join(", ")
                ),
                _ => format!("no GPU adapter found; {}", Self::ADVICE),
            }));
        };
        Self::open_adapter_with(adapter, features).await
    }

    /// Another device of the same adapter, with all that is known of it: what is measured on one holds for both.
    ///
    /// # Errors
    /// The adapter gives no other device.
    #[cfg(feature = "native")]
    pub async fn another(&self) -> Result<Self, BackendError> {
        let adapters = adapters().await;
        let same = |adapter: &&wgpu::Adapter| {
            let info = adapter.get_info();
            info.name == self.info.name && info.backend == self.info.backend
        };
        let adapter = adapters.iter().find(same).ok_or_else(|| {
            let message = format!("{} is not there any more", self.name);
            BackendError::NoAdapter(message)
        })?;
        let (device, queue) = request(adapter, self.device.features()).await?;
        Ok(Self {
            trouble: Trouble::of(&device, &self.name),
            device,
            queue,
            ..self.clone()
        })
    }

    /// What a person without an adapter can install.
    pub const ADVICE: &str = "to train on a GPU, install its Vulkan driver (for a software one on Debian or Ubuntu: \
                              apt-get install mesa-vulkan-drivers libvulkan1)";

    /// Opens this adapter, with all the limits that it offers.
    ///
    /// # Errors
    /// The adapter gives no device.
    pub async fn open_adapter(adapter: &wgpu::Adapter) -> Result<Self, BackendError> {
        Self::open_adapter_with(adapter, wgpu::Features::empty()).await
    }

    async fn open_adapter_with(
        adapter: &wgpu::Adapter,
        more: wgpu::Features,
    ) -> Result<Self, BackendError> {
        let features = Self::features(adapter) | (adapter.features() & more);
        let (device, queue) = request(adapter, features).await?;
        Self::of(adapter, device, queue)
    }

    /// The features of an adapter that training uses.
    pub fn features(adapter: &wgpu::Adapter) -> wgpu::Features {
        let mut features = adapter.features() & wgpu::Features::SUBGROUP;
        // Where it works: lavapipe has the feature, but its cache stays empty, as Mesa keeps what it compiled on the
        // disk itself, and the first epoch of the benchmark W1 took 0.46 s with it and 0.47 s without.
        if cfg!(feature = "native") && !is_software(&adapter.get_info()) {
            features |= adapter.features() & wgpu::Features::PIPELINE_CACHE;
        }
        features
    }

    /// A device that somebody else has opened. What goes wrong on it is from now on told to who trains on it.
    ///
    /// # Errors
    /// It does not answer.
    pub fn of(
        adapter: &wgpu::Adapter,
        device: wgpu::Device,
        queue: wgpu::Queue,
    ) -> Result<Self, BackendError> {
        let info = adapter.get_info();
        let name = name_of(&info);
        let (limits, software) = (device.limits(), is_software(&info));
        let trouble = Trouble::of(&device, &name);
        #[cfg_attr(not(feature = "native"), expect(unused_mut))]
        let mut gpu = Self {
            device,
            queue,
            trouble,
            target: Target {
                software,
                workgroup_memory: limits.max_compute_workgroup_storage_size as usize,
                workgroup_invocations: limits.max_compute_invocations_per_workgroup as usize,
                ..Target::default()
            },
            info,
            name,
        };
        #[cfg(feature = "native")]
        if software {
            gpu.target.subgroup = super::subgroups::size(&gpu)?;
        }
        Ok(gpu)
    }

    /// The same device, which takes the kernels of matrix products from this family only.
    pub fn with_kernels(mut self, family: Option<Family>) -> Self {
        self.target.forced = family;
        self
    }

    /// The adapter's name and the API through which it is used.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn info(&self) -> &wgpu::AdapterInfo {
        &self.info
    }

    /// What kernels are chosen for.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Whether kernels can be timed on the device: it can, and was opened to.
    #[cfg(feature = "native")]
    pub(super) fn has_timestamps(&self) -> bool {
        let features = self.device.features();
        features.contains(wgpu::Features::TIMESTAMP_QUERY)
    }

    /// Bytes of its memory that this program has, where the driver tells.
    pub fn allocated_bytes(&self) -> Option<u64> {
        let report = self.device.generate_allocator_report()?;
        Some(report.total_reserved_bytes)
    }

    /// Most bytes of one tensor.
    pub fn max_tensor_bytes(&self) -> u64 {
        let limits = self.device.limits();
        limits
            .max_storage_buffer_binding_size
            .min(limits.max_buffer_size)
    }
}
