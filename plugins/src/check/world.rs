//! The little world of one script test: sane defaults, and what the test changed. No database.

use crate::check::fields::Fields;
use crate::check::order_lines::order_lines;
use crate::package::Package;
use crate::words::table::{Fallible, raise};
use chrono::{NaiveDate, NaiveDateTime};
use recoup_engine::words::action::ActionSubject;
use recoup_engine::words::asked::{About, Question};
use recoup_engine::words::checkpoint::Checkpoint;
use recoup_engine::words::day::{days_between, parse_date};
use recoup_engine::words::effect::Values;
use recoup_engine::words::facts::{
    AccountFacts, CaseFacts, ContactFacts, DueStep, EvidenceFacts, Facts, HoldFacts, ITEMS_SHOWN, ItemFacts, ItemList, OrderFacts,
    PromiseFacts, Reason, RiskFacts, StepFacts, Verdict,
};
use recoup_engine::words::id::{AccountId, CaseId, ContactId, HoldId, InstalmentId, InvoiceId, OrderId, RowId, SignalId};
use recoup_engine::words::money::{Currency, Money};
use recoup_engine::words::signal::{Fading, SignalFacts};
use recoup_engine::words::stamp::Stamp;
use recoup_engine::words::text::Bilingual;
use rhai::Map;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What a test has set up so far.
#[derive(Debug)]
pub(crate) struct World {
    pub(super) today: NaiveDate,
    pub(super) account: Map,
    pub(super) items: Vec<Map>,
    pub(super) promises: Vec<Map>,
    pub(super) signals: Vec<Map>,
    pub(super) holds: Vec<Map>,
    pub(super) documents: Vec<Map>,
    pub(super) order: Map,
    /// Limit, collected and planned of `usable_limit`.
    pub(super) collection: Map,
    /// What a person wants done, and who: `limit_check` and `hold_release`.
    pub(super) limit_change: Map,
    pub(super) requester: Map,
    pub(super) message: Map,
    /// What has happened: the event hooks.
    pub(super) invoice: Map,
    pub(super) payment: Map,
    pub(super) stage: Map,
    pub(super) offer: Map,
    pub(super) step: Map,
    pub(super) case: Option<Map>,
    pub(super) credit_file: Map,
    pub(super) history: Map,
    pub(super) core: Option<(String, String)>,
    /// What each plugin remembers about the account.
    pub(crate) state: BTreeMap<String, Values>,
    /// Parameters of an action, who calls it, and what it is about.
    pub(crate) params: serde_json::Map<String, serde_json::Value>,
    pub(super) subject: ActionSubject,
    /// The tenant's own currency, and that of an account whose own is not set.
    pub(super) currency: Option<Currency>,
    pub(super) stamp: Stamp,
}

impl Default for World {
    fn default() -> Self {
        Self {
            today: parse_date("2026-03-10").unwrap_or_default(),
            account: Map::new(),
            items: Vec::new(),
            promises: Vec::new(),
            signals: Vec::new(),
            holds: Vec::new(),
            documents: Vec::new(),
            order: Map::new(),
            collection: Map::new(),
            limit_change: Map::new(),
            requester: Map::new(),
            message: Map::new(),
            invoice: Map::new(),
            payment: Map::new(),
            stage: Map::new(),
            offer: Map::new(),
            step: Map::new(),
            case: None,
            credit_file: Map::new(),
            history: Map::new(),
            core: None,
            state: BTreeMap::new(),
            params: serde_json::Map::new(),
            subject: ActionSubject::Account,
            currency: None,
            stamp: Stamp::new(chrono::DateTime::UNIX_EPOCH, NaiveDate::default()),
        }
    }
}

impl World {
    pub(super) fn currency(&self) -> Fallible<Currency> {
        let own = || self.currency.map_or_else(|| "CNY".to_owned(), |own| own.as_str().to_owned());
        let code = self.account.get("currency").map_or_else(own, ToString::to_string);
        code.parse().or_else(|error: recoup_engine::words::error::Error| raise(error.detail()))
    }

    /// Did the test set up something of an account?
    pub(super) fn has_account(&self) -> bool {
        let lists = [&self.items, &self.promises, &self.signals, &self.holds, &self.documents];
        let acts =
            [&self.collection, &self.limit_change, &self.message, &self.invoice, &self.payment, &self.stage, &self.offer, &self.step];
        let maps = [&self.account, &self.order, &self.credit_file, &self.history];
        let is_any = lists.iter().any(|list| !list.is_empty()) || maps.iter().chain(&acts).any(|map| !map.is_empty());
        is_any || self.case.is_some() || !self.state.is_empty()
    }

