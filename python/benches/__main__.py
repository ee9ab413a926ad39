"""Measures the package beside what else one would use there, answers first."""

import argparse
import json
from pathlib import Path

import columns
import events
import frames

TOKENS = Path(__file__).resolve().parents[2] / "tests/vectors/token.json"
SETS = ("columns", "events", "frames")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=SETS, metavar="|".join(SETS))
    parser.add_argument("--smoke", action="store_true", help="look at the answers alone")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=2_000_000, help="of Spark's frames")
    given = parser.parse_args()
    rounds = 0 if given.smoke else given.rounds
    if "columns" in given.sets:
        columns.main(1_000 if given.smoke else 1_000_000, rounds)
    if "events" in given.sets:
        events.main(1_000 if given.smoke else 100_000, rounds)
    if "frames" in given.sets:
        # The keyring of the shared vectors: its root is no secret.
        [keyring] = json.loads(TOKENS.read_text())["keyring"]
        frames.main(given.rows, rounds, keyring["document"].encode(), bytes.fromhex(keyring["root"]))
