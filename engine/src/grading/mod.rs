//! Grading: what an account has earned, by credit review or in a grade run, and the limit that follows from it as a proposal.

mod ask;
mod known;
mod proposal;
mod review;
pub mod rows;
mod run;
mod view;
mod work;

pub use ask::{grade_question, show_grades};
pub use known::{Known, known};
pub use proposal::{LimitProposal, ProfitView};
pub use review::{CreditReviewIn, CreditReviewView, RecordReview, list_reviews};
pub use run::{GradeResultView, GradeRunIn, GradeRunView, StartGradeRun, grade_run, list_grade_runs, list_results, unfinished};
pub use view::{BehaviourView, GradeView};

crate::words! {
    /// What a credit review comes to.
    pub enum ReviewOutcome {
        /// It may buy on credit.
        Approve = "approve",
        /// It may not.
        Decline = "decline",
    }
}

crate::text_column!(ReviewOutcome);