    pub(super) fn now(&self) -> NaiveDateTime {
        self.today.and_hms_opt(10, 0, 0).unwrap_or_default()
    }

    /// The question for a hook function of a plugin.
    pub(crate) fn question(&self, plugin: &str, function: &str) -> Fallible<Question> {
        if let Some(name) = function.strip_prefix("action_").filter(|_| self.subject == ActionSubject::None) {
            return self.question_without_account(plugin, name);
        }
        let mut facts = self.facts()?;
        if function == "order_check" {
            facts.open_items = ItemList::cut(facts.open_items.rows, ITEMS_SHOWN);
        }
        let about = match function {
            "order_check" => About::OrderCheck { order: self.order_facts(facts.account.currency)?, core: self.verdict() },
            "step_due" => About::StepDue { step: self.due_step(&facts)?, core: self.verdict() },
            "before_due" => {
                let Some(item) = facts.open_items.rows.iter().rfind(|row| row.due_on >= self.today) else {
                    return raise("before_due needs an open_item that is due today or later");
                };
                About::BeforeDue { item: item.id, days_left: days_between(self.today, item.due_on) }
            }
            "daily_account" => About::DailyAccount,
            "credit_grade" => About::CreditGrade { core: self.verdict() },
            "credit_review_due" => About::CreditReviewDue { due_on: self.today },
            "legal_packet" => About::LegalPacket { to: "legal".to_owned() },
            "usable_limit" => self.usable_limit(facts.account.currency)?,
            "hold_placed" => {
                let (hold, order) = self.held(facts.account.currency)?;
                About::HoldPlaced { hold, order }
            }
            "hold_released" => {
                let (hold, order) = self.held(facts.account.currency)?;
                About::HoldReleased { hold, order }
            }
            "limit_check" => {
                About::LimitCheck { limit_change: self.limit_change_facts(facts.account.currency)?, requester: self.requester_facts()? }
            }
            "hold_release" => {
                let (hold, order) = self.held(facts.account.currency)?;
                let amount = order.as_ref().map(|order| order.amount);
                About::HoldRelease { hold: Some(hold), order, amount, requester: self.requester_facts()? }
            }
            "message_compose" => {
                let message = self.message_facts(&facts)?;
                About::MessageCompose { message, contact: facts.contacts.first().map(|contact| contact.id) }
            }
            "legal_check" => About::LegalCheck { to: "legal".to_owned(), documents: Vec::new() },
            "offer_check" => self.offer_check(&facts)?,
            "invoice_registered" => About::InvoiceRegistered { invoice: self.invoice_facts(&facts)? },
            "became_overdue" => {
                let Some(item) = facts.open_items.rows.iter().rfind(|row| row.due_on < self.today) else {
                    return raise("became_overdue needs an open_item that was due before today");
                };
                About::BecameOverdue { item: item.id }
            }
            "payment_received" => About::PaymentReceived { payment: self.payment_facts(facts.account.currency)? },
            "payment_bounced" => About::PaymentBounced { payment: self.payment_facts(facts.account.currency)? },
            "case_opened" => About::CaseOpened { stage: self.stage_facts(None)? },
            "stage_entered" => About::StageEntered { stage: self.stage_facts(Some("M0"))? },
            "offer_taken" => About::OfferTaken { offer: self.offer_facts(&facts)? },
            "offer_expired" => About::OfferExpired { offer: self.offer_facts(&facts)? },
            "signal_raised" => About::SignalRaised { raised: self.signal(self.signals.last().cloned().unwrap_or_default())? },
            other => match (other.strip_prefix("step_"), other.strip_prefix("action_")) {
                (Some(kind), _) => About::Step { step: self.custom_step(plugin, kind)? },
                (None, Some(name)) => self.action(plugin, name, &facts)?,
                (None, None) => return raise(format!("there is no hook {other}")),
            },
        };
        Ok(Question::new(&Arc::new(facts), about))
    }

    /// The question of one function of a package: an action is about what its manifest says, with parameters as its schema reads them.
    pub(super) fn question_of(&mut self, package: &Package, function: &str) -> Fallible<Question> {
        let action = function.strip_prefix("action_").and_then(|name| package.manifest.actions.get(name));
        self.subject = action.map_or(self.subject, |action| action.subject);
        let mut question = self.question(&package.manifest.plugin.name, function)?;
        if let About::Action { call } = &mut question.about
            && let Some(action) = package.actions.get(call.parts().1)
        {
            call.params = action.params.read(&call.params).or_else(|error| raise(error.to_string()))?.values().clone();
        }
        Ok(question)
    }

