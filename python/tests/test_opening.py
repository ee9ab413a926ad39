"""Opens the ciphertexts and tokens of the shared vectors, one at a time and all at once."""

import json
import math
from collections import defaultdict
from decimal import Decimal
from typing import Any

from vectors import data, sections

import pumice

NO_FIELDS = {"pumice": 1, "fields": {}}


def plain(row: Any) -> Any:
    match row["kind"]:
        case "bytes":
            return bytes.fromhex(row["plain_hex"])
        case "string":
            return row["plain"]
        case _:
            return json.loads(row["plain"], parse_float=number)


def number(text: str) -> float | Decimal:
    """A float, or a decimal where a float would be infinite."""
    return float(text) if math.isfinite(float(text)) else Decimal(text)


def is_due(row: Any, came: Any) -> bool:
    if isinstance(came, pumice.PumiceError):
        return bool(came.code == row.get("code"))
    return "code" not in row and came == plain(row)


def test_envelope(keys: dict[str, Any]) -> None:
    scrubber = pumice.Scrubber(NO_FIELDS, **keys)
    envelopes = sections("envelope")
    groups = defaultdict(list)
    for row in envelopes["valid"] + envelopes["invalid"]:
        groups[row["account"], data(row, "field").decode()].append(row)
    for (account, field), rows in groups.items():
        opened = scrubber.decrypt_bulk([row["text"] for row in rows], account, field)
        assert [row for row, came in zip(rows, opened, strict=True) if not is_due(row, came)] == []
        for row in rows:
            try:
                assert scrubber.decrypt(row["text"], account, field) == plain(row)
            except pumice.PumiceError as error:
                assert error.code == row["code"]


def test_text_that_is_none(keys: dict[str, Any]) -> None:
    scrubber = pumice.Scrubber(NO_FIELDS, **keys)
    for opened in (scrubber.decrypt_bulk(["pum1\ud800", "x"], "AC1", "f"), scrubber.detokenize_bulk(["ptk1\ud800", "x"])):
        assert [getattr(came, "code", None) for came in opened] == ["not_ours", "not_ours"]


def test_token(keys: dict[str, Any]) -> None:
    scrubber = pumice.Scrubber(NO_FIELDS, **keys)
    tokens = sections("token")
    rows = tokens["valid"] + tokens["invalid"]
    opened = scrubber.detokenize_bulk([row["token"] for row in rows])
    assert [row for row, came in zip(rows, opened, strict=True) if not is_due(row, came)] == []
    for row in rows:
        try:
            assert scrubber.detokenize(row["token"]) == plain(row)
        except pumice.PumiceError as error:
            assert error.code == row["code"]
