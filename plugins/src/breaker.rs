//! A version that keeps failing is not heard for a while, and at last switched off. It belongs to this process and outlives the sets the
//! version stands in: a changed setting forgives nothing.

use recoup_engine::words::asked::Alarm;
use recoup_engine::words::id::{AccountId, TenantId};
use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

/// So many failures in a row open it, if they are of several accounts; of one account they set that account apart.
const IN_A_ROW: u64 = 5;
/// Failures of fewer accounts say something about the accounts.
const ACCOUNTS_LEAST: usize = 3;
/// More failures than this among the last [`WINDOW`] calls open it: 20 %.
const AMONG_LAST: usize = 10;
const WINDOW: u64 = 50;
/// How long nobody is let through.
const REST: Duration = Duration::from_secs(60);
/// Calls that are then tried out without counting; at most a fifth of them may fail.
const TRIALS: u32 = 20;
const TRIALS_FAILED_MAX: u32 = 4;
/// So many openings within an hour, and the version goes off.
const OPENINGS_MAX: usize = 3;
const HOUR: Duration = Duration::from_secs(3_600);

/// May this call go through?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    /// Yes, and its answer counts.
    Ask,
    /// Only to be tried out: its answer does not count.
    Shadow,
    /// No.
    Silent,
}

/// What a call made of the breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It opened: nobody is let through for a while.
    Opened,
    /// It closed again.
    Closed,
    /// It stays open for good: the version is to go off.
    Off,
}

impl Turn {
    /// The gauge's figure: 0 closed, 1 open, 2 off.
    pub(crate) fn level(self) -> f64 {
        match self {
            Self::Closed => 0.0,
            Self::Opened => 1.0,
            Self::Off => 2.0,
        }
    }
}

#[derive(Debug)]
enum State {
    Closed,
    Open { until: Instant },
    Trying { asked: u32, answered: u32, failed: u32 },
    Off,
}

#[derive(Debug)]
struct Inside {
    state: State,
    /// Numbers of the calls that failed, with their accounts; what is about no account is one of its own. Those of accounts set apart are gone.
    failed: VecDeque<(u64, Option<AccountId>)>,
    /// Accounts that fail by themselves: how often in a row, and until when they are set apart.
    apart: HashMap<Option<AccountId>, (u64, Option<Instant>)>,
    openings: VecDeque<Instant>,
}

/// The breaker of one version and hook.
#[derive(Debug)]
pub(crate) struct Breaker {
    calls: AtomicU64,
    /// Is there anything to look at? While nothing fails, a call takes no lock.
    is_troubled: AtomicBool,
    inside: Mutex<Inside>,
}

impl Default for Breaker {
    fn default() -> Self {
        let inside = Inside { state: State::Closed, failed: VecDeque::new(), apart: HashMap::new(), openings: VecDeque::new() };
        Self { calls: AtomicU64::new(0), is_troubled: AtomicBool::new(false), inside: Mutex::new(inside) }
    }
}

impl Breaker {
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// May a call about this account go through?
    pub(crate) fn before(&self, account: Option<AccountId>, now: impl FnOnce() -> Instant) -> Leave {
        if !self.is_troubled.load(Ordering::Acquire) {
            return Leave::Ask;
        }
        let mut inside = self.inside();
        match &mut inside.state {
            State::Off => Leave::Silent,
            State::Open { until } => {
                if now() < *until {
                    return Leave::Silent;
                }
                inside.state = State::Trying { asked: 1, answered: 0, failed: 0 };
                Leave::Shadow
            }
            State::Trying { asked, .. } if *asked < TRIALS => {
                *asked += 1;
                Leave::Shadow
            }
            State::Trying { .. } => Leave::Silent,
            State::Closed => match inside.apart.get(&account) {
                Some((_, Some(until))) if now() < *until => Leave::Silent,
                _ => Leave::Ask,
            },
        }
    }

    /// What came of the call.
    pub(crate) fn after(&self, account: Option<AccountId>, leave: Leave, is_good: bool, now: impl FnOnce() -> Instant) -> Option<Turn> {
        match leave {
            Leave::Silent => None,
            Leave::Shadow => self.inside().tried(is_good, now),
            Leave::Ask => {
                let no = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
                if is_good && !self.is_troubled.load(Ordering::Acquire) {
                    return None;
                }
                let mut inside = self.inside();
                let turn = if is_good { inside.went_well(no, account) } else { inside.went_wrong(no, account, now()) };
                let is_clean = matches!(inside.state, State::Closed) && inside.failed.is_empty() && inside.apart.is_empty();
                self.is_troubled.store(!is_clean, Ordering::Release);
                turn
            }
        }
    }
}