    fn usable_limit(&self, currency: Currency) -> Fallible<About> {
        let mut f = Fields::of("collection", self.collection.clone());
        let nothing = Money::zero(currency);
        let limit = f.money("limit")?.unwrap_or(Money::new(10_000_000, currency));
        let about = About::UsableLimit {
            limit,
            collected: f.money("collected")?.unwrap_or(nothing),
            planned: f.money("planned")?.unwrap_or(nothing),
        };
        f.end()?;
        Ok(about)
    }

    fn verdict(&self) -> Verdict {
        let (decision, code) = self.core.clone().unwrap_or_else(|| ("approve".to_owned(), String::new()));
        let reasons = if code.is_empty() { Vec::new() } else { vec![Reason::core(&code, Bilingual::same(code.clone()))] };
        Verdict { decision, reasons }
    }

    /// The facts as of now.
    pub(crate) fn facts(&self) -> Fallible<Facts> {
        let currency = self.currency()?;
        let mut rows = self.items.iter().map(|map| self.item_facts(map.clone(), currency)).collect::<Fallible<Vec<_>>>()?;
        rows.sort_by_key(|row| row.due_on);
        let promises = self.promises.iter().map(|map| self.promise(map.clone())).collect::<Fallible<_>>()?;
        Ok(Facts {
            credits: Vec::new(),
            today: self.today,
            now: self.now(),
            calendar: Arc::default(),
            account: self.account_facts(currency, &rows)?,
            open_items: ItemList { rows, by_due: Vec::new(), is_cut: false },
            case: self.case.as_ref().map(|map| self.case(map.clone())).transpose()?,
            holds: self.holds.iter().map(|map| self.hold_facts(map.clone())).collect::<Fallible<_>>()?,
            contacts: vec![ContactFacts {
                id: ContactId(self.stamp.id()),
                role: "payer".to_owned(),
                name: "Payer".to_owned(),
                has_email: true,
                has_phone: true,
                language: None,
                influence: None,
                persona: None,
                delegate_of: None,
                is_absent: false,
                hours: None,
            }],
            offers: Vec::new(),
            steps: Vec::new(),
            promises,
            evidence: self.documents.iter().map(|map| self.paper(map.clone())).collect::<Fallible<_>>()?,
            grade: Some(Box::new(self.grade_facts(currency)?)),
            contract: None,
            risk: RiskFacts {
                signals: self.signals.iter().map(|map| self.signal(map.clone())).collect::<Fallible<_>>()?,
                ..RiskFacts::default()
            },
            state: self.state.clone(),
        })
    }

    fn item_facts(&self, map: Map, currency: Currency) -> Fallible<ItemFacts> {
        let mut f = Fields::of("open_item", map);
        let due_on = f.date("due_on")?.unwrap_or(self.today);
        let open = f.money("open")?.unwrap_or(Money::new(100_000, currency));
        let item = ItemFacts {
            draft_step: None,
            id: InstalmentId(self.stamp.id()),
            invoice_id: InvoiceId(self.stamp.id()),
            invoice_external_id: f.text("invoice")?.unwrap_or_else(|| "INV-1".to_owned()),
            entity: f.text("entity")?.unwrap_or_else(|| "main".to_owned()),
            order_external_id: f.text("order_id")?,
            contract_external_id: f.text("contract_id")?,
            batch_no: f.int("batch_no")?,
            part: f.text("part")?.unwrap_or_else(|| "whole".to_owned()),
            issued_on: f.date("issued_on")?.unwrap_or(due_on),
            due_on,
            days_past_due: f.int("days_past_due")?.unwrap_or_else(|| days_between(due_on, self.today)),
            total: f.money("total")?.unwrap_or(open),
            open,
            disputed: f.money("disputed")?.unwrap_or(Money::zero(open.currency())),
            last_step: f.text("last_step")?,
            last_step_on: f.date("last_step_on")?,
            asked_lead_days: None,
        };
        f.end()?;
        Ok(item)
    }

