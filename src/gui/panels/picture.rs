//! Numbers as pictures on the screen: samples, units of a layer.

use eframe::egui::{
    Color32, ColorImage, Context, Image, Rect, TextureHandle, TextureOptions, Ui, Vec2,
    load::SizedTexture, pos2, vec2,
};

use crate::report::picture_shape;

/// Largest width and height that a picture is drawn with; of larger ones pixels are left out.
const MOST_PIXELS: u32 = 96;
/// Largest width and height of a texture: what the weakest devices take.
const MOST_TEXTURE: usize = 2048;

/// Pictures of one size on one texture, which is uploaded only when they change.
pub struct Sheet<K> {
    made: Option<(K, TextureHandle)>,
    places: Places,
}

/// Where the pictures are on the texture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Places {
    count: usize,
    columns: usize,
    /// Width and height of a picture.
    size: [usize; 2],
}

impl<K> Default for Sheet<K> {
    fn default() -> Self {
        Self {
            made: None,
            places: Places::default(),
        }
    }
}

impl<K: PartialEq> Sheet<K> {
    /// Draws rows of numbers, each as a picture, unless what the key names is there already.
    ///
    /// * `shape`: width, height, channels; a row of as many numbers as that is such a picture, any other a square.
    /// * `color`: of the numbers of a pixel, 1 or 3.
    pub fn refresh<'a>(
        &mut self,
        ctx: &Context,
        key: K,
        shape: [u32; 3],
        rows: impl FnOnce() -> Vec<&'a [f32]>,
        color: impl Fn(&[f32]) -> Color32,
    ) {
        if self.made.as_ref().is_some_and(|(made, _)| *made == key) {
            return;
        }
        let (image, places) = draw(&rows(), shape, color);
        self.places = places;
        self.upload(ctx, key, image);
    }

    fn upload(&mut self, ctx: &Context, key: K, image: ColorImage) {
        match &mut self.made {
            Some((made, texture)) => {
                *made = key;
                texture.set(image, TextureOptions::NEAREST);
            }
            None => {
                let texture = ctx.load_texture("pictures", image, TextureOptions::NEAREST);
                self.made = Some((key, texture));
            }
        }
    }

    /// Shows an image as it is, if it changed.
    pub fn show_image(&mut self, ctx: &Context, key: K, make: impl FnOnce() -> ColorImage) {
        if self.made.as_ref().is_some_and(|(made, _)| *made == key) {
            return;
        }
        let image = make();
        self.places = Places {
            count: 1,
            columns: 1,
            size: image.size,
        };
        self.upload(ctx, key, image);
    }

    pub fn count(&self) -> usize {
        self.places.count
    }

    /// Width and height of a picture on the screen whose longer side is `side`.
    pub fn size(&self, side: f32) -> Vec2 {
        let [width, height] = self.places.size.map(|pixels| pixels.max(1) as f32);
        side / width.max(height) * vec2(width, height)
    }

    /// Paints a picture.
    pub fn paint(&self, ui: &Ui, index: usize, rect: Rect) {
        let (Some((_, texture)), true) = (&self.made, index < self.places.count) else {
            return;
        };
        let [width, height] = texture.size().map(|pixels| pixels.max(1) as f32);
        let [column, row] = [index % self.places.columns, index / self.places.columns];
        let [left, top] = [column * self.places.size[0], row * self.places.size[1]];
        let [right, bottom] = [left + self.places.size[0], top + self.places.size[1]];
        let uv = Rect::from_min_max(
            pos2(left as f32 / width, top as f32 / height),
            pos2(right as f32 / width, bottom as f32 / height),
        );
        let texture = SizedTexture::new(texture.id(), rect.size());
        Image::from_texture(texture).uv(uv).paint_at(ui, rect);
    }
}

