"""Opens the ciphertexts and tokens of the shared vectors; misuses what can be misused."""

from collections.abc import Callable
from typing import Any

import pumice
import pytest
from vectors import data, sections

KINDS = {"string": pumice.Opened.TEXT, "json": pumice.Opened.JSON, "bytes": pumice.Opened.RAW}


def is_due(row: Any, opens: Callable[[], pumice.Opened]) -> bool:
    try:
        opened = opens()
        plain = bytes.fromhex(row["plain_hex"]) if row["kind"] == "bytes" else row["plain"]
        return isinstance(opened, KINDS[row["kind"]]) and opened[0] == plain
    except pumice.PumiceError as error:
        return bool(error.code == row.get("code"))


def test_opened(keys: pumice.Keys) -> None:
    scrubber = pumice.Scrubber('{"pumice":1,"fields":{}}', keys=keys)
    envelopes, tokens = sections("envelope"), sections("token")
    for row in envelopes["valid"] + envelopes["invalid"]:
        assert is_due(row, lambda row=row: scrubber.decrypt(row["text"], row["account"], data(row, "field").decode())), row
    for row in tokens["valid"] + tokens["invalid"]:
        assert is_due(row, lambda row=row: scrubber.detokenize(row["token"])), row


def test_forget(keys: pumice.Keys) -> None:
    scrubber = pumice.Scrubber('{"pumice":1,"fields":{}}', keys=keys)
    token = next(row for row in sections("token")["valid"] if row["subject"] == "user-1")
    assert scrubber.forget(token["account"], "user-1") == 1
    with pytest.raises(pumice.PumiceError, match="forgotten"):
        scrubber.detokenize(token["token"])


def test_keys_and_databases_that_are_none() -> None:
    policy = '{"pumice":1,"fields":{}}'
    root = pumice.Root.KEY(key=b"\0")
    for code, given in [("geo_invalid", {"geo": b""}), ("invalid_root", {"keys": pumice.Keys(keyring=b"", root=root)})]:
        with pytest.raises(pumice.PumiceError, match=code):
            pumice.Scrubber(policy, **given)
    with pytest.raises(pumice.PumiceError, match="needs_keys"):
        pumice.Scrubber(policy).decrypt("", "", "")
