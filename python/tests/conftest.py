"""Keys for tests: those of the shared vectors, each test with a store of its own."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from vectors import HOUSE, sections


@pytest.fixture(scope="session")
def vectors_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vectors") / "subjects.redb"
    maker = Path(os.environ.get("CARGO_TARGET_DIR", HOUSE / "target")) / "debug/examples/vectors-store"
    subprocess.run([maker, "token", path], check=True)
    return path


@pytest.fixture
def keys(vectors_store: Path, tmp_path: Path) -> dict[str, Any]:
    """What a scrubber is given to have the keys of the vectors: one keyring for all files."""
    [keyring] = sections("token")["keyring"]
    store = shutil.copy(vectors_store, tmp_path / "subjects.redb")
    return {"keyring": keyring["document"].encode(), "root_key": bytes.fromhex(keyring["root"]), "store": store}
