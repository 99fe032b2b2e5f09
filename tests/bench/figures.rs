//! How a bench says what it measured: rates, ratios with their targets, as a table or with `--json` as one line of JSON.
//! Integers throughout; a ratio is kept in thousandths.

use serde_json::json;
use std::time::{Duration, Instant};

/// How often something happened in a second, in thousandths.
#[derive(Clone, Copy, Debug)]
pub struct Rate(u128);

impl Rate {
    /// So many in this time.
    pub fn of(count: u64, took: Duration) -> Self {
        Self(u128::from(count) * 1_000_000_000_000 / took.as_nanos().max(1))
    }

    /// This rate as a multiple of another, in thousandths.
    pub fn thousandths_of(self, other: Self) -> u128 {
        self.0 * 1000 / other.0.max(1)
    }
}

/// What a figure is held to, in thousandths.
#[derive(Clone, Copy, Debug)]
pub enum Target {
    /// As much or more.
    AtLeast(u128),
    /// As much or less.
    AtMost(u128),
}

struct Figure {
    what: String,
    thousandths: u128,
    unit: &'static str,
    target: Option<Target>,
}

/// Everything one bench measured.
pub struct Figures {
    name: &'static str,
    figures: Vec<Figure>,
    is_json: bool,
    /// Asked for with `--quick`: a tenth of the work, to see that the bench runs.
    pub is_quick: bool,
}

impl Figures {
    /// Reads the options of the command line.
    pub fn new(name: &'static str) -> Self {
        let given = |wanted: &str| std::env::args().any(|argument| argument == wanted);
        Self { name, figures: Vec::new(), is_json: given("--json"), is_quick: given("--quick") }
    }

    /// This much work, or a tenth of it with `--quick`.
    pub fn amount(&self, full: u64) -> u64 {
        if self.is_quick { full / 10 } else { full }
    }

    /// A rate for people to read; ratios are what is held to.
    pub fn rate(&mut self, what: impl Into<String>, rate: Rate, target: Option<Target>) {
        self.add(what.into(), rate.0, "/s", target);
    }

    /// The first rate as a multiple of the second, from the same run on the same machine.
    pub fn ratio(&mut self, what: impl Into<String>, of: Rate, to: Rate, target: Target) {
        self.add(what.into(), of.thousandths_of(to), "×", Some(target));
    }

    /// Any other number with its unit.
    pub fn number(&mut self, what: impl Into<String>, number: u64, unit: &'static str, target: Option<Target>) {
        self.add(what.into(), u128::from(number) * 1000, unit, target);
    }

    fn add(&mut self, what: String, thousandths: u128, unit: &'static str, target: Option<Target>) {
        if !self.is_json {
            let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("  {what}: {} {unit}\n", written(thousandths)).as_bytes());
        }
        self.figures.push(Figure { what, thousandths, unit, target });
    }

    /// Prints everything.
    #[expect(clippy::print_stdout, reason = "a bench speaks to a person or to a program that reads its JSON")]
    pub fn print(&self) {
        if self.is_json {
            let lines: Vec<_> = self.figures.iter().map(Figure::json).collect();
            println!("{}", json!({ "bench": self.name, "figures": lines }));
            return;
        }
        println!("\n{}", self.name);
        for figure in &self.figures {
            let (target, verdict) = figure
                .target
                .map_or_else(Default::default, |target| (target.text(), if target.holds(figure.thousandths) { "held" } else { "missed" }));
            println!("  {:<64} {:>14} {:<6} {target:<12} {verdict}", figure.what, written(figure.thousandths), figure.unit);
        }
    }
}

impl Figure {
    fn json(&self) -> serde_json::Value {
        let held = self.target.map(|target| target.holds(self.thousandths));
        json!({ "what": self.what, "value": written(self.thousandths), "unit": self.unit, "target": self.target.map(Target::text), "held": held })
    }
}

impl Target {
    fn holds(self, thousandths: u128) -> bool {
        match self {
            Self::AtLeast(least) => thousandths >= least,
            Self::AtMost(most) => thousandths <= most,
        }
    }

    fn text(self) -> String {
        match self {
            Self::AtLeast(least) => format!("≥ {}", written(least)),
            Self::AtMost(most) => format!("≤ {}", written(most)),
        }
    }
}

/// Thousandths as decimal text; large numbers without a fraction.
fn written(thousandths: u128) -> String {
    if thousandths >= 100_000 { (thousandths / 1000).to_string() } else { format!("{}.{:03}", thousandths / 1000, thousandths % 1000) }
}

/// Does the work once and says how long it took.
pub async fn timed<T>(work: impl Future<Output = T>) -> (T, Duration) {
    let start = Instant::now();
    let done = work.await;
    (done, start.elapsed())
}
