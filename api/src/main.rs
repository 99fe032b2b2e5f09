//! The one binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    recoup_api::cli::run(std::env::args_os())
}
