//! Grades: the table that says what a score earns and what a grade means.

pub mod rows;
pub mod rules;
mod table;

pub use rules::table::{GradeRule, GradeTable, GradeTables, Terms};
pub use table::{GradeTableIn, GradeTableView, PutGradeTable, list_grade_tables, tables};
