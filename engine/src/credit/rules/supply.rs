//! Stopped supply in an order check: a stop of everything, a stop of key items, and the customer's threat to pay only if goods come
//! (OR-07, OR-11). A stop names the law it stands on; a threat makes an answer stricter and never milder.

use super::hold_kind::overdue;
use super::{Cause, WayOut};
use crate::hold::basis::{BasisKind, SupplyLevel};
use crate::hold::rows::{StopLaw, StopScope};
use crate::words::error::Result;
use crate::words::facts::{Facts, OrderFacts, OrderLine, Reason};
use crate::words::id::HoldId;
use crate::words::money::Money;
use crate::words::signal::SignalType;
use crate::words::text::Bilingual;
use chrono::NaiveDate;

/// The reason of a stop of everything, and the code of its hold on an account.
pub const SUPPLY_STOP: &str = "supply_stop";
/// The code of the hold that stops one order: another than that of its account's, so that lifting one leaves the other.
pub const ORDER_SUPPLY_STOP: &str = "order_supply_stop";
/// The reason of a stop of key items, and the code of its hold.
pub const KEY_ITEMS_STOP: &str = "key_items_stop";
/// The reason of a threat.
pub const NO_GOODS_NO_PAYMENT: &str = "no_goods_no_payment";

/// Is a hold with this code a stop of supply, or what a stop of an account leaves on one of its orders?
pub fn is_stop(code: &str) -> bool {
    [SUPPLY_STOP, ORDER_SUPPLY_STOP, KEY_ITEMS_STOP].contains(&code)
}

/// The code of the hold that a stop places.
pub fn code_of(level: SupplyLevel, is_of_order: bool) -> &'static str {
    match (level, is_of_order) {
        (SupplyLevel::All, false) => SUPPLY_STOP,
        (SupplyLevel::All, true) => ORDER_SUPPLY_STOP,
        (SupplyLevel::KeyItems, _) => KEY_ITEMS_STOP,
    }
}

/// A stop in force that concerns the order: of its account, or of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Stop {
    /// Its hold.
    pub hold: HoldId,
    /// Is it of this order alone?
    pub is_of_order: bool,
    /// How much it keeps back.
    pub level: SupplyLevel,
    /// What it names, where it keeps back key items.
    pub scope: StopScope,
    /// The law it stands on.
    pub law: StopLaw,
    /// The day it was placed.
    pub stopped_on: NaiveDate,
}

impl Stop {
    /// Does it keep this line back?
    pub fn stops(&self, line: &OrderLine) -> bool {
        let is_named = |names: &[String], name: &Option<String>| name.as_ref().is_some_and(|name| names.contains(name));
        match self.level {
            SupplyLevel::All => true,
            SupplyLevel::KeyItems if self.scope == StopScope::default() => line.is_key_item,
            SupplyLevel::KeyItems => is_named(&self.scope.items, &line.sku) || is_named(&self.scope.groups, &line.group),
        }
    }

    /// Has what it waits for come about? The order of performance is a defence only as long as something is overdue.
    fn is_answered(&self, facts: &Facts) -> Result<bool> {
        Ok(self.law.kind == BasisKind::OrderOfPerformance && !overdue(facts, 1)?.amount.is_positive())
    }

    /// Paying what is overdue ends a stop that stands on the order of performance; a person ends every other.
    fn way_out(&self, facts: &Facts) -> Result<WayOut> {
        match self.law.kind {
            BasisKind::OrderOfPerformance => {
                let late = overdue(facts, 1)?;
                Ok(WayOut { items: late.items, ..WayOut::pay(late.amount) })
            }
            BasisKind::Insecurity | BasisKind::Clause => Ok(WayOut::person()),
        }
    }

    /// What it says, with the law: the sentence of its hold and of every order it holds.
    pub fn text(&self) -> Bilingual {
        told(self.level, &self.scope, self.is_of_order, &self.law, self.stopped_on)
    }
}

/// The sentence of a stop.
pub fn told(level: SupplyLevel, scope: &StopScope, is_of_order: bool, law: &StopLaw, on: NaiveDate) -> Bilingual {
    let (ground_en, ground_zh) = match (&law.ground, &law.clause) {
        (Some(ground), _) => (format!(": {}", ground.en), format!("（{}）", ground.zh)),
        (None, Some(clause)) => (format!(", {clause}"), format!("（{clause}）")),
        (None, None) => Default::default(),
    };
    let what = match (level, is_of_order) {
        (SupplyLevel::All, false) => Bilingual::new("Supply to this account", "对该客户的供货"),
        (SupplyLevel::All, true) => Bilingual::new("Supply of this order", "本单供货"),
        (SupplyLevel::KeyItems, _) => named(scope),
    };
    let ends = match law.kind {
        BasisKind::OrderOfPerformance => Bilingual::new("what is overdue is paid", "逾期款项付清"),
        BasisKind::Insecurity => {
            Bilingual::new("security is given or the ability to perform has returned", "客户提供适当担保或恢复履行能力")
        }
        BasisKind::Clause => Bilingual::new("the stop is lifted", "中止供货解除"),
    };
    Bilingual::new(
        format!("{} has been stopped since {on} by {}{ground_en}; it goes on once {}.", what.en, law.article.en, ends.en),
        format!("自 {on} 起依据{}{ground_zh}中止{}；{}后恢复供货。", law.article.zh, what.zh, ends.zh),
    )
}

