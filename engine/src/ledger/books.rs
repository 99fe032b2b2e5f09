//! The books of one account while a command works on them: kept sums, instalments, cash. Pure: rows in, rows out.

use crate::account::rows::{account, balance, due_sum};
use crate::adjustment::rows::credit_note;
use crate::command::Attempt;
use crate::credit::rules::warning::Gauge;
use crate::credit::warned;
use crate::doors::store::{AccountClaim, Changes, Claim, Entry};
use crate::invoice::rows::{instalment, invoice};
use crate::offer::rows::offer;
use crate::order::rows::{deposit, reservation, sales_order};
use crate::payment::rows::{allocation, payment};
use crate::payment::rules::{ClaimPart, OpenItem};
use crate::words::code::Code;
use crate::words::day::days_between;
use crate::words::error::{Error, Result};
use crate::words::id::{AllocationId, CreditNoteId, InstalmentId, PaymentId, RowId, TenantId};
use crate::words::money::{Currency, Money};
use crate::words::stamp::Stamp;
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// A row in hand, and what became of it.
#[derive(Clone, Debug)]
pub(super) struct Held<T> {
    pub(super) row: T,
    is_new: bool,
    is_changed: bool,
}

impl<T> Held<T> {
    pub(super) fn read(row: T) -> Self {
        Self { row, is_new: false, is_changed: false }
    }

    pub(super) fn made(row: T) -> Self {
        Self { row, is_new: true, is_changed: false }
    }

    /// Was it made or changed here?
    pub(super) fn is_touched(&self) -> bool {
        self.is_new || self.is_changed
    }

    /// The row, to be changed.
    pub(super) fn change(&mut self) -> &mut T {
        self.is_changed = true;
        &mut self.row
    }
}

/// Where a share comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Cash(PaymentId),
    Credit(CreditNoteId),
}

type SumKey = (String, Currency);

/// One account's books.
#[derive(Clone, Debug)]
pub struct Books {
    /// The account as it was read; its version is what the change will claim.
    pub account: account::Model,
    pub(super) balances: BTreeMap<SumKey, Held<balance::Model>>,
    pub(super) due_sums: BTreeMap<(SumKey, NaiveDate), Held<due_sum::Model>>,
    pub(super) invoices: Vec<Held<invoice::Model>>,
    pub(super) items: BTreeMap<InstalmentId, Held<instalment::Model>>,
    pub(super) payments: BTreeMap<PaymentId, Held<payment::Model>>,
    pub(super) credit_notes: BTreeMap<CreditNoteId, Held<credit_note::Model>>,
    pub(super) orders: BTreeMap<String, Held<sales_order::Model>>,
    pub(super) offers: BTreeMap<InstalmentId, Held<offer::Model>>,
    pub(super) allocations: Vec<allocation::Model>,
    /// Shares of the payment in question that were booked by earlier commands.
    pub(super) booked_before: Vec<allocation::Model>,
    /// Cash on orders: rows made now, and those of the payment or order in question from before.
    pub(super) deposits: Vec<deposit::Model>,
    pub(super) deposits_before: Vec<deposit::Model>,
    pub(super) reservations: Vec<reservation::Model>,
    entries: Vec<Entry>,
    /// What its warning lines are measured by, where it has a limit.
    gauge: Option<Gauge>,
    next_review_on: Option<NaiveDate>,
    facts_until: Option<NaiveDate>,
    open_count: i64,
}

impl Books {
    pub(super) fn new(account: account::Model) -> Self {
        let (next_review_on, facts_until, open_count) = (account.next_review_on, account.facts_until, account.open_count);
        Self {
            account,
            balances: BTreeMap::new(),
            due_sums: BTreeMap::new(),
            invoices: Vec::new(),
            items: BTreeMap::new(),
            payments: BTreeMap::new(),
            credit_notes: BTreeMap::new(),
            orders: BTreeMap::new(),
            offers: BTreeMap::new(),
            allocations: Vec::new(),
            booked_before: Vec::new(),
            deposits: Vec::new(),
            deposits_before: Vec::new(),
            reservations: Vec::new(),
            entries: Vec::new(),
            gauge: None,
            next_review_on,
            facts_until,
            open_count,
        }
    }

