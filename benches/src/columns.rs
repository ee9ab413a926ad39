//! Columns of 200,000 values beside loops written by hand for just that: answers are checked first, then all run in turns.

use crate::race::{Rounds, Turns};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray, Float64Array, RecordBatch, StringArray};
use arrow_buffer::{Buffer, OffsetBuffer};
use pumice::crypto::{Keyring, Keys, LocalRoot, MemoryStore, Plain};
use pumice::{Redactor, Scrubber};
use std::hint::black_box;
use std::sync::Arc;

const VALUES: usize = 200_000;
const ACCOUNT: &str = "ACed1149090df77454d4cdfe1b5627c1f93";

/// Numbers that follow no order.
fn draws() -> impl Iterator<Item = u64> {
    let step =
        |n: &u64| Some(n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407));
    std::iter::successors(Some(7), step).map(|n| n >> 20)
}

fn phones() -> StringArray {
    let phone = |n: u64| format!("+{}{}", 1 + n % 8, 1_000_000_000 + n % 8_999_999_999);
    draws().take(VALUES).map(|n| Some(phone(n))).collect()
}

fn mails() -> StringArray {
    let mail = |n: u64| {
        let name = ["ann", "maximilian", "jo"][n as usize % 3];
        let domain = ["gmail.com", "example.com", "mail.example.org"][n as usize / 7 % 3];
        format!("{name}.{}@{domain}", n % 99_999)
    };
    draws().take(VALUES).map(|n| Some(mail(n))).collect()
}

/// As one would write it for telephone numbers that are known to end in four digits.
fn phones_by_hand(column: &StringArray) -> StringArray {
    let mut bytes = column.values().to_vec();
    for end in column.offsets().iter().skip(1) {
        let end = *end as usize;
        bytes[end - 4..end].copy_from_slice(b"XXXX");
    }
    StringArray::try_new(column.offsets().clone(), Buffer::from_vec(bytes), column.nulls().cloned()).unwrap()
}

/// As one would write it for addresses that are known to be some.
fn mails_by_hand(column: &StringArray) -> StringArray {
    let mut text = String::with_capacity(column.value_data().len());
    let mut lengths = Vec::with_capacity(column.len());
    for mail in column.iter().flatten() {
        let (local, domain) = mail.rsplit_once('@').unwrap();
        let start = text.len();
        text.extend(local.chars().next());
        text.push_str("***@");
        text.push_str(domain);
        lengths.push(text.len() - start);
    }
    let offsets = OffsetBuffer::from_lengths(lengths);
    StringArray::try_new(offsets, Buffer::from_vec(text.into_bytes()), None).unwrap()
}

pub fn measure(rounds: Rounds) {
    println!("\nColumns: ns for one value of {VALUES}");
    let (phones, mails) = (phones(), mails());
    let shared = |column: &StringArray| -> ArrayRef { Arc::new(column.clone()) };
    let redactor = |kind| Redactor::builder(kind, "{}").build().unwrap();
    let (phone, email) = (redactor("phone"), redactor("email"));
    let (text, coordinate) = (redactor("text"), redactor("coordinate"));
    let (phone_column, mail_column) = (shared(&phones), shared(&mails));
    let repeated: DictionaryArray<Int32Type> = (0..VALUES).map(|n| Some(phones.value(n % 1_000))).collect();
    let repeated: ArrayRef = Arc::new(repeated);
    let floats: Float64Array =
        draws().take(VALUES).map(|n| Some((n % 1_799_999) as f64 / 10_000.0)).collect();
    let floats: ArrayRef = Arc::new(floats);
    let same = |redactor: &Redactor, column: &ArrayRef, due: &StringArray| {
        assert_eq!(redactor.redact_array(column).unwrap().as_string::<i32>(), due);
    };
    same(&phone, &phone_column, &phones_by_hand(&phones));
    same(&email, &mail_column, &mails_by_hand(&mails));

    let mut turns = Turns::new(VALUES);
    turns.enter("phones copied", || drop(black_box(phones.values().to_vec())));
    turns.enter("phones by hand", || drop(black_box(phones_by_hand(black_box(&phones)))));
    turns.enter("pumice, phone", || drop(black_box(phone.redact_array(&phone_column).unwrap())));
    turns.enter("pumice, phone in a dictionary", || drop(black_box(phone.redact_array(&repeated).unwrap())));
    turns.enter("e-mails by hand", || drop(black_box(mails_by_hand(black_box(&mails)))));
    turns.enter("pumice, email", || drop(black_box(email.redact_array(&mail_column).unwrap())));
    turns.enter("pumice, text", || drop(black_box(text.redact_array(&mail_column).unwrap())));
    turns.enter("pumice, coordinate of floats", || {
        drop(black_box(coordinate.redact_array(&floats).unwrap()));
    });
    turns.run(rounds);
    turns.print();
    turns.ratio("pumice, phone", "phones by hand", None);
    turns.ratio("pumice, email", "e-mails by hand", None);
    sealed(&mails, rounds);
}

fn sealed(mails: &StringArray, rounds: Rounds) {
    let mut keyring = Keyring::make(Arc::new(LocalRoot::make().unwrap())).unwrap();
    keyring.add(&[ACCOUNT]).unwrap();
    let keys = Arc::new(Keys::builder(keyring).store(Arc::new(MemoryStore::new())).build());
    let mails = mails.slice(0, 20_000);
    let batch = RecordBatch::try_from_iter([("v", Arc::new(mails.clone()) as ArrayRef)]).unwrap();
    let scrubber = |action| {
        let policy = format!(r#"{{"pumice":1,"fields":{{"v":{{"type":"email","action":"{action}"}}}}}}"#);
        let builder = Scrubber::builder(policy.as_bytes()).keys(keys.clone());
        builder.account(ACCOUNT).subject("ann").build().unwrap()
    };
    let (encrypt, tokenize) = (scrubber("encrypt"), scrubber("tokenize"));
    let plains: Vec<Plain<'_>> = mails.iter().flatten().map(|mail| Plain::String(mail.into())).collect();
    let scrubbed = encrypt.scrub_batch(&batch).unwrap();
    assert_eq!(scrubbed.num_rows(), plains.len());
    for (sealed, plain) in scrubbed.column(0).as_string::<i32>().iter().zip(&plains) {
        assert!(keys.decrypt(sealed.unwrap(), ACCOUNT, "v").unwrap() == *plain);
    }
    let mut turns = Turns::new(mails.len());
    turns.enter("encrypt_bulk", || drop(black_box(keys.encrypt_bulk(ACCOUNT, "v", &plains))));
    turns.enter("a column encrypted", || drop(black_box(encrypt.scrub_batch(&batch).unwrap())));
    turns.enter("a column tokenized", || drop(black_box(tokenize.scrub_batch(&batch).unwrap())));
    turns.run(rounds);
    turns.print();
    turns.ratio("a column encrypted", "encrypt_bulk", None);
}
