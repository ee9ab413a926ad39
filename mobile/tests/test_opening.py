"""Opens the ciphertexts of the shared vectors; misuses what can be misused."""

import threading
from typing import Any

import pumice
import pytest
from vectors import data, sections

OPENED = {"string": pumice.Opened.TEXT, "json": pumice.Opened.JSON, "bytes": pumice.Opened.RAW}
POLICY = '{"pumice":1,"fields":{"from":"phone"}}'


def is_due(row: Any, scrubber: pumice.Scrubber) -> bool:
    try:
        opened = scrubber.decrypt(row["text"], row["account"], data(row, "field").decode())
        return opened == OPENED[row["kind"]](bytes.fromhex(row["plain_hex"]) if row["kind"] == "bytes" else row["plain"])
    except pumice.PumiceError as error:
        # The subjects of the vectors are in a store that an app does not have: what their keys sealed is as if forgotten.
        by_subject = row["text"][6:7] in tuple("EFGH")
        return error.code == row.get("code") or (by_subject and error.code == "forgotten")


def test_envelope(keys: pumice.Keys) -> None:
    scrubber = pumice.Scrubber(POLICY, keys=keys)
    envelopes = sections("envelope")
    assert [row for row in envelopes["valid"] + envelopes["invalid"] if not is_due(row, scrubber)] == []


def test_keys_and_databases_that_are_none() -> None:
    root = pumice.Root.KEY(key=b"\0")
    for code, given in [("geo_invalid", {"geo": b""}), ("invalid_root", {"keys": pumice.Keys(keyring=b"", root=root)})]:
        with pytest.raises(pumice.PumiceError, match=code):
            pumice.Scrubber(POLICY, **given)
    with pytest.raises(pumice.PumiceError, match="needs_keys"):
        pumice.Scrubber(POLICY).decrypt("", "", "")


def test_policies_of_a_set() -> None:
    def policies(rule: str) -> str:
        return '{"pumice_set":1,"by":"event_name","policies":{"login":{"pumice":1,"fields":{"from":%s}}}}' % rule

    scrubber = pumice.Scrubber(policies('"phone"'))
    login = scrubber.named("login")
    assert login.scrub(b'{"from":"+11234567890"}') == b'{"from":"+1123456XXXX"}'
    for code, work in [
        ("no_policy", lambda: scrubber.scrub(b"{}")),
        ("unknown_policy", lambda: scrubber.named("logout")),
        ("policy_shape", lambda: scrubber.reload(policies("1"))),
    ]:
        with pytest.raises(pumice.PumiceError, match=code):
            work()
    scrubber.reload(policies('{"action":"drop"}'))
    assert login.scrub(b'{"from":"+11234567890"}') == b"{}"
    assert scrubber.report().events == 2


@pytest.mark.parametrize(
    ("event", "code"),
    [(b"", "invalid_json"), (b"\0", "invalid_json"), (b'"\xff"', "invalid_utf8"), (b"[" * 10**5, "too_deep"), (b" " * 17 * 2**20, "too_large")],
)
def test_bytes_that_are_no_event(event: bytes, code: str) -> None:
    with pytest.raises(pumice.PumiceError, match=code):
        pumice.Scrubber(POLICY).scrub(event)


def test_eight_threads() -> None:
    scrubber = pumice.Scrubber(POLICY)
    came = []
    work = lambda: came.extend(scrubber.scrub(b'{"from":"+11234567890"}') for _ in range(1000))  # noqa: E731
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert came == [b'{"from":"+1123456XXXX"}'] * 8000
    assert scrubber.report().events == 8000
