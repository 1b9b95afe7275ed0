"""Keys: made once, kept for their owner, named by a fingerprint, and never told."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from partner_qa.errors import UsageError
from partner_qa.evidence.keys import (
    VARIABLE,
    find_signing_key,
    find_trusted,
    load_public_key,
    load_signing_key,
    make_key,
    write_key,
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "signing.key"


def test_the_secret_half_is_for_its_owner_alone_and_signs_after_loading(path: Path) -> None:
    key = make_key()
    public = write_key(key, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    loaded = load_signing_key(path)
    signature = loaded.sign(b"message")
    assert len(signature) == 64
    assert load_public_key(public).has_signed(b"message", signature)
    assert not load_public_key(public).has_signed(b"massage", signature)
    assert b"PRIVATE" not in public.read_bytes()


def test_a_full_disk_leaves_no_half_of_a_key(path: Path) -> None:
    resource = pytest.importorskip("resource")
    limit, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, most))
    try:
        with pytest.raises(UsageError, match="cannot be written: File too large"):
            write_key(make_key(), path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, most))
    assert not any(path.parent.iterdir())
    write_key(make_key(), path)


def test_signing_twice_gives_the_same_bytes() -> None:
    key = make_key()
    assert key.sign(b"message") == key.sign(b"message")


def test_a_key_is_never_overwritten(path: Path) -> None:
    write_key(make_key(), path)
    before = path.read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        write_key(make_key(), path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("left", ["signing.key", "signing.key.pub"])
def test_the_half_of_a_key_that_is_left_gets_no_other_half(path: Path, left: str) -> None:
    public = write_key(make_key(), path)
    (public if left == path.name else path).unlink()
    before = (path.parent / left).read_bytes()
    with pytest.raises(UsageError, match="never overwritten"):
        write_key(make_key(), path)
    assert [each.name for each in path.parent.iterdir()] == [left]
    assert (path.parent / left).read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
def test_a_key_that_others_can_read_is_refused_with_what_to_type(path: Path) -> None:
    write_key(make_key(), path)
    path.chmod(0o640)
    with pytest.raises(UsageError) as refused:
        load_signing_key(path)
    assert "chmod 600" in refused.value.explain()


def test_a_key_comes_from_the_environment_in_both_ways_of_writing_lines() -> None:
    key = make_key()
    pem = key.to_pem().decode()
    for given in (pem, pem.replace("\n", "\\n")):
        found = find_signing_key(None, {VARIABLE: given})
        assert found is not None
        assert found.public == key.public
    assert find_signing_key(None, {}) is None


def test_a_broken_variable_is_told_by_its_name_and_not_by_its_value() -> None:
    with pytest.raises(UsageError) as refused:
        find_signing_key(None, {VARIABLE: "hunter2hunter2"})
    assert VARIABLE in refused.value.explain()
    assert "hunter2" not in refused.value.explain()


def test_a_fingerprint_is_of_the_public_half_and_the_same_from_either_file(path: Path) -> None:
    key = make_key()
    public = write_key(key, path)
    fingerprint = key.public.fingerprint
    assert fingerprint.startswith("SHA256:")
    assert len(fingerprint) == 50
    for given in (fingerprint, fingerprint + "=", str(public), str(path)):
        trusted = find_trusted(given)
        assert trusted is not None
        assert trusted.fingerprint == fingerprint
    assert find_trusted(None) is None


@pytest.mark.parametrize("given", ["SHA256:short", "SHA256:" + "!" * 43, "nowhere.pub"])
def test_what_names_no_key_is_a_usage_error(given: str) -> None:
    with pytest.raises(UsageError):
        find_trusted(given)


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

    other = ec.generate_private_key(ec.SECP256R1())
    pem = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "ec.key"
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(UsageError, match="Ed25519"):
        load_signing_key(path)


def test_a_key_shows_nothing_of_itself() -> None:
    assert "PRIVATE" not in repr(make_key())


def test_a_reviewer_is_told_to_name_the_partners_key_and_not_to_make_one(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no key")
    for name in ("gone.pub", "notes.txt"):
        with pytest.raises(UsageError) as refused:
            find_trusted(str(tmp_path / name))
        assert "the partner's .pub file" in refused.value.explain()
        assert "keys new" not in refused.value.explain()
