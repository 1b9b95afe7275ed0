"""`partner-qa checklist`: the list, the page of one item, and how much is covered."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from partner_qa.checklist import load_checklist
from partner_qa.cli.main import run_command_line
from partner_qa.model import Level, VerifiedBy


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert run_command_line(["checklist", *arguments]) == 0
    return capsys.readouterr().out


def ids(section: str, level: Level | None = None) -> list[str]:
    rows = [each for each in load_checklist().items if each.section == section]
    return [each.id for each in rows if level in (None, each.level)]


@pytest.mark.parametrize("command", [(), ("list",), ("show",), ("coverage",)])
def test_help_shows_an_example(capsys: pytest.CaptureFixture[str], command: tuple[str, ...]) -> None:
    assert "partner-qa checklist " in told(capsys, *command, "--help").partition("Example")[2]


def test_help_imports_no_suite() -> None:
    program = "import sys, partner_qa.cli.checklist; print('pytest' in sys.modules, 'yaml' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_every_item_is_listed_under_its_section(capsys: pytest.CaptureFixture[str]) -> None:
    output = told(capsys, "list")
    checklist = load_checklist()
    assert all(item.id in output and item.title in output for item in checklist.items)
    assert output.index("Before the review") < output.index("PROC-01") < output.index("Connecting a company")
    assert output.endswith(f"{len(checklist.items)} items of {len(checklist.items)}\n")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("--section", "concurrency", "--level", "must"), ids("concurrency", Level.MUST)),
        (("--section", "people", "--use-case", "accounting"), []),
        (("--section", "webhooks", "--use-case", "webhooks"), ids("webhooks")),
        (("--section", "people"), ids("people")),
        (("--section", "tokens", "--level", "should"), ids("tokens", Level.SHOULD)),
    ],
)
def test_a_part_of_the_list_can_be_asked_for(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: list[str]
) -> None:
    rows = json.loads(told(capsys, "list", *arguments, "--json"))
    assert [row["id"] for row in rows] == expected


def test_one_item_is_shown_whole(capsys: pytest.CaptureFixture[str]) -> None:
    output = told(capsys, "show", "page-01")
    item = load_checklist().find("PAGE-01")
    assert item is not None
    flat = " ".join(output.split())
    for words in (
        item.title,
        item.requirement,
        item.why,
        item.advice,
        item.source.url,
        "large_company_sync",
        "actions.connect, actions.sync_people, observations.people",
        "test_pagination.py::test_reads_every_page",
        "partner-qa check --only PAGE-01",
    ):
        assert words in flat


def test_an_item_of_the_whole_run_looks_at_every_scenario(capsys: pytest.CaptureFixture[str]) -> None:
    assert "looks at every scenario" in " ".join(told(capsys, "show", "WIRE-01").split())


def test_an_item_of_a_person_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    output = " ".join(told(capsys, "show", "PROC-01").split())
    assert "seen by a person" in output
    assert "a decision of people at Gusto" in output
    assert json.loads(told(capsys, "show", "PROC-01", "--json"))["test"] is None


def test_one_item_can_be_had_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    page = json.loads(told(capsys, "show", "RATE-02", "--json"))
    assert page["item"]["id"] == "RATE-02"
    assert page["test"]["scenarios"] == ["rate_limited_sync"]
    assert page["test"]["evidence"] == "wire"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "PAGE-1"), "there is no item 'PAGE-1' (did you mean PAGE-01?)"),
        (("list", "--section", "webhook"), "did you mean webhooks?"),
        (("list", "--use-case", "payrol"), "did you mean payroll?"),
    ],
)
def test_what_does_not_exist_is_offered_its_nearest(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert run_command_line(["checklist", *arguments]) == 2
    assert words in capsys.readouterr().err


def test_coverage_counts_what_a_machine_can_judge(capsys: pytest.CaptureFixture[str]) -> None:
    output = told(capsys, "coverage")
    items = load_checklist().items
    automatic = sum(each.verified_by is not VerifiedBy.ATTESTATION for each in items)
    assert output.startswith(f"can be judged automatically: {automatic} of {len(items)} items\n")
    assert "was judged in this run" not in output


def test_coverage_of_a_run_counts_what_was_judged_in_it(
    capsys: pytest.CaptureFixture[str], bench: Any
) -> None:
    folder = bench.save(bench.run(bench.recording("first_connect")))
    found = re.search(
        r"^was judged in this run: +(\d+) of (\d+) items$",
        told(capsys, "coverage", str(folder)),
        re.MULTILINE,
    )
    assert found
    assert int(found[2]) == len(load_checklist().items)
    rows = json.loads(told(capsys, "coverage", str(folder), "--json"))
    scopes = [
        each
        for each in load_checklist().items
        if each.section == "scopes" and each.verified_by is not VerifiedBy.ATTESTATION
    ]
    by_name = {(row["group"], row["name"]): row for row in rows}
    row = by_name["section", "scopes"]
    assert (row["items"], row["automatic"]) == (len(ids("scopes")), len(scopes))
    assert 0 < row["judged"] <= row["automatic"]
    assert 0 < by_name["use case", "webhooks"]["items"] < len(load_checklist().items)
    sections = [row for row in rows if row["group"] == "section"]
    assert sum(row["items"] for row in sections) == len(load_checklist().items)
    assert 0 < sum(row["judged"] for row in sections) == int(found[1])
