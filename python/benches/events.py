"""One event for each call, against reading, editing and writing it again."""

import json
from pathlib import Path
from typing import Any

import orjson
from race import Contestants, check, race

import pumice

DATA = Path(__file__).resolve().parents[2] / "tests/data"


def edited(event: dict[str, Any]) -> dict[str, Any]:
    """As one would write it for numbers that are known to end in four digits."""
    for name in ("from", "to"):
        if name in event:
            event[name] = event[name][:-4] + "XXXX"
    if event.get("message_body") is not None:
        event["message_body"] = ""
    for media in event.get("media", []):
        media["url"] = "https://media.example/removed"
    return event


def main(count: int, rounds: int) -> None:
    lines = (DATA / "messaging.ndjson").read_bytes().splitlines()
    lines = (lines * (1 + count // len(lines)))[:count]
    scrub = pumice.Scrubber((DATA / "messaging.policy.json").read_text()).scrub
    racing: Contestants = {
        "pumice, bytes": lambda: [scrub(line) for line in lines],
        "orjson.loads alone": lambda: [orjson.loads(line) for line in lines],
        "orjson.loads, edits, dumps": lambda: [orjson.dumps(edited(orjson.loads(line))) for line in lines],
        "json.loads, edits, dumps": lambda: [json.dumps(edited(json.loads(line))) for line in lines],
    }
    answers = {name: [json.loads(line) for line in run()] for name, run in racing.items() if "alone" not in name}  # type: ignore[attr-defined]
    check("events", [edited(json.loads(line)) for line in lines], dict(answers))
    aims = [("pumice, bytes", "orjson.loads alone", "0.25"), ("pumice, bytes", "orjson.loads, edits, dumps", ""), ("pumice, bytes", "json.loads, edits, dumps", "")]
    race("Events", racing, count, rounds, aims)
