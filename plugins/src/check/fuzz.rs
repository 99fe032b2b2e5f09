//! Odd facts for every hook of a package: nothing open, sums without end, values that are absent. The same seed makes the same facts.

use crate::ask::Asking;
use crate::check::recorded::ready;
use crate::check::report::Throw;
use crate::check::world::World;
use crate::check::{Fuzz, recorded};
use crate::hooks::hook_of;
use crate::package::Package;
use crate::words::date::Date;
use crate::words::money::Money;
use recoup_engine::words::asked::CallStatus;
use recoup_engine::words::day::add_days;
use recoup_engine::words::money::{Currency, Money as Amount};
use rhai::{Dynamic, Map};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Amounts in minor units, from nothing to one of which the rows of a world still add up to what money can be.
const AMOUNTS: [i64; 8] = [0, 1, 99, 100_000, 900_000, 123_456_789, 1_000_000_000_000, 10_000_000_000_000];
/// Days from today.
const DAYS: [i64; 12] = [-4_000, -400, -91, -31, -6, -1, 0, 1, 7, 20, 60, 400];
/// Numbers of rows.
const ROWS: [usize; 5] = [0, 1, 2, 7, 60];

/// A stream of numbers that is the same for the same seed (SplitMix64).
struct Odd(u64);

impl Odd {
    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        let most = u64::try_from(most.max(1)).unwrap_or(1);
        usize::try_from(self.draw() % most).unwrap_or(0)
    }

    fn one<T: Copy>(&mut self, of: &[T], or: T) -> T {
        let at = self.below(of.len());
        of.get(at).copied().unwrap_or(or)
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 1
    }

    fn amount(&mut self, currency: Currency) -> Dynamic {
        Dynamic::from(Money::from(Amount::new(self.one(&AMOUNTS, 0), currency)))
    }

    fn day(&mut self, today: chrono::NaiveDate) -> Dynamic {
        Dynamic::from(Date(add_days(today, self.one(&DAYS, 0))))
    }

    fn text(&mut self, of: &[&'static str]) -> Dynamic {
        Dynamic::from(self.one(of, "").to_owned())
    }

    fn number(&mut self) -> Dynamic {
        Dynamic::from(self.one(&[0_i64, 1, 2, 3, 30, 999], 0))
    }

    fn share(&mut self) -> Dynamic {
        Dynamic::from_decimal(Decimal::new(self.one(&[0, 1, 5_000, 9_499, 10_000], 0), 4))
    }
}

/// Fields that are there in one of two worlds.
struct Thing<'a> {
    odd: &'a mut Odd,
    map: Map,
}

impl Thing<'_> {
    fn maybe(&mut self, name: &str, value: impl FnOnce(&mut Odd) -> Dynamic) {
        if self.odd.coin() {
            let value = value(self.odd);
            self.map.insert(name.into(), value);
        }
    }
}