    fn account_facts(&self, currency: Currency, rows: &[ItemFacts]) -> Fallible<AccountFacts> {
        let total = |keep: &dyn Fn(&&ItemFacts) -> bool, of: fn(&ItemFacts) -> Money| {
            let minor = rows.iter().filter(keep).filter(|row| row.open.currency() == currency).map(|row| of(row).minor()).sum();
            Money::new(minor, currency)
        };
        let (open, overdue) = (total(&|_| true, |row| row.open), total(&|row| row.days_past_due > 0, |row| row.open));
        let zero = Money::zero(currency);
        let mut f = Fields::of("account", self.account.clone());
        let account = AccountFacts {
            daily_asked_on: None,
            credit_review_on: None,
            is_credit_review_asked: false,
            id: AccountId(self.stamp.id()),
            version: 1,
            external_id: f.text("external_id")?.unwrap_or_else(|| "C-1".to_owned()),
            name: f.text("name")?.unwrap_or_else(|| "Customer".to_owned()),
            segment: f.text("segment")?,
            grade: f.text("grade")?,
            tags: f.texts("tags")?.unwrap_or_default(),
            owner: f.text("owner")?,
            country: f.text("country")?,
            language: f.text("language")?,
            currency: f.text("currency")?.map_or(currency, |_| currency),
            terms_days: f.int("terms_days")?,
            payment_mode: None,
            credit_limit: f.money("credit_limit")?,
            available: f.money("available")?,
            exposure: f.money("exposure")?.unwrap_or(open),
            unallocated: f.money("unallocated")?.unwrap_or(zero),
            overdue_total: f.money("overdue_total")?.unwrap_or(overdue),
            not_due_total: f.money("not_due_total")?.unwrap_or(Money::new(open.minor() - overdue.minor(), currency)),
            open_total: f.money("open_total")?.unwrap_or(open),
            disputed_total: f.money("disputed_total")?.unwrap_or(total(&|_| true, |row| row.disputed)),
            oldest_days_past_due: f
                .int("oldest_days_past_due")?
                .unwrap_or_else(|| rows.iter().map(|row| row.days_past_due).max().unwrap_or(0).max(0)),
            avg_days_late: f.int("avg_days_late")?.unwrap_or(0),
            settled_count: f.int("settled_count")?,
            on_time_bps: f.share("on_time_share")?.unwrap_or(10_000),
            lifetime_paid: f.money("lifetime_paid")?.unwrap_or(zero),
            is_blocked: f.truth("blocked")?.unwrap_or(false),
            broken_promises_90d: f.int("broken_promises_90d")?.unwrap_or(0),
            kept_promise_bps: f.share("kept_promise_share")?.unwrap_or(10_000),
        };
        f.end()?;
        Ok(account)
    }

    fn promise(&self, map: Map) -> Fallible<PromiseFacts> {
        let mut f = Fields::of("promise", map);
        let Some(amount) = f.money("amount")? else { return raise("a promise needs an amount") };
        let promise = PromiseFacts {
            amount,
            due_on: f.date("due_on")?.unwrap_or(self.today),
            made_on: f.date("made_on")?.unwrap_or(self.today),
            state: f.text("state")?.unwrap_or_else(|| "open".to_owned()),
        };
        f.end()?;
        Ok(promise)
    }

    pub(super) fn signal(&self, map: Map) -> Fallible<SignalFacts> {
        let mut f = Fields::of("signal", map);
        let word = |text: Option<String>, usual: &str| text.unwrap_or_else(|| usual.to_owned());
        let kind = word(f.text("kind")?, "relocation").parse();
        let severity = word(f.text("severity")?, "medium").parse();
        let (Ok(kind), Ok(severity)) = (kind, severity) else { return raise("a signal has a kind and a severity of the catalogue") };
        let observed_on = f.date("observed_on")?.unwrap_or(self.today);
        f.end()?;
        Ok(SignalFacts { id: SignalId(self.stamp.id()), kind, fading: Fading { severity, observed_on, step_days: 30 } })
    }

    fn hold_facts(&self, map: Map) -> Fallible<HoldFacts> {
        let mut f = Fields::of("hold", map);
        let hold = HoldFacts {
            id: HoldId(self.stamp.id()),
            order_id: None,
            source: f.text("source")?.unwrap_or_else(|| "core".to_owned()),
            code: f.text("code")?.unwrap_or_else(|| "over_limit".to_owned()),
            expires_on: f.date("expires_on")?,
            pay_to_release: f.money("pay_to_release")?,
        };
        f.end()?;
        Ok(hold)
    }

    /// The hold that began or ended: the last one the test set up. It is on an order where the test says something of one.
    fn held(&self, currency: Currency) -> Fallible<(HoldFacts, Option<OrderFacts>)> {
        let hold = self.hold_facts(self.holds.last().cloned().unwrap_or_default())?;
        let order = if self.order.is_empty() { None } else { Some(self.order_facts(currency)?) };
        Ok((HoldFacts { order_id: order.as_ref().map(|order| order.id), ..hold }, order))
    }

