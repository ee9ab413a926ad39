#!/usr/bin/env python3
"""Holds the command line and the readers here to each other, both ways.

`check_cli.py PUMICE FOLDER` has PUMICE make keyrings and scrub events, and opens what came of it with open.py and open.mjs;
then it gives PUMICE the keyring and the ciphertexts of tests/vectors/envelope.json. FOLDER is where all that is put.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import formats

HERE = Path(__file__).resolve().parent
ACCOUNTS = ["AC1", "счёт 2 🗝"]
POLICY = {
    "pumice": 1,
    "account": "account",
    "fields": {
        "body": {"type": "text", "action": "encrypt"},
        "renamed": {"type": "text", "action": "encrypt", "id": "поле"},
        "deep": {"action": "encrypt"},
        "list[*]": {"action": "encrypt"},
        "email": {"type": "email", "action": "hash"},
    },
}
# The texts of fields, as they stand in an event.
BODIES = [
    '""',
    '"x"',
    '"a \\"quoted\\" \\\\ text\\n\\u0000 \\ud83d\\udd11"',
    '"naïve 账户 🗝"',
    "-0.0",
    "1.50E+400",
    "true",
    '"' + "long " * 2000 + '"',
]
DEEP = '{ "b" : [1 ,2],\t"a":"\\u0065", "a": 1.0 }'


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE, encoding="utf-8", **more)
    if done.returncode:
        raise SystemExit(f"exit {done.returncode} of {command}")
    return done.stdout


def sealed_of(text):
    value = json.loads(text)
    return {"kind": "string", "plain": value} if isinstance(value, str) else {"kind": "json", "plain": text}


def what_pumice_makes(pumice, folder, root_option, root_of):
    """A file like envelope.json of what PUMICE sealed, the keys in it unwrapped by the readers here."""
    keyring, policy = folder / "keyring.json", folder / "policy.json"
    policy.write_text(json.dumps(POLICY), encoding="utf-8")
    with_keys = ["--keyring", keyring, *root_option]
    run(pumice, "keyring", "init", *with_keys, *(["--make-root-key"] if "--root-key-file" in root_option else []))
    run(pumice, "keyring", "add", *with_keys, *ACCOUNTS)
    rows, hashes = [], []
    for _ in range(2):
        for account in ACCOUNTS:
            events = [
                f'{{"account": {json.dumps(account)}, "body": {body}, "renamed": {body}, "deep": {DEEP},'
                f' "list": [{body}, {DEEP}], "email": "ann@example.com"}}'
                for body in BODIES
            ]
            lines = run(pumice, "scrub", "--policy", policy, *with_keys, input="\n".join(events) + "\n").splitlines()
            for body, line in zip(BODIES, lines, strict=True):
                event = json.loads(line)
                fields = (("body", event["body"], body), ("поле", event["renamed"], body), ("deep", event["deep"], DEEP))
                fields += (("list[*]", event["list"][0], body), ("list[*]", event["list"][1], DEEP))
                rows += [
                    {"account": account, "field": field, "text": text, **sealed_of(plain)} for field, text, plain in fields
                ]
                hashes.append((account, event["email"]))
        run(pumice, "keyring", "rotate", *with_keys, ACCOUNTS[0])

    document, root = formats.open_keyring(keyring.read_bytes(), root_of)
    head = {"account_keys": [], "token_roots": [], "subjects": []}
    for account in document["accounts"]:
        name = account["account"]
        formats.keys_of(document, root, name)
        for key in account["keys"]:
            raw = root.unwrap(key["wrapped"], *formats.pairs_of("account_key", name, key["version"]))
            head["account_keys"].append(
                {"account": name, "state": key["state"], "version": key["version"], "account_key": raw.hex()}
            )
    kind = formats.STRING << 4 | formats.TYPES["email"]
    due = {
        (key["account"], formats.hashed(formats.AccountKey(bytes.fromhex(key["account_key"])), kind, b"ann@example.com"))
        for key in head["account_keys"]
        # Nothing was hashed since the last rotation.
        if (key["account"], key["version"]) != (ACCOUNTS[0], 3)
    }
    assert set(hashes) == due, "hashes"
    moved = [{**row, "field": "another"} for row in rows] + [
        {**row, "account": ACCOUNTS[row["account"] == ACCOUNTS[0]]} for row in rows
    ]
    cut = [{**row, "text": row["text"][:-1]} for row in rows]
    changed = [
        {**row, "text": row["text"][:-9] + ("A" if row["text"][-9] != "A" else "B") + row["text"][-8:]} for row in rows
    ]
    made = folder / "made.json"
    made.write_text(json.dumps({**head, "valid": rows, "invalid": moved + cut + changed}), encoding="utf-8")
    return made


def what_pumice_opens(pumice, folder):
    vectors = json.loads((HERE.parent / "vectors" / "envelope.json").read_text(encoding="utf-8"))
    keyring, root = folder / "keyring.json", folder / "root"
    keyring.write_text(vectors["keyring"][0]["document"], encoding="utf-8")
    root.write_bytes(bytes.fromhex(vectors["keyring"][0]["root"]))
    root.chmod(0o600)
    opened = 0
    for row in vectors["valid"]:
        if "subject" not in row and row["kind"] != "bytes":
            field = row["field"] if isinstance(row["field"], str) else "".join(text * times for text, times in row["field"])
            command = [pumice, "decrypt", "--keyring", keyring, "--root-key-file", root, "--account", row["account"]]
            came = run(*command, "--field", field, "--json", row["text"])
            due = json.dumps(row["plain"]) if row["kind"] == "string" else row["plain"]
            assert came.endswith("\n") and sealed_of(came[:-1]) == sealed_of(due), row
            opened += 1
    print(f"the command line opens {opened} of them")


def main(pumice, folder):
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("root", "passphrase", "vectors"):
        (folder / name).mkdir(parents=True)
    key_file = folder / "root" / "root.key"
    local = what_pumice_makes(
        pumice,
        folder / "root",
        ["--root-key-file", key_file],
        lambda _: formats.Root(formats.from_b64(key_file.read_text().rstrip("\n"))),
    )
    passphrase = folder / "passphrase" / "passphrase"
    passphrase.write_text("correct horse 🐎 battery\n", encoding="utf-8")
    passphrase.chmod(0o600)
    derived = what_pumice_makes(
        pumice,
        folder / "passphrase",
        ["--passphrase-file", passphrase],
        lambda member: formats.Root(passphrase=passphrase.read_bytes().rstrip(b"\n"), argon2id=member["argon2id"]),
    )
    for made in (local, derived):
        print(run(sys.executable, HERE / "check.py", made), end="")
        print(run("node", HERE / "check.mjs", made), end="")
    what_pumice_opens(pumice, folder / "vectors")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
