"""Holds what uniffi wrote for Kotlin and Swift to what can be seen without running it."""

import os
import re
import subprocess
from pathlib import Path

import pytest
import tree_sitter_swift
from tree_sitter import Language, Node, Parser
from vectors import HOUSE

GENERATED = Path(os.environ["GENERATED"])
KOTLIN, SWIFT = GENERATED / "kotlin/pumice/pumice.kt", GENERATED / "swift/Pumice.swift"


def words(text: str) -> str:
    """Without what languages spell otherwise."""
    return re.sub(r"[^a-z]", "", text.lower())


@pytest.mark.parametrize("file", [KOTLIN, SWIFT])
def test_every_doc_comment_is_carried(file: Path) -> None:
    came = words(file.read_text())
    documented = 0
    for source in ["scrubber", "redactor", "keys", "failure"]:
        text = (HOUSE / f"bindings/uniffi/src/{source}.rs").read_text()
        # Doc comments and the line after them and their attributes.
        for comment, item in re.findall(r"((?:^ *///.*\n)+)(?:^ *#\[.*\n)*(^.*)", text, re.MULTILINE):
            if not re.match(r" *(fn|pub\(crate\)) ", item):
                documented += 1
                assert words(comment) in came, comment
    assert documented > 50


def mistakes(node: Node) -> list[Node]:
    here = [node] if node.type == "ERROR" or node.is_missing else []
    return here + [found for child in node.children for found in mistakes(child)]


def snippets() -> list[str]:
    readmes = [(HOUSE / name).read_text() for name in ("README.md", "mobile/README.md")]
    return [block for text in readmes for block in re.findall(r"^```swift\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]


FILES = [SWIFT, *sorted(file for file in (HOUSE / "mobile/swift").rglob("*.swift") if file.name != SWIFT.name)]


@pytest.mark.parametrize("text", [*(file.read_text() for file in FILES), *snippets()])
def test_swift_parses(text: str) -> None:
    # The grammar does not know this attribute.
    text = text.replace("@_documentation(visibility: private)", "")
    tree = Parser(Language(tree_sitter_swift.language())).parse(text.encode())
    assert [(node.start_point.row + 1, node.text) for node in mistakes(tree.root_node)] == []


def test_c_calls_the_library(tmp_path: Path) -> None:
    """What Swift would call first: it is linked by its header, and answers with the versions that the Swift expects."""
    text = SWIFT.read_text()
    version = re.search(r"bindings_contract_version = (\d+)", text)[1]
    checksums = re.findall(r"\b(uniffi_\w+_checksum_\w+)\(\)[^=\n]*!= (\d+)", text)
    assert len(checksums) > 8
    program = tmp_path / "program.c"
    checks = "".join(f"if ((int){name}() != {sum}) return 2;\n" for name, sum in checksums)
    program.write_text(
        '#include "PumiceFFI.h"\nint main(void) {\n'
        f"if ((int)ffi_pumice_mobile_uniffi_contract_version() != {version}) return 1;\n{checks}return 0;\n}}\n"
    )
    library = GENERATED / "python"
    flags = ["-std=c11", "-Wall", "-Werror", "-D_Nullable=", "-D_Nonnull=", f"-I{GENERATED / 'swift'}", f"-L{library}", f"-Wl,-rpath,{library}"]
    subprocess.run(["gcc", *flags, program, "-lpumice_mobile", "-o", tmp_path / "program"], check=True)
    subprocess.run([tmp_path / "program"], check=True)