impl Inside {
    fn went_well(&mut self, no: u64, account: Option<AccountId>) -> Option<Turn> {
        self.apart.remove(&account);
        self.failed.retain(|(at, _)| at + WINDOW > no);
        None
    }

    fn went_wrong(&mut self, no: u64, account: Option<AccountId>, now: Instant) -> Option<Turn> {
        if !matches!(self.state, State::Closed) {
            return None;
        }
        self.failed.retain(|(at, _)| at + WINDOW > no);
        self.failed.push_back((no, account));
        let (in_a_row, apart_until) = self.apart.entry(account).or_default();
        *in_a_row += 1;
        if *in_a_row >= IN_A_ROW {
            *apart_until = Some(now + REST);
            // What one poisoned account does is no longer held against the plugin.
            self.failed.retain(|(_, other)| *other != account);
        }
        let row: Vec<Option<AccountId>> = self.failed.iter().filter(|(at, _)| at + IN_A_ROW > no).map(|(_, account)| *account).collect();
        let is_row = u64::try_from(row.len()).is_ok_and(|length| length >= IN_A_ROW) && several(row.into_iter());
        let is_many = self.failed.len() > AMONG_LAST && no >= WINDOW && several(self.failed.iter().map(|(_, account)| *account));
        (is_row || is_many).then(|| self.open(now))
    }

    fn tried(&mut self, is_good: bool, now: impl FnOnce() -> Instant) -> Option<Turn> {
        let State::Trying { answered, failed, .. } = &mut self.state else { return None };
        *answered += 1;
        *failed += u32::from(!is_good);
        if *failed > TRIALS_FAILED_MAX {
            return Some(self.open(now()));
        }
        if *answered < TRIALS {
            return None;
        }
        self.state = State::Closed;
        Some(Turn::Closed)
    }

    fn open(&mut self, now: Instant) -> Turn {
        self.failed.clear();
        self.apart.clear();
        self.openings.retain(|at| now.duration_since(*at) < HOUR);
        self.openings.push_back(now);
        if self.openings.len() >= OPENINGS_MAX {
            self.state = State::Off;
            return Turn::Off;
        }
        self.state = State::Open { until: now + REST };
        Turn::Opened
    }
}

fn several(accounts: impl Iterator<Item = Option<AccountId>>) -> bool {
    accounts.collect::<BTreeSet<_>>().len() >= ACCOUNTS_LEAST
}

/// Everything this process has seen of one version.
#[derive(Debug)]
pub(crate) struct Guard {
    plugin: String,
    version: i64,
    has_panicked: AtomicBool,
    has_given_up: AtomicBool,
    /// By function.
    breakers: RwLock<HashMap<String, Arc<Breaker>>>,
    /// Who hears its alarms; nobody, where it is only tried.
    of: Option<(TenantId, Arc<Guards>)>,
}

impl Guard {
    fn new(plugin: String, version: i64, of: Option<(TenantId, Arc<Guards>)>) -> Arc<Self> {
        let (has_panicked, has_given_up) = (AtomicBool::new(false), AtomicBool::new(false));
        Arc::new(Self { plugin, version, has_panicked, has_given_up, breakers: RwLock::default(), of })
    }

    /// Of a version that is only tried, outside of real life: it harms and alarms nobody.
    pub(crate) fn alone(plugin: &str, version: i64) -> Arc<Self> {
        Self::new(plugin.to_owned(), version, None)
    }

    /// Did a native function panic under it? Then it is not called again in this process.
    pub(crate) fn has_panicked(&self) -> bool {
        self.has_panicked.load(Ordering::Relaxed)
    }

    /// Is it not called any more in this process, for whatever reason?
    pub(crate) fn is_off(&self) -> bool {
        self.has_panicked() || self.has_given_up.load(Ordering::Relaxed)
    }

    /// Takes it out of this process at once, and asks for it to be switched off everywhere.
    pub(crate) fn panicked(&self, why: &str) {
        if !self.has_panicked.swap(true, Ordering::Relaxed) {
            self.raise(why);
        }
    }

