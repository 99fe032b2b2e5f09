//! Collections runs: every account that is due on a day is reviewed once, in pages.

mod due;
mod lease;
mod overdue;
mod queue;
pub mod rows;
mod start;
mod view;
mod work;

pub use queue::Worked;
pub use start::{StartRun, local_noon};
pub use view::{DryRunView, RunView, find, find_of_day, list, unfinished};

#[cfg(test)]
mod tests;
