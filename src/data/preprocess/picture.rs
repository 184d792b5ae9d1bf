//! The picture that all stages work on.

/// A picture of `width` x `height` pixels with 1 (gray) or 3 (red, green, blue) channels.
///
/// Values are `[height, width, channels]` row-major, in `[0, 1]`. There is always at least one
/// pixel.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    width: u32,
    height: u32,
    channels: usize,
    values: Vec<f32>,
}

impl Picture {
    /// `None` unless there is a pixel, 1 or 3 channels, and just as many values as those make.
    pub fn new(width: u32, height: u32, channels: usize, values: Vec<f32>) -> Option<Self> {
        let expected = (width as usize)
            .checked_mul(height as usize)?
            .checked_mul(channels)?;
        let sound = expected > 0 && expected == values.len() && matches!(channels, 1 | 3);
        sound.then_some(Picture {
            width,
            height,
            channels,
            values,
        })
    }

    /// For stages, which keep the promises of [`Picture::new`] by construction.
    pub(in crate::data) fn from_parts(
        width: u32,
        height: u32,
        channels: usize,
        values: Vec<f32>,
    ) -> Self {
        debug_assert_eq!(values.len(), width as usize * height as usize * channels);
        Picture {
            width,
            height,
            channels,
            values,
        }
    }

    /// In pixels, at least 1.
    pub fn width(&self) -> u32 {
        self.width
    }

    /// In pixels, at least 1.
    pub fn height(&self) -> u32 {
        self.height
    }

    /// 1 or 3.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// `[height, width, channels]`, row-major.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    pub(super) fn values_mut(&mut self) -> &mut [f32] {
        &mut self.values
    }

    /// The channels of the top-left pixel.
    pub fn top_left(&self) -> &[f32] {
        &self.values[..self.channels]
    }

    /// The pixels of row `y`, one slice of channels each.
    pub(super) fn row(&self, y: u32) -> &[f32] {
        let length = self.width as usize * self.channels;
        &self.values[y as usize * length..][..length]
    }
}
