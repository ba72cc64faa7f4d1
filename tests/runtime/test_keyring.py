"""Sealing, and the keys file: tampering shows, several keys are read, the first seals, without a restart."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs
from tidegate.runtime import keyring
from tidegate.runtime.cipher import Cipher, KeyMissing, SealBroken, key_of
from tidegate.runtime.keyring import ORIGINAL, Keyring, KeysError

NOW = datetime(2026, 10, 10, 2, 0, tzinfo=UTC)
CIPHER = Cipher("k1234567", b"k" * 32)


def ring(path: Path | None, *, original: bytes = b"o" * 32, purpose: str = "test") -> Keyring:
    return Keyring(path, original=original, purpose=purpose)


def look_again(known: Keyring) -> Keyring:
    known._look_again = 0.0
    return known


@given(text=st.text(st.characters(codec="utf-8")), about=st.text(st.characters(codec="utf-8")))
def test_what_is_sealed_comes_back_and_names_its_key(text: str, about: str) -> None:
    sealed, body = CIPHER.seal(text, about), CIPHER.seal_bytes(text.encode(), about)
    assert CIPHER.unseal(sealed, about) == text
    assert CIPHER.unseal_bytes(body, about) == text.encode()
    assert key_of(sealed) == key_of(body) == "k1234567"


def test_the_same_value_is_never_sealed_alike() -> None:
    assert len({CIPHER.seal("+8613800138000", "identifier.phone") for _ in range(100)}) == 100


def test_what_is_sealed_together_is_sealed_each_by_itself() -> None:
    texts = [("Li", "attribute.name"), ("Li", "attribute.name"), ("Li", "attribute.family_name")]
    sealed, bodies = CIPHER.seal_all(texts), CIPHER.seal_all_bytes([b"body"] * 3, "event")
    assert [CIPHER.unseal(each, about) for each, (_, about) in zip(sealed, texts, strict=True)] == ["Li"] * 3
    assert [CIPHER.unseal_bytes(each, "event") for each in bodies] == [b"body"] * 3
    assert len({each[9:25] for each in sealed}) == len({each[9:21] for each in bodies}) == 3
    assert (CIPHER.seal_all([]), CIPHER.seal_all_bytes([], "event")) == ([], [])
    with pytest.raises(SealBroken):
        CIPHER.unseal(sealed[2], "attribute.name")


@pytest.mark.parametrize("place", [9, 20, -1])
def test_a_change_is_noticed(place: int) -> None:
    sealed, body = CIPHER.seal("+8613800138000", "identifier.phone"), CIPHER.seal_bytes(b"body", "event")
    letters = list(sealed)
    letters[place] = "A" if letters[place] != "A" else "B"
    octets = bytearray(body)
    octets[place] ^= 1
    for broken in ("".join(letters), sealed[:-4], sealed[:9], f"{sealed}\n"):
        with pytest.raises(SealBroken):
            CIPHER.unseal(broken, "identifier.phone")
    for cut in (bytes(octets), body[:-1], body[:9]):
        with pytest.raises(SealBroken):
            CIPHER.unseal_bytes(cut, "event")


def test_a_value_in_anothers_place_and_another_secret_are_refused() -> None:
    sealed = CIPHER.seal("+8613800138000", "identifier.phone")
    with pytest.raises(SealBroken) as moved:
        CIPHER.unseal(sealed, "identifier.email")
    assert moved.value.metadata["id"] == "k1234567"
    with pytest.raises(SealBroken):
        Cipher("k1234567", b"x" * 32).unseal(sealed, "identifier.phone")


def test_threads_share_a_key() -> None:
    def one(number: int) -> bool:
        return all(CIPHER.unseal(CIPHER.seal(f"{number}-{i}", "a"), "a") == f"{number}-{i}" for i in range(500))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(one, range(8)))


def test_without_a_file_the_key_derived_from_the_secret_seals(tmp_path: Path) -> None:
    known = ring(tmp_path / "keys.toml")
    sealed = known.seal("Li", "attribute.name")
    assert key_of(sealed) == ORIGINAL
    assert ring(None).unseal(sealed, "attribute.name") == "Li"
    assert known.unseal("plain", "attribute.name") == "plain"


def test_a_new_key_seals_without_a_restart_and_older_ones_are_read(tmp_path: Path) -> None:
    path = tmp_path / "conf" / "keys.toml"
    known = ring(path)
    oldest = known.seal("Li", "a")
    first = keyring.rotate(path, NOW)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    old = look_again(known).seal("Li", "a")
    second = keyring.rotate(path, NOW)
    new = look_again(known).seal("Li", "a")
    assert [key_of(each) for each in (oldest, old, new)] == [ORIGINAL, first, second]
    assert [ring(path).unseal(each, "a") for each in (oldest, old, new)] == ["Li"] * 3
    assert [entry.id for entry in keyring.read(path)] == [second, first]


def test_a_key_that_another_replica_took_up_first_is_looked_for_at_once(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    late = ring(path)
    keyring.rotate(path, NOW)
    assert late.unseal(ring(path).seal("Li", "a"), "a") == "Li"


def test_a_key_that_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    key_id = keyring.rotate(path, NOW)
    sealed = ring(path).seal("Li", "attribute.name")
    with pytest.raises(KeyMissing, match=key_id) as raised:
        ring(None).unseal(sealed, "attribute.name")
    assert (raised.value.reason, raised.value.metadata) == ("KEY_MISSING", {"kind": "key", "id": key_id})


def test_purposes_have_keys_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    keyring.rotate(path, NOW)
    with pytest.raises(SealBroken):
        ring(path, purpose="other").unseal(ring(path).seal("Li", "a"), "a")


def test_a_file_that_breaks_while_serving_leaves_the_keys_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    key_id = keyring.rotate(path, NOW)
    known = ring(path)
    path.write_text("[[keys]")
    with capture_logs() as logged:
        assert key_of(look_again(known).seal("Li", "a")) == key_id
    assert [line["event"] for line in logged] == ["keys.unreadable"]
    path.unlink()
    assert key_of(look_again(known).seal("Li", "a")) == key_id


SECRET = "A" * 43 + "="


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[[keys]", "no valid TOML"),
        ('[[keys]]\nid = "k1234567"\n', "keys.0.secret"),
        (f'[[keys]]\nid = "K1"\nsecret = "{SECRET}"\n', "keys.0.id"),
        (f'[[keys]]\nid = "original"\nsecret = "{SECRET}"\n', "the id original is taken"),
        (f'[[keys]]\nid = "k1234567"\nsecret = "{SECRET}"\n' * 2, "the id k1234567 is taken"),
        (f'[[keys]]\nid = "k1234567"\nsecret = "x{SECRET}"\n', "keys.0.secret"),
    ],
)
def test_a_wrong_file_is_told_without_its_secrets(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(text)
    with pytest.raises(KeysError, match=what) as raised:
        ring(path)
    assert SECRET not in str(raised.value)
    with pytest.raises(KeysError):
        keyring.rotate(path, NOW)
    assert path.read_text() == text


def test_a_key_is_taken_out_and_notes_in_the_file_stay(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    old = keyring.rotate(path, NOW)
    path.write_text(f"# ours\n{path.read_text()}")
    new = keyring.rotate(path, NOW)
    with pytest.raises(KeysError, match="is the one that seals"):
        keyring.remove(path, new)
    with pytest.raises(KeysError, match="there is no key kabcdefg"):
        keyring.remove(path, "kabcdefg")
    keyring.remove(path, old)
    assert [entry.id for entry in keyring.read(path)] == [new]
    assert path.read_text().startswith("# ours")


def test_several_who_make_keys_at_once_lose_none(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: keyring.rotate(path, NOW), range(12)))
    assert sorted(entry.id for entry in keyring.read(path)) == sorted(made)


def test_a_file_of_another_shape_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(f'keys = [{{id = "k1234567", secret = "{SECRET}"}}]\n')
    with pytest.raises(KeysError):
        keyring.rotate(path, NOW)
    assert len(keyring.read(path)) == 1
