//! One file for each route.

pub(crate) mod batch;
pub(crate) mod health;
pub(crate) mod status;
pub(crate) mod webhook;
