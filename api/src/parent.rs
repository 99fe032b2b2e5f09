//! What an act is done to: the thing in front of it in its path, whose version `If-Match` may insist on.

use recoup_engine::doors::precondition;
use recoup_engine::words::caller::Thing;

/// How the thing an act is done to is named in its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parent {
    /// By its id.
    Row,
    /// A plugin by its name.
    Plugin,
    /// The caller's own draft of a plugin.
    Draft,
}

impl Parent {
    /// Of the path of a POST, as the document has it; none where it is done to nothing that shows a version.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let parts: Vec<&str> = path.trim_start_matches("/v1/").split('/').collect();
        match parts.as_slice() {
            ["plugins", "{plugin}", "draft", ..] => Some(Self::Draft),
            ["plugins", "{plugin}", ..] => Some(Self::Plugin),
            [collection, "{id}", ..] if precondition::is_versioned(collection) => Some(Self::Row),
            _ => None,
        }
    }

    /// The parameter of the path that names it.
    pub(crate) fn parameter(self) -> &'static str {
        if self == Self::Row { "id" } else { "plugin" }
    }

    /// The thing of this name.
    pub(crate) fn thing(self, name: &str) -> Thing {
        match self {
            Self::Row => Thing::Row(name.into()),
            Self::Plugin => Thing::Plugin(name.into()),
            Self::Draft => Thing::Draft(name.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    #[test]
    fn an_act_is_done_to_the_thing_in_front_of_it() {
        for (path, parent) in [
            ("/v1/orders/{id}/releases", Some(Parent::Row)),
            ("/v1/milestones/{id}/completions", Some(Parent::Row)),
            ("/v1/plugins/{plugin}/activations", Some(Parent::Plugin)),
            ("/v1/plugins/{plugin}/actions/{action}", Some(Parent::Plugin)),
            ("/v1/plugins/{plugin}/draft/tests", Some(Parent::Draft)),
            ("/v1/plugins/lint", None),
            ("/v1/orders", None),
            ("/v1/policies/{id}/activations", None),
            ("/v1/decisions/{id}/replays", None),
        ] {
            assert_eq!(Parent::of(path), parent, "{path}");
        }
    }

    /// A thing shows its version where reading it can be answered 304.
    #[test]
    fn whatever_shows_a_version_can_be_insisted_on_by_the_acts_done_to_it() {
        let document: Value = serde_json::from_str(&crate::openapi::text()).unwrap();
        let paths = document["paths"].as_object().unwrap();
        let shows = |path: &str| paths.get(path).is_some_and(|item| item["get"]["responses"]["304"].is_object());
        let mut judged = 0;
        for path in paths.iter().filter(|(_, item)| item["post"].is_object()).map(|(path, _)| path) {
            let parents: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
            if parents.iter().any(|parent| shows(parent)) {
                assert!(Parent::of(path).is_some(), "{path} is done to something that shows a version");
                judged += 1;
            }
            let mut parameters = document["paths"][path]["post"]["parameters"].as_array().into_iter().flatten();
            let is_told = parameters.any(|one| one["$ref"] == "#/components/parameters/IfMatchParent");
            assert_eq!(is_told, Parent::of(path).is_some(), "{path}");
        }
        assert!(judged > 20, "{judged}");
    }
}