    fn paper(&self, map: Map) -> Fallible<EvidenceFacts> {
        let mut f = Fields::of("document", map);
        let paper = EvidenceFacts {
            kind: f.text("kind")?.unwrap_or_else(|| "invoice".to_owned()),
            reference: f.text("reference")?.unwrap_or_else(|| "INV-1".to_owned()),
            dated_on: f.date("dated_on")?.unwrap_or(self.today),
        };
        f.end()?;
        Ok(paper)
    }

    pub(super) fn order_facts(&self, currency: Currency) -> Fallible<OrderFacts> {
        let mut f = Fields::of("order", self.order.clone());
        let order = OrderFacts {
            id: OrderId(self.stamp.id()),
            external_id: f.text("external_id")?.unwrap_or_else(|| "SO-1".to_owned()),
            amount: f.money("amount")?.unwrap_or(Money::new(1_000_000, currency)),
            contract_external_id: f.text("contract_id")?,
            batch_no: f.int("batch_no")?,
            ship_on: f.date("ship_on")?,
            is_partial_ok: f.truth("is_partial_ok")?.unwrap_or(false),
            lines: order_lines(f.maps("lines")?.unwrap_or_default(), currency)?,
            checkpoint: Checkpoint::default(),
        };
        f.end()?;
        Ok(order)
    }

    fn due_step(&self, facts: &Facts) -> Fallible<DueStep> {
        let mut f = Fields::of("step", self.step.clone());
        let step = DueStep {
            key: f.text("key")?.unwrap_or_else(|| "reminder".to_owned()),
            kind: f.text("type")?.unwrap_or_else(|| "notice".to_owned()),
            due_on: f.date("due_on")?.unwrap_or(self.today),
            items: facts.open_items.rows.iter().map(|row| row.id).collect(),
        };
        f.end()?;
        Ok(step)
    }

    fn custom_step(&self, plugin: &str, kind: &str) -> Fallible<StepFacts> {
        let mut f = Fields::of("step", self.step.clone());
        let data = f.map("data")?.unwrap_or_default();
        let step = StepFacts {
            id: RowId(self.stamp.id()),
            key: f.text("key")?.unwrap_or_else(|| kind.to_owned()),
            step_type: format!("{plugin}.{kind}"),
            at: f.text("at")?.unwrap_or_default(),
            entered_on: f.date("entered_on")?.unwrap_or(self.today),
            wake_on: f.date("wake_on")?.unwrap_or(self.today),
            due_on: f.date("due_on")?.unwrap_or(self.today),
            approval: f.text("approval")?.unwrap_or_else(|| "none".to_owned()),
            tries: f.int("tries")?.unwrap_or(0),
            data: data.into_iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
        };
        f.end()?;
        Ok(step)
    }

    fn case(&self, map: Map) -> Fallible<CaseFacts> {
        let mut f = Fields::of("collection_case", map);
        let case = CaseFacts {
            paused_until: None,
            opened_by: None,
            scheduled: std::collections::BTreeMap::new(),
            id: CaseId(self.stamp.id()),
            state: f.text("state")?.unwrap_or_else(|| "active".to_owned()),
            stage: f.text("stage")?.unwrap_or_else(|| "M1".to_owned()),
            stage_no: f.int("stage_no")?.unwrap_or(1),
            stage_since: f.date("stage_since")?.unwrap_or(self.today),
            opened_on: f.date("opened_on")?.unwrap_or(self.today),
            overdue_since: f.date("overdue_since")?,
            priority: f.int("priority")?.unwrap_or(50),
            owner: f.text("owner")?,
            next_step: f.text("next_step")?,
            next_step_on: f.date("next_step_on")?,
            clocks: BTreeMap::new(),
            last_notice_on: None,
            last_formal_on: None,
        };
        f.end()?;
        Ok(case)
    }
}

/// Short ways to set up a world from Rust.
#[cfg(test)]
impl World {
    pub(crate) fn order(&mut self, fields: Map) {
        self.order.extend(fields);
    }

    pub(crate) fn item(&mut self, due_on: &str, open: &str, currency: &str) {
        let open = crate::words::money::parse(open, currency).unwrap();
        self.items.push(Map::from([("due_on".into(), due_on.into()), ("open".into(), rhai::Dynamic::from(open))]));
    }

    pub(crate) fn account(&mut self, field: &str, value: &str) {
        self.account.insert(field.into(), value.into());
    }

    pub(crate) fn hold(&mut self, source: &str) {
        self.holds.push(Map::from([("source".into(), source.into())]));
    }
}
