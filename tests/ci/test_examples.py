"""The Action, the GitLab job and the hook: their scripts are clean, and do what they say when run dry."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from partner_qa.cli.main import cli
from partner_qa.report.writing import JUNIT, RESULTS, SARIF

ROOT = Path(__file__).parents[2]
CI = ROOT / "examples" / "ci"
SHELLCHECK = Path(sys.executable).with_name("shellcheck")
BASH = shutil.which("bash") or "/bin/bash"

# Stands in for partner-qa: notes what it was called with, leaves a run folder, ends with a code.
FAKE = """#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word" >> "$NOTES"; done
env | cut -d= -f1 | sort > "$NOTES.env"
if [ -n "${LEAVES:-}" ]; then mkdir -p "$LEAVES"; echo '{}' > "$LEAVES/results.json"; fi
exit "${CODE:-0}"
"""


def load(path: Path) -> Any:
    return yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)


ACTION = load(ROOT / "action.yml")
WORKFLOW = load(CI / "github-workflow.yml")
GITLAB = load(CI / "gitlab-ci.yml")
STEPS = ACTION["runs"]["steps"]


def put_fake(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(FAKE)
    path.chmod(0o755)


def run_script(script: str, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a step's script as GitHub does."""
    given = {"PATH": os.environ["PATH"], "HOME": str(folder), "NOTES": str(folder / "notes"), **environ}
    command = [BASH, "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script]
    return subprocess.run(
        command, cwd=folder, env=given, capture_output=True, text=True, timeout=60, check=False
    )


def words_of(folder: Path) -> list[str]:
    return (folder / "notes").read_text().splitlines()


def check_shell(script: str, shell: str) -> None:
    done = subprocess.run(
        [SHELLCHECK, "--shell", shell, "-"], input=script, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def parse_check(words: list[str]) -> None:
    """Have the real command read the options; a name that does not exist is an error."""
    command = cli.get_command(click.Context(cli), words[0])
    assert command is not None
    command.make_context("partner-qa", list(words[1:]))


# the Action


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_a_step_is_clean_shell(step: Any) -> None:
    assert step["shell"] == "bash"
    check_shell(f"#!/bin/bash\nset -e -o pipefail\n{step['run']}", "bash")


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step["name"])
def test_no_input_is_written_into_a_script(step: Any) -> None:
    assert "${{" not in step["run"]


def test_each_input_is_described_has_a_default_and_is_used() -> None:
    used = {name for step in STEPS for name in re.findall(r"inputs\.([\w-]+)", str(step["env"]))}
    assert used == set(ACTION["inputs"])
    assert all(each["description"] and "default" in each for each in ACTION["inputs"].values())


def test_each_output_is_one_that_the_step_gives() -> None:
    given = set(re.findall(r'echo "([\w-]+)=', STEPS[1]["run"]))
    assert given == set(ACTION["outputs"])
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.check.outputs.{name} }}}}"


def test_the_action_names_the_files_that_check_writes() -> None:
    for name in (RESULTS, SARIF, JUNIT):
        assert name in STEPS[1]["run"]


def test_it_installs_itself_with_the_python_that_was_named(tmp_path: Path) -> None:
    put_fake(tmp_path / "my python")
    put_fake(tmp_path / "temp" / "partner-qa" / "bin" / "python")
    action = tmp_path / "the action"
    done = run_script(
        STEPS[0]["run"],
        tmp_path,
        QA_PYTHON=str(tmp_path / "my python"),
        RUNNER_TEMP=str(tmp_path / "temp"),
        GITHUB_ACTION_PATH=str(action),
    )
    assert done.returncode == 0, done.stderr
    assert words_of(tmp_path)[:3] == ["-m", "venv", str(tmp_path / "temp" / "partner-qa")]
    assert words_of(tmp_path)[-1] == str(action)


