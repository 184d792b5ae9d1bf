//! The parts of the views.
