//! What every store of subject keys must do, whatever it is made of; knows none of them.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use pumice::crypto::{AccountTag, Inserted, Record, RecordId, RecordKey, SubjectStore};
use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

/// Writers that come at once.
const WRITERS: u8 = 16;

/// Holds a kind of store to what [`SubjectStore`] says. `fresh` makes an empty one.
///
/// # Panics
/// Where it does something else.
pub fn hold(fresh: &dyn Fn() -> Box<dyn SubjectStore>) {
    for case in [
        answers_in_the_order_of_what_was_asked,
        keeps_the_first_record_of_a_key,
        keeps_the_first_record_of_an_id,
        takes_a_batch_as_rows_one_after_the_other,
        forgets_what_was_deleted,
        deletes_an_account_and_no_other,
        scans_in_order_and_in_pages,
        takes_nothing_for_an_answer,
        purges_what_was_deleted_alone,
        lets_one_of_many_writers_win,
        lets_writers_readers_and_purges_meet,
    ] {
        case(&*fresh());
    }
    agrees_with_the_model(fresh);
}

/// The key of a subject in an account.
#[must_use]
pub fn key(account: u8, subject: u8) -> RecordKey {
    let mut key = [subject; 24];
    key[..8].fill(account);
    RecordKey(key)
}

/// A record whose every byte depends on its id.
#[must_use]
pub fn record(id: u8) -> Record {
    Record { id: RecordId([id; 9]), wrapped: std::array::from_fn(|at| id ^ at as u8 ^ 0xA5) }
}

/// The row of a subject: as random as real ones are, so that its bytes are found nowhere else.
///
/// # Panics
/// From 2^60 subjects on.
#[must_use]
pub fn row(subject: u64) -> (RecordKey, Record) {
    let mut bytes = (0..11).flat_map(|word| mix(subject * 16 + word).to_be_bytes());
    let mut row = (RecordKey([0; 24]), Record { id: RecordId([0; 9]), wrapped: [0; 48] });
    let slots = row.0.0.iter_mut().chain(&mut row.1.id.0).chain(&mut row.1.wrapped);
    slots.for_each(|slot| *slot = bytes.next().expect("88 bytes"));
    row
}

