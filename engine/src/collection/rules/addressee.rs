//! Whom a letter or a task addresses: who deals with payment first, and who stands in while that person is away (CF-11, CF-12).

use crate::policy::Channel;
use crate::words::facts::{ContactFacts, Facts};
use std::cmp::Reverse;

/// Who is turned to first: whoever pays before whoever only decides. The law's own contact comes last.
const ORDER: [&str; 6] = ["payer", "handler", "cashier", "decision_maker", "approver", "legal"];

/// The person a channel reaches: of this role where one is asked for, else whoever deals with payment first; or who stands in.
pub(super) fn by_channel<'a>(facts: &'a Facts, channel: Channel, role: Option<&str>) -> Option<&'a ContactFacts> {
    pick(&facts.contacts, role, |contact| match channel {
        Channel::Email => contact.has_email,
        Channel::Sms => contact.has_phone,
        Channel::Letter | Channel::Registered => true,
    })
}

/// The person a task towards the customer is about: one with a telephone for a call, anybody for a visit or a message; nobody for work
/// inside the house.
pub fn by_activity<'a>(facts: &'a Facts, activity: &str) -> Option<&'a ContactFacts> {
    match activity {
        "call" => pick(&facts.contacts, None, |contact| contact.has_phone),
        "visit" => pick(&facts.contacts, None, |_| true),
        "message" => pick(&facts.contacts, None, |contact| contact.has_email || contact.has_phone),
        _ => None,
    }
}

/// The main contact is the first by role, then by influence; one who only stands in comes after those of the same role. While the main
/// contact is away: whoever stands in for him, or for that one in turn; else the next of the same role; else the next at all. With nobody
/// there the main contact is addressed all the same: a letter waits on a desk, and no customer goes unasked over a holiday.
fn pick<'a>(all: &'a [ContactFacts], role: Option<&str>, can: impl Fn(&ContactFacts) -> bool) -> Option<&'a ContactFacts> {
    let mut ranked: Vec<&ContactFacts> = all.iter().filter(|contact| can(contact)).collect();
    let place = |contact: &ContactFacts| ORDER.iter().position(|known| *known == contact.role).unwrap_or(ORDER.len());
    ranked.sort_by_key(|contact| (place(contact), contact.delegate_of.is_some(), Reverse(contact.influence)));
    let asked = |contact: &ContactFacts| role.is_none_or(|role| contact.role == role);
    // Whoever is asked for may be out of this channel's reach; then it is somebody else of the role, or nobody.
    let main = ranked.iter().copied().find(|contact| asked(contact))?;
    if !main.is_absent {
        return Some(main);
    }
    let there = || ranked.iter().copied().filter(|contact| !contact.is_absent);
    stand_in(all, &ranked, main).or_else(|| there().find(|contact| asked(contact))).or_else(|| there().next()).or(Some(main))
}

/// Who stands in for a person and is there, over others who are away too.
fn stand_in<'a>(all: &'a [ContactFacts], ranked: &[&'a ContactFacts], main: &ContactFacts) -> Option<&'a ContactFacts> {
    let mut away = vec![main.id];
    let mut at = 0;
    while at < away.len() {
        let there = ranked.iter().copied().find(|contact| contact.delegate_of == Some(away[at]) && !contact.is_absent);
        if there.is_some() {
            return there;
        }
        let further = all.iter().filter(|contact| contact.delegate_of == Some(away[at]) && !away.contains(&contact.id));
        let further: Vec<_> = further.map(|contact| contact.id).collect();
        away.extend(further);
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::id::ContactId;
    use uuid::Uuid;

    fn id(no: u128) -> ContactId {
        ContactId(Uuid::from_u128(no))
    }

    /// `payer`, `payer 80` with influence, `payer >1` who stands in for the first, `payer -` who is away, `payer ~` without an e-mail.
    fn contact(no: u128, text: &str) -> ContactFacts {
        let mut words = text.split(' ');
        let role = words.next().unwrap().to_owned();
        let mut contact = ContactFacts {
            id: id(no),
            role,
            name: String::new(),
            has_email: true,
            has_phone: true,
            language: None,
            influence: None,
            persona: None,
            delegate_of: None,
            is_absent: false,
            hours: None,
        };
        for word in words {
            match (word, word.strip_prefix('>')) {
                ("-", _) => contact.is_absent = true,
                ("~", _) => contact.has_email = false,
                (_, Some(of)) => contact.delegate_of = Some(id(of.parse().unwrap())),
                (influence, None) => contact.influence = Some(influence.parse().unwrap()),
            }
        }
        contact
    }

    #[test]
    fn cf_11_and_12_letters_go_to_the_main_contact_and_while_he_is_away_to_who_stands_in() {
        for (contacts, role, expected) in [
            ("", None, None),
            ("approver|payer", None, Some(2)),
            ("legal|approver", None, Some(2)),
            ("payer 20|payer 80|payer", None, Some(2)),
            ("payer >2|payer", None, Some(2)),
            ("payer ~|handler", None, Some(2)),
            ("payer -|handler|approver >1", None, Some(3)),
            ("payer -|handler|approver >1 -|approver|legal >3", None, Some(5)),
            ("payer -|handler|approver >1 ~|payer", None, Some(4)),
            ("payer -|handler|cashier", None, Some(2)),
            ("payer -|handler -|cashier -", None, Some(1)),
            ("payer|approver", Some("approver"), Some(2)),
            ("payer|approver -|approver 10|approver 5", Some("approver"), Some(3)),
            ("payer|approver 90 -|handler >2|approver 10", Some("approver"), Some(3)),
            ("payer|approver -", Some("approver"), Some(1)),
            ("payer", Some("approver"), None),
            ("payer|approver ~", Some("approver"), None),
            ("payer - >2|handler - >1|cashier", None, Some(3)),
        ] {
            let all: Vec<ContactFacts> =
                contacts.split('|').filter(|text| !text.is_empty()).zip(1..).map(|(text, no)| contact(no, text)).collect();
            let found = pick(&all, role, |contact| contact.has_email).map(|contact| contact.id);
            assert_eq!(found, expected.map(id), "{contacts} {role:?}");
        }
    }
}
