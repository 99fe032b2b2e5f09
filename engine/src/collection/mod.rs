//! Collections: the case of an account, its review, and what follows from it.

mod action;
mod acts;
mod apply;
mod brief;
mod cases;
mod claim;
mod compose;
mod danger;
mod decide;
mod checks;
mod events;
mod happened;
mod load;
mod packet;
mod replan;
mod review;
pub mod rules;
mod tally;
mod view;

pub use action::{ActionEffect, ActionIn, ActionSubjectView, ActionView, RunAction, RunActionWithoutAccount, Target, target};
pub use acts::{
    ActivityIn, AssignCase, ClaimReason, CompleteTask, DecideApproval, NoticeAct, PauseCase, RecordActivity, ResumeCase, SettleNotice,
    VerifyReason,
};
pub use brief::{BriefContact, BriefNotice, CaseBriefView};
pub use cases::{CaseFilter, WorklistItem, case_account};
pub use tally::Tally;
pub use view::{CaseView, ClaimedReason, NextStep, VerifiedReason};
