"""Runs the shared vectors of policies and keyrings that are refused, and of keyrings that open."""

from typing import Any

import pytest
from vectors import data, rows, sections

import pumice

NO_FIELDS = {"pumice": 1, "fields": {}}


@pytest.mark.parametrize(("section", "row"), rows("policy_invalid"))
def test_policies(section: str, row: Any, keys: dict[str, Any]) -> None:
    given = {name: value for name, value in keys.items() if "keys" in row and (name != "store" or row["keys"] == "with_store")}
    with pytest.raises(pumice.PumiceError) as caught:
        pumice.Scrubber(data(row, "policy") if "policy_base64" in row else row["policy"], **given)
    assert caught.value.code == row["code"]
    # The whole policy is no place to point at.
    assert "at" not in row or caught.value.at == row["at"]


def root_of(row: Any) -> dict[str, Any]:
    return {"root_key": bytes.fromhex(row["root"])} if "root" in row else {"passphrase": row["passphrase"]}


KEYRINGS = sections("keyring")


@pytest.mark.parametrize("row", KEYRINGS["valid"])
def test_keyrings(row: Any) -> None:
    document = row["document"].encode()
    # What is written is what was read, but for white space and its like.
    keyring = pumice.Scrubber(NO_FIELDS, keyring=document, **root_of(row)).keyring()
    assert pumice.Scrubber(NO_FIELDS, keyring=keyring, **root_of(row)).keyring() == keyring


# To know that a keyring is not older than it was is for who keeps it.
@pytest.mark.parametrize("row", [row for row in KEYRINGS["invalid"] if "at_least" not in row])
def test_keyrings_that_are_none(row: Any) -> None:
    with pytest.raises(pumice.PumiceError, match=f"^{row['code']}\\b"):
        pumice.Scrubber(NO_FIELDS, keyring=row["document"].encode(), **root_of(row))


@pytest.mark.parametrize("row", KEYRINGS["unusable"])
def test_accounts_that_cannot_be_used(row: Any) -> None:
    policy = {"pumice": 1, "account": "account", "fields": {"a": {"action": "encrypt"}, "b": {"type": "text", "action": "tokenize"}}}
    scrubber = pumice.Scrubber(
        {**policy, "subject": "user"}, keyring=row["document"].encode(), store="memory", **root_of(row)
    )
    with pytest.raises(pumice.PumiceError, match=f"^{row['code']}\\b"):
        scrubber.scrub({"account": row["account"], "user": "u-1", "a": "x", "b": "x"})