@pytest.fixture
def judge(tmp_path: Path) -> Any:
    """Run the Action's step with a stand-in for partner-qa; gives back its end and its outputs."""
    put_fake(tmp_path / "temp" / "partner-qa" / "bin" / "partner-qa")

    def run(**environ: str) -> tuple[int, dict[str, str]]:
        output = tmp_path / "output"
        output.write_text("")
        given = {
            "QA_PROFILE": "partner.yaml",
            "QA_STRICT": "false",
            "QA_SUBMISSION": "false",
            "QA_OPTIONS": "",
            "QA_OUTPUT": "reports",
            "RUNNER_TEMP": str(tmp_path / "temp"),
            "GITHUB_OUTPUT": str(output),
            **environ,
        }
        done = run_script(STEPS[1]["run"], tmp_path, **given)
        assert not done.stderr
        return done.returncode, dict(line.split("=", 1) for line in output.read_text().splitlines())

    return run


@pytest.mark.parametrize("code", [0, 1, 3, 7])
def test_the_step_ends_as_partner_qa_ends_and_names_the_report(judge: Any, code: int) -> None:
    ended, outputs = judge(CODE=str(code), LEAVES="reports/20261124-120000-acme")
    assert ended == code
    assert outputs == {
        "exit-code": str(code),
        "report": "reports/20261124-120000-acme",
        "sarif": "reports/20261124-120000-acme/results.sarif",
        "junit": "reports/20261124-120000-acme/junit.xml",
    }


def test_a_run_that_never_began_names_no_report(judge: Any, tmp_path: Path) -> None:
    old = tmp_path / "reports" / "20251124-120000-acme"
    old.mkdir(parents=True)
    (old / "results.json").write_text("{}")
    assert judge(CODE="2") == (2, {"exit-code": "2", "report": "", "sarif": "", "junit": ""})


def test_the_newest_report_is_named(judge: Any, tmp_path: Path) -> None:
    for name in ("20251124-120000-acme", "20260101-000000-acme"):
        (tmp_path / "reports" / name).mkdir(parents=True)
        (tmp_path / "reports" / name / "results.json").write_text("{}")
    _, outputs = judge(LEAVES="reports/20261124-120000-acme")
    assert outputs["report"] == "reports/20261124-120000-acme"


def test_the_step_calls_check_as_check_can_be_called(judge: Any, tmp_path: Path) -> None:
    judge(QA_STRICT="true", QA_SUBMISSION="true", QA_OPTIONS="--only\nPAGE-01\n\n--seed\n7\n")
    words = words_of(tmp_path)
    parse_check(words)
    assert words[0] == "check"
    assert {"--strict", "--submission", "--quiet"} <= set(words)
    assert words[-4:] == ["--only", "PAGE-01", "--seed", "7"]


@pytest.mark.parametrize("text", ["$(touch owned)", "a b; touch owned", "`touch owned`", '" ; touch owned'])
def test_an_input_stays_one_word(judge: Any, tmp_path: Path, text: str) -> None:
    judge(QA_PROFILE=text, QA_OUTPUT=text, QA_OPTIONS=text)
    assert not (tmp_path / "owned").exists()
    assert words_of(tmp_path).count(text) == 3


# the workflow


def test_the_workflow_uses_what_the_action_offers() -> None:
    job = WORKFLOW["jobs"]["partner-checklist"]
    step = next(each for each in job["steps"] if each.get("id") == "qa")
    assert set(step["with"]) <= set(ACTION["inputs"])
    named = set(re.findall(r"steps\.qa\.outputs\.([\w-]+)", str(job["steps"])))
    assert named <= set(ACTION["outputs"])


def test_the_workflow_keeps_reports_of_runs_that_failed() -> None:
    for step in WORKFLOW["jobs"]["partner-checklist"]["steps"][2:]:
        assert "!cancelled()" in step["if"]


def test_the_workflow_may_write_nothing_but_alerts() -> None:
    assert WORKFLOW["permissions"] == {"contents": "read", "security-events": "write"}


# GitLab


