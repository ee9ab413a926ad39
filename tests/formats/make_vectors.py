#!/usr/bin/env python3
"""Writes tests/vectors/envelope.json, token.json and keyring.json from docs/FORMATS.md alone.

`make_vectors.py` writes them; `make_vectors.py --check` says whether the committed ones are what it makes.
"""

import json
import sys
from pathlib import Path

from envelope_rows import envelope
from keyring_rows import keyrings
from token_rows import tokens

FOLDER = Path(__file__).resolve().parent.parent / "vectors"


def text_of(sections):
    """One line for each row."""
    parts = [f'  "about": {json.dumps(sections.pop("about"), ensure_ascii=False)}']
    for name, rows in sections.items():
        rows = [{key: member for key, member in row.items() if member is not None} for row in rows]
        lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in rows)
        parts.append(f'  "{name}": [\n{lines}\n  ]')
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments):
    unequal = []
    for name, make in (("envelope", envelope), ("token", tokens), ("keyring", keyrings)):
        sections = make()
        counts = ", ".join(f"{len(rows)} {section}" for section, rows in sections.items() if section != "about")
        path, text = FOLDER / f"{name}.json", text_of(sections)
        if arguments == ["--check"]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                unequal.append(name)
        else:
            path.write_text(text, encoding="utf-8")
        print(f"{name}.json: {counts}")
    if unequal:
        raise SystemExit(f"not what {Path(__file__).name} makes: {', '.join(unequal)}")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    main(sys.argv[1:])
