//! The class `Scrubber`: a policy ready to run. What it does is core's.

use crate::columns;
use crate::failure::{error, raised};
use crate::supplies::{KeyFiles, Secret, Source, geo, read};
use crate::value::{Sealed, Utf8, document, load, opened, through};
use pumice::crypto::{Keys, Plain};
use pumice::redact::user_agent::UapRules;
use pumice::{BatchOptions, Code, Error, Lines, OnError, Whose, Worker};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyList};
use std::path::PathBuf;

/// A policy ready to run, shared by any number of threads.
///
/// - `policy`: a `dict`, or JSON as `str` or `bytes`: a policy, or a set of them (`"pumice_set"`), of which each event names
///   one.
/// - `geo` (an mmdb), `uap` (uap-core's `regexes.yaml`), `keyring`: the content of a file as `bytes`, or its path.
/// - `root_key` or `passphrase`: the root of the keyring, as `bytes` or `str`. Never a path.
/// - `store`: where subjects' keys are: `None`, `"memory"`, or a path, which is made if it is not there. A file, which one
///   process at a time has; or a directory, with `/` at its end while it is not there, which many processes share.
/// - `account`, `subject`: whose all events are, instead of what the policy says.
/// - `owner_by_call`: account and subject come with each call where the policy does not say where they are.
/// - `max_event_bytes`: the largest event that is taken; 16 MiB if nothing is said.
///
/// Raises `PumiceError` if the policy is wrong, or needs what it is not given (`at` is a JSON Pointer into it), or if keys or
/// databases cannot be used; `OSError` if a file cannot be read; `TypeError` for arguments that do not go together.
///
/// It cannot be pickled: it may hold keys. It can be used after a fork; a store in a file stays with the parent, one in a
/// directory is shared.
///
/// >>> import pumice
/// >>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"user.email": "email", "**.password": {"action": "drop"}}})
/// >>> scrubber.scrub(b'{"user": {"email": "john@gmail.com", "password": "hunter2"}, "total": 89.00}')
/// b'{"user": {"email": "j***@gmail.com"}, "total": 89.00}'
/// >>> pumice.Scrubber({"pumice": 1, "fields": {"from": "fone"}})
/// Traceback (most recent call last):
/// ...
/// pumice.PumiceError: unknown_type at /fields/from: A rule names a type that does not exist.
#[pyclass(frozen, module = "pumice")]
pub(crate) struct Scrubber(pumice::Scrubber);

