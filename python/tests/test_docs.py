"""Runs every example that the package's documentation has."""

import doctest
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any, is_typeddict

import pytest
from examples import run_examples
from vectors import HOUSE

import pumice


def test_examples(keys: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fields = {"body": {"type": "text", "action": "encrypt"}, "email": {"type": "email", "action": "tokenize"}}
    policy = {"pumice": 1, "account": "account", "subject": "user", "fields": fields}
    scrubber = pumice.Scrubber(policy, **keys)
    scrubbed = scrubber.scrub({"account": "AC5f1e09c2", "user": "u-1", "body": "See you", "email": "john@gmail.com"})
    modules = [module.name for module in pkgutil.iter_modules(pumice.__path__) if module.name != "spark"]
    names = ["pumice", *(f"pumice.{name}" for name in modules)]
    # Where keys are needed, examples speak of these.
    known = {"keyed": scrubber, "scrubbed": scrubbed}
    tried = [doctest.testmod(import_module(name), extraglobs=known) for name in names]
    assert sum(result.failed for result in tried) == 0


def test_everything_has_an_example() -> None:
    public = [getattr(pumice, name) for name in pumice.__all__]
    public += [method for thing in (pumice.Scrubber, pumice.Redactor) for name, method in vars(thing).items() if name[0] != "_"]
    assert [thing for thing in public if ">>>" not in thing.__doc__ and not is_typeddict(thing)] == []


def test_readme(keys: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring.json").write_bytes(keys["keyring"])
    monkeypatch.chdir(tmp_path)
    # What is said of Spark is tried where Spark is.
    before, _, after = (HOUSE / "python/README.md").read_text().partition("## Spark")
    assert after and run_examples(before, {"root_key": keys["root_key"]}) > 0
