//! What a person wants done in a test, and who: the questions of `limit_check` and `hold_release`.

use crate::check::fields::Fields;
use crate::check::world::World;
use crate::words::table::Fallible;
use recoup_engine::words::act_facts::{LimitChange, MessageFacts, Requester};
use recoup_engine::words::facts::Facts;
use recoup_engine::words::money::{Currency, Money};

impl World {
    /// A standing limit of 100,000 from today on, where the test said nothing else.
    pub(super) fn limit_change_facts(&self, currency: Currency) -> Fallible<LimitChange> {
        let mut f = Fields::of("limit_change", self.limit_change.clone());
        let before = f.money("before")?;
        let is_unchecked = f.truth("no_check")?.unwrap_or(false);
        let amount = f.money("amount")?.or((!is_unchecked).then(|| Money::new(10_000_000, currency)));
        let is_more = amount.is_none_or(|new| new.minor() > before.map_or(0, Money::minor));
        let change = LimitChange {
            kind: f.text("kind")?.unwrap_or_else(|| "standing".to_owned()),
            amount,
            before,
            before_since: f.date("before_since")?,
            is_raise: f.truth("is_raise")?.unwrap_or(is_more),
            valid_from: f.date("valid_from")?.unwrap_or(self.today),
            valid_to: f.date("valid_to")?,
            reason: f.text("reason")?.unwrap_or_else(|| "they grow".to_owned()),
            override_reason: f.text("override_reason")?,
        };
        f.end()?;
        Ok(change)
    }

    /// A reminder by e-mail about everything that is open, in Chinese, where the test said nothing else.
    pub(super) fn message_facts(&self, facts: &Facts) -> Fallible<MessageFacts> {
        let mut f = Fields::of("message", self.message.clone());
        let message = MessageFacts {
            template: f.text("template")?.unwrap_or_else(|| "reminder".to_owned()),
            step: f.text("step")?.unwrap_or_else(|| "reminder".to_owned()),
            channel: f.text("channel")?.unwrap_or_else(|| "email".to_owned()),
            language: f.text("language")?.unwrap_or_else(|| "zh-CN".to_owned()),
            is_formal: f.truth("is_formal")?.unwrap_or(false),
            has_offer: f.truth("has_offer")?.unwrap_or(false),
            amount: f.money("amount")?.unwrap_or(facts.account.open_total),
            items: facts.open_items.rows.iter().map(|row| row.id).collect(),
        };
        f.end()?;
        Ok(message)
    }

    /// A credit officer, where the test said nothing else.
    pub(super) fn requester_facts(&self) -> Fallible<Requester> {
        let mut f = Fields::of("requester", self.requester.clone());
        let requester = Requester {
            actor: f.text("name")?.unwrap_or_else(|| "officer".to_owned()),
            roles: f.texts("roles")?.unwrap_or_else(|| vec!["credit_officer".to_owned()]),
            approved_by: f.text("approved_by")?,
        };
        f.end()?;
        Ok(requester)
    }
}
