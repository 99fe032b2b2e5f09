//! Credit files: what is known about an account, its checklists, its score sheets, and what grades mean.

use super::{Few, NoFilters};
use crate::access::op;
use crate::auth::Permit;
use crate::extract::{At, Body, Listing, PageParams, Paged, Params};
use crate::reply::{self, Reply};
use actix_web::web::Data;
use actix_web::{get, post};
use recoup_engine::Engine;
use recoup_engine::account::{self, GradeChangeView};
use recoup_engine::approval::Waiting;
use recoup_engine::credit_file::{
    self, AddFileEntry, AnswerChecklist, ChecklistAnswerIn, ChecklistItemView, ChecklistView, ComparisonView, CreateTemplate,
    CreditFileView, FileEntryIn, FileEntryView, FillSheet, ScoreSheetIn, ScoreSheetView, ScoreTemplateIn, ScoreTemplateView, Section,
};
use recoup_engine::grade::{self, GradeTableIn, GradeTableView, PutGradeTable};
use recoup_engine::words::id::AccountId;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

pub(super) fn all(list: &mut ServiceConfig) {
    list.service(file).service(compare).service(add_entry).service(checklist).service(answer);
    list.service(templates).service(create_template).service(sheets).service(fill);
    list.service(tables).service(put_table).service(grade_changes);
}

/// Which version of a credit file is wanted, and what of it.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct FileQuery {
    /// As it stood at this version; the newest when absent, 0 is the empty file.
    #[param(minimum = 0)]
    version: Option<i64>,
    /// Entries of this section alone.
    #[param(inline)]
    section: Option<Section>,
}

/// Read the credit file of an account.
///
/// Every entry makes a version. An entry that took the place of another hides it from then on; earlier versions still show it.
#[utoipa::path(operation_id = "getCreditFile", tag = "credit", params(("id" = AccountId, Path, description = "The account."), FileQuery),
    responses((status = 200, description = "What stands in it.", body = CreditFileView)))]
#[get("/accounts/{id}/credit-file")]
async fn file(permit: Permit<op::GetCreditFile>, id: At<AccountId>, query: Params<FileQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&credit_file::credit_file(&read, account, query.0.version, query.0.section).await?)
}

/// Which two versions of a credit file are compared.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct VersionsQuery {
    /// The earlier version.
    #[param(minimum = 0)]
    from: i64,
    /// The later version.
    #[param(minimum = 0)]
    to: i64,
}

/// Compare two versions of an account's credit file.
#[utoipa::path(operation_id = "compareCreditFile", tag = "credit",
    params(("id" = AccountId, Path, description = "The account."), VersionsQuery),
    responses((status = 200, description = "What is new, and what took the place of what.", body = ComparisonView)))]
#[get("/accounts/{id}/credit-file/comparison")]
async fn compare(permit: Permit<op::CompareCreditFile>, id: At<AccountId>, query: Params<VersionsQuery>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&credit_file::comparison(&read, account, query.0.from, query.0.to).await?)
}

/// Add an entry to the credit file of an account.
///
/// Nothing is ever changed or taken out: name in `replaces` the entry it takes the place of. How far the source was trusted is
/// written down with it, as the settings say on the day.
#[utoipa::path(operation_id = "addCreditFileEntry", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body(content = FileEntryIn, example = json!({"section": "solvency", "source": "bureau", "basis": "public_register",
        "title": "Bureau report of March", "content": "Equity 4.2 m, current ratio 1.6, no enforcement on record.",
        "reference": "BR-2026-0311", "dated_on": "2026-03-01"})),
    responses((status = 201, description = "Added.", body = FileEntryView)))]
#[post("/accounts/{id}/credit-file")]
async fn add_entry(permit: Permit<op::AddCreditFileEntry>, id: At<AccountId>, body: Body<FileEntryIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = account::account(&engine.read(&who), id.0).await?.id;
    let outcome = engine.execute(&who, AddFileEntry { account, entry: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{account}/credit-file?version={}", outcome.done.version), None)
}

/// Read the checklists of an account: what the settings ask, and what was answered.
#[utoipa::path(operation_id = "getChecklist", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    responses((status = 200, description = "Every item.", body = ChecklistView)))]
#[get("/accounts/{id}/checklist")]
async fn checklist(permit: Permit<op::GetChecklist>, id: At<AccountId>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    let ground = engine.refresh_ground(permit.caller.tenant).await?;
    reply::ok(&credit_file::checklist(&read, &ground.settings.credit, account).await?)
}

/// Tick an item of an account's checklist, or say that it is not so.
#[utoipa::path(operation_id = "answerChecklist", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body(content = ChecklistAnswerIn, example = json!({"item": "licence", "met": true, "reference": "91310000MA1K35X12Q"})),
    responses((status = 201, description = "Answered.", body = ChecklistItemView)))]
#[post("/accounts/{id}/checklist")]
async fn answer(permit: Permit<op::AnswerChecklist>, id: At<AccountId>, body: Body<ChecklistAnswerIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = account::account(&engine.read(&who), id.0).await?.id;
    let outcome = engine.execute(&who, AnswerChecklist { account, answer: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{account}/checklist"), None)
}

/// List score templates: those that ship, then your own.
#[utoipa::path(operation_id = "listScoreTemplates", tag = "setup",
    responses((status = 200, description = "All of them.", body = Few<ScoreTemplateView>)))]
