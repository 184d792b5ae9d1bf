//! Data sets from files to rows: what works, and what is refused with which words.

mod bad_folders;
mod bad_idx;
mod bad_images;
mod cache;
mod folders;
mod formats;
mod idx;
mod stages;
mod support;