    /// Asks for it to be switched off everywhere.
    pub(crate) fn give_up(&self, why: &str) {
        if !self.has_given_up.swap(true, Ordering::Relaxed) {
            self.raise(why);
        }
    }

    fn raise(&self, why: &str) {
        if let Some((tenant, of)) = &self.of {
            of.raise(vec![(*tenant, Alarm { plugin: self.plugin.clone(), version: self.version, why: why.to_owned() })]);
        }
    }

    /// The breaker of one of its functions.
    pub(crate) fn breaker(&self, function: &str) -> Arc<Breaker> {
        if let Some(known) = self.breakers.read().unwrap_or_else(PoisonError::into_inner).get(function) {
            return Arc::clone(known);
        }
        Arc::clone(self.breakers.write().unwrap_or_else(PoisonError::into_inner).entry(function.to_owned()).or_default())
    }
}

/// The versions of one tenant, and when one of them was last asked.
#[derive(Debug, Default)]
struct OfTenant {
    versions: HashMap<(String, i64), Arc<Guard>>,
    pulse: Arc<Pulse>,
}

/// When something last happened, in milliseconds after the first look at it.
#[derive(Debug)]
pub(crate) struct Pulse {
    began: Instant,
    last: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self { began: Instant::now(), last: AtomicU64::new(0) }
    }
}

impl Pulse {
    /// It happens now.
    pub(crate) fn beat(&self) {
        let after = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.last.store(after.max(1), Ordering::Relaxed);
    }

    fn since(&self) -> Option<Duration> {
        let last = self.last.load(Ordering::Relaxed);
        (last > 0).then(|| self.began.elapsed().saturating_sub(Duration::from_millis(last)))
    }
}

/// What this process has seen of every tenant's versions.
#[derive(Debug, Default)]
pub(crate) struct Guards {
    tenants: Mutex<HashMap<TenantId, OfTenant>>,
    alarms: Mutex<Vec<(TenantId, Alarm)>>,
}

impl Guards {
    fn tenants(&self) -> MutexGuard<'_, HashMap<TenantId, OfTenant>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The guard of each of these versions. Those that are switched off now are forgotten: who switches one on again begins anew.
    pub(crate) fn of(self: &Arc<Self>, tenant: TenantId, versions: &[(String, i64)]) -> (Vec<Arc<Guard>>, Arc<Pulse>) {
        let mut tenants = self.tenants();
        let known = tenants.entry(tenant).or_default();
        known.versions.retain(|version, _| versions.contains(version));
        let guard = |(plugin, version): &(String, i64)| {
            let fresh = || Guard::new(plugin.clone(), *version, Some((tenant, Arc::clone(self))));
            Arc::clone(known.versions.entry((plugin.clone(), *version)).or_insert_with(fresh))
        };
        let all = versions.iter().map(guard).collect();
        (all, Arc::clone(&known.pulse))
    }

    /// How long ago a plugin of this tenant was asked.
    pub(crate) fn last_call(&self, tenant: TenantId) -> Option<Duration> {
        self.tenants().get(&tenant).and_then(|known| known.pulse.since())
    }

    pub(crate) fn raise(&self, alarms: Vec<(TenantId, Alarm)>) {
        self.alarms.lock().unwrap_or_else(PoisonError::into_inner).extend(alarms);
    }

    pub(crate) fn take_alarms(&self) -> Vec<(TenantId, Alarm)> {
        std::mem::take(&mut *self.alarms.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(no: u128) -> Option<AccountId> {
        Some(format!("acc_{no:026}").parse().unwrap())
    }

    /// Calls that end as told, each about its account; what the last one made of the breaker, and whether it was let through.
    fn calls(breaker: &Breaker, now: Instant, calls: impl IntoIterator<Item = (u128, bool)>) -> (Option<Turn>, Leave) {
        let mut last = (None, Leave::Ask);
        for (of, is_good) in calls {
            let leave = breaker.before(account(of), || now);
            last = (breaker.after(account(of), leave, is_good, || now), leave);
        }
        last
    }

    fn failing(count: u128) -> impl Iterator<Item = (u128, bool)> {
        (0..count).map(|no| (no % 5, false))
    }

    #[test]
    fn five_failures_in_a_row_on_several_accounts_open_it_and_a_good_one_between_them_does_not() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        assert_eq!(calls(&breaker, now, failing(4)).0, None);
        assert_eq!(calls(&breaker, now, [(9, true)]).0, None);
        assert_eq!(calls(&breaker, now, failing(4)).0, None);
        assert_eq!(calls(&breaker, now, [(4, false)]).0, Some(Turn::Opened));
        assert_eq!(calls(&breaker, now, [(9, true)]).1, Leave::Silent);
    }

    #[test]
    fn one_poisoned_account_is_set_apart_and_nobody_else() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        assert_eq!(calls(&breaker, now, [(1, false); 5]).0, None);
        assert_eq!(calls(&breaker, now, [(1, false)]).1, Leave::Silent);
        assert_eq!(calls(&breaker, now, [(2, true)]).1, Leave::Ask);
        let later = now + REST;
        assert_eq!(calls(&breaker, later, [(1, true)]).1, Leave::Ask, "asked again after a while");
        assert!(!breaker.is_troubled.load(Ordering::Relaxed) || !breaker.inside().failed.is_empty());
    }

