"""Runs the shared vectors."""

import json
import re
from typing import Any

import pytest
from vectors import HOUSE, data, rows, sections

import pumice


def outcome(error: pumice.PumiceError) -> dict[str, Any]:
    return {name: value for name, value in [("error", error.code), ("at", error.at), ("line", error.line)] if value is not None}


@pytest.mark.parametrize(("kind", "row"), rows("redact", "geo"))
def test_redact(kind: str, row: Any) -> None:
    geo = HOUSE / "tests/data/geo" / row["db"] if "db" in row else None
    redactor = pumice.Redactor(kind, geo_db=geo, **row.get("options", {}))
    if row.get("invalid"):
        with pytest.raises(pumice.PumiceError, match="^invalid_value: "):
            redactor.redact(row["in"])
    else:
        assert redactor.redact(row["in"]) == row["out"]


@pytest.mark.parametrize(("section", "row"), rows("events"))
def test_events(section: str, row: Any) -> None:
    event, out, rejects = data(row, "in"), data(row, "out"), data(row, "rejects")
    due = {name: row[name] for name in ("error", "at", "line") if name in row}
    scrubber = pumice.Scrubber(row["policy"], max_event_bytes=row.get("max_event_bytes"))
    try:
        if row.get("ndjson"):
            came = scrubber.scrub_ndjson(event, on_error=row["on_error"])
            assert came == ((out, rejects) if row["on_error"] == "reject" else out)
        else:
            assert scrubber.scrub(event) == out
            assert scrubber.scrub(event.decode()) == out.decode()
        assert due == {}
    except pumice.PumiceError as error:
        assert outcome(error) == due


@pytest.mark.parametrize(("section", "row"), rows("sealed"))
def test_sealed(section: str, row: Any, keys: dict[str, Any]) -> None:
    given = {name: row[name] for name in ("account", "subject") if name in row}
    whose = row.get("by_call", {})
    scrubber = pumice.Scrubber(row["policy"], **keys, **given, owner_by_call="by_call" in row)
    work = getattr(scrubber, f"{row['aim']}_event" if "aim" in row else "scrub")
    try:
        out = work(row["in"], **whose)
        assert re.fullmatch("[A-Za-z0-9_-]+".join(map(re.escape, row["out"].split("*"))), out)
    except pumice.PumiceError as error:
        assert outcome(error) == {name: row[name] for name in ("error", "at") if name in row}


@pytest.mark.parametrize(("section", "row"), rows("schema"))
def test_schema(section: str, row: Any) -> None:
    given = {name: row[name] for name in ("format", "type_attribute", "properties_attribute") if name in row}
    schema = row["schema"] if "schema" in row else data(row, "text").decode()
    try:
        assert pumice.read_schema(schema if isinstance(schema, str) else json.dumps(schema), **given) == row["out"]
    except pumice.PumiceError as error:
        assert outcome(error) == {name: row[name] for name in ("error", "at") if name in row}


@pytest.mark.parametrize(("section", "row"), rows("governance"))
def test_governance(section: str, row: Any) -> None:
    given = {name: row[name] for name in ("reservoir", "against") if name in row}
    if section == "review":
        review = pumice.review_schema(row["schema"], row["governance"], **given)
        assert (review["passes"], review["findings"]) == (row["passes"], row["findings"])
        return
    try:
        compiled = pumice.compile_policy(row["schema"], row["governance"], **given)
        by = {decision["selector"]: decision["at"] or decision["by"] for decision in compiled["decisions"]}
        assert compiled["policy"] == row.get("policy", compiled["policy"])
        assert compiled["policy"]["fields"] == row.get("fields", compiled["policy"]["fields"])
        assert by == row.get("by", by)
        assert [warning["at"] for warning in compiled["warnings"]] == row.get("warnings", [])
        assert "error" not in row
    except pumice.PumiceError as error:
        assert outcome(error) == {name: row[name] for name in ("error", "at") if name in row}