#[get("/score-templates")]
async fn templates(permit: Permit<op::ListScoreTemplates>, engine: Data<Engine>) -> Reply {
    reply::ok(&Few { data: credit_file::score_templates(&engine.read(&permit.caller)).await? })
}

/// Make a score template. It never changes; other weights are another template.
#[utoipa::path(operation_id = "createScoreTemplate", tag = "setup",
    request_body(content = ScoreTemplateIn, example = json!({"name": "distributor", "title": {"en": "Distributors", "zh-CN": "经销商评分表"},
        "dimensions": [{"key": "sell_out", "weight": 60, "title": {"en": "Sell-out", "zh-CN": "动销"}},
                       {"key": "owner", "weight": 40, "title": {"en": "Owner", "zh-CN": "经营者"}}]})),
    responses(
        (status = 201, description = "Made.", body = ScoreTemplateView),
        (status = 200, description = "It was there with the same content.", body = ScoreTemplateView)
    ))]
#[post("/score-templates")]
async fn create_template(permit: Permit<op::CreateScoreTemplate>, body: Body<ScoreTemplateIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    reply::made(&engine.execute(&who, CreateTemplate { new: body.value }).await?, "/v1/score-templates", None)
}

/// List the score sheets of an account, newest first.
#[utoipa::path(operation_id = "listScoreSheets", tag = "credit", params(("id" = AccountId, Path, description = "The account."), PageParams),
    responses((status = 200, description = "A page.", body = Listing<ScoreSheetView>)))]
#[get("/accounts/{id}/score-sheets")]
async fn sheets(permit: Permit<op::ListScoreSheets>, id: At<AccountId>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&query.listing(credit_file::score_sheets(&read, account, &query.page).await?, |row| row)?)
}

/// Fill in a score sheet for an account.
///
/// Every dimension of the template once, 0 to 100 points each, and what they stand on. The score is the weighted mean.
#[utoipa::path(operation_id = "fillScoreSheet", tag = "credit", params(("id" = AccountId, Path, description = "The account.")),
    request_body(content = ScoreSheetIn, example = json!({"template": "5c", "dimensions": [
        {"key": "character", "points": 80, "evidence": "Pays its other suppliers on time."},
        {"key": "capacity", "points": 70, "evidence": "Two shops, steady turnover."},
        {"key": "capital", "points": 60, "evidence": "Equity 4.2 m."},
        {"key": "collateral", "points": 50, "evidence": "No guarantee yet."},
        {"key": "conditions", "points": 90, "evidence": "The district grows."}]})),
    responses((status = 201, description = "Filled in.", body = ScoreSheetView)))]
#[post("/accounts/{id}/score-sheets")]
async fn fill(permit: Permit<op::FillScoreSheet>, id: At<AccountId>, body: Body<ScoreSheetIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    let account = account::account(&engine.read(&who), id.0).await?.id;
    let outcome = engine.execute(&who, FillSheet { account, sheet: body.value }).await?;
    reply::made(&outcome, &format!("/v1/accounts/{account}/score-sheets"), None)
}

/// List grade tables, the newest first day first. The one that ships comes last: it holds where no other does.
#[utoipa::path(operation_id = "listGradeTables", tag = "setup",
    responses((status = 200, description = "All of them.", body = Few<GradeTableView>)))]
#[get("/grade-tables")]
async fn tables(permit: Permit<op::ListGradeTables>, engine: Data<Engine>) -> Reply {
    reply::ok(&Few { data: grade::list_grade_tables(&engine.read(&permit.caller)).await? })
}

/// Set a grade table from a day on, for one currency or for all that have none of their own.
///
/// It says what a score earns, the risk factor of the limit formula, the terms, and when the next credit review follows. An account
/// whose grade has the terms `prepay` buys against money that is there, whatever its limit says. An admin and a credit manager set it together:
/// one asks and is answered 202, the other says yes under `/v1/approvals`. The operator acts alone.
#[utoipa::path(operation_id = "putGradeTable", tag = "setup",
    request_body(content = GradeTableIn, example = json!({"valid_from": "2099-01-01", "reason": "Two grades are enough for us.", "grades": [
        {"grade": "GOOD", "from_score": 65, "risk_factor_bps": 10000, "terms": "open_account", "review_months": 6},
        {"grade": "POOR", "from_score": 0, "risk_factor_bps": 0, "terms": "prepay", "review_months": 1}]})),
    responses((status = 201, description = "Set.", body = GradeTableView),
        (status = 202, description = "It waits for a second person.", body = Waiting)))]
#[post("/grade-tables")]
async fn put_table(permit: Permit<op::PutGradeTable>, body: Body<GradeTableIn>, engine: Data<Engine>) -> Reply {
    let who = permit.once(|| body.fingerprint());
    reply::acted(&engine.execute(&who, PutGradeTable { new: body.value }).await?, "/v1/grade-tables", |_| None)
}

/// List the changes of an account's grade, newest first.
#[utoipa::path(operation_id = "listGradeChanges", tag = "credit", params(("id" = AccountId, Path, description = "The account."), PageParams),
    responses((status = 200, description = "A page.", body = Listing<GradeChangeView>)))]
#[get("/accounts/{id}/grade-changes")]
async fn grade_changes(permit: Permit<op::ListGradeChanges>, id: At<AccountId>, query: Paged<NoFilters>, engine: Data<Engine>) -> Reply {
    let read = engine.read(&permit.caller);
    let account = account::account(&read, id.0).await?.id;
    reply::ok(&query.listing(account::list_grade_changes(&read, account, &query.page).await?, |row| row)?)
}
