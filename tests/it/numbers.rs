//! How much the quick tests do: the one place where a slow test is cut. And their dice.

use std::fmt;

/// Kills of the server under load.
pub const CRASH_KILLS: usize = 10;
/// Clients at work while it is killed.
pub const CRASH_CLIENTS: u64 = 16;
/// Callers that race for one limit.
pub const RACE_CLIENTS: usize = 64;
/// Orders each of them places.
pub const RACE_ORDERS: usize = 3;

/// Random lives of an account, and the steps of each.
pub const WALK_LIVES: usize = 40;
/// The same on PostgreSQL, where they show nothing else but take their time too.
pub const WALK_LIVES_ON_A_SERVER: usize = 10;
/// Things that happen in one such life.
pub const WALK_STEPS: usize = 60;

/// Accounts in the book whose run is cut off: several pages.
pub const RUN_ACCOUNTS: usize = 2_000;
/// Days from one run of the reference year to the next.
pub const YEAR_STEP: usize = 1;

/// Repeatable chance: the same seed gives the same throws. `RECOUP_SEED` sets it; a failing test prints it.
#[derive(Clone, Debug)]
pub struct Dice {
    seed: u64,
    state: u64,
}

impl Dice {
    /// From `RECOUP_SEED`, else from the number of this process.
    pub fn from_seed() -> Self {
        let given = std::env::var_os("RECOUP_SEED").and_then(|seed| seed.to_str()?.parse().ok());
        let seed = given.unwrap_or_else(|| u64::from(std::process::id()));
        Self { seed, state: seed }
    }

    /// A number below the limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64, public domain: well mixed, and nothing to install.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit.max(1)
    }

    /// Other dice for somebody else, from these.
    pub fn split(&mut self, no: u64) -> Self {
        let state = self.below(u64::MAX) ^ no;
        Self { seed: self.seed, state }
    }
}

impl fmt::Display for Dice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RECOUP_SEED={}", self.seed)
    }
}
