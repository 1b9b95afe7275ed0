"""Facts about `partner-qa init`: what it asks, what it writes, and that what it writes loads."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from partner_qa.cli import init as room
from partner_qa.cli.init import init_command
from partner_qa.cli.main import run_command_line
from partner_qa.cli.profile_page import propose_scopes
from partner_qa.errors import UsageError
from partner_qa.model import Action, Observation, UseCase
from partner_qa.profile.profile import Profile, load_profile
from partner_qa.profile.rules import known_scopes

KEYS = (
    *("production", "redirect_uris", "webhook_url", "run", "setup", "processes", "web", "env", "pass_env"),
    *("GUSTO_[A-Z_]+", "QA_TOKEN", "ready", "webhooks", "observations", *Action, *Observation),
)
FLAGS = (
    *("--name", "Acme Time", "--company", "Acme, Inc.", "--contact", "dev@acme.example"),
    *("--base-url", "http://127.0.0.1:4000/", "--use-case", "hris"),
)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: str, answers: str | None = None) -> Result:
    return CliRunner().invoke(init_command, list(arguments), input=answers)


def written(*arguments: str) -> Profile:
    result = run(*FLAGS, *arguments)
    assert result.exit_code == 0, result.output
    return load_profile(Path("partner.yaml"))


def refusal(*arguments: str) -> str:
    error = run(*arguments).exception
    assert isinstance(error, UsageError)
    return error.explain()


# with options


def test_options_alone_are_enough() -> None:
    profile = written()
    assert profile.integration.name == "Acme Time"
    assert profile.integration.company == "Acme, Inc."
    assert profile.integration.contact == "dev@acme.example"
    assert profile.gusto.redirect_uris == ("http://127.0.0.1:4000/gusto/callback",)
    assert profile.gusto.scopes == ("companies:read", "employees:read")
    assert profile.use_cases == (UseCase.HRIS,)
    assert profile.run is None
    assert profile.webhooks is None
    assert set(profile.actions) == {Action.CONNECT, Action.SYNC_PEOPLE}


def test_every_option_reaches_the_file() -> None:
    profile = written(
        *("--use-case", "webhooks", "--use-case", "payroll", "--product-version", "4.2.0"),
        *("--redirect-uri", "https://acme.test/a", "--redirect-uri", "https://acme.test/b"),
        *("--scope", "payrolls:read", "--scope", "employees:read"),
        *("--command", "web=bin/rails server -b '127.0.0.1'", "--command", "worker={python} -m acme"),
        *("--webhook-url", "http://127.0.0.1:4000/hooks"),
    )
    assert profile.integration.version == "4.2.0"
    assert profile.gusto.redirect_uris == ("https://acme.test/a", "https://acme.test/b")
    assert profile.gusto.scopes == ("payrolls:read", "employees:read")
    assert profile.use_cases == (UseCase.HRIS, UseCase.WEBHOOKS, UseCase.PAYROLL)
    assert profile.run is not None
    assert profile.run.processes == {
        "web": ("bin/rails", "server", "-b", "127.0.0.1"),
        "worker": ("{python}", "-m", "acme"),
    }
    assert profile.run.env["GUSTO_API_BASE"] == "{api_base}"
    assert profile.webhooks is not None
    assert profile.webhooks.url == "http://127.0.0.1:4000/hooks"
    assert profile.offers(Action.SUBSCRIBE_WEBHOOKS)


def test_webhooks_arrive_at_a_default_place() -> None:
    profile = written("--use-case", "webhooks")
    assert profile.webhooks is not None
    assert profile.webhooks.url == "http://127.0.0.1:4000/gusto/webhooks"


@pytest.mark.parametrize("commands", [(), ("--command", "web=bin/web")])
def test_one_account_and_a_subscription_of_the_portal_are_there_to_be_uncommented(
    commands: tuple[str, ...],
) -> None:
    written("--use-case", "webhooks", *commands)
    page = Path("partner.yaml").read_text()
    assert "  # reset: {post: http://127.0.0.1:4000/qa/reset," in page
    assert "tenancy: {mode: single, account: " in page
    assert '# GUSTO_WEBHOOK_TOKEN: "{webhook_secret}"' in page
    assert 'webhook_secret}"' not in run_page("--use-case", "hris", *commands)


def run_page(*arguments: str) -> str:
    assert run(*FLAGS[:-2], *arguments, "--force").exit_code == 0
    return Path("partner.yaml").read_text()


def test_whoever_keeps_books_is_asked_about_contractors() -> None:
    page = run_page("--use-case", "accounting")
    assert "  # list_contractors: " in page
    assert "#   contractors: " in page


@pytest.mark.parametrize("use_case", UseCase)
def test_each_use_case_gets_an_action_of_its_own_and_known_scopes(use_case: UseCase) -> None:
    assert run(*FLAGS[:-1], use_case).exit_code == 0
    profile = load_profile(Path("partner.yaml"))
    assert len(profile.actions) == 2
    assert set(propose_scopes([use_case])) <= known_scopes()
    assert profile.gusto.scopes == propose_scopes([use_case])


@pytest.mark.parametrize("use_case", UseCase)
@pytest.mark.parametrize("commands", [(), ("--command", "web=bin/web")])
def test_every_commented_line_can_be_put_to_use(use_case: UseCase, commands: tuple[str, ...]) -> None:
    written("--use-case", use_case, *commands)
    path = Path("partner.yaml")
    shown = path.read_text()
    line = re.compile(rf"^( *)# ( *(?:# |(?:{'|'.join(KEYS)}):))", re.MULTILINE)
    path.write_text(line.sub(r"\1\2", line.sub(r"\1\2", shown)))
    before = set(load_text(shown, path.parent).actions)
    whole = load_profile(path)
    assert set(whole.actions) > before
    assert whole.run is not None
    assert whole.run.setup
    assert whole.run.ready
    assert whole.webhooks is not None
    assert whole.gusto.production is not None
    assert len(whole.observations) >= 5


def load_text(text: str, folder: Path) -> Profile:
    path = folder / "other.yaml"
    path.write_text(text)
    return load_profile(path)


@pytest.mark.parametrize(
    "name",
    [
        "true",
        "1.0",
        "- x",
        "Ümläut & Söhne",
        'says "hi"',
        "a: b",
        "# no comment",
        "{{x",
        "back\\slash",
        "'",
        "@",
    ],
)
def test_a_name_survives_yaml(name: str) -> None:
    run(*FLAGS, "--name", name, "--company", name)
    profile = load_profile(Path("partner.yaml"))
    assert (profile.integration.name, profile.integration.company) == (name, name)


def test_the_file_explains_each_of_its_keys() -> None:
    written("--use-case", "webhooks", "--command", "web=bin/web")
    lines = Path("partner.yaml").read_text().splitlines()
    keys = [number for number, line in enumerate(lines) if re.match(r"^[a-z_]+:", line)]
    assert len(keys) == 9
    for number in keys:
        assert lines[number - 1].startswith("# "), lines[number]
    assert max(map(len, lines)) <= 110


def test_what_comes_next_is_said() -> None:
    result = run(*FLAGS, "--output", "qa folder/acme.yaml")
    assert "qa folder/acme.yaml is written." in result.output
    assert "partner-qa check --profile 'qa folder/acme.yaml'" in result.output
    (page,) = [line.strip() for line in result.output.splitlines() if line.endswith(".md")]
    assert Path(page).read_text(encoding="utf-8").startswith("# Connect your integration")
    assert load_profile(Path("qa folder/acme.yaml"))
    assert [each.name for each in Path("qa folder").iterdir()] == ["acme.yaml"]


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--contact", "dev", "dev is not an e-mail address"),
        ("--name", " ", "is empty"),
        ("--name", "a\x1b[2J", "has a control character"),
        ("--base-url", "127.0.0.1:4000", "is not an absolute http or https URL"),
        ("--base-url", "http://10.0.0.1/", "is not this machine's own"),
        ("--base-url", "https://api.gusto.com", "api.gusto.com is Gusto's"),
        ("--base-url", "http://localhost/?a=b", "no query"),
        ("--base-url", "http://localhost/{account}", "no braces"),
        ("--redirect-uri", "https://acme.test/#x", "has a fragment"),
        ("--use-case", "hiring", "hiring is not a use case"),
        ("--use-case", "webhook", "did you mean webhooks?"),
        ("--scope", "employee:read", "did you mean employees:read?"),
        ("--command", "bin/rails server", "is not like web=bin/server"),
        ("--command", "web=", "has no command"),
        ("--command", "web=a 'b", "No closing quotation"),
        ("--command", "web=a {client_secret}", "{client_secret} may not stand in a command"),
        ("--webhook-url", "hooks", "is not an absolute http or https URL"),
    ],
)
def test_an_option_that_cannot_be_is_refused_in_words(option: str, value: str, words: str) -> None:
    result = run(*FLAGS, option, value)
    assert result.exit_code == 2
    assert words in re.sub(r"\s+", " ", result.output)
    assert option in result.output
    assert not Path("partner.yaml").exists()


def test_a_process_is_named_once() -> None:
    assert "web is given twice" in run(*FLAGS, "--command", "web=a", "--command", "web=b").output


# what is there stays


def test_nothing_is_overwritten_without_force() -> None:
    Path("partner.yaml").write_text("mine")
    told = refusal(*FLAGS)
    assert "partner.yaml: exists already" in told
    assert "--force" in told
    assert Path("partner.yaml").read_text() == "mine"
    assert written("--force").integration.name == "Acme Time"


def test_a_profile_that_others_may_not_read_stays_one() -> None:
    Path("partner.yaml").write_text("mine")
    Path("partner.yaml").chmod(0o600)
    assert written("--force").integration.name == "Acme Time"
    assert stat.S_IMODE(Path("partner.yaml").stat().st_mode) == 0o600


def test_a_folder_is_never_overwritten() -> None:
    Path("partner.yaml").mkdir()
    assert "is a folder" in refusal(*FLAGS, "--force")


def test_what_is_no_file_is_not_written_over_even_by_force() -> None:
    os.mkfifo("partner.yaml")
    assert "is no file" in refusal(*FLAGS, "--force")
    assert Path("partner.yaml").is_fifo()


def test_a_place_that_cannot_be_written_is_said_to_be_so() -> None:
    Path("file").write_text("x")
    assert "cannot be written" in refusal(*FLAGS, "--output", "file/partner.yaml")


# without a terminal


def test_without_a_terminal_the_missing_options_are_named() -> None:
    told = refusal("--name", "Acme", "--use-case", "hris")
    assert [
        flag for flag in ("--name", "--company", "--contact", "--base-url", "--use-case") if flag in told
    ] == [
        "--company",
        "--contact",
        "--base-url",
    ]
    assert not Path("partner.yaml").exists()


def test_without_a_terminal_the_command_line_ends_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command_line(["init"]) == 2
    assert "--base-url: is missing" in capsys.readouterr().err


# with answers


@pytest.fixture
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "has_terminal", lambda: True)


@pytest.mark.usefixtures("_terminal")
def test_answers_make_a_profile() -> None:
    said = [
        "Acme Time",
        "",
        "Acme Inc.",
        "dev@acme.example",
        "hris, webhooks",
        "",
        "",
        "",
        "",
        "bin/rails server",
    ]
    result = run(answers="\n".join(said) + "\n")
    assert result.exit_code == 0, result.output
    profile = load_profile(Path("partner.yaml"))
    assert profile.integration.version == "1.0.0"
    assert profile.use_cases == (UseCase.HRIS, UseCase.WEBHOOKS)
    assert profile.gusto.scopes == propose_scopes(profile.use_cases)
    assert profile.gusto.redirect_uris == ("http://127.0.0.1:4000/gusto/callback",)
    assert profile.run is not None
    assert profile.run.processes == {"web": ("bin/rails", "server")}


@pytest.mark.usefixtures("_terminal")
def test_only_what_the_options_leave_open_is_asked() -> None:
    result = run(*FLAGS[:-2], answers="\nhris\n\n\n\n")
    assert result.exit_code == 0, result.output
    assert "What is your product called?" not in result.output
    assert "Use cases: time, payroll" in result.output
    assert load_profile(Path("partner.yaml")).run is None


@pytest.mark.usefixtures("_terminal")
def test_an_answer_that_cannot_be_is_asked_again() -> None:
    said = "Acme\n1\nAcme\ndev\ndev@acme.example\nhr\nhris\nemployes:read\nemployees:read\n\n\n\n"
    result = run(answers=said)
    assert result.exit_code == 0, result.output
    assert "dev is not an e-mail address" in result.output
    assert "hr is not a use case" in result.output
    assert "did you mean employees:read?" in result.output
    assert load_profile(Path("partner.yaml")).gusto.scopes == ("employees:read",)


@pytest.mark.usefixtures("_terminal")
def test_whoever_stops_answering_leaves_nothing_behind() -> None:
    assert run(answers="Acme\n").exit_code == 1
    assert list(Path().iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="there are no pseudo-terminals here")
def test_a_real_terminal_is_asked() -> None:
    import pty  # noqa: PLC0415 - not on Windows

    ours, theirs = pty.openpty()
    said = "Acme\n1\nAcme\ndev@acme.example\nhris\n\n\n\n\n"
    try:
        os.write(ours, said.encode())
        done = subprocess.run(
            [sys.executable, "-c", "from partner_qa.cli.main import main; main(['init'])"],
            stdin=theirs,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    finally:
        os.close(ours)
        os.close(theirs)
    assert done.returncode == 0, done.stderr
    assert load_profile(Path("partner.yaml")).integration.name == "Acme"


def test_help_shows_an_example_and_imports_no_validator() -> None:
    assert "partner-qa init --name" in run("--help").output
    program = "import sys, partner_qa.cli.init; print('jsonschema' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
