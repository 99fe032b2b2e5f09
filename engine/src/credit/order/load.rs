//! What a check looks at: the account with its kept sums, its holds, and the order's own past when it is checked again.

use super::contract::contract_facts;
use super::deposit::{Deposits, Early};
use super::lapse::{StandingHold, judge};
use super::standing::{Stands, stands};
use super::ties::ties;
use super::usable::{Usable, throttle};
use super::view::answer;
use crate::account::rows::account;
use crate::approval::ApprovalKind;
use crate::approval::rows::approval;
use crate::case::rows::task;
use crate::command::Attempt;
use crate::credit::exclusion::exclusions_in_force;
use crate::credit::rules::OrderDecision;
use crate::credit::rules::check::{CheckBasis, Core, check};
use crate::credit::rules::danger::limit_under;
use crate::credit::rules::exposure::{KeptSums, Parts};
use crate::credit::rules::hold_rule::RuleBasis;
use crate::credit::rules::supply::{Stop, mark};
use crate::credit::sell_out::capped;
use crate::credit::supply::{deadlines_of, stops_among};
use crate::doors::decision::MovedBy;
use crate::doors::store::{GroupClaim, Read, failed};
use crate::facts::{Gathered, Gathering, Glance, Wanted, gather_one, with_items};
use crate::hold::rows::hold;
use crate::order::rows::sales_order;
use crate::order::rules::{Progress, Taken};
use crate::policy::HoldRule;
use crate::words::asked::{Hook, Needs};
use crate::words::checkpoint::Checkpoint;
use crate::words::error::Result;
use crate::words::facts::{ITEMS_SHOWN, OrderFacts};
use crate::words::id::{AccountId, CaseId};
use crate::words::money::Money;
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter};
use std::sync::Arc;

/// An order that was checked before.
#[derive(Clone, Debug)]
pub(super) struct Before {
    pub(super) row: sales_order::Model,
    /// Its active holds, judged as of today.
    pub(super) holds: Vec<StandingHold>,
    /// Voices and codes of its holds that ended by themselves in an earlier check, and of the yes it was given since.
    pub(super) ended: Vec<(String, String)>,
    /// What was asked of a second person and is not answered.
    pub(super) approvals: Vec<approval::Model>,
}

/// Why an order is checked.
#[derive(Clone, Debug)]
pub(super) enum Asking {
    /// It was placed; this had named it before it came.
    Placed(Early),
    /// Somebody wants to know; the order as it was read.
    Again(sales_order::Model),
    /// It was changed: what it was, and how much of what may ship stays approved whatever the answer, in minor units.
    Revised { was: sales_order::Model, keeps: i64 },
}

impl Asking {
    fn before(&self) -> Option<&sales_order::Model> {
        match self {
            Self::Placed(_) => None,
            Self::Again(was) | Self::Revised { was, .. } => Some(was),
        }
    }
}

/// Everything a check decides on.
#[derive(Clone, Debug)]
pub struct Check {
    pub(super) gathered: Gathered,
    /// The order as it would be written, its answer left out.
    pub(super) row: sales_order::Model,
    pub(super) asking: Asking,
    pub(super) order: OrderFacts,
    pub(super) core: Core,
    /// What the account's exposure is made of, this order's own reservation left out.
    pub(super) parts: Parts,
    pub(super) deposits: Deposits,
    /// What the core rule compared.
    pub(super) basis: CheckBasis,
    /// The claim on the groups whose limits the account shares.
    pub(super) group: Option<GroupClaim>,
    /// What plugins said about how much of the limit may be used.
    pub(super) usable: Option<Usable>,
    pub(super) before: Option<Before>,
    /// Holds on the whole account that are over.
    pub(super) over: Vec<StandingHold>,
    /// The tasks that watched the deadlines of stops of supply among them.
    pub(super) deadlines: Vec<task::Model>,
    /// Open tasks of the account, where a script may ask for one.
    pub(super) tasks: Vec<task::Model>,
    /// Its level of the account plan, and how it stands with and without this order.
    pub(super) stands: Stands,
    /// Number of its open calls for money.
    pub(super) calls: i64,
    /// The case that is not closed, and its state.
    pub(super) case: Option<(CaseId, String)>,
    /// What had moved, where nobody asked for this check.
    pub(super) moved_by: Option<MovedBy>,
}

