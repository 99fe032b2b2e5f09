//! Lines that move the books: invoices and payments, booked account by account.

use super::csv_lines::RawLine;
use super::job::{Batch, ImportOptions, Told};
use super::line::{Fate, Fault, Line};
use super::{ImportKind, invoices, payments};
use crate::account::{self, AccountIn};
use crate::command::{Attempt, RACES_MAX};
use crate::doors::store::{Changes, Claim, Entry, Read};
use crate::engine::Engine;
use crate::ledger::{Books, InvoiceIn, Looking, PaymentIn, load_books};
use crate::payment_process::payment_processes;
use crate::words::caller::Caller;
use crate::words::code::Code;
use crate::words::error::{Error, Result};
use crate::words::id::AccountId;
use crate::words::money::Currency;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Parts of a batch on their way at once: while the database writes one, the next is booked.
const SHARES: usize = 3;

/// A ledger line that could be read.
enum Booking {
    Invoice(Box<InvoiceIn>),
    Payment(Box<PaymentIn>),
}

impl Booking {
    fn number(&self) -> &str {
        match self {
            Self::Invoice(invoice) => &invoice.external_id,
            Self::Payment(payment) => &payment.external_id,
        }
    }

    fn account(&self) -> &str {
        let named = match self {
            Self::Invoice(invoice) => &invoice.account_external_id,
            Self::Payment(payment) => &payment.account_external_id,
        };
        named.as_deref().unwrap_or_default()
    }

    fn currency(&self) -> Currency {
        match self {
            Self::Invoice(invoice) => invoice.amount.currency(),
            Self::Payment(payment) => payment.amount.currency(),
        }
    }
}

impl Engine {
    /// Books invoices or payments of a batch, in shares side by side.
    pub(super) async fn take_bookings(
        &self,
        who: &Caller,
        options: &ImportOptions,
        header: &[String],
        batch: Vec<RawLine>,
    ) -> Result<Told> {
        let mut told = Told::default();
        let mut wanted: Vec<(i64, Booking)> = Vec::with_capacity(batch.len());
        for raw in batch {
            let line = raw.line;
            match Line::new(header, raw).and_then(|line| parse(options.kind, &line)) {
                Ok(booking) => wanted.push((line, booking)),
                Err(error) => told.take(line, Fate::Rejected(error.into()), Vec::new()),
            }
        }
        let accounts = self.accounts_of(who, options, &wanted).await?;
        let booked = shares(wanted).into_iter().map(|share| self.book_share(who, options, &accounts, share));
        for share in futures::future::join_all(booked).await {
            told.add(share?);
        }
        Ok(told)
    }

    /// Books lines in one transaction. Accounts that lose a race are booked again, with their lines only.
    async fn book_share(
        &self,
        who: &Caller,
        options: &ImportOptions,
        accounts: &HashMap<String, AccountId>,
        mut wanted: Vec<(i64, Booking)>,
    ) -> Result<Told> {
        let mut told = Told::default();
        for lost in 0..RACES_MAX {
            if wanted.is_empty() {
                break;
            }
            let attempt = self.import_attempt(who, lost).await?;
            let (changes, outcome) = self.book(&attempt, options, &wanted, accounts).await?;
            let (set, stamp) = (&*attempt.ground.plugins, &attempt.stamp);
            let changes = changes.into_iter().map(|one| one.tell_listeners(set, stamp)).collect();
            let losers = match self.store.write_page(who, &attempt.stamp, attempt.ground.revision, changes).await {
                Ok(losers) => losers.into_iter().collect::<HashSet<AccountId>>(),
                Err(error) if error.is_lost_race() => accounts.values().copied().collect(),
                Err(error) => return Err(error),
            };
            let mut again = Vec::new();
            for ((line, booking), (fate, odd)) in wanted.into_iter().zip(outcome) {
                let is_lost = accounts.get(booking.account()).is_some_and(|account| losers.contains(account));
                if is_lost && !matches!(fate, Fate::Rejected(_)) { again.push((line, booking)) } else { told.take(line, fate, odd) }
            }
            wanted = again;
        }
        for (line, _) in wanted {
            let error = Error::new(Code::TryAgain, "other changes of this account were faster ten times; import the line again");
            told.take(line, Fate::Rejected(error.into()), Vec::new());
        }
        Ok(told)
    }

