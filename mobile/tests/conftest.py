"""Keys for tests: those of the shared vectors, each test with a store of its own."""

import os
import shutil
import subprocess
from pathlib import Path

import pumice
import pytest
from vectors import HOUSE, sections


@pytest.fixture(scope="session")
def vectors_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vectors") / "subjects.redb"
    maker = Path(os.environ.get("CARGO_TARGET_DIR", HOUSE / "target")) / "debug/examples/vectors-store"
    subprocess.run([maker, "token", path], check=True)
    return path


@pytest.fixture
def keys(vectors_store: Path, tmp_path: Path) -> pumice.Keys:
    """One keyring for all files of vectors, and the store."""
    [keyring] = sections("token")["keyring"]
    store = pumice.Store.FILE(path=str(shutil.copy(vectors_store, tmp_path / "subjects.redb")))
    root = pumice.Root.KEY(key=bytes.fromhex(keyring["root"]))
    return pumice.Keys(keyring=keyring["document"].encode(), root=root, store=store)