/// Reads what a check of this order looks at and asks the core rule. The oldest items are read only where a script looks at them or
/// the answer has to name what to pay.
pub(super) async fn load(
    read: &Read,
    attempt: &Attempt,
    seen: Glance,
    mut row: sales_order::Model,
    asking: Asking,
    checkpoint: Checkpoint,
) -> Result<Check> {
    let today = attempt.stamp.today;
    let (account, open_tasks, calls, case) = (seen.account.id, seen.tasks, seen.calls, seen.case.clone());
    let has_hook = attempt.ground.plugins.has(Hook::OrderCheck);
    let of_scripts = if has_hook { attempt.ground.plugins.needs(Hook::OrderCheck) } else { Needs::default() };
    let wanted = Wanted { day: today, items_max: Some(ITEMS_SHOWN), needs: Needs { holds: true, ..of_scripts }, is_as_of: false };
    let gathering = Gathering::begin();
    let mut gathered = gather_one(read, attempt, seen, wanted).await?;
    let Held { stops, over, deadlines, before } = held(read, &mut gathered, &mut row, &asking, today).await?;
    let deposits = match &before {
        Some(before) => Deposits::of(read, &before.row).await?,
        None => Deposits::default(),
    };
    let order = order_facts(&row, checkpoint);
    if let Some(contract) = contract_facts(read, &gathered.account, &order, today).await? {
        Arc::make_mut(&mut gathered.facts).contract = Some(contract);
    }
    let ties = ties(read, attempt, &gathered, &order).await?;
    let paid = Money::new(Progress::from(&row).spare_deposit(), row.currency);
    let mut basis = ties.basis(&gathered, &order, &own_sums(&row, before.as_ref()), paid, attempt)?;
    let stands = stands(&gathered, &basis, attempt)?;
    basis.limit = limit_under(basis.limit, stands.level.as_ref());
    basis.plan.clone_from(&stands.level);
    basis.stops = stops;
    let of_level = stands.level.as_ref().and_then(|level| level.measures.quantity_cap);
    let cap = of_level.or(attempt.ground.policy.quantity_cap);
    basis.capped = capped(read, account, row.id, today, cap, &basis.rates).await?;
    basis.hold_rules = rule_basis(read, &gathered.account, &order, before.as_ref(), attempt).await?;
    gathering.end(&*attempt.ground.plugins, &[Hook::OrderCheck, Hook::UsableLimit]);
    let usable = throttle(read, attempt, &gathered, &mut basis).await?;
    let mut core = check(&gathered.facts, &order, &basis)?;
    if core.decision != OrderDecision::Approve && !of_scripts.open_items && gathered.account.open_count > 0 {
        with_items(read, &mut gathered, ITEMS_SHOWN).await?;
        core = check(&gathered.facts, &order, &basis)?;
    }
    show_limit(&mut gathered, &core, usable.is_some());
    let tasks = if has_hook && open_tasks > 0 { tasks_of(read, account).await? } else { Vec::new() };
    let parts = basis.parts.with_overdue(gathered.facts.account.overdue_total);
    let group = ties.claim();
    Ok(Check {
        gathered,
        row,
        asking,
        order,
        core,
        basis,
        parts,
        deposits,
        group,
        usable,
        before,
        over,
        deadlines,
        tasks,
        stands,
        calls,
        case,
        moved_by: None,
    })
}

/// What holds an account and one of its orders.
struct Held {
    /// Stops of supply in force.
    stops: Vec<Stop>,
    /// Holds that have ended by themselves.
    over: Vec<StandingHold>,
    /// The tasks that watched the stops among them.
    deadlines: Vec<task::Model>,
    before: Option<Before>,
}

/// Reads it, and marks the lines of the order that a stop of key items keeps back.
async fn held(read: &Read, gathered: &mut Gathered, row: &mut sales_order::Model, asking: &Asking, today: NaiveDate) -> Result<Held> {
    let stops = stops_among(read, &gathered.holds, Some(row.id)).await?;
    let over = holds_over(read, gathered, &stops, today).await?;
    let before = match asking.before() {
        Some(was) => Some(past(read, was.clone(), gathered, &stops, today).await?),
        None => None,
    };
    let (ended, stops): (Vec<Stop>, Vec<Stop>) = stops.into_iter().partition(|stop| over.iter().any(|hold| hold.row.id == stop.hold));
    let deadlines = deadlines_of(read, ended.iter().map(|stop| stop.hold).collect()).await?;
    mark(&stops, &gathered.facts, &mut row.lines.0)?;
    Ok(Held { stops, over, deadlines, before })
}

/// What of an order still asks to ship, as the rules and scripts see it.
pub(super) fn order_facts(row: &sales_order::Model, checkpoint: Checkpoint) -> OrderFacts {
    OrderFacts {
        id: row.id,
        external_id: row.external_id.clone(),
        amount: Money::new(Progress::from(row).waiting(), row.currency),
        contract_external_id: row.contract_external_id.clone(),
        batch_no: row.batch_no,
        ship_on: row.ship_on,
        is_partial_ok: row.is_partial_ok,
        lines: row.lines.0.iter().filter(|line| !line.is_shipped).cloned().collect(),
        checkpoint,
    }
}