    async fn book(
        &self,
        attempt: &Attempt,
        options: &ImportOptions,
        wanted: &[(i64, Booking)],
        accounts: &HashMap<String, AccountId>,
    ) -> Result<(Vec<Changes>, Vec<(Fate, Vec<Fault>)>)> {
        let read = self.store.read(attempt.who.tenant);
        let mut batch = known(&read, options.kind, wanted, accounts).await?;
        let mut books = books(&read, attempt, options.kind, wanted, accounts).await?;
        let mut ids: BTreeMap<AccountId, i64> = BTreeMap::new();
        let mut outcome = Vec::with_capacity(wanted.len());
        for (_, booking) in wanted {
            let account = accounts.get(booking.account()).copied();
            let Some((account, held)) = account.and_then(|account| books.get_mut(&account).map(|held| (account, held))) else {
                let detail = format!("there is no account {:?}", booking.account());
                outcome.push((Fate::Rejected(Error::new(Code::UnknownAccount, detail).at("#/account_external_id").into()), Vec::new()));
                continue;
            };
            let booked = match booking {
                Booking::Invoice(invoice) => invoices::book(invoice, account, held, &mut batch, attempt),
                Booking::Payment(payment) => payments::book(payment, account, held, &mut batch, attempt),
            };
            outcome.push(match booked {
                Ok((fate, odd)) => {
                    *ids.entry(account).or_default() += i64::from(fate == Fate::Accepted);
                    (fate, odd)
                }
                Err(error) => {
                    batch.forget(booking.number());
                    (Fate::Rejected(error.into()), Vec::new())
                }
            });
        }
        let kind = if options.kind == ImportKind::Invoices { "invoice.imported" } else { "payment.imported" };
        let changed =
            books.into_iter().filter_map(|(account, held)| Some((account, ids.get(&account).copied().filter(|count| *count > 0)?, held)));
        // One line in the journal for an account and batch says how many came (decision 63).
        let changes = changed.map(|(account, count, held)| {
            Ok(held.into_changes(attempt)?.tell(Entry {
                kind,
                subject: "account",
                subject_id: account.0,
                effective_on: attempt.stamp.today,
                decision: None,
                body: serde_json::json!({ "count": count }),
            }))
        });
        Ok((changes.collect::<Result<_>>()?, outcome))
    }

    /// The accounts the lines name, made now when the caller said so.
    async fn accounts_of(&self, who: &Caller, options: &ImportOptions, wanted: &[(i64, Booking)]) -> Result<HashMap<String, AccountId>> {
        let read = self.store.read(who.tenant);
        let numbers: Vec<String> =
            wanted.iter().map(|(_, booking)| booking.account().to_owned()).collect::<HashSet<_>>().into_iter().collect();
        let known = account::resolve_many(&read, &numbers).await?;
        if !options.creates_accounts || known.len() == numbers.len() {
            return Ok(known);
        }
        let attempt = self.import_attempt(who, 0).await?;
        let mut made: HashSet<&str> = HashSet::new();
        let mut changes = Changes::on(Claim::Nothing);
        for (_, booking) in wanted {
            if !known.contains_key(booking.account()) && made.insert(booking.account()) {
                let new = AccountIn::named(booking.account(), booking.currency());
                if new.check().is_ok() {
                    changes = changes.add(&new.row(None, new.hash()?, &attempt));
                }
            }
        }
        match self.store.write(who, &attempt.stamp, attempt.ground.revision, changes).await {
            Err(error) if !error.is_lost_race() => Err(error),
            // Someone else made one of them at the same moment: what is there now counts.
            Ok(()) | Err(_) => account::resolve_many(&read, &numbers).await,
        }
    }
}

/// Lines of a batch in shares that do not meet: no account and no number is in two of them, so none waits for another and each line
/// ends as it would alone. A batch where a number is given to two accounts stays whole: which of them is refused depends on the order.
fn shares(wanted: Vec<(i64, Booking)>) -> Vec<Vec<(i64, Booking)>> {
    let mut owners: HashMap<&str, &str> = HashMap::new();
    let is_mixed =
        wanted.iter().any(|(_, booking)| *owners.entry(booking.number()).or_insert_with(|| booking.account()) != booking.account());
    if is_mixed {
        return vec![wanted];
    }
    let mut of_accounts: HashMap<String, usize> = HashMap::new();
    let mut shares: Vec<Vec<(i64, Booking)>> = (0..SHARES).map(|_| Vec::new()).collect();
    for (line, booking) in wanted {
        let next = of_accounts.len() % SHARES;
        let share = *of_accounts.entry(booking.account().to_owned()).or_insert(next);
        shares[share].push((line, booking));
    }
    shares.retain(|share| !share.is_empty());
    shares
}

