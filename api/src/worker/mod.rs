//! The work behind the API: what goes on when no request is in hand. It stops between two steps, never within one.

mod grade_runs;
mod imports;
mod nudges;
mod queue;
mod retention;
mod runs;
mod test_clock;
mod turns;

pub use test_clock::ClockMoves;

use crate::server::Server;
use actix_web::web::Data;
use rand::RngExt as _;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Tells the loops to stop.
#[derive(Clone)]
pub(crate) struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A stop that never comes, and the sender that could make it come.
    pub(crate) fn new() -> (watch::Sender<bool>, Self) {
        let (tell, told) = watch::channel(false);
        (tell, Self(told))
    }

    /// Has it come?
    pub(crate) fn has_come(&self) -> bool {
        *self.0.borrow()
    }

    /// Comes back when it comes, also when nobody is left to send it.
    pub(crate) async fn come(&mut self) {
        // A closed channel is a program that ends: stopping is right.
        let _ = self.0.wait_for(|has_come| *has_come).await;
    }
}

/// The loops of a server at work.
pub struct Worker {
    tell: watch::Sender<bool>,
    loops: JoinSet<()>,
}

impl Worker {
    /// Starts all loops on the runtime of the caller.
    pub fn start(server: &Data<Server>) -> Self {
        let (tell, stop) = Stop::new();
        let mut loops = JoinSet::new();
        loops.spawn(imports::work(server.clone(), stop.clone()));
        loops.spawn(runs::work(server.clone(), stop.clone()));
        loops.spawn(grade_runs::work(server.clone(), stop.clone()));
        loops.spawn(nudges::NUDGES.work(server.clone(), stop.clone()));
        loops.spawn(queue::QUEUE.work(server.clone(), stop.clone()));
        loops.spawn(retention::RETENTION.work(server.clone(), stop.clone()));
        loops.spawn(test_clock::work(server.clone(), stop));
        Self { tell, loops }
    }

    /// Lets every loop finish the step in hand.
    pub async fn end(mut self) {
        // Nobody listens any more if all loops have ended by themselves.
        let _ = self.tell.send(true);
        while self.loops.join_next().await.is_some() {}
    }
}

/// Waits about this long, never twice the same: several nodes do not look at the same moment.
async fn pause(about: Duration) {
    let millis = u64::try_from(about.as_millis()).unwrap_or(u64::MAX);
    let jittered = rand::rng().random_range(millis / 2..=millis + millis / 2);
    tokio::time::sleep(Duration::from_millis(jittered)).await;
}

#[cfg(test)]
pub(crate) mod tests {
    pub(crate) use super::imports::tests::work_all;
    pub(crate) use super::runs::tests::work_runs;
    pub(crate) use super::test_clock::tests::move_clocks;
}