/// What of the account's kept sums is this order's own doing and does not count in its check: its reservation for goods that have not
/// shipped, and, where it comes only now, unallocated cash that is for it.
fn own_sums(row: &sales_order::Model, before: Option<&Before>) -> KeptSums {
    let taken = before.map_or_else(Taken::default, |before| Progress::from(&before.row).taken());
    let taken_cash = if before.is_none() { row.deposit_minor } else { 0 };
    KeptSums { orders: taken.shipped - taken.reserved, unallocated: -taken_cash, ..KeptSums::nothing(row.account_id, row.currency) }
}

/// Shows scripts the limit that counts, where securities, a group or a script make it another than the account's own.
fn show_limit(gathered: &mut Gathered, core: &Core, is_throttled: bool) {
    let is_plain = !is_throttled && gathered.account.security_count == 0 && gathered.account.credit_group_id.is_none();
    if !is_plain {
        let account = &mut Arc::make_mut(&mut gathered.facts).account;
        (account.credit_limit, account.available) = (core.limit, core.available);
    }
}

/// The hold rules in force, what this order passed of them before, and what the account is let off.
async fn rule_basis(
    read: &Read,
    account: &account::Model,
    order: &OrderFacts,
    before: Option<&Before>,
    attempt: &Attempt,
) -> Result<RuleBasis> {
    let rules: Vec<HoldRule> = attempt.ground.policy.hold_rules.iter().filter(|rule| rule.enabled).cloned().collect();
    if rules.is_empty() {
        return Ok(RuleBasis { checkpoint: order.checkpoint, ..RuleBasis::default() });
    }
    let exclusions =
        if account.exclusion_count > 0 { exclusions_in_force(read, account.id, attempt.stamp.today).await? } else { Vec::new() };
    let passed = before.map_or_else(|| Ok(Vec::new()), |before| answer(&before.row).map(|answer| answer.passed))?;
    Ok(RuleBasis { rules, checkpoint: order.checkpoint, exclusions, passed })
}

/// Takes holds on the whole account, and stops of the order, that have ended by themselves out of the facts, and gives them to be
/// written down as ended.
async fn holds_over(read: &Read, gathered: &mut Gathered, stops: &[Stop], today: NaiveDate) -> Result<Vec<StandingHold>> {
    let counts = |hold: &&hold::Model| hold.order_id.is_none() || is_of_stop(hold, stops);
    let of_account: Vec<hold::Model> = gathered.holds.iter().filter(counts).cloned().collect();
    let judged = judge(read, of_account, &gathered.balances, today).await?;
    let over: Vec<StandingHold> = judged.into_iter().filter(|hold| hold.lifted.is_some()).collect();
    if !over.is_empty() {
        Arc::make_mut(&mut gathered.facts).holds.retain(|hold| over.iter().all(|ended| ended.row.id != hold.id));
    }
    Ok(over)
}

/// Is this the hold that a stop placed? It is no answer of a check: a person, or what was paid, ends it.
fn is_of_stop(hold: &hold::Model, stops: &[Stop]) -> bool {
    stops.iter().any(|stop| stop.hold == hold.id)
}

async fn past(read: &Read, row: sales_order::Model, gathered: &Gathered, stops: &[Stop], today: NaiveDate) -> Result<Before> {
    let of_order = hold::find(read.tenant()).filter(hold::Column::OrderId.eq(row.id)).all(read.db()).await.map_err(failed)?;
    let of_order: Vec<hold::Model> = of_order.into_iter().filter(|hold| !is_of_stop(hold, stops)).collect();
    let (active, over): (Vec<_>, Vec<_>) = of_order.into_iter().partition(|hold| hold.state == "active");
    let by_itself = |hold: hold::Model| hold.lift_reason.as_deref().is_some_and(super::hold_rows::is_by_itself).then_some(hold);
    let ended = over.into_iter().filter_map(by_itself).map(|hold| (super::hold_rows::voice(&hold.source).to_owned(), hold.code));
    let of_script = approval::find(read.tenant())
        .filter(approval::Column::SubjectId.eq(row.id.0))
        .filter(approval::Column::State.is_in(["pending", "approved"]));
    let (approvals, granted): (Vec<_>, Vec<_>) =
        of_script.all(read.db()).await.map_err(failed)?.into_iter().partition(|row| row.state == "pending");
    let granted = granted.into_iter().filter(|row| row.kind == ApprovalKind::OrderRelease);
    let granted = granted.map(|row| (super::hold_rows::voice(&row.asked_by).to_owned(), row.code));
    let holds = judge(read, active, &gathered.balances, today).await?;
    Ok(Before { ended: ended.chain(granted).collect(), holds, approvals, row })
}

async fn tasks_of(read: &Read, account: AccountId) -> Result<Vec<task::Model>> {
    let query = task::find(read.tenant()).filter(task::Column::AccountId.eq(account)).filter(task::Column::State.eq("open"));
    query.all(read.db()).await.map_err(failed)
}
