"""Keys: there and back, forgetting, threads and forks; and what does not go together."""

import base64
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import pumice

ACCOUNT = "AC5f1e09c2"
FIELDS = {"body": {"type": "text", "action": "encrypt"}, "email": {"type": "email", "action": "tokenize"}}
POLICY = {"pumice": 1, "account": "account", "subject": "user", "fields": FIELDS}
EVENT = {"account": ACCOUNT, "user": "u-1", "body": "See you", "email": "john@gmail.com"}


def code(work: Any) -> str:
    with pytest.raises(pumice.PumiceError) as caught:
        work()
    assert not any(value in str(caught.value) for value in EVENT.values())
    return caught.value.code


def test_there_and_back(keys: dict[str, Any]) -> None:
    scrubber = pumice.Scrubber(POLICY, **keys)
    out = scrubber.scrub(EVENT)
    assert re.fullmatch("pum1.+", out["body"]) and re.fullmatch("ptk1.+", out["email"])
    assert scrubber.detokenize_event(scrubber.decrypt_event(out)) == EVENT
    assert scrubber.decrypt(out["body"], ACCOUNT, "body") == "See you"
    assert scrubber.detokenize(out["email"]) == "john@gmail.com"
    assert code(lambda: scrubber.decrypt(out["body"], ACCOUNT, "email")) == "authentication_failed"
    opened = scrubber.detokenize_bulk([out["email"], "x", out["email"]])
    assert [opened[0], opened[1].code, opened[2]] == ["john@gmail.com", "not_ours", "john@gmail.com"]
    line = b'{"account":"%s","user":"u-1","email":"john@gmail.com"}\n' % ACCOUNT.encode()
    assert scrubber.detokenize_ndjson(scrubber.decrypt_ndjson(scrubber.scrub_ndjson(line))) == line


def test_forgetting(keys: dict[str, Any]) -> None:
    scrubber = pumice.Scrubber(POLICY, **keys)
    out = scrubber.scrub(EVENT)
    assert (scrubber.forget(ACCOUNT, "u-1"), scrubber.forget(ACCOUNT, "u-1")) == (1, 0)
    assert code(lambda: scrubber.detokenize(out["email"])) == "forgotten"
    assert scrubber.decrypt_event(out)["body"] == "See you"
    keyring = scrubber.forget_account(ACCOUNT)
    assert keyring == scrubber.keyring() != keys["keyring"]
    assert code(lambda: scrubber.decrypt_event(out)) == "key_destroyed"
    del scrubber
    reopened = pumice.Scrubber(POLICY, **{**keys, "keyring": keyring})
    assert code(lambda: reopened.scrub(EVENT)) == "key_destroyed"


def test_whose(keys: dict[str, Any]) -> None:
    policy = {"pumice": 1, "fields": FIELDS}
    assert code(lambda: pumice.Scrubber(policy, **keys)) == "needs_account"
    given = pumice.Scrubber(policy, **keys, account=ACCOUNT, subject="u-1").scrub(EVENT)
    by_call = pumice.Scrubber(policy, **keys, owner_by_call=True)
    assert by_call.scrub(EVENT, account=ACCOUNT, subject="u-1")["email"] == given["email"]
    assert code(lambda: by_call.scrub(EVENT, account=ACCOUNT)) == "no_subject"


def test_roots_and_stores(keys: dict[str, Any], tmp_path: Path) -> None:
    keyring, root_key = keys["keyring"], keys["root_key"]
    written = tmp_path / "keyring.json"
    written.write_bytes(keyring)
    as_text = base64.urlsafe_b64encode(root_key).rstrip(b"=").decode()
    paths: list[Path | str] = [written, str(written)]
    for path in paths:
        pumice.Scrubber(POLICY, keyring=path, root_key=as_text, store="memory").scrub(EVENT)
    with pytest.raises(FileNotFoundError, match="absent.json"):
        pumice.Scrubber(POLICY, keyring="absent.json", root_key=root_key)
    held = pumice.Scrubber(POLICY, **keys)
    assert code(lambda: pumice.Scrubber(POLICY, **keys)) == "store_locked"
    del held
    assert code(lambda: pumice.Scrubber(POLICY, keyring=keyring, root_key=root_key)) == "needs_store"
    assert code(lambda: pumice.Scrubber(POLICY, keyring=keyring, root_key=b"1" * 32, store="memory")) == "wrong_root"
    assert code(lambda: pumice.Scrubber(POLICY, keyring=keyring, passphrase="guess", store="memory")) == "wrong_root"
    assert code(lambda: pumice.Scrubber(POLICY).scrub(EVENT)) == "needs_keys"
    wrongs: list[dict[str, Any]] = [{"keyring": keyring}, {"root_key": root_key}, {"store": "memory"}, {**keys, "passphrase": "x"}]
    for wrong in wrongs:
        with pytest.raises(TypeError, match="need|one too many"):
            pumice.Scrubber(POLICY, **wrong)
    assert code(lambda: pumice.Scrubber({"pumice": 1, "fields": {}}).forget(ACCOUNT, "u-1")) == "needs_keys"