fn named(scope: &StopScope) -> Bilingual {
    let names: Vec<&str> = scope.items.iter().chain(&scope.groups).map(String::as_str).collect();
    match names.is_empty() {
        true => Bilingual::new("Supply of key items", "重点货品供货"),
        false => Bilingual::new(format!("Supply of key items ({})", names.join(", ")), format!("重点货品（{}）供货", names.join("、"))),
    }
}

/// Stops of everything, and the threat: each keeps all of the order back.
pub fn causes(stops: &[Stop], facts: &Facts) -> Result<Vec<Cause>> {
    let mut found = Vec::new();
    for stop in stops.iter().filter(|stop| stop.level == SupplyLevel::All) {
        if !stop.is_answered(facts)? {
            let code = code_of(stop.level, stop.is_of_order);
            found.push(Cause { reason: Reason::core(code, stop.text()), way_out: stop.way_out(facts)? });
        }
    }
    found.extend(threat(facts)?);
    Ok(found)
}

/// While something is overdue, whoever threatens to pay only if goods come gets none before it is paid.
fn threat(facts: &Facts) -> Result<Option<Cause>> {
    let is_live = |signal: &&crate::words::signal::SignalFacts| {
        signal.kind == SignalType::NoGoodsNoPayment && signal.fading.live_on(facts.today).is_some()
    };
    let Some(signal) = facts.risk.signals.iter().rfind(is_live) else { return Ok(None) };
    let late = overdue(facts, 1)?;
    if !late.amount.is_positive() {
        return Ok(None);
    }
    let (on, amount) = (signal.fading.observed_on, late.amount);
    let text = Bilingual::new(
        format!("On {on} the customer said it pays only if goods come; {amount} is overdue, and nothing ships before it is paid."),
        format!("客户于 {on} 声称不发货就不付款；逾期款项 {amount} 付清前一律不发货。"),
    );
    Ok(Some(Cause { reason: Reason::core(NO_GOODS_NO_PAYMENT, text), way_out: WayOut { items: late.items, ..WayOut::pay(amount) } }))
}

/// What stops of key items leave of an order.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyItems {
    /// How much of the order may ship: what they keep back left out.
    pub may_ship: Money,
    /// Why not all of it.
    pub cause: Option<Cause>,
}

/// Lines of an order that stops of key items keep back are left out; an order that does not say what it is for could be for any of them.
pub fn key_items(stops: &[Stop], facts: &Facts, order: &OrderFacts) -> Result<KeyItems> {
    for stop in stops.iter().filter(|stop| stop.level == SupplyLevel::KeyItems) {
        let is_free = !order.lines.is_empty() && !order.lines.iter().any(|line| stop.stops(line));
        if is_free || stop.is_answered(facts)? {
            continue;
        }
        let stopped = order.lines.iter().filter(|line| line.is_stopped).fold(0_i64, |sum, line| sum.saturating_add(line.amount.minor()));
        let left = if order.lines.is_empty() { 0 } else { order.amount.minor().saturating_sub(stopped).max(0) };
        let mut text = stop.text();
        if order.lines.is_empty() {
            text.en.push_str(" The order does not say which items it is for.");
            text.zh.push_str("本单未列明货品。");
        }
        let cause = Cause { reason: Reason::core(KEY_ITEMS_STOP, text), way_out: stop.way_out(facts)? };
        return Ok(KeyItems { may_ship: Money::new(left, order.amount.currency()), cause: Some(cause) });
    }
    Ok(KeyItems { may_ship: order.amount, cause: None })
}

/// Marks what of an order's lines stops of key items keep back, and takes old marks off.
pub fn mark(stops: &[Stop], facts: &Facts, lines: &mut [OrderLine]) -> Result<()> {
    let mut of_items = Vec::new();
    for stop in stops.iter().filter(|stop| stop.level == SupplyLevel::KeyItems) {
        if !stop.is_answered(facts)? {
            of_items.push(stop);
        }
    }
    for line in lines.iter_mut() {
        line.is_stopped = !line.is_shipped && of_items.iter().any(|stop| stop.stops(line));
    }
    Ok(())
}

#[cfg(test)]
#[path = "supply_tests.rs"]
mod tests;
