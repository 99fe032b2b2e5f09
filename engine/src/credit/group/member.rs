//! Joining and leaving a group. Each is a change of the account, so an order of it that was decided before is decided again.

use super::stand::groups_around;
use super::view::GroupMemberView;
use crate::account::claimed;
use crate::account::rows::account;
use crate::command::{Attempt, Command, Decided, Outcome};
use crate::doors::store::{Changes, Claim, Entry, GroupClaim, Read, failed};
use crate::engine::Engine;
use crate::limit::rows::{credit_group, group_stay};
use crate::words::asked::Asked;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::{AccountId, CreditGroupId, RowId};
use sea_orm::{ColumnTrait, QueryFilter};

/// How many levels of accounts belong to a parent, itself counted in.
const LEVELS_MAX: usize = 3;
/// The most accounts one act brings into a group.
const FAMILY_MAX: usize = 500;

/// The account and the accounts that belong to it, down to the third level, itself last.
async fn family(read: &Read, head: AccountId) -> Result<Vec<account::Model>> {
    let mut all = account::find(read.tenant()).filter(account::Column::Id.eq(head)).all(read.db()).await.map_err(failed)?;
    let mut level = vec![head];
    // A fixed number of turns, one for each level.
    for _ in 1..LEVELS_MAX {
        let query = account::find(read.tenant()).filter(read.among(account::Column::ParentId, level.iter().copied()));
        let found = query.all(read.db()).await.map_err(failed)?;
        let new: Vec<account::Model> = found.into_iter().filter(|row| all.iter().all(|known| known.id != row.id)).collect();
        level = new.iter().map(|row| row.id).collect();
        all.extend(new);
    }
    if all.len() > FAMILY_MAX {
        return Err(Error::new(Code::ValidationFailed, format!("more than {FAMILY_MAX} accounts belong to it; add them one by one")));
    }
    all.reverse();
    Ok(all)
}

/// May this account join? It belongs to one group only, in its own currency.
fn may_join(row: &account::Model, group: &credit_group::Model) -> Result<()> {
    if row.credit_group_id.is_some_and(|known| known != group.id) {
        let detail = format!("the account {} belongs to another group; it has to leave that one first", row.external_id);
        return Err(Error::new(Code::IllegalState, detail));
    }
    if group.currency != row.currency {
        let detail = format!("the group is in {}, the account {} in {}", group.currency, row.external_id, row.currency);
        return Err(Error::new(Code::CurrencyMismatch, detail).at("#/account_id"));
    }
    Ok(())
}

impl Engine {
    /// Brings an account into a group and, where wanted, the accounts that belong to it: all of them may join, or none does.
    pub async fn join_group(
        &self,
        who: &Caller,
        group: CreditGroupId,
        account: AccountId,
        with_children: bool,
    ) -> Result<Outcome<Vec<GroupMemberView>>> {
        let children = if with_children { self.children_for(who, group, account).await? } else { Vec::new() };
        // The account that was named comes first: the key and the version the caller read are judged with it, before anything is written.
        // Asked again after a fault in between, the children that had joined stay as they are.
        let head = self.execute(who, AddMember { account, group }).await?;
        let keyless = who.for_what_follows();
        let mut joined = Vec::with_capacity(children.len() + 1);
        for child in children {
            joined.push(self.execute(&keyless, AddMember { account: child, group }).await?.done);
        }
        joined.push(head.done);
        Ok(Outcome { done: joined, is_replay: head.is_replay, is_by_key: head.is_by_key })
    }

    /// The accounts that belong to this one, after a look whether it and all of them may join.
    async fn children_for(&self, who: &Caller, group: CreditGroupId, head: AccountId) -> Result<Vec<AccountId>> {
        let read = self.read(who);
        let groups = groups_around(&read, group).await?;
        let row = groups.iter().find(|row| row.id == group).ok_or_else(|| Error::new(Code::NotFound, "there is no such group"))?;
        let family = family(&read, head).await?;
        family.iter().try_for_each(|member| may_join(member, row))?;
        Ok(family.iter().map(|member| member.id).filter(|id| *id != head).collect())
    }
}

/// What joining and leaving look at: the account with its version first, and the groups around.
pub struct MemberFacts {
    account: account::Model,
    groups: Vec<credit_group::Model>,
    /// Its stay in the group it belongs to.
    stay: Option<group_stay::Model>,
}

