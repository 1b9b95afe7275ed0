"""`partner-qa attest`: what it asks, what it keeps and how, at a terminal and without one."""

from __future__ import annotations

import hashlib
import json
import os
import pty
import re
import select
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from partner_qa.checklist import applies, load_checklist
from partner_qa.cli.attestation_page import write_answer
from partner_qa.errors import LedgerError
from partner_qa.gate import ExitCode
from partner_qa.ledger import load_attestations
from partner_qa.model import Attestation, VerifiedBy

TAKES_CONTROL = "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); "  # so that Ctrl-C is one
COMMAND = (sys.executable, "-c", "from partner_qa.cli.main import main; main()")
PATIENCE = 120.0  # seconds; only ever spent when something is broken
ASKED = [
    item.id
    for item in load_checklist().items
    if item.verified_by is not VerifiedBy.TEST and applies(item, ["hris"])
]
ANSWER = "Gusto approved it on 20 November."
FLAGS = ("--person", "Dana Doe", "--role", "Head of Product", "--answer", ANSWER)


@pytest.fixture
def home(desk: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a partner.yaml and a file that shows something."""
    folder: Path = desk.folder
    desk.profile().rename(folder / "partner.yaml")
    (folder / "mail.txt").write_text("Approved.")
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def attest(desk: Any, home: Path) -> Callable[..., Any]:
    """Run the command in this process, without a terminal."""
    return lambda *words: desk.run("attest", *words)


@pytest.fixture
def listed(attest: Callable[..., Any]) -> Callable[[], dict[str, dict[str, Any]]]:
    """Return the rows of the list by their items."""
    return lambda: {row["item"]: row for row in attest("--list", "--json").told}


# without a terminal


def test_what_applies_and_is_open_is_listed(
    home: Path, attest: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    rows = listed()
    assert list(rows) == ASKED
    assert {row["state"] for row in rows.values()} == {"open"}
    assert {"requirement", "why", "advice", "source"} <= set(rows["PROC-01"])
    assert "TIME-02" not in rows  # hours are no use case of this integration
    assert f"0 of {len(ASKED)} answered" in attest("--list").out


def test_an_answer_is_kept_with_the_hash_of_its_evidence(
    home: Path, attest: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    ran = attest("--item", "PROC-01", *FLAGS, "--evidence", "mail.txt")
    assert ran.code == 0, ran
    (given,) = load_attestations(home / "attestations.yaml")
    assert (given.item, given.person, given.role, given.answer) == (
        "PROC-01",
        "Dana Doe",
        "Head of Product",
        ANSWER,
    )
    assert given.digests == (("mail.txt", hashlib.sha256(b"Approved.").hexdigest()),)
    assert given.expires == given.given + timedelta(days=365)
    assert listed()["PROC-01"]["state"] == "answered"
    assert f"1 of {len(ASKED)} answered" in attest("--list").out


def test_a_file_that_changes_opens_the_item_again(
    home: Path, attest: Callable[..., Any], listed: Callable[..., Any]
) -> None:
    attest("--item", "PROC-01", *FLAGS, "--evidence", "mail.txt")
    (home / "mail.txt").write_text("Refused.")
    row = listed()["PROC-01"]
    assert row["state"] == "open"
    assert "mail.txt is not the file that it was given with" in row["reason"]


def test_an_answer_that_counts_is_replaced_only_by_force(home: Path, attest: Callable[..., Any]) -> None:
    words = ("--item", "PROC-01", "--evidence", "mail.txt", *FLAGS)
    attest(*words)
    before = (home / "attestations.yaml").read_bytes()
    ran = attest(*words[:-1], "Something else altogether.")
    assert ran.code == ExitCode.USAGE
    assert "is answered by Dana Doe" in ran.err
    assert (home / "attestations.yaml").read_bytes() == before
    assert attest(*words[:-1], "Something else altogether.", "--force").code == 0
    (given,) = load_attestations(home / "attestations.yaml")
    assert given.answer == "Something else altogether."


def test_without_a_terminal_the_flags_that_are_missing_are_named(home: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "attest", "--item", "PROC-01", "--person", "Dana Doe"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    assert done.returncode == ExitCode.USAGE
    for flag in ("--role", "--answer", "--evidence"):
        assert f"{flag}: is missing" in done.stderr
    assert "--person: is missing" not in done.stderr
    assert not (home / "attestations.yaml").exists()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--item", "PAGE-01"), "PAGE-01 is answered by a test"),
        (("--item", "PROC-91"), "PROC-91 is no item of the checklist"),
        (("--answer", ANSWER), "Name it with --item."),
        (("--item", "PROC-01", "--answer", "yes"), "--answer: is shorter than 10 characters"),
        (("--item", "PROC-01", "--evidence", "gone.txt"), "--evidence: gone.txt is not a file"),
        (("--item", "PROC-01", "--evidence", "/etc/hostname"), "copy it there first"),
        (("--item", "PROC-01", "--person", " "), "--person: is empty"),
        (("--item", "PROC-01", "--expires", "soon"), "--expires: soon is not a day"),
        (("--item", "PROC-01", "--expires", "2020-01-01"), "2020-01-01 is over already"),
        (("--item", "PROC-01", "--answer", "clears \x1b[2J the screen"), "control character"),
        (("--profile", "gone.yaml"), "gone.yaml: does not exist"),
        (("--attestations", "."), "is a folder"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(
    home: Path, words: tuple[str, ...], told: str, attest: Callable[..., Any]
) -> None:
    ran = attest(*words)
    assert ran.code == ExitCode.USAGE
    assert told in ran.words
    assert not (home / "attestations.yaml").exists()


# the file


def answer_of(item: str = "PROC-02", **more: Any) -> Attestation:
    given = {"person": "Eve", "role": "CTO", "answer": "Approved: #1, 'all' of it.", **more}
    return Attestation(item=item, given=date(2026, 11, 20), evidence=("mail.txt",), **given)


STANDING = """\
# answers, kept by hand
format: 1
attestations:
  # asked twice
  - item: PROC-01   # the first
    person: "Dana Doe"
    role: Head of Product
    given: 2026-11-20
    answer: >-
      Granted in
      November.
    evidence: [mail.txt]

  # the last one
  - {item: SEC-01, person: Ada Bo, role: CISO, given: 2026-11-20, answer: See the page., evidence: [mail.txt]}
# the end
"""


def test_everything_else_in_the_file_stays_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "attestations.yaml"
    path.write_text(STANDING)
    (tmp_path / "mail.txt").write_text("Approved.")
    write_answer(path, answer_of())
    head, _, tail = path.read_text().partition("  - item: PROC-02\n")
    assert head + "# the end\n" == STANDING
    assert tail.endswith("# the end\n")
    assert [each.item for each in load_attestations(path)] == ["PROC-01", "SEC-01", "PROC-02"]


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644])
def test_whoever_could_read_the_answers_can_do_so_afterwards_and_nobody_else(
    tmp_path: Path, mode: int
) -> None:
    path = tmp_path / "attestations.yaml"
    path.write_text(STANDING)
    (tmp_path / "mail.txt").write_text("Approved.")
    path.chmod(mode)
    write_answer(path, answer_of())
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert "PROC-02" in path.read_text()


@pytest.mark.parametrize("item", ["PROC-01", "SEC-01"])
def test_only_the_old_answer_to_the_item_is_taken_out(tmp_path: Path, item: str) -> None:
    path = tmp_path / "attestations.yaml"
    path.write_text(STANDING)
    (tmp_path / "mail.txt").write_text("Approved.")
    write_answer(path, answer_of(item))
    text = path.read_text()
    for comment in ("# answers, kept by hand", "# asked twice", "# the last one", "# the end"):
        assert comment in text
    by_item = {each.item: each for each in load_attestations(path)}
    assert list(by_item) == ["PROC-01", "SEC-01"]
    assert by_item[item].person == "Eve"
    assert {each.person for each in by_item.values()} == {
        "Eve",
        "Ada Bo" if item == "PROC-01" else "Dana Doe",
    }


@pytest.mark.parametrize(
    "text",
    [
        "format: 1\nattestations: []\n",
        "format: 1\nattestations: [ ]  # none yet",
        "attestations: []\nformat: 1\n",
        "format: 1\r\nattestations: []\r\n",
        "format: 1\nattestations:\n- {item: SEC-01, given: 2026-11-20, answer: See the report.}\n",
        "attestations:\n    - {item: SEC-01, given: 2026-11-20, answer: See the report.}\nformat: 1",
    ],
)
def test_an_answer_finds_its_place_however_the_file_is_laid_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "attestations.yaml"
    path.write_bytes(text.encode())
    write_answer(path, answer_of())
    assert load_attestations(path)[-1].answer == "Approved: #1, 'all' of it."
    assert ("\r\n" in text) is (b"\r\n" in path.read_bytes())


def test_a_layout_that_cannot_be_edited_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "attestations.yaml"
    text = "format: 1\nattestations: [{item: SEC-01, given: 2026-11-20, answer: See the report.}]\n"
    path.write_text(text)
    with pytest.raises(LedgerError) as caught:
        write_answer(path, answer_of())
    assert "- item: PROC-02" in caught.value.explain()  # what to add by hand
    assert path.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["attestations.yaml"]


# at a terminal


class Terminal:
    """A sitting at a terminal of its own."""

    def __init__(self, *words: str) -> None:
        self.screen = ""
        self._seen = 0
        self._near, far = pty.openpty()
        environ = {**os.environ, "TERM": "dumb", "COLUMNS": "100"}
        self.process = subprocess.Popen(
            [*COMMAND[:-1], TAKES_CONTROL + COMMAND[-1], "attest", *words],
            stdin=far,
            stdout=far,
            stderr=far,
            env=environ,
            start_new_session=True,
        )
        os.close(far)

    def until(self, words: str) -> None:
        """Wait until these words are on the screen, after those that were waited for before."""
        ends = time.monotonic() + PATIENCE
        while words not in self.screen[self._seen :]:
            assert time.monotonic() < ends, self.screen
            assert self._read(), f"{words!r} was never said:\n{self.screen}"
        self._seen = self.screen.index(words, self._seen) + len(words)

    def _read(self) -> bool:
        if not select.select([self._near], [], [], PATIENCE)[0]:
            return False
        try:
            told = os.read(self._near, 65536)
        except OSError:  # the other end is gone
            return False
        self.screen += told.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(told)

    def types(self, text: str, after: str) -> None:
        """Type a line once these words are on the screen."""
        self.until(after)
        os.write(self._near, f"{text}\n".encode())

    def interrupts(self, after: str) -> None:
        """Press Ctrl-C once these words are on the screen."""
        self.until(after)
        os.write(self._near, b"\x03")

    def ends(self) -> int:
        """Return the exit code, once everything was said."""
        while self._read():
            pass
        return self.process.wait(timeout=PATIENCE)

    def close(self) -> None:
        """Leave nothing running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(timeout=PATIENCE)
        os.close(self._near)


@pytest.fixture
def sit(home: Path) -> Iterator[Callable[..., Terminal]]:
    opened: list[Terminal] = []

    def open_terminal(*words: str) -> Terminal:
        opened.append(Terminal(*words))
        return opened[-1]

    yield open_terminal
    for each in opened:
        each.close()


def test_a_sitting_asks_one_by_one_and_ctrl_c_keeps_what_was_answered(
    home: Path, sit: Callable[..., Terminal]
) -> None:
    terminal, total = sit(), len(ASKED)
    item = load_checklist().find(ASKED[0])
    assert item is not None
    terminal.until(f"{item.id}  {item.title}  (1 of {total})")
    terminal.types("too short", after="Your answer")
    terminal.types(ANSWER, after="write a sentence")
    terminal.types("gone.txt", after="A file that shows it")
    terminal.types("mail.txt", after="gone.txt is not a file")
    terminal.types("", after="Another file")
    terminal.types("Dana Doe", after="Your name")
    terminal.types("Head of Product", after="Your role")
    terminal.types("2099-01-31", after="Until which day")
    terminal.types("", after=f"(2 of {total})")  # left open
    terminal.until("left open")
    terminal.types("Nothing shows this yet.", after=f"(3 of {total})")
    terminal.types("", after="A file that shows it")
    terminal.types("", after="Until which day")  # nobody asks for the name again
    terminal.until("does not count yet: it names no evidence")
    terminal.interrupts(after=f"(4 of {total})")
    assert terminal.ends() == 130
    assert "2 answers of this sitting are kept in attestations.yaml" in " ".join(terminal.screen.split())
    assert terminal.screen.count("Your name") == terminal.screen.count("Your role") == 1
    screen = " ".join(terminal.screen.split())
    for words in (item.requirement, item.why, item.source.url, item.advice):
        assert " ".join(words.split()) in screen
    first, third = load_attestations(home / "attestations.yaml")
    assert (first.item, first.expires, first.trouble) == (ASKED[0], date(2099, 1, 31), "")
    assert (third.item, third.person, third.trouble) == (ASKED[2], "Dana Doe", "it names no evidence")


def test_an_answer_that_no_longer_counts_can_be_given_again(
    home: Path, sit: Callable[..., Terminal], attest: Callable[..., Any]
) -> None:
    attest("--item", "PROC-01", *FLAGS, "--evidence", "mail.txt")
    (home / "mail.txt").write_text("Approved, second edition.")
    terminal = sit("--item", "PROC-01", "--person", "Eve", "--role", "CTO")
    terminal.until("the answer of Dana Doe does not count: its evidence mail.txt")
    terminal.types("", after="Enter takes the one above again")
    terminal.types("y", after="The same evidence, as it is now")
    terminal.types("", after="Until which day")
    assert terminal.ends() == 0
    (given,) = load_attestations(home / "attestations.yaml")
    assert (given.person, given.answer, given.trouble) == ("Eve", ANSWER, "")
    assert re.search(r"counts until \d{4}-\d\d-\d\d", terminal.screen)


def test_where_nothing_is_open_nothing_is_asked(
    home: Path, sit: Callable[..., Terminal], attest: Callable[..., Any]
) -> None:
    for item in ASKED:
        write_answer(home / "attestations.yaml", answer_of(item))
    terminal = sit()
    assert terminal.ends() == 0
    assert "Nothing is open" in terminal.screen
    assert json.loads(attest("--list", "--json").out)[0]["state"] == "answered"
