//! What is kept of the danger an account is in: its plan level, its place on the watch-list, and whether a person stopped its credit.
//! A row of its own beside the account, made when there is something to keep, so that reviews write it as fast as all their rows.

pub mod rows;
