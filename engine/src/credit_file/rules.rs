//! Versions of a credit file: entries are only added, so every version can be told from their numbers.

use crate::words::id::CreditFileEntryId;

/// What the rules look at of an entry.
pub trait Entry {
    /// Its id.
    fn id(&self) -> CreditFileEntryId;
    /// Its number in the file, from 1: the version of the file it made.
    fn number(&self) -> i64;
    /// The entry it took the place of.
    fn replaces(&self) -> Option<CreditFileEntryId>;
}

/// The entries that stand at a version, in the order of their numbers: those made by then and not replaced by then.
pub fn standing<E: Entry>(entries: &[E], version: i64) -> Vec<&E> {
    let made = || entries.iter().filter(|entry| entry.number() <= version);
    made().filter(|entry| !made().any(|other| other.replaces() == Some(entry.id()))).collect()
}

/// What changed between two versions of a file.
#[derive(Debug, PartialEq, Eq)]
pub struct Difference<'a, E> {
    /// Stand at the later version, and take the place of none that stood at the earlier one.
    pub added: Vec<&'a E>,
    /// Stood at the earlier version, with what stands in their place at the later one.
    pub replaced: Vec<(&'a E, &'a E)>,
}

/// What became of the file from one version to a later one. A chain of replacements is one: from what stood to what stands.
pub fn difference<E: Entry>(entries: &[E], from: i64, to: i64) -> Difference<'_, E> {
    let before = standing(entries, from);
    let mut found = Difference { added: Vec::new(), replaced: Vec::new() };
    for entry in standing(entries, to).into_iter().filter(|entry| entry.number() > from) {
        match before.iter().find(|old| old.id() == origin(entries, entry, from)) {
            Some(old) => found.replaced.push((*old, entry)),
            None => found.added.push(entry),
        }
    }
    found
}

/// Back along the replacements to the first entry that was there at the earlier version, or to the start of the chain.
fn origin<E: Entry>(entries: &[E], entry: &E, from: i64) -> CreditFileEntryId {
    let mut at = entry;
    while at.number() > from {
        let before = at.replaces().and_then(|id| entries.iter().find(|other| other.id() == id && other.number() < at.number()));
        let Some(before) = before else { break };
        at = before;
    }
    at.id()
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[derive(Debug, PartialEq, Eq)]
    struct Line(i64, Option<i64>);

    fn id(number: i64) -> CreditFileEntryId {
        CreditFileEntryId(Uuid::from_u128(u128::try_from(number).unwrap()))
    }

    impl Entry for Line {
        fn id(&self) -> CreditFileEntryId {
            id(self.0)
        }
        fn number(&self) -> i64 {
            self.0
        }
        fn replaces(&self) -> Option<CreditFileEntryId> {
            self.1.map(id)
        }
    }

    /// 1 ← 3 ← 5, 2, 4 ← 6.
    fn file() -> Vec<Line> {
        [(1, None), (2, None), (3, Some(1)), (4, None), (5, Some(3)), (6, Some(4))].map(|(no, of)| Line(no, of)).into()
    }

    #[test]
    fn every_version_of_a_file_can_be_told() {
        let file = file();
        for (version, expected) in
            [(0, vec![]), (1, vec![1]), (2, vec![1, 2]), (3, vec![2, 3]), (4, vec![2, 3, 4]), (5, vec![2, 4, 5]), (6, vec![2, 5, 6])]
        {
            assert_eq!(standing(&file, version).iter().map(|line| line.0).collect::<Vec<_>>(), expected, "version {version}");
        }
    }

    #[test]
    fn any_two_versions_can_be_compared() {
        let file = file();
        for (from, to, added, replaced) in [
            (0, 2, vec![1, 2], vec![]),
            (2, 3, vec![], vec![(1, 3)]),
            (2, 6, vec![6], vec![(1, 5)]),
            (3, 5, vec![4], vec![(3, 5)]),
            (4, 6, vec![], vec![(3, 5), (4, 6)]),
            (6, 6, vec![], vec![]),
            (0, 6, vec![2, 5, 6], vec![]),
        ] {
            let found = difference(&file, from, to);
            assert_eq!(found.added.iter().map(|line| line.0).collect::<Vec<_>>(), added, "{from} to {to}");
            assert_eq!(found.replaced.iter().map(|(old, new)| (old.0, new.0)).collect::<Vec<_>>(), replaced, "{from} to {to}");
        }
    }
}
