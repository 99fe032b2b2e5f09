//! The inbox of the second person.

pub mod rows;
