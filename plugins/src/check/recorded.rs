//! Recorded cases, `tests/recorded/NAME.json`: questions of real decisions, each with the plan that was answered. Each is a test by itself.

use crate::ask::Asking;
use crate::bundle::Ready;
use crate::package::Package;
use crate::watch::{Place, Watch};
use recoup_engine::words::asked::{About, StoredPackage};
use recoup_engine::words::fixture::{Expected, Fixture};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where recorded cases lie.
const FOLDER: &str = "tests/recorded/";

/// Is this file a recorded case?
pub(super) fn is_case(path: &str) -> bool {
    path.starts_with(FOLDER) && path.ends_with(".json")
}

/// The name of a case.
pub(super) fn name(path: &str) -> &str {
    path.strip_prefix(FOLDER).and_then(|name| name.strip_suffix(".json")).unwrap_or(path)
}

/// Asks the question of a case again; the error is where and why the plan is another one.
pub(super) fn run(package: &Arc<Package>, text: &str, watcher: Option<Arc<dyn Watch>>) -> Result<(), (Place, String)> {
    let whole = |why: String| ((0, 0), why);
    let fixture = Fixture::read(text).map_err(|error| whole(error.detail().to_owned()))?;
    let function = function(package, &fixture.about).ok_or_else(|| whole(format!("this package has no hook {}", fixture.about.hook())))?;
    let ready = ready(package, &fixture.settings).map_err(whole)?;
    let (ran, _) = Asking::new(&ready, &fixture.question()).run_watched(&function, watcher);
    ran.end.map_err(|failure| ((failure.error.line, failure.error.column), failure.error.message))?;
    let line = ran.draft.votes.first().map(|vote| vote.line).or_else(|| ran.draft.effects.first().map(|effect| effect.line));
    let got = Expected { votes: ran.draft.votes, effects: ran.draft.effects };
    match fixture.expected {
        Some(expected) if expected.essence() != got.essence() => {
            let at = (line.unwrap_or(0), 0);
            Err((at, format!("expected {}, got {}", expected.essence(), got.essence())))
        }
        _ => Ok(()),
    }
}

/// The function that answers a question.
pub(super) fn function(package: &Package, about: &About) -> Option<String> {
    let own = |name: &'_ str| name.strip_prefix(package.manifest.plugin.name.as_str())?.strip_prefix('.').map(str::to_owned);
    let kind = if let About::Step { step } = about {
        Some(own(&step.step_type)?)
    } else if let About::Action { call } = about {
        Some(own(&call.name)?)
    } else {
        None
    };
    package.function(about.hook(), kind.as_deref())
}

/// A package with these settings, as a test asks it.
pub(super) fn ready(package: &Arc<Package>, settings: &Value) -> Result<Ready, String> {
    let stored = StoredPackage {
        name: package.manifest.plugin.name.clone(),
        version: 0,
        hash: String::new(),
        files: Arc::default(),
        settings: settings.clone(),
        segment_settings: BTreeMap::new(),
    };
    Ready::new(package, &stored).map_err(|error| error.to_string())
}
