"""Measures the package beside what else one would use there, answers first.

`python python/benches`, or `python python/benches columns`, `events`, `frames`; `--smoke` looks at the answers alone.
"""

import json
import sys
from pathlib import Path

import columns
import events
import frames

TOKENS = Path(__file__).resolve().parents[2] / "tests/vectors/token.json"

if __name__ == "__main__":
    smoke = "--smoke" in sys.argv
    asked = [name for name in sys.argv[1:] if name != "--smoke"]
    rounds = 0 if smoke else 5
    if not asked or "columns" in asked:
        columns.main(1_000 if smoke else 1_000_000, rounds)
    if not asked or "events" in asked:
        events.main(1_000 if smoke else 100_000, rounds)
    if not asked or "frames" in asked:
        # The keyring of the shared vectors: its root is no secret.
        [keyring] = json.loads(TOKENS.read_text())["keyring"]
        frames.main(2_000_000, rounds, keyring["document"].encode(), bytes.fromhex(keyring["root"]))