/// SplitMix64.
fn mix(seed: u64) -> u64 {
    let mut bits = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

fn insert(store: &dyn SubjectStore, rows: &[(RecordKey, Record)]) -> Vec<Inserted> {
    store.insert_if_absent(rows).expect("insert")
}

fn get(store: &dyn SubjectStore, key: RecordKey) -> Option<Record> {
    let mut found = store.get(&[key]).expect("get");
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn locate(store: &dyn SubjectStore, id: RecordId) -> Option<(RecordKey, Record)> {
    let mut found = store.locate(&[id]).expect("locate");
    assert_eq!(found.len(), 1);
    found.remove(0)
}

fn all(store: &dyn SubjectStore) -> Vec<(RecordKey, Record)> {
    store.scan(None, usize::MAX).expect("scan")
}

fn answers_in_the_order_of_what_was_asked(store: &dyn SubjectStore) {
    let rows = [(key(2, 1), record(1)), (key(1, 2), record(2)), (key(1, 1), record(3))];
    assert_eq!(insert(store, &rows), [Inserted::New; 3]);
    let asked = [key(1, 1), key(9, 9), key(2, 1), key(1, 1), key(1, 2)];
    let found = store.get(&asked).expect("get");
    assert_eq!(found, [Some(record(3)), None, Some(record(1)), Some(record(3)), Some(record(2))]);
    let asked = [record(2).id, record(9).id, record(3).id, record(2).id];
    let found = store.locate(&asked).expect("locate");
    let second = Some((key(1, 2), record(2)));
    assert_eq!(found, [second, None, Some((key(1, 1), record(3))), second]);
}

fn keeps_the_first_record_of_a_key(store: &dyn SubjectStore) {
    assert_eq!(insert(store, &[(key(1, 1), record(1))]), [Inserted::New]);
    assert_eq!(insert(store, &[(key(1, 1), record(2))]), [Inserted::Existing(record(1))]);
    assert_eq!(insert(store, &[(key(1, 1), record(1))]), [Inserted::Existing(record(1))]);
    assert_eq!(get(store, key(1, 1)), Some(record(1)));
    assert_eq!(locate(store, record(2).id), None, "the loser's id names nothing");
    assert_eq!(insert(store, &[(key(1, 2), record(2))]), [Inserted::New], "and is free");
}

fn keeps_the_first_record_of_an_id(store: &dyn SubjectStore) {
    let other = Record { wrapped: [7; 48], ..record(1) };
    assert_eq!(insert(store, &[(key(1, 1), record(1))]), [Inserted::New]);
    assert_eq!(insert(store, &[(key(1, 2), other)]), [Inserted::IdTaken]);
    assert_eq!(insert(store, &[(key(2, 1), other)]), [Inserted::IdTaken], "of another account too");
    assert_eq!(get(store, key(1, 2)), None, "nothing was written");
    assert_eq!(locate(store, record(1).id), Some((key(1, 1), record(1))));
    assert_eq!(insert(store, &[(key(1, 3), record(3))]), [Inserted::New]);
    let met = insert(store, &[(key(1, 3), record(1))]);
    assert_eq!(met, [Inserted::Existing(record(3))], "the key is looked at before the id");
    assert_eq!(all(store).len(), 2);
}

fn takes_a_batch_as_rows_one_after_the_other(store: &dyn SubjectStore) {
    let rows = [
        (key(1, 1), record(1)),
        (key(1, 1), record(2)),
        (key(1, 2), record(1)),
        (key(1, 2), record(2)),
        (key(1, 2), record(3)),
        (key(1, 3), record(2)),
    ];
    let expected = [
        Inserted::New,
        Inserted::Existing(record(1)),
        Inserted::IdTaken,
        // The second row lost, so its id was free.
        Inserted::New,
        Inserted::Existing(record(2)),
        Inserted::IdTaken,
    ];
    assert_eq!(insert(store, &rows), expected);
    assert_eq!(all(store), [(key(1, 1), record(1)), (key(1, 2), record(2))]);
    let many: Vec<_> = (0..3_000_u32)
        .map(|number| {
            let mut row = (key(7, 0), record(0));
            row.0.0[8..12].copy_from_slice(&number.to_le_bytes());
            row.1.id.0[..4].copy_from_slice(&number.to_be_bytes());
            row
        })
        .collect();
    assert_eq!(insert(store, &many), vec![Inserted::New; many.len()]);
    let keys: Vec<_> = many.iter().map(|(key, _)| *key).collect();
    let found = store.get(&keys).expect("get");
    assert!(found.iter().zip(&many).all(|(found, (_, record))| *found == Some(*record)));
    assert_eq!(store.delete(&keys).expect("delete"), 3_000);
    assert_eq!(all(store).len(), 2);
}

fn forgets_what_was_deleted(store: &dyn SubjectStore) {
    insert(store, &[(key(1, 1), record(1)), (key(1, 2), record(2)), (key(1, 3), record(3))]);
    let asked = [key(1, 2), key(1, 9), key(1, 2), key(1, 3)];
    assert_eq!(store.delete(&asked).expect("delete"), 2, "one named twice counts once");
    assert_eq!(store.delete(&asked).expect("delete"), 0);
    assert_eq!(store.get(&[key(1, 1), key(1, 2)]).expect("get"), [Some(record(1)), None]);
    assert_eq!(locate(store, record(2).id), None);
    assert_eq!(insert(store, &[(key(1, 2), record(4))]), [Inserted::New], "seen again");
    assert_eq!(locate(store, record(2).id), None, "the old id stays dead");
    assert_eq!(locate(store, record(4).id), Some((key(1, 2), record(4))));
    assert_eq!(insert(store, &[(key(1, 5), record(3))]), [Inserted::New], "an id of the dead is free");
}

fn deletes_an_account_and_no_other(store: &dyn SubjectStore) {
    let mut rows = Vec::new();
    for (place, account) in [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF].into_iter().enumerate() {
        for (at, subject) in [0x00, 0x01, 0x80, 0xFF].into_iter().enumerate() {
            rows.push((key(account, subject), record((place * 4 + at) as u8)));
        }
    }
    // Neighbours in the last byte of the tag.
    let (mut below, mut above) = (key(0x80, 0xFF), key(0x80, 0x00));
    below.0[7] = 0x7F;
    above.0[7] = 0x81;
    rows.extend([(below, record(100)), (above, record(101))]);
    assert!(insert(store, &rows).iter().all(|inserted| *inserted == Inserted::New));
    for account in [0x80, 0xFF, 0x00] {
        let tag = AccountTag([account; 8]);
        let (dead, living): (Vec<_>, Vec<_>) = rows.iter().partition(|(key, _)| key.account() == tag);
        rows = living;
        assert_eq!(store.delete_account(tag).expect("delete"), dead.len() as u64);
        assert_eq!(store.delete_account(tag).expect("delete"), 0);
        assert!(dead.iter().all(|(_, record)| locate(store, record.id).is_none()));
        assert!(rows.iter().all(|(key, record)| locate(store, record.id) == Some((*key, *record))));
        rows.sort_by_key(|(key, _)| *key);
        assert_eq!(all(store), rows);
    }
    assert_eq!(store.delete_account(AccountTag([0x55; 8])).expect("delete"), 0);
}

fn scans_in_order_and_in_pages(store: &dyn SubjectStore) {
    let mut rows: Vec<_> = (0..23_u8).map(|at| (key(at % 3, at.wrapping_mul(37)), record(at))).collect();
    insert(store, &rows);
    rows.sort_by_key(|(key, _)| *key);
    for limit in [1, 2, 7, 22, 23, 24, 1_000] {
        let (mut pages, mut after) = (Vec::new(), None);
        loop {
            let page = store.scan(after, limit).expect("scan");
            assert!(page.len() <= limit);
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            pages.extend(page);
            assert!(pages.len() <= rows.len(), "pages of {limit} come again");
        }
        assert_eq!(pages, rows, "in pages of {limit}");
    }
    assert_eq!(store.scan(None, 0).expect("scan"), []);
    let after = rows[9].0;
    store.delete(&[after]).expect("delete");
    assert_eq!(store.scan(Some(after), 3).expect("scan"), rows[10..13], "after one that went meanwhile");
    assert_eq!(store.scan(Some(RecordKey([0xFF; 24])), 9).expect("scan"), []);
}

fn takes_nothing_for_an_answer(store: &dyn SubjectStore) {
    assert_eq!(all(store), []);
    assert_eq!(store.get(&[]).expect("get"), []);
    assert_eq!(store.locate(&[]).expect("locate"), []);
    assert_eq!(insert(store, &[]), []);
    assert_eq!(store.delete(&[]).expect("delete"), 0);
    assert_eq!(store.delete(&[key(1, 1)]).expect("delete"), 0);
    store.purge().expect("purge");
    assert_eq!(all(store), []);
}

fn purges_what_was_deleted_alone(store: &dyn SubjectStore) {
    let rows: Vec<_> = (0..200_u8).map(|at| (key(at % 5, at), record(at))).collect();
    insert(store, &rows);
    for round in 0..3_usize {
        let (dead, mut living): (Vec<_>, Vec<_>) =
            all(store).into_iter().partition(|(key, _)| key.0[23] as usize % 4 == round);
        let keys: Vec<_> = dead.iter().map(|(key, _)| *key).collect();
        assert_eq!(store.delete(&keys).expect("delete"), keys.len() as u64);
        store.purge().expect("purge");
        assert_eq!(all(store), living);
        let new = (key(9, round as u8), record(240 + round as u8));
        assert_eq!(insert(store, &[new]), [Inserted::New], "it goes on working");
        living.push(new);
        assert!(living.iter().all(|(key, record)| locate(store, record.id) == Some((*key, *record))));
    }
}

fn lets_one_of_many_writers_win(store: &dyn SubjectStore) {
    let barrier = Barrier::new(usize::from(WRITERS));
    // Every writer offers its own record for one key, and its own key for one id.
    let answers: Vec<(Inserted, Inserted)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let barrier = &barrier;
                scope.spawn(move || {
                    barrier.wait();
                    let by_key = insert(store, &[(key(1, 1), record(writer))])[0];
                    barrier.wait();
                    (by_key, insert(store, &[(key(2, writer), record(200))])[0])
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a writer")).collect()
    });
    let winner = get(store, key(1, 1)).expect("the winner's");
    let (owner, _) = locate(store, record(200).id).expect("the winner's");
    for (writer, (by_key, by_id)) in (0..WRITERS).zip(answers) {
        let expected = if winner == record(writer) { Inserted::New } else { Inserted::Existing(winner) };
        assert_eq!(by_key, expected);
        assert_eq!(by_id, if owner == key(2, writer) { Inserted::New } else { Inserted::IdTaken });
    }
    assert_eq!(all(store).len(), 2);
}

fn lets_writers_readers_and_purges_meet(store: &dyn SubjectStore) {
    const EACH: u8 = 12;
    thread::scope(|scope| {
        for writer in 0..WRITERS {
            scope.spawn(move || {
                for at in 0..EACH {
                    let (key, record) = (key(writer, at), record(writer * EACH + at));
                    assert_eq!(insert(store, &[(key, record)]), [Inserted::New]);
                    assert_eq!(get(store, key), Some(record), "what was acknowledged is there");
                    assert_eq!(locate(store, record.id), Some((key, record)));
                    if at % 3 == 0 {
                        assert_eq!(store.delete(&[key]).expect("delete"), 1);
                        assert_eq!((get(store, key), locate(store, record.id)), (None, None));
                    }
                }
            });
        }
        scope.spawn(|| (0..6).for_each(|_| store.purge().expect("purge")));
        scope.spawn(|| {
            for _ in 0..30 {
                let rows = all(store);
                assert!(rows.is_sorted_by_key(|(key, _)| *key));
            }
        });
    });
    let expected = (0..WRITERS).flat_map(|writer| {
        let living = (0..EACH).filter(|at| at % 3 != 0);
        living.map(move |at| (key(writer, at), record(writer * EACH + at)))
    });
    assert_eq!(all(store), expected.collect::<Vec<_>>());
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<(u8, u8, u8)>),
    Delete(Vec<(u8, u8)>),
    DeleteAccount(u8),
    Purge,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => vec((0..3_u8, 0..4_u8, 0..9_u8), 0..6).prop_map(Step::Insert),
        3 => vec((0..3_u8, 0..4_u8), 0..4).prop_map(Step::Delete),
        1 => (0..3_u8).prop_map(Step::DeleteAccount),
        1 => Just(Step::Purge),
    ]
}

