"""Keys for tests: those of the shared vectors."""

import pumice
import pytest
from vectors import sections


@pytest.fixture
def keys() -> pumice.Keys:
    """One keyring for all files of vectors, and a store without subjects."""
    [keyring] = sections("token")["keyring"]
    root = pumice.Root.KEY(key=bytes.fromhex(keyring["root"]))
    return pumice.Keys(keyring=keyring["document"].encode(), root=root, store=pumice.Store.MEMORY)