/// What is done to one event, and to many lines.
type Event = fn(&mut Worker<'_>, &[u8], &mut Vec<u8>) -> Result<(), Error>;
type Ndjson = fn(&mut Worker<'_>, &[u8], OnError, &mut Vec<u8>, &mut Vec<u8>) -> Result<Lines, Error>;

#[pymethods]
impl Scrubber {
    #[new]
    #[pyo3(signature = (policy, *, geo=None, uap=None, keyring=None, root_key=None, passphrase=None, store=None,
        account=None, subject=None, owner_by_call=false, max_event_bytes=None))]
    #[expect(clippy::too_many_arguments, reason = "they are Python's keywords")]
    fn new(
        policy: &Bound<'_, PyAny>,
        geo: Option<Source>,
        uap: Option<Source>,
        keyring: Option<Source>,
        root_key: Option<Secret>,
        passphrase: Option<Secret>,
        store: Option<PathBuf>,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
        owner_by_call: bool,
        max_event_bytes: Option<usize>,
    ) -> PyResult<Self> {
        let py = policy.py();
        let policy = document(policy)?;
        let (geo_db, uap) = (read(geo)?, read(uap)?);
        let keys = KeyFiles::of(keyring, root_key, passphrase, store)?;
        let build = || {
            let mut builder = pumice::Scrubber::builder(&policy);
            if let Some(db) = self::geo(geo_db)? {
                builder = builder.geo(db);
            }
            if let Some(rules) = uap {
                builder = builder.uap(UapRules::from_bytes(&rules)?);
            }
            if let Some(keys) = keys {
                builder = builder.keys(keys.open()?);
            }
            if owner_by_call {
                builder = builder.owner_by_call();
            }
            if let Some(account) = account {
                builder = builder.account(account.0);
            }
            if let Some(subject) = subject {
                builder = builder.subject(subject.0);
            }
            if let Some(bytes) = max_event_bytes {
                builder = builder.max_event_bytes(bytes);
            }
            builder.build()
        };
        py.detach(build).map(Scrubber).map_err(|error| raised(py, &error))
    }

    /// The scrubbed event, as what it is: `bytes`, `str` or `dict`. Of `bytes` and `str` every character stays as it was, but
    /// for what the policy treats. `account` and `subject` are whose it is, whatever it says.
    ///
    /// A `dict` may have `None`, `bool`, `int`, `float`, `Decimal`, `str`, `list`, `tuple` and `dict` in it, with keys of
    /// `str`. It is left as it is; what comes out is new, and has lists for tuples. If there is a `Decimal` in it, every
    /// number that is not whole comes out as one.
    ///
    /// Raises `PumiceError`. `at` a byte offset: `invalid_json` (also for what JSON cannot hold, as NaN, or a key that is
    /// no `str`), `invalid_utf8`, `too_deep`, `too_large`, `unlisted_field`. `at` a rule: `invalid_value`; where keys are
    /// needed `no_account`, `no_subject`, `unknown_account`, `key_destroyed`, `root_failed`, `random_failed`,
    /// `store_failed`, `store_locked`, `store_damaged`. Nothing of the event comes out then.
    ///
    /// >>> import pumice
    /// >>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone"}})
    /// >>> scrubber.scrub({"from": "+11234567890", "price": -0.0075})
    /// {'from': '+1123456XXXX', 'price': -0.0075}
    /// >>> scrubber.scrub(b'{"from": +1123')
    /// Traceback (most recent call last):
    /// ...
    /// pumice.PumiceError: invalid_json at byte 9: The event is not JSON as RFC 8259 has it.
    #[pyo3(signature = (event, *, account=None, subject=None))]
    fn scrub<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.event(event, account, subject, |worker, event, out| worker.scrub(event, out))
    }

    /// A scrubbed event as it was before its fields were encrypted; whatever else the policy treats stays as it is.
    ///
    /// Raises `PumiceError`: those of `scrub`, and at a rule `not_ours`, `unknown_version`, `malformed`, `unknown_key`,
    /// `forgotten`, `authentication_failed`.
    ///
    /// >>> keyed.decrypt_event(scrubbed)["body"]
    /// 'See you'
    #[pyo3(signature = (event, *, account=None, subject=None))]
    fn decrypt_event<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.event(event, account, subject, |worker, event, out| worker.decrypt_event(event, out))
    }

    /// A scrubbed event as it was before its fields were tokenized; otherwise like `decrypt_event`.
    ///
    /// >>> keyed.detokenize_event(scrubbed)["email"]
    /// 'john@gmail.com'
    #[pyo3(signature = (event, *, account=None, subject=None))]
    fn detokenize_event<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.event(event, account, subject, |worker, event, out| worker.detokenize_event(event, out))
    }

    /// Scrubs newline-delimited JSON, one event a line; blank lines stay.
    ///
    /// With `on_error="fail"` the scrubbed lines, or the `PumiceError` of the first that cannot be scrubbed, with its `line`
    /// (from 1). With `"reject"` two: the scrubbed lines, and those that cannot be scrubbed, each whole.
    ///
    /// >>> import pumice
    /// >>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"email": "email"}})
    /// >>> scrubber.scrub_ndjson(b'{"email":"john@gmail.com"}\n{"email":\n', on_error="reject")
    /// (b'{"email":"j***@gmail.com"}\n', b'{"email":\n')
    #[pyo3(signature = (lines, *, on_error="fail", account=None, subject=None))]
    fn scrub_ndjson<'py>(
        &self,
        lines: &Bound<'py, PyBytes>,
        on_error: &str,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.ndjson(lines, on_error, account, subject, |worker, lines, on_error, out, rejects| {
            worker.scrub_ndjson(lines, on_error, out, rejects)
        })
    }

    /// `decrypt_event` for many lines, like `scrub_ndjson`.
    ///
    /// >>> import json
    /// >>> lines = json.dumps(scrubbed).encode()
    /// >>> json.loads(keyed.decrypt_ndjson(lines))["body"]
    /// 'See you'
    #[pyo3(signature = (lines, *, on_error="fail", account=None, subject=None))]
    fn decrypt_ndjson<'py>(
        &self,
        lines: &Bound<'py, PyBytes>,
        on_error: &str,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.ndjson(lines, on_error, account, subject, |worker, lines, on_error, out, rejects| {
            worker.decrypt_ndjson(lines, on_error, out, rejects)
        })
    }

    /// `detokenize_event` for many lines, like `scrub_ndjson`.
    ///
    /// >>> import json
    /// >>> lines = json.dumps(scrubbed).encode()
    /// >>> json.loads(keyed.detokenize_ndjson(lines))["email"]
    /// 'john@gmail.com'
    #[pyo3(signature = (lines, *, on_error="fail", account=None, subject=None))]
    fn detokenize_ndjson<'py>(
        &self,
        lines: &Bound<'py, PyBytes>,
        on_error: &str,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.ndjson(lines, on_error, account, subject, |worker, lines, on_error, out, rejects| {
            worker.detokenize_ndjson(lines, on_error, out, rejects)
        })
    }

    /// The scrubbed columns of whatever has `__arrow_c_array__` or `__arrow_c_stream__`: a batch of a `pyarrow.RecordBatch`, a
    /// table of a `pyarrow.Table`, a `polars.DataFrame` or a `pandas.DataFrame`. A row becomes what `scrub` makes of it as an
    /// event. Columns that no rule treats come out as they came in, without a copy.
    ///
    /// They come out as a `pyarrow.RecordBatch` or `pyarrow.Table` where pyarrow is installed, else as an object with the same
    /// methods, which polars and others read. With `strict`, a rule that means none of the columns is an error, and so is a
    /// column of a type that it cannot read.
    ///
    /// Raises `PumiceError`, whose `line` is then a row, from 1: `columns_invalid`; at a rule `column_type`, and with `strict`
    /// `column_missing`; at the number of a column, from 0, `unlisted_field`, `too_deep`; `too_large`; those of `scrub` that
    /// have to do with values and keys. Nothing of the columns comes out then.
    ///
    /// >>> import pumice, pyarrow
    /// >>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone"}})
    /// >>> batch = pyarrow.record_batch({"from": ["+11234567890", "nobody"], "n": [1, 2]})
    /// >>> scrubber.scrub_batch(batch).to_pylist()
    /// [{'from': '+1123456XXXX', 'n': 1}, {'from': None, 'n': 2}]
    #[pyo3(signature = (columns, *, strict=false, account=None, subject=None))]
    fn scrub_batch<'py>(
        &self,
        columns: &Bound<'py, PyAny>,
        strict: bool,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let whose = whose(account, subject);
        columns::through(columns, &self.0, whose, |worker, batch| {
            worker.scrub_batch(batch, BatchOptions { strict })
        })
    }

    /// Scrubbed columns as they were before they were encrypted: `decrypt_event` for each row of what `scrub_batch` takes, and
    /// gives back. What was a string is one again; anything else, which is of a type that the ciphertext does not tell,
    /// comes back as its JSON text. All other columns stay as they are, without a copy.
    ///
    /// Raises `PumiceError`, at a rule and with the row as `line`, from 1: those of `decrypt_event`, and `invalid_value` for
    /// what was bytes; `columns_invalid`, `too_large`. Nothing of the columns comes out then.
    ///
    /// >>> import pyarrow
    /// >>> batch = pyarrow.RecordBatch.from_pylist([scrubbed])
    /// >>> keyed.decrypt_batch(batch).to_pylist()[0]["body"]
    /// 'See you'
    #[pyo3(signature = (columns, *, account=None, subject=None))]
    fn decrypt_batch<'py>(
        &self,
        columns: &Bound<'py, PyAny>,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let whose = whose(account, subject);
        columns::through(columns, &self.0, whose, |worker, batch| worker.decrypt_batch(batch))
    }

    /// Scrubbed columns as they were before they were tokenized; otherwise like `decrypt_batch`.
    ///
    /// >>> import pyarrow
    /// >>> batch = pyarrow.RecordBatch.from_pylist([scrubbed])
    /// >>> keyed.detokenize_batch(batch).to_pylist()[0]["email"]
    /// 'john@gmail.com'
    #[pyo3(signature = (columns, *, account=None, subject=None))]
    fn detokenize_batch<'py>(
        &self,
        columns: &Bound<'py, PyAny>,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let whose = whose(account, subject);
        columns::through(columns, &self.0, whose, |worker, batch| worker.detokenize_batch(batch))
    }

    /// A column of events, each the JSON text of one, scrubbed as `scrub` does it; strings come out, and null stays null. It may
    /// be any array with `__arrow_c_array__` or `__arrow_c_stream__`, of strings or bytes.
    ///
    /// With `on_error="fail"` the scrubbed events, or the `PumiceError` of the first that cannot be scrubbed, with its `line`
    /// (from 1). With `"reject"` two columns: the scrubbed events, null where one could not be scrubbed, and the codes that say
    /// why, null elsewhere.
    ///
    /// Raises `PumiceError`: `columns_invalid`, `column_type` if it is no text, `too_large`; those of `scrub`.
    ///
    /// >>> import pumice, pyarrow
    /// >>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone"}})
    /// >>> events, codes = scrubber.scrub_array(pyarrow.array(['{"from": "+11234567890"}', "{"]), on_error="reject")
    /// >>> events.to_pylist(), codes.to_pylist()
    /// (['{"from": "+1123456XXXX"}', None], [None, 'invalid_json'])
    #[pyo3(signature = (events, *, on_error="fail", account=None, subject=None))]
    fn scrub_array<'py>(
        &self,
        events: &Bound<'py, PyAny>,
        on_error: &str,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let whose = whose(account, subject);
        columns::events(events, rejection(on_error)?, &self.0, whose)
    }

    /// What this ciphertext of the account and field was: a `str`, `bytes`, or any other value of JSON. The field's name is
    /// the `id` of its rule, or else the selector.
    ///
    /// Raises `PumiceError`: `needs_keys`; `not_ours`, `unknown_version`, `malformed`; `unknown_account`, `unknown_key`,
    /// `key_destroyed`, `forgotten`; `authentication_failed`; `needs_store`, `root_failed`, `keyring_tampered`,
    /// `store_failed`, `store_locked`, `store_damaged`.
    ///
    /// >>> keyed.decrypt(scrubbed["body"], "AC5f1e09c2", "body")
    /// 'See you'
    fn decrypt<'py>(
        &self,
        py: Python<'py>,
        value: Utf8<'_>,
        account: Utf8<'_>,
        field: Utf8<'_>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.one(py, |keys| keys.decrypt(value.0, account.0, field.0))
    }

    /// `decrypt` for many values: a list with, for each, what it was, or the `PumiceError` that says why not.
    ///
    /// >>> keyed.decrypt_bulk([scrubbed["body"], "pum2"], "AC5f1e09c2", "body")[0]
    /// 'See you'
    fn decrypt_bulk<'py>(
        &self,
        py: Python<'py>,
        values: Vec<Sealed>,
        account: Utf8<'_>,
        field: Utf8<'_>,
    ) -> PyResult<Bound<'py, PyList>> {
        self.many(py, |keys| keys.decrypt_bulk(account.0, field.0, &values))
    }

    /// `decrypt` for a column of ciphertexts, with a column of accounts beside it. Strings come back as strings, other values
    /// of JSON as their text; with `as_binary`, all as bytes, and what was bytes comes back too.
    ///
    /// `on_error` as in `scrub_array`: the values, or the values and the codes.
    ///
    /// Raises `PumiceError`: `columns_invalid`, also for columns that are not of one length (and in chunks of one length);
    /// `column_type` if the values are no strings, or bytes without `as_binary`; `no_account`; those of `decrypt`.
    ///
    /// >>> import pyarrow
    /// >>> sealed, accounts = pyarrow.array([scrubbed["body"], "me", None]), pyarrow.array(["AC5f1e09c2"] * 3)
    /// >>> values, codes = keyed.decrypt_array(sealed, accounts, "body", on_error="reject")
    /// >>> values.to_pylist(), codes.to_pylist()
    /// (['See you', None, None], [None, 'not_ours', None])
    #[pyo3(signature = (values, accounts, field, *, on_error="fail", as_binary=false))]
    fn decrypt_array<'py>(
        &self,
        values: &Bound<'py, PyAny>,
        accounts: &Bound<'py, PyAny>,
        field: Utf8<'_>,
        on_error: &str,
        as_binary: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let keys = self.need_keys(values.py())?;
        columns::decrypt(values, accounts, rejection(on_error)?, |values, accounts| {
            keys.decrypt_array(values, accounts, field.0, as_binary)
        })
    }

    /// What this token stands for. It says itself whose it is.
    ///
    /// Raises `PumiceError`: `needs_keys`, `needs_store`; `not_ours`, `unknown_version`, `malformed`; `unknown_key`,
    /// `key_destroyed`, `forgotten`; `authentication_failed`; `root_failed`, `keyring_tampered`, `store_failed`,
    /// `store_locked`, `store_damaged`.
    ///
    /// >>> keyed.detokenize(scrubbed["email"])
    /// 'john@gmail.com'
    fn detokenize<'py>(&self, py: Python<'py>, token: Utf8<'_>) -> PyResult<Bound<'py, PyAny>> {
        self.one(py, |keys| keys.detokenize(token.0))
    }

    /// `detokenize` for many tokens: a list with, for each, what it stands for, or the `PumiceError` that says why not.
    ///
    /// >>> [opened, refused] = keyed.detokenize_bulk([scrubbed["email"], "me"])
    /// >>> opened, refused.code
    /// ('john@gmail.com', 'not_ours')
    fn detokenize_bulk<'py>(&self, py: Python<'py>, tokens: Vec<Sealed>) -> PyResult<Bound<'py, PyList>> {
        self.many(py, |keys| keys.detokenize_bulk(&tokens))
    }

    /// `detokenize` for a column of tokens; otherwise like `decrypt_array`.
    ///
    /// >>> import pyarrow
    /// >>> keyed.detokenize_array(pyarrow.array([scrubbed["email"], None])).to_pylist()
    /// ['john@gmail.com', None]
    #[pyo3(signature = (tokens, *, on_error="fail"))]
    fn detokenize_array<'py>(
        &self,
        tokens: &Bound<'py, PyAny>,
        on_error: &str,
    ) -> PyResult<Bound<'py, PyAny>> {
        let keys = self.need_keys(tokens.py())?;
        columns::detokenize(tokens, rejection(on_error)?, |tokens| keys.detokenize_array(tokens))
    }

    /// Forgets a subject in an account: its tokens there are dead, and what was encrypted under its key. Gives back how many
    /// keys were deleted: none if it was unknown, or forgotten already. Another process that has the key in memory uses it
    /// until it ends.
    ///
    /// Raises `PumiceError`: `needs_keys`, `needs_store`, `no_subject`, `unknown_account`, `root_failed`,
    /// `keyring_tampered`, `store_failed`, `store_locked`, `store_damaged`.
    ///
    /// >>> keyed.forget("AC5f1e09c2", "nobody")
    /// 0
    fn forget(&self, py: Python<'_>, account: Utf8<'_>, subject: Utf8<'_>) -> PyResult<u64> {
        self.keys(py, |keys| keys.forget(account.0, subject.0)).map(|forgotten| forgotten.subjects)
    }

    /// Forgets an account: nothing that was sealed for it can be read again. Gives back the keyring without its keys; it is
    /// done once that is written in place of every copy that still has them.
    ///
    /// Raises `PumiceError`: `needs_keys`, `unknown_account`; `store_failed`, `store_locked`, `store_damaged` if the
    /// account's keys are gone from `keyring()`, but records of its subjects may be left: call it again.
    ///
    /// >>> from pathlib import Path
    /// >>> _ = Path("keyring.json").write_bytes(keyed.forget_account("AC-again"))
    fn forget_account<'py>(&self, py: Python<'py>, account: Utf8<'_>) -> PyResult<Bound<'py, PyBytes>> {
        self.keys(py, |keys| keys.forget_account(account.0))?;
        self.keyring(py)
    }

    /// The keyring as it is now: a document to be written to where it was read from.
    ///
    /// Raises `PumiceError`: `needs_keys`.
    ///
    /// >>> keyed.keyring().startswith(b"{")
    /// True
    fn keyring<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        self.keys(py, |keys| Ok(keys.keyring().to_bytes())).map(|keyring| PyBytes::new(py, &keyring))
    }

    /// The scrubber of one policy of a set, whatever events say of it. It shares all with this one.
    ///
    /// Raises `PumiceError`: `unknown_policy`.
    ///
    /// >>> import pumice
    /// >>> login = {"pumice": 1, "fields": {"ip": "ip"}}
    /// >>> scrubber = pumice.Scrubber({"pumice_set": 1, "by": "event_name", "policies": {"login": login}})
    /// >>> scrubber.named("login").scrub({"ip": "207.164.33.12"})
    /// {'ip': '207.164.0.0'}
    fn named(&self, py: Python<'_>, policy: Utf8<'_>) -> PyResult<Self> {
        self.0.named(policy.0).map(Scrubber).map_err(|error| raised(py, &error))
    }

    /// Puts another policy, or set of them, in place of the one that holds, at once for all threads. A call that has begun ends
    /// by the one that it began with. If it raises, nothing changes.
    ///
    /// Raises `PumiceError`: as when a scrubber is made.
    ///
    /// >>> import pumice
    /// >>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone"}})
    /// >>> scrubber.reload({"pumice": 1, "fields": {"from": "text"}})
    /// >>> scrubber.scrub({"from": "+11234567890"})
    /// {'from': ''}
    fn reload(&self, policy: &Bound<'_, PyAny>) -> PyResult<()> {
        let (py, policy) = (policy.py(), document(policy)?);
        py.detach(|| self.0.reload(&policy)).map_err(|error| raised(py, &error))
    }

    /// Counts of what was done so far, by rule and outcome; never a value, nor a key of an event.
    ///
    /// >>> import pumice
    /// >>> scrubber = pumice.Scrubber({"pumice": 1, "fields": {"from": "phone"}})
    /// >>> _ = scrubber.scrub({"from": "+11234567890"})
    /// >>> scrubber.report()["rules"]
    /// [{'absent': 0, 'invalid': 0, 'null': 0, 'selector': 'from', 'treated': 1}]
    fn report<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        load(py, self.0.report().to_json().as_bytes(), false)
    }

    /// The policy in words: for each rule its `selector`, what happens in `words`, and an example as JSON, `before` and
    /// `after`. The last is for all that no rule names; its `selector` is empty. Of a set, each has the name of its `policy`.
    ///
    /// >>> import pumice
    /// >>> pumice.Scrubber({"pumice": 1, "fields": {"note": "text"}}).explain()[0]["words"]
    /// 'text, emptied'
    fn explain<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyDict>>> {
        let row = |row: &pumice::Explanation| {
            let dict = PyDict::new(py);
            if let Some(policy) = &row.policy {
                dict.set_item("policy", policy)?;
            }
            dict.set_item("selector", &row.selector)?;
            dict.set_item("words", &row.words)?;
            dict.set_item("before", &row.before)?;
            dict.set_item("after", &row.after)?;
            Ok(dict)
        };
        self.0.explain().iter().map(row).collect()
    }
}