/// Rows of numbers as pictures beside and below each other.
fn draw(
    rows: &[&[f32]],
    shape: [u32; 3],
    color: impl Fn(&[f32]) -> Color32,
) -> (ColorImage, Places) {
    let numbers = rows.first().map_or(0, |row| row.len());
    let [width, height, channels] = picture_shape(numbers, shape);
    let step = width.max(height).div_ceil(MOST_PIXELS).max(1);
    let size = [width, height].map(|pixels| (pixels.div_ceil(step) as usize).max(1));
    let columns = (MOST_TEXTURE / size[0]).clamp(1, rows.len().max(1));
    let count = rows.len().min(columns * (MOST_TEXTURE / size[1]));
    let lines = count.div_ceil(columns).max(1);
    let sheet = [columns * size[0], lines * size[1]];
    let mut image = ColorImage::filled(sheet, Color32::TRANSPARENT);
    let (channels, across) = (channels.max(1) as usize, width as usize);
    for (index, row) in rows.iter().take(count).enumerate() {
        let [left, top] = [index % columns * size[0], index / columns * size[1]];
        for y in 0..size[1] {
            for x in 0..size[0] {
                let pixel = y * step as usize * across + x * step as usize;
                let numbers = row.get(pixel * channels..(pixel + 1) * channels);
                if let Some(numbers) = numbers {
                    image.pixels[(top + y) * sheet[0] + left + x] = color(numbers);
                }
            }
        }
    }
    let places = Places {
        count,
        columns,
        size,
    };
    (image, places)
}

/// The colour of a pixel of a sample: 0 is black, 1 is white.
pub fn sample_color(numbers: &[f32]) -> Color32 {
    let level = |value: f32| (255.0 * value).round() as u8;
    match *numbers {
        [red, green, blue] => Color32::from_rgb(level(red), level(green), level(blue)),
        [gray, ..] => Color32::from_gray(level(gray)),
        [] => Color32::TRANSPARENT,
    }
}

/// The colour of a weight, or of three that belong to the channels of a pixel. `largest`: in magnitude.
///
/// One is blue above 0, orange below; three are a colour around gray.
pub fn weight_color(numbers: &[f32], largest: f32, dark: bool) -> Color32 {
    let scale = |value: f32| match value / largest {
        place if place.is_finite() => place.clamp(-1.0, 1.0),
        _ => 0.0,
    };
    let level = |value: f32| (127.5 + 127.5 * scale(value)).round() as u8;
    match *numbers {
        [red, green, blue] => Color32::from_rgb(level(red), level(green), level(blue)),
        [weight, ..] => diverging(scale(weight), dark),
        [] => Color32::TRANSPARENT,
    }
}

/// The colour of a place of -1 to 1.
pub fn diverging(place: f32, dark: bool) -> Color32 {
    let middle = match dark {
        true => Color32::from_gray(24),
        false => Color32::from_gray(248),
    };
    let [above, below] = super::look::poles(dark);
    let pole = if place < 0.0 { below } else { above };
    middle.lerp_to_gamma(pole, place.abs().min(1.0))
}

/// The largest magnitude among finite numbers.
pub fn largest(values: &[f32]) -> f32 {
    let sizes = values.iter().map(|value| value.abs());
    sizes
        .filter(|size| size.is_finite())
        .fold(0.0, |most: f32, size| most.max(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_beside_each_other_in_rows() {
        let rows = [[0.0, 1.0, 0.0, 1.0], [1.0, 1.0, 0.0, 0.0]];
        let rows: Vec<&[f32]> = rows.iter().map(|row| row.as_slice()).collect();
        let (image, places) = draw(&rows, [2, 2, 1], sample_color);
        assert_eq!(image.size, [4, 2]);
        assert_eq!(places.size, [2, 2]);
        let light: Vec<_> = image.pixels.iter().map(|pixel| pixel.r() > 0).collect();
        assert_eq!(
            light,
            [false, true, true, true, false, true, false, false],
            "rows of the sheet hold rows of all pictures"
        );
    }

    #[test]
    fn many_large_pictures_stay_within_what_a_texture_takes() {
        let row = vec![0.5; 3 * 300 * 200];
        let rows = vec![row.as_slice(); 2000];
        let (image, places) = draw(&rows, [300, 200, 3], sample_color);
        assert!(image.size.iter().all(|side| *side <= MOST_TEXTURE));
        assert_eq!(places.size, [75, 50]);
        assert!(places.count > 1000 && places.count <= 2000);
    }

    #[test]
    fn numbers_that_are_no_picture_and_no_numbers_at_all_are_drawn() {
        let rows: Vec<&[f32]> = vec![&[f32::NAN, 1.0, -1.0, f32::INFINITY, 0.0]];
        let color = |numbers: &[f32]| weight_color(numbers, largest(rows[0]), true);
        let (image, _) = draw(&rows, [7, 7, 3], color);
        assert_eq!(image.size, [3, 2]);
        assert_eq!(image.pixels[0], diverging(0.0, true));
        assert_eq!(image.pixels[2], diverging(-1.0, true));
        let (image, places) = draw(&[], [0, 0, 0], sample_color);
        assert_eq!((places.count, image.size), (0, [1, 1]));
    }
}
