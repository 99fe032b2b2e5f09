//! Score templates: which dimensions a score sheet has and how they weigh. Data, so that a tenant adds its own (CF-08).

use super::rows::score_template;
use crate::command::{Attempt, Command, Decided};
use crate::doors::store::{Changes, Claim, Entry, Read, columns::Payload, failed};
use crate::words::asked::Asked;
use crate::words::code::Code;
use crate::words::error::{Error, Fault, Result};
use crate::words::id::{AccountId, ScoreTemplateId};
use crate::words::text::{Bilingual, is_line};
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Dimensions a template may have.
const DIMENSIONS_MAX: usize = 20;
/// Templates a tenant may have.
const TEMPLATES_MAX: usize = 200;

/// One dimension of a score sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Dimension {
    /// Its name: small letters, digits and `_`.
    #[schema(min_length = 1, max_length = 40)]
    pub key: String,
    /// Its weight in percent; the weights of a template add up to 100.
    #[schema(minimum = 1, maximum = 100)]
    pub weight: i64,
    /// What people call it.
    pub title: Bilingual,
}

/// A new score template. It never changes: other weights are another template.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreTemplateIn {
    /// Its name: small letters, digits and `_`; unique for ever.
    #[schema(min_length = 1, max_length = 40)]
    pub name: String,
    /// What people call it.
    pub title: Bilingual,
    /// Its dimensions.
    #[schema(min_items = 1, max_items = 20)]
    pub dimensions: Vec<Dimension>,
}

/// A score template.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ScoreTemplateView {
    /// Its id; `null` for those that ship with the program.
    pub id: Option<ScoreTemplateId>,
    /// Its name.
    pub name: String,
    /// What people call it.
    pub title: Bilingual,
    /// Its dimensions.
    #[schema(max_items = 20)]
    pub dimensions: Vec<Dimension>,
    /// Who made it.
    pub author: Option<String>,
    /// When.
    pub created_at: Option<DateTime<Utc>>,
}

impl From<score_template::Model> for ScoreTemplateView {
    fn from(row: score_template::Model) -> Self {
        Self {
            id: Some(row.id),
            name: row.name,
            title: Bilingual::new(row.title_en, row.title_zh),
            dimensions: row.dimensions.0,
            author: Some(row.author),
            created_at: Some(row.created_at),
        }
    }
}

/// The templates that ship: 5C weighs 30, 25, 15, 15, 15 (numbers.md §4); the weights of the six dimensions are our own.
pub(super) fn shipped() -> Vec<ScoreTemplateView> {
    let dimension =
        |(key, weight, en, zh): (&str, i64, &str, &str)| Dimension { key: key.to_owned(), weight, title: Bilingual::new(en, zh) };
    let template = |name: &str, title: Bilingual, dimensions: Vec<Dimension>| ScoreTemplateView {
        id: None,
        name: name.to_owned(),
        title,
        dimensions,
        author: None,
        created_at: None,
    };
    let five = [
        ("character", 30, "Character", "品质"),
        ("capacity", 25, "Capacity", "能力"),
        ("capital", 15, "Capital", "资本"),
        ("collateral", 15, "Collateral", "抵押"),
        ("conditions", 15, "Conditions", "条件"),
    ];
    let six = [
        ("background", 15, "Background", "企业背景"),
        ("management", 15, "Management", "经营管理"),
        ("operations", 20, "Operations", "营运状况"),
        ("solvency", 25, "Solvency", "偿债能力"),
        ("credit_record", 15, "Credit record", "信用记录"),
        ("organisation_form", 10, "Form of organisation", "组织形式"),
    ];
    vec![
        template("5c", Bilingual::new("The five C", "5C 评分表"), five.map(dimension).into()),
        template("six_dimension", Bilingual::new("Six dimensions", "六维评分表"), six.map(dimension).into()),
    ]
}

fn is_name(text: &str) -> bool {
    (1..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

fn is_title(title: &Bilingual) -> bool {
    is_line(&title.en, 100) && is_line(&title.zh, 100)
}

impl ScoreTemplateIn {
    fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut wrong = |pointer: String, detail: &str| {
            faults.push(Fault { pointer, code: Code::ValidationFailed, detail: detail.to_owned() });
        };
        if !is_name(&self.name) {
            wrong("#/name".to_owned(), "a name has 1 to 40 of a-z, 0-9 and _");
        }
        if !is_title(&self.title) {
            wrong("#/title".to_owned(), "a title has 1 to 100 characters in both languages");
        }
        if self.dimensions.len() > DIMENSIONS_MAX {
            wrong("#/dimensions".to_owned(), "a template has at most 20 dimensions");
        }
        for (at, dimension) in self.dimensions.iter().enumerate() {
            let is_first = self.dimensions.iter().position(|other| other.key == dimension.key) == Some(at);
            if !is_name(&dimension.key) || !is_first || !is_title(&dimension.title) {
                wrong(format!("#/dimensions/{at}"), "a dimension has a name of its own of a-z, 0-9 and _, and a title in both languages");
            }
            if !(1..=100).contains(&dimension.weight) {
                wrong(format!("#/dimensions/{at}/weight"), "a weight is 1 to 100 percent");
            }
        }
        if self.dimensions.iter().fold(0_i64, |sum, dimension| sum.saturating_add(dimension.weight)) != 100 {
            wrong("#/dimensions".to_owned(), "the weights add up to 100");
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::all(faults)) }
    }
}