def test_a_store_in_a_directory_is_shared(keys: dict[str, Any], tmp_path: Path) -> None:
    shared = {**keys, "store": f"{tmp_path}/subjects/"}
    one, other = pumice.Scrubber(POLICY, **shared), pumice.Scrubber(POLICY, **{**shared, "store": tmp_path / "subjects"})
    token = one.scrub(EVENT)["email"]
    assert other.scrub(EVENT)["email"] == token
    program = (
        "import sys, pumice; policy, event, keyring, root_key, store = map(eval, sys.argv[1:]);"
        "print(pumice.Scrubber(policy, keyring=keyring, root_key=root_key, store=store).scrub(event)['email'])"
    )
    arguments = map(repr, [POLICY, EVENT, keys["keyring"], keys["root_key"], shared["store"]])
    said = subprocess.run([sys.executable, "-c", program, *arguments], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert said.stdout.strip() == token
    assert one.forget(ACCOUNT, EVENT["user"]) == 1
    assert code(lambda: one.detokenize(token)) == "forgotten"
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "holiday.jpg").touch()
    assert code(lambda: pumice.Scrubber(POLICY, **{**keys, "store": tmp_path / "photos"})) == "store_damaged"


def test_columns_come_back(keys: dict[str, Any]) -> None:
    scrubber = pumice.Scrubber(POLICY, **keys)
    raw = pa.RecordBatch.from_pylist([EVENT, {**EVENT, "body": None, "email": None}])
    batch = scrubber.scrub_batch(raw)
    decrypted = scrubber.decrypt_batch(batch)
    assert isinstance(decrypted, pa.RecordBatch) and decrypted.schema == batch.schema
    assert decrypted.to_pylist() == [scrubber.decrypt_event(row) for row in batch.to_pylist()]
    assert scrubber.detokenize_batch(decrypted).to_pylist() == raw.to_pylist()
    table = pa.Table.from_batches([batch, batch])
    back = scrubber.decrypt_batch(scrubber.detokenize_batch(table))
    assert isinstance(back, pa.Table) and back.to_pylist() == raw.to_pylist() * 2
    assert scrubber.decrypt_batch(table.slice(4)).schema == table.schema
    mixed = pa.Table.from_batches([batch, raw])
    with pytest.raises(pumice.PumiceError) as caught:
        scrubber.decrypt_batch(mixed)
    assert (caught.value.code, caught.value.at, caught.value.line) == ("not_ours", "body", 3)
    scrubber.forget(ACCOUNT, EVENT["user"])
    assert code(lambda: scrubber.detokenize_batch(batch)) == "forgotten"


def test_threads(keys: dict[str, Any]) -> None:
    scrubber = pumice.Scrubber(POLICY, **keys)
    with ThreadPoolExecutor(8) as pool:
        outs = list(pool.map(lambda n: scrubber.scrub({**EVENT, "user": f"u-{n % 7}"}), range(2000)))
    assert len({out["email"] for out in outs}) == 7
    assert len({out["body"] for out in outs}) == 2000
    assert scrubber.report()["events"] == 2000


def sealed_by_child(scrubber: pumice.Scrubber) -> tuple[int, int]:
    """A child that seals the same value again and again: its id, and where it writes what came out."""
    read, write = os.pipe()
    if child := os.fork():
        os.close(write)
        return child, read
    for _ in range(500):
        os.write(write, scrubber.scrub(EVENT)["body"].encode() + b"\n")
    os._exit(0)


def test_children_of_a_fork_draw_apart(keys: dict[str, Any]) -> None:
    policy = {"pumice": 1, "account": "account", "fields": {"body": FIELDS["body"]}}
    scrubber = pumice.Scrubber(policy, keyring=keys["keyring"], root_key=keys["root_key"])
    scrubber.scrub(EVENT)
    drawn = []
    for child, read in [sealed_by_child(scrubber), sealed_by_child(scrubber)]:
        with open(read, "rb") as lines:
            sealed = [base64.urlsafe_b64decode(line.strip() + b"==") for line in lines]
        assert os.waitpid(child, 0)[1] == 0 and len(sealed) == 500
        drawn += [envelope[21:45] for envelope in sealed]
    salts_and_ivs = set(drawn)
    assert len(salts_and_ivs) == 1000
    assert len({both[12:] for both in drawn}) == 1000
