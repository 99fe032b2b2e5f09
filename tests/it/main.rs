//! The tests from outside: behaviour through HTTP on both databases, and the rules of the house.

// The lints let tests unwrap; everything here is one, which `cfg(test)` says to them.
#[cfg(test)]
mod access;
#[cfg(test)]
mod actions;
#[cfg(test)]
mod actions_without_account;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod briefs;
#[cfg(test)]
mod conservation;
#[cfg(test)]
mod contacts;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod credit_file;
#[cfg(test)]
mod event_hooks;
#[cfg(test)]
mod gates;
#[cfg(test)]
mod grading;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod held_orders;
#[cfg(test)]
mod hold_hooks;
#[cfg(test)]
mod hold_rules;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod house;
#[cfg(test)]
mod imports;
#[cfg(test)]
mod inbox;
#[cfg(test)]
mod internal_control;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod milestones;
#[cfg(test)]
mod offer_sets;
#[cfg(test)]
mod order_lines;
#[cfg(test)]
mod orders;
#[cfg(test)]
mod payment_process;
#[cfg(test)]
mod plans;
#[cfg(test)]
mod plugin_tools;
#[cfg(test)]
mod plugins;
#[cfg(test)]
mod races;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod runs;
#[cfg(test)]
mod signals;
#[cfg(test)]
mod supply;
#[cfg(test)]
mod tenancy;
#[cfg(test)]
mod tutorial;
#[cfg(test)]
mod two_servers;
#[cfg(test)]
mod walks;
#[cfg(test)]
mod year_plans;
