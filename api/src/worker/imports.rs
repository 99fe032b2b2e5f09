//! Works the files in the spool: one at a time for each tenant, in the order they came.

use super::Stop;
use crate::server::Server;
use crate::spool::Claimed;
use actix_web::web::Data;
use recoup_engine::Engine;
use recoup_engine::import::{self, GoOn, ImportView};
use recoup_engine::words::id::TenantId;
use std::collections::HashMap;
use std::io::BufReader;
use std::time::Duration;
use tokio::task::{Id, JoinSet};

/// How often the folder is looked at without being told of a file: another process may have put one there.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Works files until told to stop.
pub(super) async fn work(server: Data<Server>, mut stop: Stop) {
    let mut at_work: HashMap<Id, TenantId> = HashMap::new();
    let mut tasks = JoinSet::new();
    while !stop.has_come() {
        for claimed in server.spool.claim(|tenant| at_work.values().any(|busy| *busy == tenant)) {
            let tenant = claimed.job.tenant;
            let task = tasks.spawn(one(server.engine.clone(), claimed, stop.clone()));
            at_work.insert(task.id(), tenant);
        }
        tokio::select! {
            () = stop.come() => {}
            () = server.spool.arrival() => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
            Some(ended) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                let id = ended.map_or_else(|failed| failed.id(), |(id, ())| id);
                at_work.remove(&id);
            }
        }
    }
    while tasks.join_next().await.is_some() {}
}

/// Works one file as far as it goes. What is only interrupted stays in the spool and goes on later.
async fn one(engine: Engine, claimed: Claimed, stop: Stop) {
    let (who, options, id) = (claimed.job.who(), claimed.job.options(), claimed.job.import);
    let file = match claimed.file.try_clone() {
        Ok(file) => BufReader::new(file),
        Err(cause) => return tracing::error!("the file of {id} cannot be read: {cause}"),
    };
    let go_on = move |_: &ImportView| if stop.has_come() { GoOn::Later } else { GoOn::Yes };
    match engine.run_import(&who, id, &options, file, &go_on).await {
        Ok(view) if view.state == "queued" => tracing::info!("{id} goes on after line {} another time", view.done),
        Ok(view) => {
            tracing::info!("{id} is {}: {} lines accepted, {} rejected", view.state, view.accepted, view.rejected);
            claimed.forget();
        }
        Err(error) => {
            tracing::error!("{id} was interrupted: {error:?}");
            let has_failed = import::find(&engine.read(&who), id).await.is_ok_and(|view| view.state == "failed");
            if has_failed {
                claimed.forget();
            } else {
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Works every file that waits now.
    pub(crate) async fn work_all(server: &Server) {
        for claimed in server.spool.claim(|_| false) {
            let (_tell, stop) = Stop::new();
            one(server.engine.clone(), claimed, stop).await;
        }
    }
}
