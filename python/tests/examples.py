"""Runs the examples that a text has; knows no test."""

import doctest
from typing import Any


def run_examples(text: str, known: dict[str, Any]) -> int:
    """Runs the examples of a text, of which none may fail, and counts them."""
    runner = doctest.DocTestRunner()
    runner.run(doctest.DocTestParser().get_doctest(text, known, "README.md", None, 0))
    result = runner.summarize()
    assert result.failed == 0
    return result.attempted
