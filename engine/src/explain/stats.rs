//! What a plugin did in a stretch of days, counted from the decisions it took part in.

use crate::doors::decision::{Call, decision, holds_member};
use crate::doors::store::{Read, failed};
use crate::offer::rows::offer;
use crate::words::asked::{CallStatus, VoteKind};
use crate::words::error::Result;
use crate::words::id::OrderId;
use crate::words::money::{Currency, Money};
use chrono::NaiveDate;
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Most decisions that are counted, the newest ones.
const DECISIONS_MAX: u64 = 5_000;

/// What a plugin did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginStats {
    /// The package.
    pub plugin: String,
    /// The first day that is counted.
    pub from: NaiveDate,
    /// The last day that is counted.
    pub to: NaiveDate,
    /// Decisions it took part in.
    pub decisions: i64,
    /// Were there more, the older of which are left out?
    pub is_cut: bool,
    /// Its calls, by version and hook.
    #[schema(max_items = 1000)]
    pub calls: Vec<HookStats>,
    /// Votes, by kind.
    pub votes: BTreeMap<String, i64>,
    /// Effects it proposed, by their word.
    pub effects: BTreeMap<String, i64>,
    /// The money behind them.
    pub money: PluginMoney,
}

/// Calls of one version and hook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct HookStats {
    /// The version.
    pub version: i64,
    /// The hook.
    pub hook: String,
    /// How often it was called.
    pub calls: i64,
    /// By how they ended: `ok`, `filtered`, `error`, `limit`, `time`, `panic`, `breaker`.
    pub outcomes: BTreeMap<String, i64>,
    /// Most operations of one call.
    pub operations_max: i64,
    /// Processor time of all of them, in microseconds.
    pub cpu_us: i64,
}

/// Sums by currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PluginMoney {
    /// Orders it held, each once, where the answer was to hold.
    #[schema(max_items = 200)]
    pub held: Vec<Money>,
    /// Parts of orders it let ship, each order once, where that was the answer.
    #[schema(max_items = 200)]
    pub released: Vec<Money>,
    /// Discounts it offered.
    #[schema(max_items = 200)]
    pub discounted: Vec<Money>,
    /// Charges it made: none so far.
    #[schema(max_items = 200)]
    pub charged: Vec<Money>,
}

/// Counts what a plugin did from one day to another, both included.
pub async fn plugin_stats(read: &Read, plugin: &str, from: NaiveDate, to: NaiveDate) -> Result<PluginStats> {
    use decision::Column as C;
    let query = decision::find(read.tenant()).filter(C::EffectiveOn.between(from, to));
    let query = query.filter(C::Record.like(holds_member("plugin", plugin)?));
    let rows = query.order_by_desc(C::Id).limit(DECISIONS_MAX + 1).all(read.db()).await.map_err(failed)?;
    let mut counting = Counting::default();
    for row in rows.iter().take(usize::try_from(DECISIONS_MAX).unwrap_or(usize::MAX)) {
        counting.take(plugin, row);
    }
    let discounted = discounts(read, plugin, from, to).await?;
    let is_cut = u64::try_from(rows.len()).unwrap_or(u64::MAX) > DECISIONS_MAX;
    let sums = |by: BTreeMap<Currency, i64>| by.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect();
    let Counting { decisions, calls, votes, effects, held, released, .. } = counting;
    let money = PluginMoney { held: sums(held), released: sums(released), discounted: sums(discounted), charged: Vec::new() };
    Ok(PluginStats { plugin: plugin.to_owned(), from, to, decisions, is_cut, calls: calls.into_values().collect(), votes, effects, money })
}

#[derive(Default)]
struct Counting {
    decisions: i64,
    calls: BTreeMap<(i64, String), HookStats>,
    votes: BTreeMap<String, i64>,
    effects: BTreeMap<String, i64>,
    held: BTreeMap<Currency, i64>,
    released: BTreeMap<Currency, i64>,
    /// Orders whose newest decision was counted: an older one of the same order adds no money.
    orders: BTreeSet<OrderId>,
}

impl Counting {
    fn take(&mut self, plugin: &str, row: &decision::Model) {
        let mut has_taken_part = false;
        for call in row.record.0.calls.iter().filter(|call| call.advice.plugin == plugin) {
            has_taken_part = true;
            self.call(call);
            self.money(call, &row.outcome);
        }
        self.decisions += i64::from(has_taken_part);
    }

    fn call(&mut self, call: &Call) {
        let (advice, hook) = (&call.advice, call.about.hook().to_string());
        let of = self.calls.entry((advice.version, hook.clone())).or_default();
        (of.version, of.hook) = (advice.version, hook);
        of.calls += 1;
        *of.outcomes.entry(advice.status.to_string()).or_default() += 1;
        of.operations_max = of.operations_max.max(advice.operations);
        of.cpu_us += advice.cpu_us;
        if advice.status == CallStatus::Ok {
            advice.votes.iter().for_each(|vote| *self.votes.entry(vote.vote.to_string()).or_default() += 1);
            for effect in &advice.effects {
                let json = serde_json::to_value(&effect.kind).unwrap_or_default();
                let word = json.get("kind").and_then(|kind| kind.as_str()).unwrap_or("effect").to_owned();
                *self.effects.entry(word).or_default() += 1;
            }
        }
    }

    fn money(&mut self, call: &Call, outcome: &str) {
        let Some(order) = call.about.order() else { return };
        let said = |kind: VoteKind| call.advice.votes.iter().find(|vote| vote.vote == kind && outcome == kind.as_str());
        let (held, released) = (said(VoteKind::Hold), said(VoteKind::ReleasePartial));
        if !self.orders.insert(order.id) {
            return;
        }
        if held.is_some() {
            *self.held.entry(order.amount.currency()).or_default() += order.amount.minor();
        }
        if let Some(amount) = released.and_then(|vote| vote.amount) {
            *self.released.entry(amount.currency()).or_default() += amount.minor();
        }
    }
}

/// Discounts the plugin offered in these days.
async fn discounts(read: &Read, plugin: &str, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<Currency, i64>> {
    use offer::Column as C;
    let query = offer::find(read.tenant()).select_only().columns([C::Currency, C::DiscountMinor, C::Source]);
    let query = query.filter(C::MadeOn.between(from, to)).filter(C::Source.starts_with(format!("{plugin}@")));
    let rows: Vec<(Currency, i64, String)> = query.limit(100_000).into_tuple().all(read.db()).await.map_err(failed)?;
    let mut by: BTreeMap<Currency, i64> = BTreeMap::new();
    // In a pattern an underscore stands for any letter, so the name is looked at once more.
    let own = rows.into_iter().filter(|(.., source)| source.split('@').next() == Some(plugin));
    own.for_each(|(currency, minor, _)| *by.entry(currency).or_default() += minor);
    Ok(by)
}