    #[test]
    fn what_is_about_no_account_rests_by_itself_and_opens_nothing() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        let call = |now: Instant, is_good: bool| {
            let leave = breaker.before(None, || now);
            (breaker.after(None, leave, is_good, || now), leave)
        };
        (0..5).for_each(|_| assert_eq!(call(now, false), (None, Leave::Ask)));
        (0..50).for_each(|_| assert_eq!(call(now, false), (None, Leave::Silent)));
        assert_eq!(calls(&breaker, now, [(1, true)]).1, Leave::Ask);
        assert_eq!(call(now + REST, true), (None, Leave::Ask), "asked again after a while");
        assert_eq!(call(now + REST, false), (None, Leave::Ask));
    }

    #[test]
    fn more_than_a_fifth_of_the_last_fifty_opens_it() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        // Every fifth call fails: exactly a fifth, which is borne.
        let fifth = (0..200_u128).map(|no| (no, no % 5 != 0));
        assert_eq!(calls(&breaker, now, fifth).0, None);
        let quarter = (0..60_u128).map(|no| (no, no % 4 != 0));
        let opened = quarter.into_iter().any(|call| calls(&breaker, now, [call]).0 == Some(Turn::Opened));
        assert!(opened);
    }

    #[test]
    fn after_its_rest_twenty_calls_are_tried_out_and_it_closes_or_opens_again() {
        let (breaker, now) = (Breaker::default(), Instant::now());
        calls(&breaker, now, failing(5));
        let later = now + REST;
        assert_eq!(calls(&breaker, later, [(1, true)]), (None, Leave::Shadow));
        assert_eq!(calls(&breaker, later, (0..18).map(|no| (no, no > 3))), (None, Leave::Shadow));
        assert_eq!(calls(&breaker, later, [(1, true)]), (Some(Turn::Closed), Leave::Shadow));
        assert_eq!(calls(&breaker, later, [(1, true)]), (None, Leave::Ask));
        calls(&breaker, later, failing(5));
        let again = later + REST;
        assert_eq!(calls(&breaker, again, failing(5)).0, Some(Turn::Off), "the third opening within an hour");
        assert_eq!(calls(&breaker, again + HOUR, [(1, true)]).1, Leave::Silent);
    }

    #[test]
    fn openings_of_more_than_an_hour_ago_are_forgiven() {
        let (breaker, mut now) = (Breaker::default(), Instant::now());
        for _ in 0..5 {
            assert_eq!(calls(&breaker, now, failing(5)).0, Some(Turn::Opened));
            now += HOUR / 2 + REST;
            calls(&breaker, now, (0..20).map(|no| (no, true)));
        }
    }

    #[test]
    fn an_alarm_is_raised_once_and_a_version_that_comes_back_begins_anew() {
        let (guards, tenant) = (Arc::new(Guards::default()), format!("ten_{:026}", 1).parse::<TenantId>().unwrap());
        let version = [("p".to_owned(), 1)];
        let (first, _) = guards.of(tenant, &version);
        first[0].panicked("boom");
        first[0].panicked("boom");
        assert_eq!(guards.take_alarms().len(), 1);
        assert!(guards.of(tenant, &version).0[0].has_panicked(), "another set forgives nothing");
        guards.of(tenant, &[]);
        assert!(!guards.of(tenant, &version).0[0].is_off());
    }
}