/// Few keys and ids, so that they meet; and the simplest store there is beside it.
fn agrees_with_the_model(fresh: &dyn Fn() -> Box<dyn SubjectStore>) {
    let mut runner =
        TestRunner::new(ProptestConfig { cases: 48, failure_persistence: None, ..Default::default() });
    let held = runner.run(&vec(step(), 1..24), |steps| {
        let store = fresh();
        let mut model: BTreeMap<RecordKey, Record> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Insert(rows) => {
                    let rows: Vec<_> = rows
                        .iter()
                        .map(|(account, subject, id)| (key(*account, *subject), record(*id)))
                        .collect();
                    let expected: Vec<_> = rows
                        .iter()
                        .map(|(key, record)| match model.get(key) {
                            Some(first) => Inserted::Existing(*first),
                            None if model.values().any(|other| other.id == record.id) => Inserted::IdTaken,
                            None => {
                                model.insert(*key, *record);
                                Inserted::New
                            }
                        })
                        .collect();
                    prop_assert_eq!(insert(&*store, &rows), expected);
                }
                Step::Delete(keys) => {
                    let keys: Vec<_> =
                        keys.iter().map(|(account, subject)| key(*account, *subject)).collect();
                    let expected = keys.iter().filter(|key| model.remove(key).is_some()).count();
                    prop_assert_eq!(store.delete(&keys).expect("delete"), expected as u64);
                }
                Step::DeleteAccount(account) => {
                    let before = model.len();
                    model.retain(|key, _| key.account() != AccountTag([account; 8]));
                    let expected = before - model.len();
                    let deleted = store.delete_account(AccountTag([account; 8])).expect("delete");
                    prop_assert_eq!(deleted, expected as u64);
                }
                Step::Purge => store.purge().expect("purge"),
            }
            prop_assert_eq!(
                all(&*store),
                model.iter().map(|(key, record)| (*key, *record)).collect::<Vec<_>>()
            );
            for id in 0..9 {
                let expected = model.iter().find(|(_, record)| record.id == RecordId([id; 9]));
                prop_assert_eq!(
                    locate(&*store, RecordId([id; 9])),
                    expected.map(|(key, record)| (*key, *record))
                );
            }
        }
        Ok(())
    });
    held.unwrap_or_else(|failure| panic!("{failure}"));
}
