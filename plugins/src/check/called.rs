//! Calls of custom actions in the world of a test: about what its manifest says, or about no account.

use crate::check::world::World;
use crate::words::table::{Fallible, raise};
use recoup_engine::words::action::{ActionFacts, ActionSubject, SubjectFacts};
use recoup_engine::words::asked::{About, Question};
use recoup_engine::words::facts::Facts;
use recoup_engine::words::question_facts::DayFacts;
use std::sync::Arc;

impl World {
    /// The call of an action about no account: of this world there is only the day, and the tenant's currency.
    pub(super) fn question_without_account(&self, plugin: &str, name: &str) -> Fallible<Question> {
        let facts = DayFacts { today: self.today, now: self.now(), calendar: Arc::default(), currency: self.currency()? };
        Ok(Question::new(&Arc::new(facts), self.call(plugin, name, SubjectFacts::None)?))
    }

    /// A call of an action: about the order, the invoice of the first open item, the case or the account of this world.
    pub(super) fn action(&self, plugin: &str, name: &str, facts: &Facts) -> Fallible<About> {
        let account = || SubjectFacts::Account { id: facts.account.id, external_id: facts.account.external_id.clone() };
        let subject = match self.subject {
            ActionSubject::None => SubjectFacts::None,
            ActionSubject::Account => account(),
            ActionSubject::Order => SubjectFacts::Order { order: Box::new(self.order_facts(facts.account.currency)?) },
            ActionSubject::Case => match &facts.case {
                Some(case) => SubjectFacts::Case { id: case.id, external_id: "1".to_owned() },
                None => return raise("this action is about a case: t.collection_case(#{})"),
            },
            ActionSubject::Invoice => match facts.open_items.rows.first() {
                Some(item) => SubjectFacts::Invoice { id: item.invoice_id, external_id: item.invoice_external_id.clone() },
                None => return raise("this action is about an invoice: t.open_item(#{})"),
            },
        };
        self.call(plugin, name, subject)
    }

    fn call(&self, plugin: &str, name: &str, subject: SubjectFacts) -> Fallible<About> {
        let (params, requester) = (serde_json::Value::Object(self.params.clone()), self.requester_facts()?);
        Ok(About::Action { call: Box::new(ActionFacts { name: format!("{plugin}.{name}"), params, requester, subject }) })
    }
}
