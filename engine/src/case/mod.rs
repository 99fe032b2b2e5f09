//! Collection cases, their running custom steps and their tasks, as rows. What moves them is the collection slice's business.

pub mod rows;
