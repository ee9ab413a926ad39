"""Runs every example that the package's documentation has."""

import doctest
import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from vectors import HOUSE

import pumice


def test_examples() -> None:
    names = ["pumice", *(f"pumice.{module.name}" for module in pkgutil.iter_modules(pumice.__path__))]
    tried = {name: doctest.testmod(import_module(name)) for name in names}
    assert sum(result.failed for result in tried.values()) == 0
    assert tried["pumice"].attempted >= 1
    documented = [pumice.Scrubber, pumice.Redactor, pumice.codes]
    assert all(example_of(thing) for thing in documented)


def example_of(thing: object) -> bool:
    return ">>>" in (getattr(thing, "__doc__", None) or "")


def test_readme(keys: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "keyring.json").write_bytes(keys["keyring"])
    monkeypatch.chdir(tmp_path)
    readme = HOUSE / "python/README.md"
    result = doctest.testfile(str(readme), module_relative=False, globs={"root_key": keys["root_key"]})
    assert (result.failed, result.attempted) == (0, 11)