async fn read_member(read: &Read, account: AccountId, group: CreditGroupId) -> Result<MemberFacts> {
    let row = account::find(read.tenant()).filter(account::Column::Id.eq(account)).one(read.db()).await.map_err(failed)?;
    let account = row.ok_or_else(|| Error::new(Code::UnknownReference, "there is no such account").at("#/account_id"))?;
    let stay =
        group_stay::find(read.tenant()).filter(group_stay::Column::AccountId.eq(account.id)).filter(group_stay::Column::LeftOn.is_null());
    let stay = stay.one(read.db()).await.map_err(failed)?;
    Ok(MemberFacts { account, groups: groups_around(read, group).await?, stay })
}

impl MemberFacts {
    /// Writes the account with its group, and takes a turn of the tree it concerns.
    fn settle(&self, group: Option<CreditGroupId>, kind: &'static str, of: CreditGroupId, attempt: &Attempt) -> (account::Model, Changes) {
        let row = account::Model { credit_group_id: group, version: self.account.version + 1, ..self.account.clone() };
        let root = self.groups.iter().find(|row| row.id == row.root_id).map(|row| GroupClaim { root: row.id, turn: row.turn });
        let entry = Entry {
            kind,
            subject: "credit_group",
            subject_id: of.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "account_id": row.id, "external_id": row.external_id }),
        };
        let changes = Changes::on(Claim::Account(claimed(&self.account))).sharing(root).save(&row).tell(entry);
        (row, self.stayed(changes, group, attempt))
    }
}

impl MemberFacts {
    /// Writes down from when to when it belongs to a group.
    fn stayed(&self, changes: Changes, group: Option<CreditGroupId>, attempt: &Attempt) -> Changes {
        let today = attempt.stamp.today;
        let left = self.stay.as_ref().map(|stay| group_stay::Model { left_on: Some(today), ..stay.clone() });
        let joined = group.map(|group_id| group_stay::Model {
            tenant_id: attempt.who.tenant,
            id: RowId(attempt.stamp.id()),
            account_id: self.account.id,
            group_id,
            joined_on: Some(today),
            left_on: None,
        });
        changes.save_all(left.as_ref()).add_all(joined.as_ref())
    }
}

/// Brings an account into a group. It may belong to one only; moving is leaving and joining.
pub struct AddMember {
    /// The account, already found.
    pub account: AccountId,
    /// The group.
    pub group: CreditGroupId,
}

impl Command for AddMember {
    type Facts = MemberFacts;
    type Done = GroupMemberView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<MemberFacts> {
        read_member(read, self.account, self.group).await
    }

    fn decide(&self, facts: &MemberFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<GroupMemberView>> {
        let row = &facts.account;
        let group = facts.groups.iter().find(|group| group.id == self.group);
        may_join(row, group.ok_or_else(|| Error::new(Code::NotFound, "there is no such group"))?)?;
        if row.credit_group_id == Some(self.group) {
            return Ok(Decided::before(GroupMemberView::of(row, self.group)));
        }
        let (row, changes) = facts.settle(Some(self.group), "credit_group.joined", self.group, attempt);
        Ok(Decided::new(GroupMemberView::of(&row, self.group), changes))
    }
}

/// Takes an account out of a group. What it stands at no longer counts there.
pub struct RemoveMember {
    /// The account, already found.
    pub account: AccountId,
    /// The group it leaves.
    pub group: CreditGroupId,
}

impl Command for RemoveMember {
    type Facts = MemberFacts;
    type Done = GroupMemberView;

    fn account(&self) -> Option<AccountId> {
        Some(self.account)
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<MemberFacts> {
        read_member(read, self.account, self.group).await
    }

    fn decide(&self, facts: &MemberFacts, _: &Asked, attempt: &Attempt) -> Result<Decided<GroupMemberView>> {
        if facts.account.credit_group_id != Some(self.group) {
            return Err(Error::new(Code::IllegalState, "the account does not belong to this group"));
        }
        let (row, changes) = facts.settle(None, "credit_group.left", self.group, attempt);
        Ok(Decided::new(GroupMemberView::of(&row, self.group), changes))
    }
}
