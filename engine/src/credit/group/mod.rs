//! Groups of accounts that share limits: made, moved, joined and left, with the limits they have and what they stand at.

mod create;
mod limit;
mod member;
mod stand;
mod view;

pub use create::{CreateGroup, CreditGroupIn, CreditGroupPatch, PatchGroup};
pub use limit::{GroupLimitIn, GroupLimitView, PutGroupLimit, list_group_limits};
pub use member::{AddMember, RemoveMember};
pub(in crate::credit) use stand::{GroupLevel, Tree, forest, tree};
pub use view::{CreditGroupView, GroupExposureView, GroupMemberView, find_group, group_exposure, group_view, list_groups, list_members};
