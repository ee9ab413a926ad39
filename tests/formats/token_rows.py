"""The rows of token.json."""

import formats
from formats import JSON, STRING, TYPES, AccountKey, TokenRoot, b64
from world import (
    ACCOUNTS,
    ALPHABET,
    ANN,
    ENDED,
    GONE,
    HEAD,
    LONG,
    MAIN,
    REPLACED,
    SUBJECT,
    TWICE,
    WIDE,
    WORDS,
    changed,
    check,
    fixed,
    raw_key,
    raw_root,
    subject_of,
    the_world,
    what_of,
)


def tokens():
    world, head = the_world()
    valid = []

    def token_of(account, subject, kind, data):
        return formats.seal_token(*subject_of(account, subject), account, kind, data)

    def row(account, subject, word, what, plain, why=None):
        kind = what << 4 | TYPES[word]
        root, record_id, key = subject_of(account, subject)
        ad = formats.token_ad(formats.PTK + bytes([kind]) + root.hint, record_id, account)
        given = {"account": account, "subject": subject, "type": word, "kind": WORDS[what], "plain": plain}
        steps = {"padded": formats.padded(plain.encode()).hex(), "key": formats.token_key(key, kind).hex(), "ad": ad.hex()}
        if len(plain) > 1000:
            del steps["padded"]
        token = b64(token_of(account, subject, kind, formats.padded(plain.encode())))
        valid.append({**given, **steps, "token": token, "why": why})

    row(MAIN, ANN, "email", STRING, "ann@example.com")
    for word, plain in (
        ("phone", "+14155550132"),
        ("ip", "207.164.33.12"),
        ("user_agent", "Mozilla/5.0"),
        ("coordinate", "45.4215"),
    ):
        row(MAIN, ANN, word, STRING, plain)
    row(MAIN, ANN, "text", STRING, "ann@example.com", "the same value of another type")
    row(MAIN, SUBJECT, "email", STRING, "ann@example.com", "the same value of another subject")
    row("ab", ANN, "email", STRING, "ann@example.com", "the same value of the same subject in another account")
    row("a", ANN, "email", STRING, "ann@example.com")
    row(
        REPLACED,
        ANN,
        "email",
        STRING,
        "ann@example.com",
        "the live root of two, with the hint of a destroyed one of AC-ended",
    )
    row(WIDE, ANN, "email", STRING, "ann@example.com", "lengths are in bytes, not in characters")
    row(LONG, ANN, "email", STRING, "ann@example.com", "two bytes of length, the higher first")
    row(MAIN, ANN, "phone", STRING, "14155550132", "the digits as a string ...")
    row(MAIN, ANN, "phone", JSON, "14155550132", "... and as a number")
    row(MAIN, ANN, "coordinate", JSON, "-75.6972")
    row(MAIN, ANN, "coordinate", JSON, "-75.69720", "another spelling of a number is another value")
    row(MAIN, ANN, "text", JSON, "1.50E+400", "a number's spelling comes back")
    row(MAIN, ANN, "text", JSON, "true")
    row(MAIN, ANN, "text", STRING, "true", "a string that looks like JSON")
    row(MAIN, ANN, "text", STRING, "", "nothing is padded to 16")
    row(MAIN, ANN, "text", STRING, "naïve 账户 🗝 \u0000 \u2028 \ufeff", "characters of all lengths")
    row(MAIN, ANN, "text", STRING, "\ufeffx", "a byte order mark is a character")
    row(MAIN, ANN, "text", STRING, "\u0000", "zero bytes are not taken for padding ...")
    row(MAIN, ANN, "text", STRING, "x\u0000\u0000", "... not at the end")
    row(MAIN, ANN, "text", STRING, "\u0080", "a character whose last byte is 80")
    for length in (1, 14, 15, 16, 17, 22, 23, 24, 25, 31, 32, 47, 48, 63, 64, 95, 96, 127, 128, 191, 192, 1535, 1536):
        size = formats.step(length + 1)
        row(MAIN, ANN, "text", STRING, "v" * length, f"{length} bytes are padded to {size}")

    hashes = []

    def hash_row(account, word, what, plain, why=None):
        key = AccountKey(raw_key(account, len(ACCOUNTS[account][0])))
        given = {"account": account, "type": word, "kind": WORDS[what], "plain": plain}
        text = formats.hashed(key, what << 4 | TYPES[word], plain.encode())
        assert len(text) == 36 and text.startswith("phs1")
        hashes.append({**given, "hash": text, "why": why})

    hash_row(MAIN, "email", STRING, "ann@example.com")
    for word in TYPES:
        hash_row(MAIN, word, STRING, "14155550132", "every type has its own" if word == "phone" else None)
        hash_row(MAIN, word, JSON, "14155550132", "the number is another value" if word == "phone" else None)
    for account in ("a", "ab", WIDE, REPLACED):
        hash_row(account, "email", STRING, "ann@example.com", "another account" if account == "a" else None)
    hash_row(MAIN, "text", STRING, "", "nothing")
    hash_row(MAIN, "text", STRING, "naïve 账户 🗝 \u0000")
    hash_row(MAIN, "text", STRING, "v" * 1000)
    hash_row(MAIN, "text", JSON, "false")
    assert len({row["hash"] for row in hashes}) == len(hashes)

    rows = []

    def invalid(text, code, why=None):
        rows.append({"token": text, "code": code, "why": why})

    email = STRING << 4 | TYPES["email"]
    data = token_of(MAIN, ANN, email, formats.padded(b"ann@example.com"))
    text = b64(data)
    for other in (
        "",
        "p",
        "ptk",
        "ptknot",
        "Ptk1AAAA",
        " " + text,
        "\ufeff" + text,
        "null",
        "ann@example.com",
        "pum1" + text[4:],
    ):
        invalid(other, "not_ours", "no token, whatever it looks like")
    invalid(hashes[0]["hash"], "not_ours", "a hash is one way")
    for digit in "023456789":
        invalid("ptk" + digit + text[4:], "unknown_version", f"version {digit}")
    invalid("ptk2 and whatever comes then", "unknown_version", "another version may be spelled in other ways")
    invalid("ptk1", "malformed", "the magic alone")
    invalid("ptk1cw", "unknown_version", "a kind that there is not, and nothing behind it")
    invalid("ptk1Eg", "malformed", "magic and kind alone")
    for at in range(len(data)):
        if at == 2:
            invalid(b64(changed(data, at, 64)), "not_ours", "byte 2, the magic: `ptl1`")
            invalid(b64(changed(data, at, 32)), "not_ours", "byte 2, the magic: `ptkV`")
            invalid(b64(changed(data, at, 3)), "unknown_version", "byte 2, the magic: `ptk2`")
        elif at != 3:
            part, code = (
                ("magic", "not_ours")
                if at < 3
                else ("hint", "unknown_key")
                if at < 9
                else ("masked id", "forgotten")
                if at < 18
                else ("synthetic IV, and so the mask", "forgotten")
                if at < 34
                else ("ciphertext", "authentication_failed")
            )
            invalid(b64(changed(data, at)), code, f"byte {at}, {part}")
    for kind in range(256):
        what, number = kind >> 4, kind & 15
        known = what in (STRING, JSON) and 1 <= number <= 6
        # Those one bit away, and the edges.
        if kind != email and (known or (kind ^ email).bit_count() == 1 or number in (0, 7) and what in (1, 2)):
            code = "authentication_failed" if known else "unknown_version"
            invalid(b64(changed(data, 3, kind ^ email)), code, f"kind {kind:02X} in place of {email:02X}")
    for length in range(4, len(text)):
        invalid(text[:length], "malformed", f"cut to {length} characters")
    for length in range(3, len(data)):
        invalid(b64(data[:length]), "malformed", f"cut to {length} bytes")
    for more in (b"\0", b"\0\0", b"\0\0\0", data):
        invalid(b64(data + more), "malformed", f"{len(more)} bytes more: no such length")
    invalid(b64(data + bytes(8)), "authentication_failed", "8 bytes more, the next length there is")
    longer = token_of(MAIN, ANN, email, formats.padded(b"ann.with.a.long.name@example.com"))
    invalid(b64(longer[:66]), "authentication_failed", "cut to the length below")
    invalid(b64(longer[:67]), "malformed", "cut between two lengths")

    assert len(data) % 3 == 2 and text[-1] in "AEIMQUYcgkosw048"
    invalid(text[:-1] + ALPHABET[ALPHABET.index(text[-1]) + 1], "malformed", "the last two bits, unused, are not zero")
    # 34 + 24 bytes are one more than whole groups.
    bent = b64(token_of(MAIN, ANN, email, formats.padded(b"ann.lee.1@example.com")))
    assert len(bent) % 4 == 2
    invalid(bent[:-1] + chr(ord(bent[-1]) + 1), "malformed", "the last four bits, unused, are not zero")
    invalid(text + "=", "malformed", "padding")
    invalid(bent + "==", "malformed", "padding")
    invalid(bent + "=", "malformed", "half of a padding")
    groups = b64(token_of(MAIN, ANN, email, formats.padded(b"ann.with.a.long.nam@example.com")))
    assert len(groups) % 4 == 0
    invalid(groups + "A", "malformed", "one character more than whole groups")
    hyphened = next(row["token"] for row in valid if "-" in row["token"] and "_" in row["token"])
    invalid(hyphened.replace("-", "+").replace("_", "/"), "malformed", "the standard alphabet")
    for white in (" ", "\n", "\r\n", "\t", "\0", "\u00a0", "\ufeff", "é", "𝟘"):
        invalid(text + white, "malformed", f"U+{ord(white[0]):04X} at the end")
        invalid(text[:40] + white + text[40:], "malformed", f"U+{ord(white[0]):04X} within")

    padded = formats.padded(b"x")
    invalid(b64(token_of(MAIN, GONE, email, padded)), "forgotten", "a subject whose record is gone")
    invalid(
        b64(token_of(ENDED, ANN, email, padded)),
        "forgotten",
        "of a destroyed root, whose hint a living one has: its record is gone",
    )
    old = TokenRoot(raw_root(REPLACED, 1)), fixed("record id old", 9), fixed("subject key old")
    invalid(b64(formats.seal_token(*old, REPLACED, email, padded)), "key_destroyed", "of a root that was destroyed")
    foreign = TokenRoot(fixed("token root of nobody")), fixed("record id foreign", 9), fixed("subject key foreign")
    invalid(b64(formats.seal_token(*foreign, MAIN, email, padded)), "unknown_key", "of a root that no account has")

    # What a holder of the keys could make, and no writer does.
    for odd, why in (
        (b"x" * 16, "no padding"),
        (bytes(16), "zeros alone"),
        (b"x".ljust(16, b"\0"), "zeros without the 80 before them"),
        (b"x\x81".ljust(16, b"\0"), "81 in place of 80"),
        (b"x\x80".ljust(24, b"\0"), "padded beyond the first length that fits"),
        (b"\xff\x80".ljust(16, b"\0"), "what is in it is not UTF-8"),
    ):
        invalid(b64(token_of(MAIN, ANN, email, odd)), "authentication_failed", f"sealed with the key: {why}")
    number = JSON << 4 | TYPES["coordinate"]
    for odd in (b"", b"45.", b"1 2", b"1,2"):
        token = token_of(MAIN, ANN, number, formats.padded(odd))
        invalid(b64(token), "authentication_failed", f"sealed with the key, as JSON, but it is `{odd.decode()}`")
    for what in (0, 3, 15):
        kind = what << 4 | TYPES["email"]
        invalid(b64(token_of(MAIN, ANN, kind, padded)), "unknown_version", f"sealed with the key: kind {kind:02X}")
    root, record_id, key = subject_of(MAIN, ANN)
    for account in ("ab", "AC5f1e09c"):
        sealed_elsewhere = formats.seal_token(root, record_id, key, account, email, padded)
        invalid(b64(sealed_elsewhere), "authentication_failed", "sealed with the key, bound to another account")
    astray = formats.seal_token(TokenRoot(raw_root("a")), record_id, key, "a", email, padded)
    invalid(b64(astray), "forgotten", "a record id of another account, by one who has this account's keys")
    twisted = formats.seal_token(root, record_id, subject_of(MAIN, TWICE)[2], MAIN, email, padded)
    invalid(b64(twisted), "authentication_failed", "one subject's record id over another subject's key")
    swapped = formats.seal_token(root, subject_of(MAIN, TWICE)[1], key, MAIN, email, padded)
    invalid(b64(swapped), "authentication_failed", "one subject's key under another subject's record id")

    for row in valid:
        check(lambda: formats.detokenize(world, row["token"]), (row["account"], *what_of(row)))
    for row in rows:
        check(lambda: formats.detokenize(world, row["token"]), row["code"], row["why"])
    assert len({row["token"] for row in valid}) == len(valid)
    about = (
        "Tokens and hashes, made from docs/FORMATS.md by tests/formats/make_vectors.py. "
        + HEAD
        + " 'valid': a value ('plain'; of a number"
        " its text), whose it is, and the token that it always has and that opens to it; 'padded', 'key' and 'ad' are what AES-SIV was"
        " given. 'hash': the same of hashes, under the account's primary key. 'invalid': what is refused, and with which code."
    )
    return {"about": about, **head, "valid": valid, "hash": hashes, "invalid": rows}