impl Scrubber {
    fn event<'py>(
        &self,
        event: &Bound<'py, PyAny>,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
        work: Event,
    ) -> PyResult<Bound<'py, PyAny>> {
        let whose = whose(account, subject);
        // Keys are fetched of roots and stores.
        let waits = self.0.keys().is_some();
        through(event, waits, |event, out| work(&mut self.0.worker_for(whose), event, out))
    }

    fn ndjson<'py>(
        &self,
        lines: &Bound<'py, PyBytes>,
        on_error: &str,
        account: Option<Utf8<'_>>,
        subject: Option<Utf8<'_>>,
        work: Ndjson,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = lines.py();
        let whose = whose(account, subject);
        let (mut out, mut rejects) = (Vec::new(), Vec::new());
        let mut run = |on_error| {
            let bytes = lines.as_bytes();
            py.detach(|| work(&mut self.0.worker_for(whose), bytes, on_error, &mut out, &mut rejects))
                .map_err(|error| raised(py, &error))
        };
        let on_error = rejection(on_error)?;
        run(on_error)?;
        let out = PyBytes::new(py, &out);
        match on_error {
            OnError::Fail => Ok(out.into_any()),
            OnError::Reject => Ok((out, PyBytes::new(py, &rejects)).into_pyobject(py)?.into_any()),
        }
    }

    fn need_keys(&self, py: Python<'_>) -> PyResult<&Keys> {
        self.0.keys().ok_or_else(|| raised(py, &Error::new(Code::NeedsKeys)))
    }

    fn keys<T: Send>(
        &self,
        py: Python<'_>,
        work: impl FnOnce(&Keys) -> Result<T, Error> + Send,
    ) -> PyResult<T> {
        let keys = self.need_keys(py)?;
        py.detach(|| work(keys)).map_err(|error| raised(py, &error))
    }

    fn one<'py>(
        &self,
        py: Python<'py>,
        open: impl FnOnce(&Keys) -> Result<Plain<'static>, Error> + Send,
    ) -> PyResult<Bound<'py, PyAny>> {
        opened(py, &self.keys(py, open)?)
    }

    fn many<'py>(
        &self,
        py: Python<'py>,
        open: impl FnOnce(&Keys) -> Vec<Result<Plain<'static>, Error>> + Send,
    ) -> PyResult<Bound<'py, PyList>> {
        let rows = self.keys(py, |keys| Ok(open(keys)))?;
        let rows = rows.iter().map(|row| match row {
            Ok(plain) => opened(py, plain),
            Err(refused) => error(py, refused),
        });
        PyList::new(py, rows.collect::<PyResult<Vec<_>>>()?)
    }
}

fn whose<'a>(account: Option<Utf8<'a>>, subject: Option<Utf8<'a>>) -> Whose<'a> {
    Whose { account: account.map(|text| text.0), subject: subject.map(|text| text.0) }
}

fn rejection(on_error: &str) -> PyResult<OnError> {
    match on_error {
        "fail" => Ok(OnError::Fail),
        "reject" => Ok(OnError::Reject),
        _ => Err(PyValueError::new_err("on_error is 'fail' or 'reject'")),
    }
}