def test_the_job_is_clean_shell_and_calls_check_rightly(tmp_path: Path) -> None:
    job = GITLAB["partner-checklist"]
    lines = [*job["before_script"], *job["script"]]
    check_shell("#!/bin/bash\n" + "\n".join(lines) + "\n", "bash")
    put_fake(tmp_path / "qa" / "bin" / "partner-qa")
    done = run_script("\n".join(job["script"]).replace("/tmp/partner-qa", str(tmp_path / "qa")), tmp_path)
    assert done.returncode == 0, done.stderr
    parse_check(words_of(tmp_path))


def test_the_job_keeps_reports_of_runs_that_failed() -> None:
    artifacts = GITLAB["partner-checklist"]["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["reports"]["junit"] == f"reports/*/{JUNIT}"


# the hook


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with the hook, a remote, and a stand-in for partner-qa in its .venv."""
    home = tmp_path / "repository"
    remote = tmp_path / "remote.git"
    for command in (
        ["init", "--quiet", "--bare", str(remote)],
        ["init", "--quiet", "--initial-branch", "main", str(home)],
    ):
        git(tmp_path, *command)
    git(home, "remote", "add", "origin", str(remote))
    git(home, "commit", "--quiet", "--allow-empty", "--message", "first")
    shutil.copy(CI / "pre-push", home / ".git" / "hooks" / "pre-push")
    put_fake(home / ".venv" / "bin" / "partner-qa")
    return home


def git(folder: Path, *words: str, **environ: str) -> subprocess.CompletedProcess[str]:
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@b.example", "GIT_COMMITTER_NAME": "a"}
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        **names,
        "GIT_COMMITTER_EMAIL": "a@b.example",
        "NOTES": str(folder / "notes"),
        **environ,
    }
    return subprocess.run(
        ["git", *words], cwd=folder, env=given, capture_output=True, text=True, timeout=60, check=False
    )


def test_the_hook_is_clean_shell_and_executable() -> None:
    check_shell((CI / "pre-push").read_text(), "sh")
    assert os.access(CI / "pre-push", os.X_OK)


@pytest.mark.parametrize(
    ("code", "is_pushed", "said"),
    [
        ("0", True, ""),
        ("3", True, "the checklist is incomplete here"),
        ("1", False, "not pushed, partner-qa ended with 1"),
        ("2", False, "not pushed, partner-qa ended with 2"),
        ("130", False, "not pushed"),
    ],
)
def test_a_push_goes_on_unless_something_failed(
    repository: Path, code: str, is_pushed: bool, said: str
) -> None:
    done = git(repository, "push", "origin", "main", CODE=code)
    assert (done.returncode == 0) is is_pushed
    assert said in done.stderr
    assert bool(git(repository, "ls-remote", "origin").stdout) is is_pushed


def test_the_hook_calls_check_rightly_and_from_the_top(repository: Path) -> None:
    (repository / "deep").mkdir()
    done = git(repository / "deep", "push", "origin", "main", NOTES=str(repository / "notes"))
    assert done.returncode == 0, done.stderr
    words = words_of(repository)
    parse_check(words)
    assert words[:3] == ["check", "--profile", "partner.yaml"]


def test_the_integration_does_not_inherit_gits_own_variables(repository: Path) -> None:
    told = {"GIT_DIR": str(repository / ".git"), "GIT_WORK_TREE": str(repository)}
    assert git(repository, "push", "origin", "main", **told).returncode == 0
    names = (repository / "notes.env").read_text().split()
    assert "PATH" in names
    assert not {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"} & set(names)


def test_another_profile_can_be_named(repository: Path) -> None:
    git(repository, "push", "origin", "main", PARTNER_QA_PROFILE="qa/my profile.yaml")
    assert words_of(repository)[2] == "qa/my profile.yaml"


def test_a_push_can_go_without_it(repository: Path) -> None:
    assert git(repository, "push", "origin", "main", CODE="1", PARTNER_QA_SKIP="1").returncode == 0
    assert not (repository / "notes").exists()


def test_deleting_a_branch_judges_nothing(repository: Path) -> None:
    git(repository, "push", "origin", "main", "main:old")
    (repository / "notes").unlink()
    assert git(repository, "push", "origin", ":old", CODE="1").returncode == 0
    assert not (repository / "notes").exists()
