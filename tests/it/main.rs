//! The tests from outside: behaviour through HTTP on both databases, and the rules of the house.

mod harness;
mod house;
