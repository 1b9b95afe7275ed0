"""`partner-qa check` with an integration that somebody else starts: Acme Time, with what check wrote."""

from __future__ import annotations

import json
import os
import random
import shlex
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.cli.main import run_command_line
from partner_qa.gate import ExitCode

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"
KEY = "ZGV2ZWxvcG1lbnQtb25seS1rZXktMDEyMzQ1Njc4OSE="


def find_free_port() -> int:
    """Return a port that nobody uses, below those that the system gives to outgoing connections."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


class Hands:
    """Somebody at another terminal: starts Acme Time as soon as the file of its variables is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port, self.gusto = find_free_port(), find_free_port()
        self.environment = folder / ".partner-qa" / "partner.env"
        self.processes: list[subprocess.Popen[bytes]] = []
        self.thread = threading.Thread(target=self._start_when_told)
        self.profile = folder / "partner.yaml"

    def write_profile(self, **by_hand: Any) -> None:
        told = yaml.safe_load((EXAMPLE / "partner.yaml").read_text().replace("4010", str(self.port)))
        told["run"]["processes"] = {"web": ["this-is-not-started"]}
        ready = {"url": f"http://127.0.0.1:{self.port}/health", "timeout": 60}
        told["by_hand"] = {"port": self.gusto, "ready": ready, **by_hand}
        told["timing"]["settle"] = 0.1
        self.profile.write_text(yaml.safe_dump(told))

    def check(self, *words: str) -> tuple[int, dict[str, Any]]:
        """Run check; return its exit code and the verdicts by item."""
        given = ["check", "--profile", str(self.profile), "--output", str(self.folder / "reports")]
        code = run_command_line([*given, "--by-hand", "--no-report", *words])
        newest = max(
            (self.folder / "reports").glob("*/results.json"), key=lambda path: path.stat().st_mtime_ns
        )
        told = json.loads(newest.read_bytes())
        return code, {each["item"]["id"]: each["verdict"] for each in told["items"]}

    def _start_when_told(self) -> None:
        deadline = time.monotonic() + 30
        while not self.environment.exists():
            if time.monotonic() > deadline:
                return
            time.sleep(0.02)
        lines = [line for line in self.environment.read_text().splitlines() if not line.startswith("#")]
        told = dict(shlex.split(line)[0].split("=", 1) for line in lines)
        env = {
            "PATH": os.environ["PATH"],
            **told,
            "ACME_PORT": str(self.port),
            "ACME_BASE_URL": f"http://127.0.0.1:{self.port}",
            "ACME_DATA_DIR": str(self.folder / "data"),
            "ACME_SECRET_KEY": KEY,
        }
        for name in ("web", "worker"):
            with (self.folder / f"{name}.log").open("wb") as log:
                self.processes.append(
                    subprocess.Popen(
                        [sys.executable, "-m", "acme_time", name],
                        cwd=EXAMPLE,
                        env=env,
                        stdout=log,
                        stderr=log,
                    )
                )

    def stop(self) -> None:
        if self.thread.is_alive():
            self.thread.join()
        for each in self.processes:
            each.terminate()
        for each in self.processes:
            each.wait(timeout=10)


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[Hands]:
    made = Hands(tmp_path)
    yield made
    made.stop()


def test_it_is_waited_for_judged_and_judged_again(hands: Hands, capsys: pytest.CaptureFixture[str]) -> None:
    hands.write_profile()
    hands.thread.start()
    code, verdicts = hands.check("--only", "PAGE-01")
    told = capsys.readouterr().err
    assert (code, verdicts["PAGE-01"]["outcome"]) == (ExitCode.VERIFIED, "pass"), told
    assert f"GUSTO_API_BASE=http://127.0.0.1:{hands.gusto}" in told
    assert f"waiting for it, 60 s at most: GET http://127.0.0.1:{hands.port}/health" in told
    assert "starting" not in told

    code, verdicts = hands.check(*(f"--only={each}" for each in ("AUTH-03", "AUTH-11", "AUTH-19", "WH-02")))
    told = capsys.readouterr().err
    assert "GUSTO_API_BASE=" not in told  # it runs already, with what it was started with
    assert code == ExitCode.INCOMPLETE
    lost = verdicts.pop("AUTH-11")
    assert (lost["outcome"], lost["missing"]) == ("not_observed", ["run.processes in partner.yaml"])
    assert {name: each["outcome"] for name, each in verdicts.items()} == dict.fromkeys(
        ("AUTH-03", "AUTH-19", "WH-02"), "pass"
    )

    kept = json.loads((hands.folder / ".partner-qa" / "credentials.json").read_bytes())
    secrets = [value for name, value in kept.items() if name != "client_id"]
    written = [path for path in (hands.folder / "reports").rglob("*") if path.is_file()]
    assert len(written) > 20
    for path in written:
        content = path.read_text(encoding="utf-8", errors="replace")
        assert not any(secret in content for secret in secrets), path


def test_nobody_who_starts_it_is_a_mistake_of_configuration(
    hands: Hands, capsys: pytest.CaptureFixture[str]
) -> None:
    hands.write_profile(ready={"timeout": 0.2})
    words = [
        "check",
        "--profile",
        str(hands.profile),
        "--output",
        str(hands.folder / "reports"),
        "--by-hand",
        "--quiet",
    ]
    assert run_command_line(words) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert f"waited 0.2 s, and still its address 127.0.0.1:{hands.port}" in told
    assert str(hands.environment) in told
    assert "No scenario was recorded." in told
    assert "what the integration wrote" not in told


def test_a_port_that_is_taken_is_told_by_its_key(hands: Hands, capsys: pytest.CaptureFixture[str]) -> None:
    hands.write_profile()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", hands.gusto))
        taken.listen()
        words = ["check", "--profile", str(hands.profile), "--output", str(hands.folder / "reports")]
        words.append("--by-hand")
        assert run_command_line(words) == ExitCode.USAGE
    told = capsys.readouterr().err
    assert f"by_hand.port: port {hands.gusto} on 127.0.0.1 cannot be used" in told
    assert "--port" not in told


def test_the_environment_s_credentials_are_used_and_not_written(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ("CLIENT_ID", "CLIENT_SECRET", "QA_TOKEN", "WEBHOOK_SECRET")
    given = {f"PARTNER_QA_{name}": f"{name.lower()}-{'x' * 16}" for name in names}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    hands.write_profile(ready={"timeout": 0.2})
    words = [
        "check",
        "--profile",
        str(hands.profile),
        "--output",
        str(hands.folder / "reports"),
        "--by-hand",
        "--quiet",
    ]
    assert run_command_line(words) == ExitCode.USAGE
    written = hands.environment.read_text()
    assert f"GUSTO_CLIENT_ID={given['PARTNER_QA_CLIENT_ID']}" in written
    assert given["PARTNER_QA_CLIENT_SECRET"] not in written
    assert given["PARTNER_QA_QA_TOKEN"] not in written
    assert not (hands.folder / ".partner-qa" / "credentials.json").exists()