fn parse(kind: ImportKind, line: &Line<'_>) -> Result<Booking> {
    match kind {
        ImportKind::Invoices => invoices::parse(line).map(|invoice| Booking::Invoice(Box::new(invoice))),
        ImportKind::Payments => payments::parse(line).map(|payment| Booking::Payment(Box::new(payment))),
        ImportKind::Accounts | ImportKind::Contacts => Err(Error::internal("only invoices and payments are booked")),
    }
}

async fn known(read: &Read, kind: ImportKind, wanted: &[(i64, Booking)], accounts: &HashMap<String, AccountId>) -> Result<Batch> {
    let numbers: Vec<String> = wanted.iter().map(|(_, booking)| booking.number().to_owned()).collect();
    if kind == ImportKind::Invoices {
        return Ok(Batch { hashes: invoices::known(read, &numbers).await?, invoices: HashSet::new(), processes: HashMap::new() });
    }
    let named = wanted.iter().filter_map(|(_, booking)| match booking {
        Booking::Payment(payment) => payment.invoice_external_id.clone(),
        Booking::Invoice(_) => None,
    });
    let named: Vec<String> = named.collect();
    let there = invoices::known(read, &named).await?;
    let payers: HashSet<AccountId> = wanted.iter().filter_map(|(_, booking)| accounts.get(booking.account()).copied()).collect();
    let processes = payment_processes(read, payers).await?;
    Ok(Batch { hashes: payments::known(read, &numbers).await?, invoices: there.into_keys().collect(), processes })
}

async fn books(
    read: &Read,
    attempt: &Attempt,
    kind: ImportKind,
    wanted: &[(i64, Booking)],
    accounts: &HashMap<String, AccountId>,
) -> Result<HashMap<AccountId, Books>> {
    let named: HashSet<AccountId> = wanted.iter().filter_map(|(_, booking)| accounts.get(booking.account()).copied()).collect();
    let ids: Vec<AccountId> = named.into_iter().collect();
    let order = |booking: &Booking| match booking {
        Booking::Invoice(invoice) => invoice.order_external_id.clone(),
        Booking::Payment(payment) => payment.order_external_id.clone(),
    };
    let orders: HashSet<String> = wanted.iter().filter_map(|(_, booking)| order(booking)).collect();
    let orders: Vec<String> = orders.into_iter().collect();
    let looking: Looking = if kind == ImportKind::Invoices { invoices::LOOKING } else { payments::LOOKING };
    load_books(read, attempt, &ids, &orders, looking).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn invoice(line: i64, number: &str, account: &str) -> (i64, Booking) {
        let text = serde_json::json!({
            "external_id": number, "account_external_id": account, "issued_on": "2026-01-01",
            "due_on": "2026-01-31", "amount": { "amount": "100.00", "currency": "CNY" },
        });
        (line, Booking::Invoice(serde_json::from_value(text).unwrap()))
    }

    fn numbers(shares: Vec<Vec<(i64, Booking)>>) -> Vec<Vec<i64>> {
        shares.into_iter().map(|share| share.into_iter().map(|(line, _)| line).collect()).collect()
    }

    #[test]
    fn every_line_of_an_account_is_in_one_share_in_the_order_of_the_file() {
        let lines = [(1, "a"), (2, "b"), (3, "a"), (4, "c"), (5, "d"), (6, "b")];
        let wanted = lines.map(|(line, account)| invoice(line, &format!("I{line}"), account));
        assert_eq!(numbers(shares(wanted.into())), [vec![1, 3, 5], vec![2, 6], vec![4]]);
        assert_eq!(
            numbers(shares(vec![invoice(1, "I1", "a"), invoice(2, "I1", "a")])),
            [vec![1, 2]],
            "a repeated line stays behind its first"
        );
        assert!(shares(Vec::new()).is_empty());
    }

    #[test]
    fn a_batch_where_two_accounts_claim_a_number_stays_whole() {
        let wanted = vec![invoice(1, "I1", "a"), invoice(2, "I2", "b"), invoice(3, "I1", "b")];
        assert_eq!(numbers(shares(wanted)), [vec![1, 2, 3]], "the first line has it, the last is refused");
    }
}
