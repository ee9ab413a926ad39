"""The shared vectors as Python values; knows no test."""

import json
from base64 import b64decode
from decimal import Decimal
from pathlib import Path
from typing import Any

HOUSE = Path(__file__).resolve().parents[2]


def sections(name: str) -> dict[str, Any]:
    """A file of vectors. Numbers that are not whole are decimals, which keep their spelling."""
    return dict(json.loads((HOUSE / f"tests/vectors/{name}.json").read_text(), parse_float=Decimal))


def rows(*names: str) -> list[tuple[str, Any]]:
    """Each row, with the name of its section."""
    found = [(section, row) for name in names for section, rows in sections(name).items() if section != "about" for row in rows]
    assert found
    return found


def data(row: Any, member: str) -> bytes:
    """Bytes of a row: a text, one in parts (each a text or [text, times]), or base64."""
    if f"{member}_base64" in row:
        return b64decode(row[f"{member}_base64"])
    parts = row.get(member, "")
    parts = [parts] if isinstance(parts, str) else parts
    return "".join(part if isinstance(part, str) else part[0] * part[1] for part in parts).encode()
