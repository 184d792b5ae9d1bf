//! What people see of runs: tables, pages, plots. The pages that are written here are looked at in a browser by
//! `check.py` beside this file.
#![cfg(feature = "native")]

mod collect;
mod comparison;
mod fixture;
mod page;
mod plot;