fn thing(odd: &mut Odd, fill: impl FnOnce(&mut Thing<'_>)) -> Map {
    let mut thing = Thing { odd, map: Map::new() };
    fill(&mut thing);
    thing.map
}

fn things(odd: &mut Odd, fill: impl Fn(&mut Thing<'_>)) -> Vec<Map> {
    let rows = odd.one(&ROWS, 0);
    (0..rows).map(|_| thing(odd, &fill)).collect()
}

fn account(odd: &mut Odd, currency: Currency) -> Map {
    let mut account = thing(odd, |account| {
        account.maybe("segment", |odd| odd.text(&["dealer", "key", ""]));
        account.maybe("grade", |odd| odd.text(&["AAA", "C"]));
        account.maybe("owner", |odd| odd.text(&["anna"]));
        account.maybe("terms_days", Odd::number);
        for money in ["credit_limit", "available", "exposure", "unallocated", "overdue_total", "lifetime_paid", "disputed_total"] {
            account.maybe(money, |odd| odd.amount(currency));
        }
        for number in ["avg_days_late", "settled_count", "broken_promises_90d", "oldest_days_past_due"] {
            account.maybe(number, Odd::number);
        }
        account.maybe("kept_promise_share", Odd::share);
        account.maybe("on_time_share", Odd::share);
        account.maybe("blocked", |odd| Dynamic::from(odd.coin()));
    });
    account.insert("currency".into(), currency.as_str().to_owned().into());
    account
}

/// A world that nobody would set up.
fn world(odd: &mut Odd, currency: Currency) -> World {
    let mut world = World::default();
    let today = world.today;
    world.account = account(odd, currency);
    world.items = things(odd, |item| {
        item.maybe("due_on", |odd| odd.day(today));
        let open = item.odd.amount(currency);
        item.map.insert("open".into(), open.clone());
        item.maybe("disputed", |odd| if odd.coin() { open } else { Dynamic::from(Money::zero(currency)) });
        item.maybe("part", |odd| odd.text(&["whole", "first", "middle", "tail"]));
        item.maybe("order_id", |odd| odd.text(&["SO-1", "SO-2"]));
        item.maybe("contract_id", |odd| odd.text(&["CT-1"]));
        item.maybe("batch_no", Odd::number);
    });
    world.promises = things(odd, |promise| {
        let amount = promise.odd.amount(currency);
        promise.map.insert("amount".into(), amount);
        promise.maybe("due_on", |odd| odd.day(today));
        promise.maybe("state", |odd| odd.text(&["open", "kept", "broken"]));
    });
    world.holds = things(odd, |hold| {
        hold.maybe("source", |odd| odd.text(&["core", "person"]));
        hold.maybe("expires_on", |odd| odd.day(today));
        hold.maybe("pay_to_release", |odd| odd.amount(currency));
    });
    world.documents = things(odd, |paper| {
        paper.maybe("kind", |odd| odd.text(&["contract", "invoice", "delivery_note", "statement"]));
        paper.maybe("dated_on", |odd| odd.day(today));
    });
    world.order = thing(odd, |order| {
        order.maybe("amount", |odd| odd.amount(currency));
        order.maybe("contract_id", |odd| odd.text(&["CT-1"]));
        order.maybe("batch_no", Odd::number);
        order.maybe("ship_on", |odd| odd.day(today));
    });
    world.collection = thing(odd, |collection| {
        for money in ["limit", "collected", "planned"] {
            collection.maybe(money, |odd| odd.amount(currency));
        }
    });
    world.case = odd.coin().then(|| {
        thing(odd, |case| {
            case.maybe("stage", |odd| odd.text(&["M0", "M6"]));
            case.maybe("owner", |odd| odd.text(&["anna"]));
            case.maybe("priority", |odd| Dynamic::from(odd.one(&[0_i64, 100], 0)));
        })
    });
    world.step = thing(odd, |step| {
        step.maybe("approval", |odd| odd.text(&["none", "asked", "granted", "refused"]));
        step.maybe("tries", Odd::number);
        step.maybe("due_on", |odd| odd.day(today));
    });
    world.core = odd.coin().then(|| (odd.one(&["approve", "hold", "deny"], "approve").to_owned(), String::new()));
    world
}

/// Asks every hook about so many odd worlds and tells where the script failed, each place once.
pub(super) fn throws(package: &Arc<Package>, fuzz: Fuzz) -> Vec<Throw> {
    let Ok(ready) = ready(package, &serde_json::json!({})) else { return Vec::new() };
    let currencies: Vec<Currency> = ["CNY", "USD", "JPY", "KWD"].iter().filter_map(|code| code.parse().ok()).collect();
    let mut found: BTreeMap<(String, i64, i64, String), Throw> = BTreeMap::new();
    for function in package.script.functions.keys().filter(|name| hook_of(name).is_some()) {
        let mut odd = Odd(fuzz.seed);
        for round in 1..=fuzz.rounds {
            // Money of a setting has figures for some currencies only; an account in another one is no oddity of its facts.
            let may_be = |currency: &Currency| ready.settings(None).map(*currency).is_ok();
            let currency = currencies.get(odd.below(currencies.len())).copied().filter(may_be);
            let Some(currency) = currency.or_else(|| currencies.iter().copied().find(may_be)) else { break };
            let state = state_of(package, function, &mut odd);
            let mut world = world(&mut odd, currency);
            if let Some(state) = state {
                world.step.insert("at".into(), state.into());
            }
            // A world in which the hook is not asked at all.
            let Ok(question) = world.question_of(package, function) else { continue };
            if recorded::function(package, &question.about).is_none() {
                continue;
            }
            let (ran, _) = Asking::new(&ready, &question).run(function);
            // Processor time says something about the machine, not about the script.
            let Some(failure) = ran.end.err().filter(|failure| failure.status != CallStatus::Time) else { continue };
            let error = failure.error;
            let key = (function.clone(), error.line, error.column, error.message.clone());
            let throw = found.entry(key).or_insert_with(|| Throw {
                hook: function.clone(),
                round,
                file: error.file,
                line: error.line,
                column: error.column,
                message: error.message,
                times: 0,
            });
            throw.times += 1;
        }
    }
    found.into_values().collect()
}

/// A state of a custom step.
fn state_of(package: &Package, function: &str, odd: &mut Odd) -> Option<String> {
    let kind = function.strip_prefix("step_")?;
    let states = &package.manifest.steps.get(kind)?.states;
    states.get(odd.below(states.len())).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn nearly_every_odd_world_can_be_asked_about() {
        let currency: Currency = "CNY".parse().unwrap();
        let mut odd = Odd(7);
        let mut refused: BTreeMap<String, usize> = BTreeMap::new();
        for _ in 0..200 {
            if let Err(error) = world(&mut odd, currency).question("p", "order_check") {
                *refused.entry(error.to_string()).or_default() += 1;
            }
        }
        assert!(refused.is_empty(), "{refused:#?}");
    }
}
