"""Every exit code comes out of the command line, and where several hold, the right one wins.

One run of a product that forgets to check the state, reads every page and cannot show its matches is driven
once; many tests look at it again with `judge`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from partner_qa.gate import ExitCode
from partner_qa.model import Blame, Finding, Place, Recording

FAILS, PASSES, UNSEEN = "AUTH-03", "PAGE-01", "EMP-01"
CHOICE = ("--only", FAILS, "--only", PASSES, "--only", UNSEEN)
TODAY = datetime.now(UTC).date()

Judge = Callable[..., Any]


@pytest.fixture(scope="module")
def driven(shared_desk: Any) -> tuple[Any, Path]:
    """What `check` said of that product, and the folder of the run."""
    return shared_desk.check("accepts_any_state", *CHOICE), shared_desk.newest


@pytest.fixture
def judge(desk: Any, driven: tuple[Any, Path], tmp_path: Path) -> Judge:
    """Judge a copy of that run again; `changes` alters what its record says of items."""

    def judge_copy(*words: str | Path, changes: dict[str, Any] | None = None, fails_too: bool = False) -> Any:
        folder = tmp_path / "copy"
        shutil.copytree(driven[1], folder)
        if changes:
            path = folder / "results.json"
            told = json.loads(path.read_text())
            for row in told["items"]:
                row["verdict"] |= changes.get(row["item"]["id"], {})
            path.write_text(json.dumps(told))
        if fails_too:  # the example, as if it had done as badly
            shutil.rmtree(folder / "control")
            shutil.copytree(driven[1], folder / "control", ignore=shutil.ignore_patterns("control"))
        return desk.run("judge", folder, *words)

    return judge_copy


@pytest.fixture
def expired(tmp_path: Path) -> Path:
    """A waiver that is of no use any more."""
    path = tmp_path / "waivers.yaml"
    path.write_text(
        "format: 1\nwaivers:\n"
        f"  - {{item: PAGE-01, fingerprint: 0123456789ab, owner: Dana Doe, reason: We mend it later., "
        f"expires: {TODAY + timedelta(days=30)}}}\n"
    )
    return path


def finds(blame: Blame) -> Callable[[Recording], tuple[Finding, ...]]:
    """Return a check that finds the same in whatever it is shown."""

    def find(recording: Recording) -> tuple[Finding, ...]:
        place = Place(scenario=recording.scenario, sequence=1)
        return (Finding(check="broken", message="does not please us", places=(place,), blame=blame),)

    return find


def test_0_when_everything_that_was_chosen_holds(desk: Any) -> None:
    ran = desk.check("", "--only", FAILS, "--only", PASSES)
    assert ran.code == ExitCode.VERIFIED
    assert "verified, as far as it was chosen" in ran.out


def test_1_when_a_must_fails_and_the_example_does_not(driven: tuple[Any, Path]) -> None:
    ran, folder = driven
    assert ran.code == ExitCode.FAILED
    assert "not conformant: a must failed" in ran.out
    assert (folder / "control" / "cassettes" / "forged_callbacks.yaml").is_file()
    assert not (folder / "control" / "cassettes" / "large_company_sync.yaml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--nonsense"], "No such option '--nonsense'"),
        (["--profile", "nowhere.yaml"], "nowhere.yaml: does not exist"),
        (["--only", "PAGE-1"], "did you mean PAGE-01?"),
        (["--section", "pages"], "there is no section 'pages'"),
        (["--waivers", "nowhere.yaml"], "nowhere.yaml: --waivers: is not there"),
        (["--merge", "nowhere"], "--merge goes with --sandbox live"),
        (["--base-url", "https://api.gusto-demo.com"], "--base-url goes with --sandbox live"),
        (["--sandbox", "live"], "PARTNER_QA_CLIENT_ID: is not set in the environment"),
        (["--seed", "one"], "'one' is not a valid integer"),
    ],
)
def test_2_when_the_command_line_is_wrong_and_nothing_is_started(
    desk: Any, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARTNER_QA_CLIENT_ID", raising=False)
    ran = desk.run(*desk.words(), *words)
    assert ran.code == ExitCode.USAGE
    assert said in ran.words
    assert not desk.output.exists()


def test_2_when_the_integration_is_not_fit_to_be_driven(desk: Any) -> None:
    ran = desk.check("exits_at_once", "--only", PASSES)
    assert ran.code == ExitCode.USAGE
    assert "run.processes.web: ended by itself, with exit code 1" in ran.words


def test_2_when_a_finding_blames_the_configuration(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partner_qa.checks.authorization.refuses_foreign_state", finds(Blame.CONFIGURATION))
    ran = desk.check("", "--only", FAILS)
    assert ran.code == ExitCode.USAGE
    assert "not judged: the configuration is wrong" in ran.out


def test_3_when_what_applies_was_not_observed(desk: Any) -> None:
    ran = desk.check("", "--only", UNSEEN)
    assert ran.code == ExitCode.INCOMPLETE
    assert "actions.set_people in partner.yaml" in ran.words


def test_4_when_the_example_fails_as_well(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("partner_qa.checks.authorization.refuses_foreign_state", finds(Blame.INTEGRATION))
    ran = desk.check("", "--only", FAILS)
    assert ran.code == ExitCode.HARNESS
    assert "the example integration fails this as well, so it is the harness that is wrong" in ran.words
    verdict = json.loads((desk.newest / "results.json").read_text())["items"][0]["verdict"]
    assert (verdict["outcome"], verdict["blame"]) == ("error", "harness")


def test_4_when_a_scenario_of_ours_breaks(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr("partner_qa.driving.stage.Stage.forge_callback", break_down)
    ran = desk.check("", "--only", FAILS)
    assert ran.code == ExitCode.HARNESS
    assert "ZeroDivisionError: a mistake of ours" in ran.words
    assert "Traceback" not in ran.words


def test_5_when_the_live_sandbox_does_not_answer(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_QA_CLIENT_ID", "an-application")
    monkeypatch.setenv("PARTNER_QA_CLIENT_SECRET", "its-secret-of-some-length")
    monkeypatch.setattr("partner_qa.recorder.probe.TRIES", 1)
    ran = desk.check("", "--only", FAILS, "--sandbox", "live", "--base-url", desk.base)
    assert ran.code == ExitCode.SANDBOX
    assert "the sandbox: 1 problem" in ran.err
    assert "its-secret-of-some-length" not in ran.words


def test_5_when_production_is_named(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARTNER_QA_CLIENT_ID", "an-application")
    monkeypatch.setenv("PARTNER_QA_CLIENT_SECRET", "its-secret")
    ran = desk.check("", "--sandbox", "live", "--base-url", "https://api.gusto.com")
    assert ran.code == ExitCode.SANDBOX
    assert "api.gusto.com is production, and is never driven against" in ran.err
    assert not desk.output.exists()


def test_5_when_the_sandbox_itself_breaks(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async def break_down(*_: Any) -> None:
        raise ZeroDivisionError("a mistake of the sandbox's")

    monkeypatch.setattr("partner_qa.sandbox.app.Sandbox.__call__", break_down)
    ran = desk.check("", "--only", FAILS)
    assert ran.code == ExitCode.SANDBOX
    assert "fails when it is asked for consent (500)" in ran.err
    assert "This is not the integration's doing." in ran.err


def test_6_when_a_waiver_is_not_needed_any_more(desk: Any, expired: Path) -> None:
    ran = desk.check("", "--only", PASSES, "--waivers", expired)
    assert ran.code == ExitCode.LEDGER
    assert "waiver PAGE-01 0123456789ab: no longer needed, remove it" in ran.words


def test_6_when_nobody_has_answered_what_a_submission_wants(judge: Judge) -> None:
    assert judge("--only", "PROC-01", "--only", PASSES, "--submission").code == ExitCode.LEDGER


def test_7_when_the_record_is_not_what_the_recordings_come_to(judge: Judge) -> None:
    ran = judge("--only", PASSES, changes={PASSES: {"outcome": "fail"}})
    assert ran.code == ExitCode.EVIDENCE
    assert "PAGE-01: recorded fail, derived pass" in ran.err


def test_a_run_that_is_judged_again_ends_with_the_same_code(judge: Judge) -> None:
    assert judge().code == ExitCode.FAILED


class TestPrecedence:
    """2, 4, 5, 7, 1, 6, 3: each pair that a command line can bring together."""

    def test_configuration_before_the_harness(self, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("partner_qa.checks.authorization.refuses_foreign_state", finds(Blame.HARNESS))
        monkeypatch.setattr("partner_qa.checks.pagination.reads_every_page", finds(Blame.CONFIGURATION))
        ran = desk.check("", "--only", FAILS, "--only", PASSES)
        assert ran.code == ExitCode.USAGE
        assert "2 items: 2 ERROR" in ran.out

    def test_the_harness_before_the_sandbox(self, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("partner_qa.checks.authorization.refuses_foreign_state", finds(Blame.SANDBOX))
        monkeypatch.setattr("partner_qa.checks.pagination.reads_every_page", finds(Blame.HARNESS))
        assert desk.check("", "--only", FAILS, "--only", PASSES).code == ExitCode.HARNESS

    def test_the_sandbox_before_a_failure(self, judge: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("partner_qa.checks.pagination.reads_every_page", finds(Blame.SANDBOX))
        assert judge().code == ExitCode.SANDBOX  # and before the evidence: the record says pass

    def test_the_harness_before_the_evidence(self, judge: Judge) -> None:
        ran = judge(fails_too=True)
        assert ran.code == ExitCode.HARNESS
        assert "AUTH-03: recorded fail, derived error" in ran.err

    def test_the_evidence_before_a_failure(self, judge: Judge) -> None:
        assert judge(changes={UNSEEN: {"outcome": "pass", "missing": []}}).code == ExitCode.EVIDENCE

    def test_a_failure_before_the_ledger(self, judge: Judge, expired: Path) -> None:
        ran = judge("--waivers", expired)
        assert ran.code == ExitCode.FAILED
        assert "no longer needed" in ran.words

    def test_a_failure_before_what_was_not_observed(self, driven: tuple[Any, Path]) -> None:
        assert driven[0].code == ExitCode.FAILED
        assert "3 items: 1 pass, 1 FAIL, 1 not observed" in driven[0].words

    def test_the_ledger_before_what_was_not_observed(self, judge: Judge, expired: Path) -> None:
        ran = judge("--only", PASSES, "--only", UNSEEN, "--waivers", expired)
        assert ran.code == ExitCode.LEDGER
        assert "1 not observed" in ran.out