    /// Measures the warning lines of its limit by this.
    pub(super) fn measured_by(&mut self, gauge: Gauge) {
        self.gauge = Some(gauge);
    }

    /// The kept sums as they are so far.
    pub(super) fn kept(&self) -> impl Iterator<Item = &balance::Model> {
        self.balances.values().map(|held| &held.row)
    }

    pub(super) fn tenant(&self) -> TenantId {
        self.account.tenant_id
    }

    /// A booking with this business date: from this day on it can matter (decisions 37 and 38).
    pub(super) fn matters_on(&mut self, booked_on: NaiveDate, review_on: NaiveDate) {
        self.facts_until = self.facts_until.max(Some(booked_on));
        self.next_review_on = Some(self.next_review_on.map_or(review_on, |known| known.min(review_on)));
    }

    pub(super) fn tell(&mut self, entry: Entry) {
        self.entries.push(entry);
    }

    /// The kept sums of a legal entity and currency, made when there were none.
    pub(super) fn balance(&mut self, entity: &str, currency: Currency, stamp: &Stamp) -> &mut balance::Model {
        let (tenant_id, account_id) = (self.tenant(), self.account.id);
        let held = self
            .balances
            .entry((entity.to_owned(), currency))
            .or_insert_with(|| Held::made(balance::Model::first(tenant_id, RowId(stamp.id()), account_id, entity, currency)));
        held.change()
    }

    pub(super) fn due_sum(&mut self, entity: &str, currency: Currency, due_on: NaiveDate, stamp: &Stamp) -> &mut due_sum::Model {
        let (tenant_id, account_id) = (self.tenant(), self.account.id);
        let held = self.due_sums.entry(((entity.to_owned(), currency), due_on)).or_insert_with(|| {
            Held::made(due_sum::Model {
                tenant_id,
                id: RowId(stamp.id()),
                account_id,
                entity: entity.to_owned(),
                currency,
                due_on,
                open_minor: 0,
                disputed_minor: 0,
                open_count: 0,
            })
        });
        held.change()
    }

    /// Changes what is open on an instalment, and every sum that counts it.
    pub(super) fn move_open(&mut self, item: InstalmentId, by: i64, on: NaiveDate, stamp: &Stamp) -> Result<()> {
        let held = self.items.get_mut(&item).ok_or_else(|| Error::internal("an instalment that was not read is booked on"))?;
        let row = held.change();
        let (before, after) = (row.open_minor, row.open_minor + by);
        if after < 0 || after > row.amount_minor {
            return Err(Error::new(
                Code::OverAllocation,
                format!("instalment {} of {} has {} open", row.no, row.invoice_external_id, row.open_minor),
            ));
        }
        row.open_minor = after;
        let settled_before = row.settled_on;
        row.settled_on = if after == 0 && row.cancelled_on.is_none() { Some(on) } else { None };
        let (row, settled_now) = (row.clone(), row.settled_on);
        let (entity, currency, due_on) = (row.entity.clone(), row.currency, row.due_on);
        let count = i64::from(after > 0) - i64::from(before > 0);
        self.open_count += count;
        let sum = self.due_sum(&entity, currency, due_on, stamp);
        sum.open_minor += by;
        sum.open_count += count;
        let balance = self.balance(&entity, currency, stamp);
        balance.open_minor += by;
        for (settled_on, sign) in [(settled_before, -1), (settled_now, 1)] {
            let Some(settled_on) = settled_on else { continue };
            self.count_settled(&row, due_on, settled_on, sign, stamp);
        }
        Ok(())
    }

    /// Counts how late an instalment was settled, or takes it off again where `sign` is -1.
    pub(super) fn count_settled(&mut self, row: &instalment::Model, due_on: NaiveDate, settled_on: NaiveDate, sign: i64, stamp: &Stamp) {
        let late = days_between(due_on, settled_on);
        let balance = self.balance(&row.entity, row.currency, stamp);
        balance.settled_count += sign;
        balance.settled_minor += sign * row.amount_minor;
        balance.late_days += sign * late.max(0);
        balance.on_time_minor += if late <= 0 { sign * row.amount_minor } else { 0 };
    }

    /// Takes a new instalment into the books, open in full less what the old system had collected.
    pub(super) fn open_item(&mut self, mut row: instalment::Model, stamp: &Stamp) -> Result<()> {
        let (id, open, issued_on) = (row.id, row.open_minor, row.issued_on);
        row.open_minor = 0;
        self.items.insert(id, Held::made(row));
        self.move_open(id, open, issued_on, stamp)
    }

