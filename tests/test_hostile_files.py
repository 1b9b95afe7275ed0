"""Facts about every file that a person hands us: whatever it holds, the answer is a clear error, and soon."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from partner_qa.checklist import load_checklist
from partner_qa.document import SIZE_LIMIT
from partner_qa.errors import SetupError
from partner_qa.ledger import load_attestations, load_waivers
from partner_qa.profile.profile import load_profile

SOON = 20.0  # seconds; each takes well under one, and a bomb that goes off takes minutes

Loader = Callable[[Path], object]


def load_one_section(path: Path) -> object:
    return load_checklist(path.parent)


def load_waivers_today(path: Path) -> object:
    return load_waivers(path, today=date(2026, 11, 23))


LOADERS: dict[str, Loader] = {
    "profile": load_profile,
    "checklist": load_one_section,
    "waivers": load_waivers_today,
    "attestations": load_attestations,
}

LAUGHS = "a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12)
)

FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "is empty"),
    "only blanks and comments": (b"\n  \n# nothing\n", "is empty"),
    "only null": (b"~\n", "is empty"),
    "not yaml": (b"a: [1, 2\nb: }\n", "is not YAML"),
    "a tab for indentation": (b"a:\n\tb: 1\n", "is not YAML"),
    "two documents": (b"a: 1\n---\nb: 2\n", "is not YAML"),
    "a text": (b"just words\n", "is not of type object"),
    "a list": (b"- format: 1\n", "is not of type object"),
    "a number": (b"42\n", "is not of type object"),
    "a misspelt key": (b"fromat: 1\n", "fromat: is not a known key"),
    "a key twice": (b"format: 1\nformat: 1\n", "is given twice (first on line 1)"),
    "a key that is no text": (b"? [a, b]\n: 1\n", "a key is not text"),
    "a cyclic anchor": (b"a: &a [*a]\n", "contains itself"),
    "a cyclic anchor in a mapping": (b"&a\na: {b: *a}\n", "contains itself"),
    "an unknown alias": (b"a: *nobody\n", "is not YAML"),
    "billion laughs": (LAUGHS.encode(), "expands to more than"),
    "deep nesting, lists": (b"[" * 5000 + b"]" * 5000, "nested more than"),
    "deep nesting, mappings": (b"{a: " * 5000 + b"1" + b"}" * 5000, "nested more than"),
    "deep nesting, never closed": (b"[" * 200_000, "nested more than"),
    "a python object": (b'a: !!python/object/apply:os.system ["touch gotcha"]\n', "is not allowed"),
    "a python name": (b"!!python/name:os.system\n", "is not allowed"),
    "a tag of one's own": (b"a: !secret hunter2\n", "is not allowed"),
    "a merge key": (b"a: &a {b: 1}\nc: {<<: *a}\n", ""),
    "binary": (bytes(range(256)), "is not UTF-8 text"),
    "utf-16": ("format: 1\n".encode("utf-16"), "is not UTF-8 text"),
    "a nul byte": (b"format: 1\x00\n", "control character U+0000"),
    "a terminal escape": (b"a: \x1b[2J\n", "control character U+001B"),
    "an escape spelt out": (b'"\\e[2J": 1\n', "is not a known key"),
    "an infinite number": (b"format: 1e999\n", "not a number that JSON can hold"),
    "a huge integer": (b"format: " + b"9" * 5000 + b"\n", "not a number that JSON can hold"),
    "huge": (b"# " + b"x" * SIZE_LIMIT + b"\n", "is larger than 1 MB"),
    "many keys": (b"".join(b"k%d: 1\n" % n for n in range(20_000)), "is not a known key"),
}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "files").mkdir()
    return tmp_path / "files" / "partner.yaml"


def refusal(load: Loader, path: Path) -> SetupError:
    begun = time.monotonic()
    with pytest.raises(SetupError) as caught:
        load(path)
    assert time.monotonic() - begun < SOON
    return caught.value


@pytest.mark.parametrize("content", FILES, ids=lambda name: name.replace(" ", "-"))
@pytest.mark.parametrize("loader", LOADERS)
def test_a_hostile_file_is_refused_in_words(
    loader: str, content: str, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, words = FILES[content]
    place.write_bytes(data)
    monkeypatch.chdir(tmp_path)  # where a command hidden in a file would leave its trace
    told = refusal(LOADERS[loader], place).explain()
    assert words in told
    assert str(place) in told
    assert all(each.isprintable() or each == "\n" for each in told)
    assert not list(tmp_path.rglob("gotcha"))


@pytest.mark.parametrize("loader", LOADERS)
def test_a_folder_is_no_file(loader: str, place: Path) -> None:
    place.mkdir()
    assert "is not a file" in refusal(LOADERS[loader], place).explain()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="everything is readable here")
@pytest.mark.parametrize("loader", LOADERS)
def test_a_file_that_may_not_be_read_is_said_to_be_so(loader: str, place: Path) -> None:
    place.write_text("format: 1\n")
    place.chmod(0)
    assert "cannot be read" in refusal(LOADERS[loader], place).explain()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
@pytest.mark.parametrize("loader", LOADERS)
def test_a_pipe_that_nobody_writes_to_is_not_waited_for(loader: str, place: Path) -> None:
    os.mkfifo(place)
    assert "is not a file" in refusal(LOADERS[loader], place).explain()


def test_a_profile_that_is_not_there_is_an_error(place: Path) -> None:
    assert "does not exist" in refusal(load_profile, place).explain()


def test_a_checklist_without_files_is_an_error(place: Path) -> None:
    assert "holds no .yaml file" in refusal(load_one_section, place).explain()


@pytest.mark.parametrize("loader", ["waivers", "attestations"])
def test_a_ledger_that_is_not_there_is_empty(loader: str, place: Path) -> None:
    assert LOADERS[loader](place) == ()
