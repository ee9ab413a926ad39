"""Runs the shared vectors through the generated Python of the surface that Kotlin and Swift have."""

import json
import re
from decimal import Decimal
from typing import Any

import pumice
import pytest
from vectors import HOUSE, data, rows


def dump(value: Any) -> bytes:
    """JSON in which decimals keep their spelling."""
    if isinstance(value, dict):
        return b"{%s}" % b",".join(dump(key) + b":" + dump(item) for key, item in value.items())
    if isinstance(value, list):
        return b"[%s]" % b",".join(map(dump, value))
    return (str(value) if isinstance(value, Decimal) else json.dumps(value)).encode()


def policy(row: Any) -> str:
    return row["policy"] if isinstance(row["policy"], str) else dump(row["policy"]).decode()


def came(error: pumice.PumiceError) -> dict[str, Any]:
    found = {"error": error.code, "at": error.at, "line": error.line}
    return {name: value for name, value in found.items() if value is not None}


def due(row: Any) -> dict[str, Any]:
    found = {"error": row.get("error"), "at": row.get("at"), "line": row.get("line")}
    return {name: str(value) if name == "at" else value for name, value in found.items() if value is not None}


@pytest.mark.parametrize(("kind", "row"), rows("redact", "geo"))
def test_redact(kind: str, row: Any) -> None:
    geo = (HOUSE / "tests/data/geo" / row["db"]).read_bytes() if "db" in row else None
    redactor = pumice.Redactor(kind, json.dumps(row.get("options", {})), geo)
    try:
        assert json.loads(redactor.redact(dump(row["in"])), parse_float=Decimal) == row["out"]
    except pumice.PumiceError as error:
        assert came(error) == {"error": "invalid_value"} and row["invalid"]


@pytest.mark.parametrize(("section", "row"), rows("events"))
def test_events(section: str, row: Any) -> None:
    event = data(row, "in")
    scrubber = pumice.Scrubber(policy(row), max_event_bytes=row.get("max_event_bytes"))
    try:
        if row.get("on_error") == "reject":
            lines = scrubber.scrub_ndjson_rejecting(event)
            assert (lines.scrubbed, lines.rejects) == (data(row, "out"), data(row, "rejects"))
        else:
            assert (scrubber.scrub_ndjson if row.get("ndjson") else scrubber.scrub)(event) == data(row, "out")
        assert due(row) == {}
    except pumice.PumiceError as error:
        assert came(error) == due(row)


# A policy is a text here: one that is no UTF-8 cannot be given.
@pytest.mark.parametrize(("section", "row"), [row for row in rows("policy_invalid") if "policy" in row[1]])
def test_policy_invalid(section: str, row: Any, keys: pumice.Keys) -> None:
    given = {"with_store": keys, "without_store": pumice.Keys(keyring=keys.keyring, root=keys.root)}.get(row.get("keys"))
    with pytest.raises(pumice.PumiceError) as caught:
        pumice.Scrubber(policy(row), keys=given)
    assert caught.value.code == row["code"]
    assert "at" not in row or caught.value.at == str(row["at"])


# Whose an event is cannot come with the call here, and subjects are not in a store: no token is as it was.
LEFT_OUT = re.compile("by_call|ptk1|detokenize")


@pytest.mark.parametrize(("section", "row"), [row for row in rows("sealed") if not LEFT_OUT.search(str(row[1]))])
def test_sealed(section: str, row: Any, keys: pumice.Keys) -> None:
    scrubber = pumice.Scrubber(policy(row), keys=keys, account=row.get("account"), subject=row.get("subject"))
    try:
        out = (scrubber.decrypt_event if row.get("aim") == "decrypt" else scrubber.scrub)(row["in"].encode()).decode()
        assert re.fullmatch("[A-Za-z0-9_-]+".join(map(re.escape, row["out"].split("*"))), out)
    except pumice.PumiceError as error:
        assert came(error) == due(row)