async fn rows(read: &Read) -> Result<Vec<score_template::Model>> {
    score_template::find(read.tenant()).order_by_asc(score_template::Column::Id).all(read.db()).await.map_err(failed)
}

/// Every score template: those that ship, then the tenant's own in the order they were made.
pub async fn score_templates(read: &Read) -> Result<Vec<ScoreTemplateView>> {
    Ok(shipped().into_iter().chain(rows(read).await?.into_iter().map(ScoreTemplateView::from)).collect())
}

/// The template of this name.
pub(super) async fn template(read: &Read, name: &str) -> Result<Option<ScoreTemplateView>> {
    if let Some(shipped) = shipped().into_iter().find(|template| template.name == name) {
        return Ok(Some(shipped));
    }
    let query = score_template::find(read.tenant()).filter(score_template::Column::Name.eq(name));
    Ok(query.one(read.db()).await.map_err(failed)?.map(ScoreTemplateView::from))
}

/// Makes a score template. The same one again is answered as before.
pub struct CreateTemplate {
    /// The template.
    pub new: ScoreTemplateIn,
}

impl Command for CreateTemplate {
    type Facts = Vec<score_template::Model>;
    type Done = ScoreTemplateView;

    fn account(&self) -> Option<AccountId> {
        None
    }

    async fn facts(&self, read: &Read, _: &Attempt) -> Result<Self::Facts> {
        rows(read).await
    }

    fn decide(&self, known: &Self::Facts, _: &Asked, attempt: &Attempt) -> Result<Decided<ScoreTemplateView>> {
        self.new.check()?;
        let shipped = shipped().into_iter().any(|template| template.name == self.new.name);
        let before = known.iter().find(|row| row.name == self.new.name).cloned().map(ScoreTemplateView::from);
        match before {
            Some(before) if before.title == self.new.title && before.dimensions == self.new.dimensions => {
                return Ok(Decided::before(before));
            }
            Some(_) => return Err(Error::new(Code::NameTaken, "a template never changes; give other weights another name").at("#/name")),
            None if shipped => return Err(Error::new(Code::NameTaken, "this template ships with the program").at("#/name")),
            None => {}
        }
        if known.len() >= TEMPLATES_MAX {
            return Err(Error::new(Code::IllegalState, "a tenant has at most 200 score templates"));
        }
        let row = score_template::Model {
            tenant_id: attempt.who.tenant,
            id: ScoreTemplateId(attempt.stamp.id()),
            name: self.new.name.clone(),
            title_en: self.new.title.en.clone(),
            title_zh: self.new.title.zh.clone(),
            dimensions: Payload(self.new.dimensions.clone()),
            author: attempt.who.actor.to_string(),
            created_at: attempt.stamp.at,
        };
        let entry = Entry {
            kind: "score_template.created",
            subject: "score_template",
            subject_id: row.id.0,
            effective_on: attempt.stamp.today,
            decision: None,
            body: serde_json::json!({ "name": row.name, "dimensions": row.dimensions.0 }),
        };
        Ok(Decided::new(ScoreTemplateView::from(row.clone()), Changes::on(Claim::Nothing).add(&row).tell(entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ships_passes_its_own_check() {
        for template in shipped() {
            let ScoreTemplateView { name, title, dimensions, .. } = template;
            ScoreTemplateIn { name, title, dimensions }.check().unwrap();
        }
    }

    #[test]
    fn weights_that_do_not_add_up_and_names_used_twice_are_refused() {
        let ScoreTemplateView { title, dimensions, .. } = shipped().remove(0);
        let good = ScoreTemplateIn { name: "own".to_owned(), title, dimensions };
        let spoilt = |spoil: fn(&mut ScoreTemplateIn)| {
            let mut template = good.clone();
            spoil(&mut template);
            template.check().unwrap_err().faults()[0].pointer.clone()
        };
        assert_eq!(spoilt(|t| t.dimensions[0].weight = 31), "#/dimensions");
        assert_eq!(spoilt(|t| t.dimensions.clear()), "#/dimensions");
        assert_eq!(spoilt(|t| t.dimensions[1].key = "character".to_owned()), "#/dimensions/1");
        assert_eq!(spoilt(|t| t.dimensions[0].weight = 0), "#/dimensions/0/weight");
        assert_eq!(spoilt(|t| t.name = "5C".to_owned()), "#/name");
        assert_eq!(spoilt(|t| t.title.zh.clear()), "#/title");
    }
}
