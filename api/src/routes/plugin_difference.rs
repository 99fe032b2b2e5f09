//! What changed between two versions of a plugin: what a second person reads before saying yes.

use super::Few;
use crate::access::op;
use crate::auth::Permit;
use crate::extract::At;
use crate::problem::Problem;
use crate::reply::{self, Reply};
use actix_web::web::{self, Data};
use actix_web::{HttpRequest, get};
use recoup_engine::words::asked::Files;
use recoup_engine::words::code::Code;
use recoup_engine::words::error::Error;
use recoup_engine::{Engine, plugin};
use serde::Serialize;
use similar::{ChangeTag, TextDiff};
use std::collections::BTreeSet;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

/// How long one file is compared for the smallest difference; after that any that is right will do.
const LOOKED_FOR: Duration = Duration::from_millis(200);
/// Lines shown around a change, as everywhere.
const LINES_AROUND: usize = 3;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(difference);
}

recoup_engine::words! {
    /// What became of a file.
    pub enum FileChange {
        /// It is new.
        Added = "added",
        /// It is gone.
        Removed = "removed",
        /// Its text is another.
        Changed = "changed",
    }
}

/// What became of one file of a plugin.
#[derive(Debug, Serialize, ToSchema)]
struct FileDifference {
    /// Its path.
    #[schema(max_length = 200)]
    path: String,
    /// What became of it.
    change: FileChange,
    /// Lines that came.
    added: usize,
    /// Lines that went.
    removed: usize,
    /// The difference as a unified diff, with three lines around each change.
    text: String,
}

/// What changed from one version of a plugin to another.
///
/// Files that are the same are left out; two versions of the same text give an empty list. `from` may be the newer one: then it tells what
/// going back would change.
#[utoipa::path(operation_id = "comparePluginVersions", tag = "plugins",
    params(("plugin" = String, Path, description = "Its name."), ("from" = i64, Path, description = "The number of the version before."),
        ("to" = i64, Path, description = "The number of the version after.")),
    responses((status = 200, description = "Each file that changed, by its path.", body = Few<FileDifference>)))]
#[get("/plugins/{plugin}/versions/{from}/diff/{to}")]
async fn difference(permit: Permit<op::ComparePluginVersions>, name: At<String>, engine: Data<Engine>, request: HttpRequest) -> Reply {
    let read = engine.read(&permit.caller);
    let before = plugin::files(&read, &name.0, number(&request, "from")?).await?;
    let after = plugin::files(&read, &name.0, number(&request, "to")?).await?;
    let data = web::block(move || differences(&before, &after)).await.map_err(Error::internal)?;
    reply::ok(&Few { data })
}

fn number(request: &HttpRequest, part: &str) -> Result<i64, Problem> {
    let sent = request.match_info().get(part).and_then(|text| text.parse().ok());
    sent.ok_or_else(|| Problem::new(Code::NotFound, "there is no such version"))
}

fn differences(before: &Files, after: &Files) -> Vec<FileDifference> {
    let paths: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    changed.map(|path| file_difference(path, before.get(path), after.get(path))).collect()
}

fn file_difference(path: &str, before: Option<&String>, after: Option<&String>) -> FileDifference {
    let change = match (before, after) {
        (None, _) => FileChange::Added,
        (_, None) => FileChange::Removed,
        (Some(_), Some(_)) => FileChange::Changed,
    };
    let text = |side: Option<&String>| side.cloned().unwrap_or_default();
    let (old, new) = (text(before), text(after));
    let found = TextDiff::configure().timeout(LOOKED_FOR).diff_lines(old.as_str(), new.as_str());
    let count = |tag: ChangeTag| found.iter_all_changes().filter(|one| one.tag() == tag).count();
    let name = |side: Option<&String>, of: &str| if side.is_some() { format!("{of}/{path}") } else { "/dev/null".to_owned() };
    let text = found.unified_diff().context_radius(LINES_AROUND).header(&name(before, "a"), &name(after, "b")).to_string();
    FileDifference { path: path.to_owned(), change, added: count(ChangeTag::Insert), removed: count(ChangeTag::Delete), text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_file_that_came_went_or_changed_is_told_with_its_lines() {
        let files = |list: &[(&str, &str)]| list.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect::<Files>();
        let before = files(&[("gone.md", "old\n"), ("main.rhai", "one\ntwo\nthree\n"), ("same.md", "x\n")]);
        let after = files(&[("main.rhai", "one\n2\nthree\n"), ("new.md", "new\n"), ("same.md", "x\n")]);
        let told: Vec<String> = differences(&before, &after)
            .iter()
            .map(|file| format!("{} {} +{} -{}\n{}", file.path, file.change.as_str(), file.added, file.removed, file.text))
            .collect();
        expect_test::expect![[r"
            gone.md removed +0 -1
            --- a/gone.md
            +++ /dev/null
            @@ -1 +0,0 @@
            -old

            main.rhai changed +1 -1
            --- a/main.rhai
            +++ b/main.rhai
            @@ -1,3 +1,3 @@
             one
            -two
            +2
             three

            new.md added +1 -0
            --- /dev/null
            +++ b/new.md
            @@ -0,0 +1 @@
            +new
        "]]
        .assert_eq(&told.join("\n"));
        assert!(differences(&after, &after).is_empty());
    }
}