    /// Books a share of cash or credit on an instalment; a negative one undoes `reverses`.
    pub(super) fn book(
        &mut self,
        source: Source,
        item: InstalmentId,
        minor: i64,
        on: NaiveDate,
        reverses: Option<AllocationId>,
        stamp: &Stamp,
    ) -> Result<AllocationId> {
        self.move_open(item, -minor, on, stamp)?;
        let row = self
            .items
            .get(&item)
            .map(|held| held.row.clone())
            .ok_or_else(|| Error::internal("an instalment that was not read is booked on"))?;
        let balance = self.balance(&row.entity, row.currency, stamp);
        let (payment_id, credit_note_id) = match source {
            Source::Cash(payment) => {
                balance.unallocated_minor -= minor;
                balance.lifetime_paid_minor += minor;
                (Some(payment), None)
            }
            Source::Credit(note) => {
                balance.credit_notes_minor -= minor;
                (None, Some(note))
            }
        };
        if let Some(payment) = payment_id.and_then(|id| self.payments.get_mut(&id)) {
            payment.change().unallocated_minor -= minor;
        }
        if let Some(note) = credit_note_id.and_then(|id| self.credit_notes.get_mut(&id)) {
            note.change().open_minor -= minor;
        }
        let allocation = allocation::Model {
            tenant_id: self.tenant(),
            id: AllocationId(stamp.id()),
            account_id: self.account.id,
            payment_id,
            credit_note_id,
            invoice_id: row.invoice_id,
            instalment_id: item,
            currency: row.currency,
            amount_minor: minor,
            allocated_on: on,
            reverses_id: reverses,
            created_at: stamp.at,
        };
        let id = allocation.id;
        self.allocations.push(allocation);
        Ok(id)
    }

    /// Open instalments as the allocation rules see them.
    pub(super) fn open_items(&self) -> Vec<OpenItem> {
        let open = self.items.values().map(|held| &held.row).filter(|row| row.open_minor > 0 && row.cancelled_on.is_none());
        open.map(|row| OpenItem {
            instalment: row.id,
            invoice_external_id: row.invoice_external_id.clone(),
            contract_external_id: row.contract_external_id.clone(),
            entity: row.entity.clone(),
            claim: ClaimPart::Principal,
            issued_on: row.issued_on,
            due_on: row.due_on,
            open: Money::new(row.open_minor, row.currency),
            disputed: Money::new(row.disputed_minor, row.currency),
        })
        .collect()
    }

    /// Everything that changed, standing on the account's claim.
    pub fn into_changes(self, attempt: &Attempt) -> Result<Changes> {
        let (warning_level, warnings) = match &self.gauge {
            Some(gauge) => warned(gauge, self.kept(), attempt)?,
            None => (self.account.warning_level, Vec::new()),
        };
        let claim = AccountClaim {
            id: self.account.id,
            version: self.account.version,
            next_review_on: self.next_review_on,
            facts_until: self.facts_until,
            daily_asked_on: self.account.daily_asked_on,
            open_count: self.open_count,
            warning_level,
            group: None,
        };
        let changes = Changes::on(Claim::Account(claim)).add_all(&self.allocations).add_all(&self.reservations).add_all(&self.deposits);
        let changes = put(changes, self.balances.into_values());
        let changes = put(changes, self.due_sums.into_values());
        let changes = put(changes, self.invoices.into_iter());
        let changes = put(changes, self.items.into_values());
        let changes = put(changes, self.payments.into_values());
        let changes = put(changes, self.credit_notes.into_values());
        let changes = put(changes, self.orders.into_values());
        let changes = put(changes, self.offers.into_values());
        Ok(self.entries.into_iter().chain(warnings).fold(changes, Changes::tell))
    }
}

fn put<R: crate::doors::store::rows::TenantRow>(changes: Changes, held: impl Iterator<Item = Held<R>>) -> Changes {
    held.fold(changes, |changes, held| match (held.is_new, held.is_changed) {
        (true, _) => changes.add(&held.row),
        (false, true) => changes.save(&held.row),
        (false, false) => changes,
    })
}
