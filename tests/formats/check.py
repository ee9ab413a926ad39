#!/usr/bin/env python3
"""Holds open.py to every row of tests/vectors/envelope.json, or of a file like it: opens the valid ones, refuses the invalid."""

import json
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from open import open_text

FILE = sys.argv[1] if sys.argv[1:] else Path(__file__).parent.parent / "vectors" / "envelope.json"
VECTORS = json.loads(Path(FILE).read_text(encoding="utf-8"))
KINDS = {"string": 1, "json": 2, "bytes": 3}


def rows_of(section, account):
    return [row for row in VECTORS[section] if row["account"] == account and row.get("state") != "destroyed"]


def opened(row):
    """What is in it; `None` if it is refused."""
    account, field = row["account"], row["field"]
    field = field if isinstance(field, str) else "".join(text * times for text, times in field)
    account_keys = [bytes.fromhex(key["account_key"]) for key in rows_of("account_keys", account)]
    token_roots = [bytes.fromhex(root["token_root"]) for root in rows_of("token_roots", account)]
    stored = [subject for subject in rows_of("subjects", account) if subject["stored"]]
    subject_keys = {bytes.fromhex(subject["record_id"]): bytes.fromhex(subject["subject_key"]) for subject in stored}
    try:
        return open_text(row["text"], account, field, account_keys, *token_roots[:1], subject_keys=subject_keys)
    except (ValueError, KeyError, InvalidTag):
        return None


for row in VECTORS["valid"]:
    plain = bytes.fromhex(row["plain_hex"]) if row["kind"] == "bytes" else row["plain"]
    assert opened(row) == (KINDS[row["kind"]], plain), row
for row in VECTORS["invalid"]:
    assert opened(row) is None, row
print(f"open.py opens {len(VECTORS['valid'])} ciphertexts and refuses {len(VECTORS['invalid'])}")
