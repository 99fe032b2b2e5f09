//! What one call may use: sizes, depths, operations and processor time. Every one is set, because Rhai's defaults differ
//! between debug and release builds.

use rhai::{Dynamic, Engine};
use std::cell::Cell;
use std::time::Duration;

/// Longest text, in bytes.
pub const TEXT_BYTES_MAX: usize = 4 * 1024;
/// Longest list.
pub const LIST_MAX: usize = 1_000;
/// Largest map.
pub const MAP_MAX: usize = 500;
/// Most variables in scope.
pub const VARIABLES_MAX: usize = 128;
/// Most functions of one script.
pub const FUNCTIONS_MAX: usize = 64;
/// Deepest chain of calls.
pub const CALLS_MAX: usize = 24;
/// Deepest nesting of expressions and blocks.
pub const DEPTH_MAX: usize = 48;
/// Most effects of one plan.
pub const EFFECTS_MAX: usize = 64;
/// Most bytes printed in one call.
pub const PRINT_BYTES_MAX: usize = 2 * 1024;
/// Operations every call may use.
pub const OPERATIONS_BASE: u64 = 20_000;
/// Operations added for every row shown.
pub const OPERATIONS_PER_ROW: u64 = 200;
/// Rows beyond this one add no operations.
pub const ROWS_COUNTED_MAX: u64 = 500;

/// Operations between two looks at the clock; reading it costs as much as several operations.
const TICKS_PER_CLOCK: u64 = 256;

/// Rows a native walks for the price of one operation.
const ROWS_PER_OPERATION: u64 = 16;

/// Sets every size and depth of an engine.
pub(crate) fn set(engine: &mut Engine) {
    engine
        .set_max_string_size(TEXT_BYTES_MAX)
        .set_max_array_size(LIST_MAX)
        .set_max_map_size(MAP_MAX)
        .set_max_variables(VARIABLES_MAX)
        .set_max_functions(FUNCTIONS_MAX)
        .set_max_call_levels(CALLS_MAX)
        .set_max_expr_depths(DEPTH_MAX, DEPTH_MAX)
        .set_max_modules(0)
        // Our own count is the budget: Rhai's starts again in every callback.
        .set_max_operations(0);
}

/// What one call may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// Operations.
    pub operations: u64,
    /// Processor time of the thread; none leaves the operations as the only wall.
    pub cpu: Option<Duration>,
}

impl Allowance {
    /// 20,000 operations and 200 for every row shown, or the manifest's fewer.
    pub fn of(rows: usize, lowered_to: Option<u64>, cpu: Duration) -> Self {
        let rows = u64::try_from(rows).unwrap_or(ROWS_COUNTED_MAX).min(ROWS_COUNTED_MAX);
        let full = OPERATIONS_BASE + OPERATIONS_PER_ROW * rows;
        Self { operations: lowered_to.map_or(full, |fewer| fewer.min(full)), cpu: Some(cpu) }
    }
}

/// Why a running script was stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The operations are used up.
    Operations,
    /// The processor time is used up.
    Time,
}

#[derive(Clone, Copy)]
struct Meter {
    used: u64,
    /// The count at which the clock is looked at next.
    look_at: u64,
    allowed: u64,
    cpu_from: Duration,
    cpu_until: Option<Duration>,
}

thread_local! {
    static METER: Cell<Option<Meter>> = const { Cell::new(None) };
}

/// The budget of the call running on this thread. Dropping it gives the thread back to the call outside, if there is one.
pub(crate) struct Budget {
    outer: Option<Meter>,
}

impl Budget {
    /// Starts counting for one call.
    pub(crate) fn start(allowance: Allowance) -> Self {
        let now = thread_cpu();
        let meter = Meter {
            used: 0,
            look_at: TICKS_PER_CLOCK,
            allowed: allowance.operations,
            cpu_from: now,
            cpu_until: allowance.cpu.map(|cpu| now.saturating_add(cpu)),
        };
        Self { outer: METER.replace(Some(meter)) }
    }

    /// Operations and processor time used so far.
    pub(crate) fn used(&self) -> (u64, Duration) {
        let now = thread_cpu();
        METER.get().map_or((0, Duration::ZERO), |meter| (meter.used, now.saturating_sub(meter.cpu_from)))
    }
}

impl Drop for Budget {
    fn drop(&mut self) {
        METER.set(self.outer);
    }
}

/// Counts one operation of the running call; Rhai calls it. A value ends the script, and no `try` catches that.
pub(crate) fn tick(_: u64) -> Option<Dynamic> {
    let mut meter = METER.get()?;
    meter.used += 1;
    METER.set(Some(meter));
    if meter.used > meter.allowed {
        return Some(Dynamic::from(Stop::Operations));
    }
    if meter.used < meter.look_at {
        return None;
    }
    METER.set(Some(Meter { look_at: meter.used + TICKS_PER_CLOCK, ..meter }));
    meter.cpu_until.is_some_and(|until| thread_cpu() > until).then(|| Dynamic::from(Stop::Time))
}

/// Operations the running call has used so far.
pub(crate) fn used() -> u64 {
    METER.get().map_or(0, |meter| meter.used)
}

/// A native that walks many rows pays for them, so that a loop of such calls ends when a loop of plain code would.
pub(crate) fn charge(rows: usize) {
    if let Some(meter) = METER.get() {
        let price = u64::try_from(rows).unwrap_or(u64::MAX) / ROWS_PER_OPERATION;
        METER.set(Some(Meter { used: meter.used.saturating_add(price), ..meter }));
    }
}

/// Processor time of this thread. Wall time means nothing on a busy machine.
#[cfg(target_os = "linux")]
pub(crate) fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// Elsewhere a steady clock has to do.
#[cfg(not(target_os = "linux"))]
pub(crate) fn thread_cpu() -> Duration {
    use std::sync::LazyLock;
    use std::time::Instant;
    static BEGIN: LazyLock<Instant> = LazyLock::new(Instant::now);
    BEGIN.elapsed()
}
