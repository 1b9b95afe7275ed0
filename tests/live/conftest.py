"""The live target without Gusto: a second `partner-qa sandbox` plays the remote host, a thread the person.

The remote is a process of its own, so that it can be ended, and nothing but HTTP joins it to the run. The
person reads the address that the run prints, opens it, and answers the consent page that it leads to.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urljoin

import httpx
import pytest

from partner_qa.adapter.consent_page import find_consent_form
from partner_qa.checklist import load_checklist
from partner_qa.cli.control import example_folder
from partner_qa.evidence.canaries import make_canaries, write_canaries
from partner_qa.profile.profile import load_profile
from partner_qa.settings import find_shipped

PATIENCE = 180.0  # seconds; only ever spent when something is broken
COMMAND = (sys.executable, "-c", "from partner_qa.cli.main import main; main()")
ASKED = "/gusto/connect?account="
PORT = "4010"  # as the example has it
ALLOWS = ("allow",)


@dataclass(kw_only=True)
class Remote:
    """The host that is driven against: its facts as printed, and its process."""

    facts: Mapping[str, Any]
    process: subprocess.Popen[str]

    @property
    def base_url(self) -> str:
        return str(self.facts["base_url"])

    @property
    def credentials(self) -> dict[str, str]:
        return {
            "PARTNER_QA_CLIENT_ID": self.facts["client_id"],
            "PARTNER_QA_CLIENT_SECRET": self.facts["client_secret"],
        }

    def people(self) -> list[dict[str, Any]]:
        """Everybody at the first company, with the token of the harness's own that was printed."""
        company = self.facts["companies"][0]["uuid"]
        found: list[dict[str, Any]] = httpx.get(
            f"{self.base_url}/v1/companies/{company}/employees",
            headers={
                "Authorization": f"Bearer {self.facts['access_token']}",
                "X-Gusto-API-Version": self.facts["api_version"],
            },
            trust_env=False,
        ).json()
        return found

    def end(self) -> None:
        """End it at once, as a failure would."""
        self.process.kill()
        self.process.wait(timeout=PATIENCE)


@dataclass(kw_only=True)
class Person:
    """Opens what a run prints; `decides` has what to press there in turn, by the number of the address.

    `leaves` is called when the page that the callback leads to has been seen.
    """

    leaves: Callable[[], object] = lambda: None
    decides: Callable[[int], Sequence[str]] = lambda _: ALLOWS
    opened: list[str] = field(default_factory=list)

    def read(self, line: str) -> None:
        """Read one line of the run's standard error."""
        if ASKED in line:
            self.opened.append(line.strip())
            for decision in self.decides(len(self.opened)):
                self.walk(self.opened[-1], decision)
            self.leaves()

    def walk(self, address: str, decision: str) -> None:
        """Go from the connect button through the consent page to where the callback leads."""
        with httpx.Client(trust_env=False, follow_redirects=True, timeout=30) as browser:
            page = browser.get(address)
            form = find_consent_form(page.text)
            assert form is not None, page.text
            answer = form.to_answer(None, decision)
            landed = browser.post(urljoin(str(page.url), form.action), data=dict(answer))
            assert decision == "deny" or landed.status_code < 400, landed.text


@dataclass(kw_only=True)
class Done:
    """A run that is over: its exit code, what it printed on either stream, where its folder is."""

    code: int
    out: str
    err: str
    output: Path

    @property
    def folder(self) -> Path:
        return next(each for each in self.output.iterdir() if each.is_dir())

    @property
    def results(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.folder / "results.json").read_bytes())
        return found

    @property
    def verdicts(self) -> dict[str, dict[str, Any]]:
        return {each["item"]["id"]: each["verdict"] for each in self.results["items"]}

    @property
    def outcomes(self) -> dict[str, str]:
        return {name: each["outcome"] for name, each in self.verdicts.items()}


