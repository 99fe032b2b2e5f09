//! Pushing versions: immutable, numbered per tenant, known by their content.

use super::rows::plugin_version;
use super::view::VersionView;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::{Asked, Files, Judged};
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, PluginId};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};

/// Stores a version of a package that was judged. The same content again is the same version.
pub struct PushVersion {
    /// What the look at it came to.
    pub judged: Judged,
    /// Its files.
    pub files: Files,
    /// What changed.
    pub message: Option<String>,
    /// A name for it, which no other version of the package has.
    pub tag: Option<String>,
}

/// Longest tag, in characters.
const TAG_CHARS_MAX: usize = 60;

/// A tag is a short name people can type: letters, digits, dots, dashes and underscores, the first one a letter or a digit.
fn is_tag(tag: &str) -> bool {
    tag.chars().count() <= TAG_CHARS_MAX
        && tag.starts_with(|first: char| first.is_ascii_alphanumeric())
        && tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-'))
}

/// Refuses a tag that is none (`validation_failed`), that another version has (`name_taken`), and one for content that is here already under
/// another or without one (`illegal_state`): a version never changes.
fn refuse_tag(tag: &str, hash: &str, versions: &[plugin_version::Model]) -> Result<()> {
    if !is_tag(tag) {
        let detail = format!("a tag has at most {TAG_CHARS_MAX} letters, digits, dots, dashes and underscores");
        return Err(Error::new(Code::ValidationFailed, detail).at("#/tag"));
    }
    if let Some(same) = versions.iter().find(|row| row.hash == hash && row.tag.as_deref() != Some(tag)) {
        let known = same.tag.as_ref().map_or_else(|| "has no tag".to_owned(), |tag| format!("is tagged {tag}"));
        let detail = format!("this content is version {} already, which {known}; a version never changes", same.number);
        return Err(Error::new(Code::IllegalState, detail).at("#/tag"));
    }
    if let Some(other) = versions.iter().find(|row| row.hash != hash && row.tag.as_deref() == Some(tag)) {
        return Err(Error::new(Code::NameTaken, format!("version {} is tagged {tag} already", other.number)).at("#/tag"));
    }
    Ok(())
}

/// Refuses a package with errors; its diagnostics go with the refusal.
pub(crate) fn refuse_errors(judged: &Judged) -> Result<()> {
    if !judged.has_errors {
        return Ok(());
    }
    let findings = judged.diagnostics.as_array().map_or(&[][..], Vec::as_slice);
    let mut errors = findings.iter().filter(|one| one["severity"] == "error").peekable();
    let detail = errors.peek().map_or_else(|| "the package cannot be read".to_owned(), |first| placed(first));
    let refusal = Error::new(Code::ScriptRefused, detail).with(serde_json::json!({ "diagnostics": judged.diagnostics }));
    Err(refusal.with_faults(errors.map(|one| Fault {
        pointer: file_pointer(text(&one["file"])),
        code: Code::ScriptRefused,
        detail: placed(one),
    })))
}

/// Where a file of a package stands in a body: `#/files/tests~1order.test.rhai`; the package itself, `#/files`, where none is named.
pub fn file_pointer(path: &str) -> String {
    if path.is_empty() { "#/files".to_owned() } else { format!("#/files/{}", path.replace('~', "~0").replace('/', "~1")) }
}

/// A finding as one line: `main.rhai:20:32: unknown function 'next_du'`; without a place when it is about the whole file.
pub(super) fn placed(finding: &serde_json::Value) -> String {
    let hint = finding["hint"].as_str().map_or_else(String::new, |hint| format!("; {hint}"));
    let (file, message) = (text(&finding["file"]), text(&finding["message"]));
    match finding["line"].as_i64() {
        Some(line) if line > 0 => format!("{file}:{line}:{}: {message}{hint}", finding["column"]),
        // What is wrong with a whole package, or with the name of a file, says so by itself.
        _ if message.contains(file) => format!("{message}{hint}"),
        _ => format!("{file}: {message}{hint}"),
    }
}

fn text(value: &serde_json::Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Command for PushVersion {
    type Facts = Vec<plugin_version::Model>;
    type Done = VersionView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        let of_name = plugin_version::find(read.tenant()).filter(plugin_version::Column::Name.eq(&self.judged.name));
        of_name.order_by_desc(plugin_version::Column::Number).all(read.db()).await.map_err(failed)
    }

    fn decide(&self, versions: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<VersionView>> {
        refuse_errors(&self.judged)?;
        if let Some(tag) = &self.tag {
            refuse_tag(tag, &self.judged.hash, versions)?;
        }
        if let Some(same) = versions.iter().find(|row| row.hash == self.judged.hash) {
            return Ok(Decided::before(VersionView::from(same)));
        }
        let row = plugin_version::Model {
            tenant_id: attempt.who.tenant,
            id: PluginId(attempt.stamp.id()),
            name: self.judged.name.clone(),
            number: versions.first().map_or(1, |newest| newest.number + 1),
            hash: self.judged.hash.clone(),
            version: self.judged.version.clone(),
            files: Payload(self.files.clone()),
            message: self.message.clone(),
            tag: self.tag.clone(),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let view = VersionView::from(&row);
        let entry = Entry {
            kind: "plugin.version_pushed",
            subject: "plugin",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({"name": row.name, "number": row.number, "hash": row.hash, "message": row.message, "tag": row.tag}),
        };
        Ok(Decided::new(view, Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

/// A version of a package; `not_found` when there is none.
pub(super) async fn version(read: &Read, name: &str, number: i64) -> Result<plugin_version::Model> {
    let query =
        plugin_version::find(read.tenant()).filter(plugin_version::Column::Name.eq(name)).filter(plugin_version::Column::Number.eq(number));
    let row = query.one(read.db()).await.map_err(failed)?;
    row.ok_or_else(|| Error::new(Code::NotFound, format!("there is no version {number} of a plugin {name:?}")))
}
