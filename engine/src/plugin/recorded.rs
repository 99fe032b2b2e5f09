//! Recorded decisions as questions: what was asked, on which facts, and what was answered.

use super::rows::{plugin_activation, plugin_version};
use crate::doors::decision::{Call, calendar_past, decision, decision_facts, holds_member, unpack, unpack_page};
use crate::doors::store::{Read, failed};
use crate::words::asked::{About, Hook, Question, StoredPackage};
use crate::words::code::Code;
use crate::words::day::Calendar;
use crate::words::error::{Error, Result};
use crate::words::facts::Facts;
use crate::words::id::{DecisionId, RowId};
use crate::words::question_facts::QuestionFacts;
use sea_orm::{ColumnTrait, Condition, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use std::sync::Arc;

/// The newest decisions among which those that asked certain questions are looked for: it bounds the search where a question is rare.
const LOOKED_AT: u64 = 20_000;

/// One recorded decision.
#[derive(Clone, Debug)]
pub(super) struct Recorded {
    pub(super) id: DecisionId,
    pub(super) calls: Vec<Call>,
    facts: QuestionFacts,
    usable_facts: Option<Arc<Facts>>,
}

impl Recorded {
    fn of(head: decision::Model, facts: QuestionFacts) -> Self {
        let record = head.record.0;
        Self { id: head.id, calls: record.calls, facts, usable_facts: record.usable_facts }
    }

    /// The question a call answered, on the facts it was shown.
    pub(super) fn question(&self, about: &About, calendar: &Arc<Calendar>) -> Question {
        let other = self.usable_facts.as_ref().filter(|_| about.hook() == Hook::UsableLimit).map(QuestionFacts::from);
        Question::new(other.as_ref().unwrap_or(&self.facts).with_calendar(calendar), about.clone())
    }
}

/// The newest decisions in which one of these questions was put to somebody, and whose facts are kept.
pub(super) async fn newest(read: &Read, hooks: &[Hook], most: u64) -> Result<Vec<Recorded>> {
    if hooks.is_empty() || most == 0 {
        return Ok(Vec::new());
    }
    let mut asks = Condition::any();
    for hook in hooks {
        asks = asks.add(decision::Column::Record.like(holds_member("hook", hook.as_str())?));
    }
    let oldest: Option<DecisionId> = decision::find(read.tenant())
        .select_only()
        .column(decision::Column::Id)
        .order_by_desc(decision::Column::Id)
        .offset(LOOKED_AT)
        .limit(1)
        .into_tuple()
        .one(read.db())
        .await
        .map_err(failed)?;
    let mut query = decision::find(read.tenant()).filter(asks).order_by_desc(decision::Column::Id).limit(most);
    if let Some(oldest) = oldest {
        query = query.filter(decision::Column::Id.gte(oldest));
    }
    let heads = query.all(read.db()).await.map_err(failed)?;
    let pages = decision_facts::find(read.tenant()).filter(read.among(decision_facts::Column::Id, heads.iter().map(|head| head.facts_id)));
    let pages = pages.all(read.db()).await.map_err(failed)?;
    // A page holds the facts of many accounts: it is unpacked once, and gives away those that are wanted.
    let mut wanted: HashMap<RowId, Vec<decision::Model>> = HashMap::new();
    heads.into_iter().for_each(|head| wanted.entry(head.facts_id).or_default().push(head));
    let mut found = Vec::new();
    for page in pages {
        let heads = wanted.remove(&page.id).unwrap_or_default();
        let facts = unpack_page(&page.body, heads.iter().all(|head| head.account_id.is_some()))?;
        let of = |head: decision::Model| {
            let facts = usize::try_from(head.facts_slot).ok().and_then(|slot| facts.get(slot)).cloned()?;
            Some(Recorded::of(head, facts))
        };
        found.extend(heads.into_iter().filter_map(of));
    }
    found.sort_by_key(|one| std::cmp::Reverse(one.id));
    Ok(found)
}

/// A decision as it was made: its record, and the packages that were asked as they were then.
pub(super) struct Past {
    pub(super) recorded: Recorded,
    pub(super) calendar: Arc<Calendar>,
    packages: Vec<StoredPackage>,
}

impl Past {
    /// Reads it; `not_found` where there is no such decision, or where its facts are not kept any more.
    pub(super) async fn read(read: &Read, id: DecisionId, today: &Arc<Calendar>) -> Result<Self> {
        let head = decision::find(read.tenant()).filter(decision::Column::Id.eq(id)).one(read.db()).await.map_err(failed)?;
        let head = head.ok_or_else(|| Error::new(Code::NotFound, "there is no such decision"))?;
        let page = decision_facts::find(read.tenant()).filter(decision_facts::Column::Id.eq(head.facts_id));
        let page = page.one(read.db()).await.map_err(failed)?;
        let page = page.ok_or_else(|| Error::new(Code::NotFound, "the facts of this decision are not kept"))?;
        let facts = unpack(&head, &page.body)?;
        let calendar = calendar_at(read, head.revision).await?.map_or_else(|| Arc::clone(today), Arc::new);
        let packages = packages_at(read, &head.record.0.calls, head.revision).await?;
        Ok(Self { recorded: Recorded::of(head, facts), calendar, packages })
    }

    /// The package that was asked in a call, with the settings it had.
    pub(super) fn package(&self, call: &Call) -> Option<&StoredPackage> {
        self.packages.iter().find(|package| package.name == call.advice.plugin && package.version == call.advice.version)
    }
}

/// The working days at a revision of the rules; none where those of now were in force already.
async fn calendar_at(read: &Read, revision: i64) -> Result<Option<Calendar>> {
    let query = calendar_past::find(read.tenant())
        .filter(calendar_past::Column::LastRevision.gte(revision))
        .order_by_asc(calendar_past::Column::LastRevision);
    Ok(query.one(read.db()).await.map_err(failed)?.map(|row| row.document.0))
}

/// The packages of these calls, each with the settings that were in force at this revision.
async fn packages_at(read: &Read, calls: &[Call], revision: i64) -> Result<Vec<StoredPackage>> {
    let mut names: Vec<String> = calls.iter().map(|call| call.advice.plugin.clone()).collect();
    names.sort_unstable();
    names.dedup();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let activations = plugin_activation::find(read.tenant())
        .filter(read.among_texts(plugin_activation::Column::Name, &names))
        .filter(plugin_activation::Column::Revision.lte(revision))
        .order_by_desc(plugin_activation::Column::Revision)
        .all(read.db())
        .await
        .map_err(failed)?;
    let numbers: Vec<i64> = calls.iter().map(|call| call.advice.version).collect();
    let versions = plugin_version::find(read.tenant())
        .filter(read.among_texts(plugin_version::Column::Name, &names))
        .filter(plugin_version::Column::Number.is_in(numbers))
        .all(read.db())
        .await
        .map_err(failed)?;
    let stored = |version: plugin_version::Model| {
        let then = activations.iter().find(|row| row.name == version.name)?;
        (then.number == version.number).then(|| StoredPackage {
            name: version.name,
            version: version.number,
            hash: version.hash,
            files: Arc::new(version.files.0),
            settings: then.settings.0.clone(),
            segment_settings: then.segment_settings.0.clone(),
        })
    };
    Ok(versions.into_iter().filter_map(stored).collect())
}
