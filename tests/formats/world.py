"""The keys that the vectors are made with, and what a reader has of them; knows no row."""

import hashlib
import json

import formats
from formats import BYTES, JSON, STRING, AccountKey, Refused, Root, TokenRoot, World, b64

WORDS = {STRING: "string", JSON: "json", BYTES: "bytes"}
ROOT = bytes(range(32))
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def fixed(label, length=32):
    """Bytes that stand where a writer has random ones."""
    return hashlib.sha256(f"pumice vectors: {label}".encode()).digest()[:length]


# Whose keys there are

MAIN, LONG, WIDE, REPLACED, ENDED = "AC5f1e09c2", "n" * 300, "счёт-账户-🗝", "AC-again", "AC-ended"
PRIMARY, DECRYPT_ONLY, DESTROYED, LIVE = "primary", "decrypt_only", "destroyed", "live"

# Each token root by its number. Two pairs share a hint of 5 bytes, and were searched for: the destroyed root of AC-ended
# has that of the live one of AC-again; TWIN that of `a`, and may not live beside it.
TWIN = 1992844
ACCOUNTS = {
    MAIN: ([DESTROYED, DECRYPT_ONLY, PRIMARY], {0: LIVE}),
    ENDED: ([DESTROYED, DESTROYED], {2061104: DESTROYED}),
    REPLACED: ([DESTROYED, PRIMARY], {1: DESTROYED, 2151006: LIVE}),
    "a": ([PRIMARY], {406658: LIVE}),
    "ab": ([PRIMARY], {5: LIVE}),
    LONG: ([PRIMARY], {2: LIVE}),
    WIDE: ([PRIMARY], {3: LIVE}),
}
ANN, GONE, TWICE, SUBJECT = "user-1", "user-2", "user-3", "пользователь 1 ✂"
SUBJECTS = [(MAIN, ANN), (MAIN, GONE), (MAIN, TWICE), (MAIN, SUBJECT), (ENDED, ANN), (REPLACED, ANN)]
SUBJECTS += [("a", ANN), ("ab", ANN), (LONG, ANN), (WIDE, ANN), (WIDE, GONE)]
FORGOTTEN = [(MAIN, GONE)]


def raw_key(account, version):
    return fixed(f"account key {version} of {account}")


def token_root(number):
    return fixed(f"token root {number}")


def raw_root(account, version=None):
    numbers = list(ACCOUNTS[account][1])
    return token_root(numbers[(version or len(numbers)) - 1])


def subject_of(account, subject):
    """A subject's token root, record id and key."""
    label = f"{subject} in {account}"
    return TokenRoot(raw_root(account)), fixed(f"record id of {label}", 9), fixed(f"subject key of {label}")


def account_member(root, account, states, root_states):
    def member(what, version, state, public, raw):
        row = {**public, "state": state, "version": version}
        return row if state == DESTROYED else {**row, "wrapped": root.wrap(raw, *formats.pairs_of(what, account, version))}

    keys = [(version, state, raw_key(account, version)) for version, state in enumerate(states, 1)]
    numbered = enumerate(root_states.items(), 1)
    roots = [(version, state, token_root(number)) for version, (number, state) in numbered]
    return {
        "account": account,
        "keys": [member("account_key", v, s, {"kid": b64(AccountKey(raw).kid)}, raw) for v, s, raw in keys],
        "token_roots": [member("token_root", v, s, {"tag": b64(TokenRoot(raw).tag)}, raw) for v, s, raw in roots],
    }


def keyring(root, accounts, sequence, mac_key=fixed("MAC key")):
    document = {
        "accounts": [account_member(root, name, *accounts[name]) for name in sorted(accounts, key=str.encode)],
        "mac_key": root.wrap(mac_key, formats.MAC_KEY),
        "pumice_keyring": 1,
        "root": root.member,
        "sequence": sequence,
    }
    return formats.with_mac(document, mac_key)


def spelled(document, **how):
    return json.dumps(document, ensure_ascii=False, sort_keys=True, **how)


def the_world():
    """The keyring that envelope.json and token.json share, what a reader makes of it, and the rows that say all that."""
    root = Root(ROOT)
    document = keyring(root, ACCOUNTS, 42)
    records, subjects = {}, []
    for account, subject in SUBJECTS:
        token_root, record_id, key = subject_of(account, subject)
        record_key = token_root.record_key(subject)
        wrapped = token_root.wrap_subject(record_key, record_id, key)
        stored = (account, subject) not in FORGOTTEN and account != ENDED
        if stored:
            records[record_id] = (record_key, wrapped)
        subjects.append(
            {
                "account": account,
                "subject": subject,
                "subject_key": key.hex(),
                "record_key": record_key.hex(),
                "record_id": record_id.hex(),
                "wrapped": wrapped.hex(),
                "stored": stored,
            }
        )
    keys, roots = [], []
    for account, (states, root_states) in ACCOUNTS.items():
        for version, state in enumerate(states, 1):
            raw = raw_key(account, version)
            key = AccountKey(raw)
            row = {"account": account, "version": version, "state": state, "account_key": raw.hex(), "kid": key.kid.hex()}
            keys.append({**row, "K_enc": key.enc.hex(), "K_hash": key.hash.hex()})
        for version, state in enumerate(root_states.values(), 1):
            raw = raw_root(account, version)
            key = TokenRoot(raw)
            row = {"account": account, "version": version, "state": state, "token_root": raw.hex(), "tag": key.tag.hex()}
            derived = {"K_index": key.index.hex(), "K_mask": key.mask.hex(), "K_wrap": key.wrap.hex()}
            roots.append({**row, **derived})
    head = {
        "keyring": [{"root": ROOT.hex(), "document": spelled(document)}],
        "account_keys": keys,
        "token_roots": roots,
        "subjects": subjects,
    }
    return World(document, root, records), head


HEAD = (
    "Bytes are in hex, ciphertexts and tokens as they are written. 'keyring' is the keyring that all rows are opened with, and its"
    " root of 32 bytes; 'account_keys', 'token_roots' and 'subjects' say what is in it and in the store, in the clear, with what is"
    " derived from each: those that are 'destroyed', or not 'stored', a reader does not have."
)


def changed(data, at, damage=1):
    return data[:at] + bytes([data[at] ^ damage]) + data[at + 1 :]


def what_of(row):
    what = next(what for what, word in WORDS.items() if word == row["kind"])
    return what, bytes.fromhex(row["plain_hex"]) if what == BYTES else row["plain"].encode()


def check(read, expected, why=None):
    """Asserts what the reader says: the code of its refusal, or what it read."""
    try:
        found = read()
    except Refused as refused:
        found = refused.code
    assert found == expected, f"{found!r} in place of {expected!r}: {why}"
