//! Which moves a finding may make.

use super::FindingState;
use crate::words::code::Code;
use crate::words::error::{Error, Result};

/// Refuses a move that is none: what is closed is opened again before anything else is done with it, and is closed with a word on what was
/// done.
pub fn check_move(from: FindingState, to: FindingState, resolution: Option<&str>) -> Result<()> {
    use FindingState::{Accepted, Open, Resolved};
    match (from, to) {
        (Resolved | Accepted, Resolved | Accepted) if from != to => {
            Err(Error::new(Code::IllegalState, format!("the finding is {from}; open it again first")))
        }
        (Open, Resolved | Accepted) if resolution.is_none_or(|text| text.trim().is_empty()) => {
            Err(Error::new(Code::MissingField, "say what was done, or why the risk is taken").at("#/resolution"))
        }
        (Open | Resolved | Accepted, Open) | (Open | Resolved | Accepted, Resolved | Accepted) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ic_04_a_finding_is_closed_with_a_word_and_opened_again_before_anything_else() {
        use FindingState::{Accepted, Open, Resolved};
        for (from, to, resolution, expected) in [
            (Open, Resolved, Some("done"), "good"),
            (Open, Accepted, Some("small"), "good"),
            (Open, Resolved, None, "missing_field"),
            (Open, Accepted, Some(" "), "missing_field"),
            (Open, Open, None, "good"),
            (Resolved, Open, None, "good"),
            (Resolved, Resolved, None, "good"),
            (Resolved, Accepted, Some("x"), "illegal_state"),
            (Accepted, Resolved, Some("x"), "illegal_state"),
        ] {
            let told = check_move(from, to, resolution).map_or_else(|error| error.code().name(), |()| "good");
            assert_eq!(told, expected, "{from} to {to}");
        }
    }
}