class Desk:
    """A partner's engineer at work: a copy of the example on a free port, and commands."""

    Person = Person

    def __init__(self, folder: Path, changes: Mapping[str, str] = MappingProxyType({})) -> None:
        self.folder = folder
        self.profile = _copy_example(folder, changes)
        self.output = folder / "reports"

    def embedded_run(self) -> Path:
        """Return the committed run of the example as one of this copy: its port, its profile."""
        folder = self.folder / "embedded"
        shutil.copytree(find_shipped("cassettes") / "acme_time", folder)
        port = (
            str(load_profile(self.profile).gusto.redirect_uris[0]).partition("/gusto")[0].rpartition(":")[2]
        )
        for path in (*folder.rglob("*.yaml"), folder / "run.json"):
            text = path.read_text("utf-8")
            for colon in (":", "%3A"):
                text = text.replace(f"127.0.0.1{colon}{PORT}", f"127.0.0.1{colon}{port}")
            path.write_text(text, "utf-8")
        told = json.loads((folder / "run.json").read_bytes())
        told |= {"profile": load_profile(self.profile).facts(), "checklist": load_checklist().identity}
        (folder / "run.json").write_text(json.dumps(told), "utf-8")
        write_canaries(folder, make_canaries(personal=False), [])
        return folder

    @contextlib.contextmanager
    def remote(self, *options: str) -> Iterator[Remote]:
        """Serve a host that knows the application."""
        callback = load_profile(self.profile).gusto.redirect_uris[0]
        sizes = options or ("--people", "26")
        process = subprocess.Popen(
            [*COMMAND, "sandbox", "--json", "--redirect-uri", callback, *sizes],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        try:
            assert process.stdout is not None
            yield Remote(facts=json.loads(process.stdout.readline()), process=process)
        finally:
            if process.poll() is None:
                process.kill()
            process.communicate(timeout=PATIENCE)

    def start(self, *options: str, base_url: str, environ: Mapping[str, str]) -> subprocess.Popen[str]:
        """Start `partner-qa check` on the live target; credentials of whoever runs these tests are hidden."""
        return self._start(
            *("check", "--sandbox", "live", "--base-url", base_url, "--profile", str(self.profile)),
            *("--output", str(self.output), *options),
            environ=environ,
        )

    def check(self, remote: Remote, *options: str, person: Person | None = None, **environ: str) -> Done:
        """Check on a remote and return when it is over."""
        process = self.start(*options, base_url=remote.base_url, environ={**remote.credentials, **environ})
        return self.finish(process, person)

    def run(self, *words: str, person: Person | None = None, **environ: str) -> Done:
        """Run a command of partner-qa as it stands."""
        return self.finish(self._start(*words, environ=environ), person)

    def _start(self, *words: str, environ: Mapping[str, str]) -> subprocess.Popen[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PARTNER_QA_")}
        kept.pop("ACME_DEFECTS", None)
        return subprocess.Popen(
            [*COMMAND, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**kept, "PYTHONUNBUFFERED": "1", **environ},
        )

    def finish(self, process: subprocess.Popen[str], person: Person | None = None) -> Done:
        """Let a person read what a command says until it ends; one that does not end is killed."""
        assert process.stdout is not None
        assert process.stderr is not None
        said: list[str] = []
        troubles: list[BaseException] = []
        reader = threading.Thread(target=_read, args=(process.stderr, said, person, troubles), daemon=True)
        reader.start()
        watchdog = threading.Timer(PATIENCE, process.kill)
        watchdog.start()
        try:
            out = process.stdout.read()
            code = process.wait()
            reader.join(PATIENCE)
        finally:
            watchdog.cancel()
            process.stdout.close()
            process.stderr.close()
        if troubles:
            raise troubles[0]
        return Done(code=code, out=out, err="".join(said), output=self.output)


def _read(stream: Any, said: list[str], person: Person | None, troubles: list[BaseException]) -> None:
    for line in stream:
        said.append(line)
        try:
            if person is not None and not troubles:
                person.read(line)
        except BaseException as trouble:  # noqa: BLE001 - a test shows it; in a thread it would be lost
            troubles.append(trouble)


def _copy_example(folder: Path, changes: Mapping[str, str]) -> Path:
    copy = folder / "acme_time"
    shutil.copytree(example_folder(), copy, ignore=shutil.ignore_patterns("var", "__pycache__"))
    profile = copy / "partner.yaml"
    text = profile.read_text("utf-8")
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after)
    profile.write_text(text.replace(PORT, str(_find_free_port())), "utf-8")
    return profile


def _find_free_port() -> int:
    """Return a port that nobody uses, below those that the system gives to outgoing connections."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def desk_of(tmp_path: Path) -> Callable[[Mapping[str, str]], Desk]:
    return lambda changes: Desk(tmp_path, changes)


@dataclass(kw_only=True)
class Both:
    """A whole live run, merged with an embedded one: what came of it, and who was there."""

    desk: Desk
    done: Done
    person: Person
    embedded: Path
    facts: Mapping[str, Any]
    people: list[dict[str, Any]]


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Both:
    desk, person = Desk(tmp_path_factory.mktemp("both")), Person()
    embedded = desk.embedded_run()
    with desk.remote() as remote:
        done = desk.check(remote, "--merge", str(embedded), person=person)
        people = remote.people()
    return Both(desk=desk, done=done, person=person, embedded=embedded, facts=remote.facts, people=people)
