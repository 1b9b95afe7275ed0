"""An Allure page that tells something else than the record is refused, wherever in it that stands."""

from __future__ import annotations

import base64
import hashlib
import html as entities
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from partner_qa.report import page_data as room
from partner_qa.report.front import write_front
from partner_qa.report.front_block import put_first
from partner_qa.report.page import find_scripts, write_policy
from partner_qa.report.page_data import Ending, find_frame, find_lie

ENDINGS = {
    "partner-qa.pages.PAGE-01": Ending(name="PAGE-01 Every page", status="passed", message=""),
    "partner-qa.pages.PAGE-02": Ending(name="PAGE-02 In order", status="failed", message="does not sort"),
    "partner-qa.process.PROC-01": Ending(name="PROC-01 Asked", status="broken", message="nobody answered"),
}
PROGRAM = "start(window.allureReportData)"
Files = dict[str, Any]


def make_files() -> Files:
    ids = {name: f"id-{number}" for number, name in enumerate(ENDINGS)}
    counts = {"total": 3, "passed": 1, "failed": 1, "broken": 1, "new": 3}
    files: Files = {}
    for name, ending in ENDINGS.items():
        told = {"id": ids[name], "fullName": name, "name": ending.name, "status": ending.status}
        error = {"error": {"message": ending.message}} if ending.message else {}
        files[f"data/test-results/{ids[name]}.json"] = {**told, **error, "history": [{"status": "passed"}]}
        files[f"data/test-env-groups/{ids[name]}0.json"] = {**told, "testResultsByEnv": {}}
    leaves = {
        ids[name]: {"nodeId": ids[name], "name": each.name, "status": each.status}
        for name, each in ENDINGS.items()
    }
    groups = {"g": {"statistic": counts, "leaves": list(leaves)}}
    for view in ("widgets/", "widgets/default/"):
        files[f"{view}statistic.json"] = dict(counts)
        files[f"{view}pie_chart.json"] = {
            "slices": [{"status": each, "count": 1} for each in ("passed", "failed", "broken")]
        }
        files[f"{view}tree.json"] = json.loads(
            json.dumps({"root": {"groups": ["g"]}, "groupsById": groups, "leavesById": leaves})
        )
        files[f"{view}nav.json"] = list(leaves)
        files[f"{view}search-index.json"] = [
            {"id": key, "name": each["name"]} for key, each in leaves.items()
        ]
    files["data/attachments/a.txt"] = "seen"
    return files


def write_page(files: Files, *, program: str = PROGRAM, policy: str = "") -> str:
    listed = ",".join(
        f'd("{name}","{base64.b64encode(json.dumps(each).encode()).decode()}")'
        for name, each in files.items()
    )
    scripts = (
        '\n window.allureReportOptions = {"reportName": "x"}\n ',
        program,
        (
            f"\n Promise.allSettled([{listed}])\n .then(function(){{\n"
            " window.allureReportDataReady = true;\n })\n "
        ),
    )
    allowed = policy or entities.escape(write_policy(list(scripts)))
    head = f'<meta http-equiv="Content-Security-Policy" content="{allowed}"><title> A name </title>'
    tags = "".join(f"<script>{each}</script>" for each in scripts)
    return f"<html><head>{head}</head><body>{tags}</body></html>"


@pytest.fixture(autouse=True)
def frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the little page of these tests be what Allure makes."""
    path = tmp_path / "frame.sha256"
    path.write_text(hashlib.sha256(find_frame(write_page({})).encode()).hexdigest() + "\n")
    monkeypatch.setattr(room, "_FRAME", path)


def test_a_page_of_these_items_is_true() -> None:
    assert find_lie(write_page(make_files()), ENDINGS) == ""


def test_the_first_page_at_its_top_is_looked_at_elsewhere(build: Any) -> None:
    page = put_first(write_page(make_files()), write_front(build.record()))
    assert find_lie(page, ENDINGS) == ""


def flip(path: str, *keys: Any, to: object = "passed") -> Callable[[Files], None]:
    def change(files: Files) -> None:
        value = files[path]
        for key in keys[:-1]:
            value = value[key]
        assert value[keys[-1]] != to
        value[keys[-1]] = to

    return change


def drop(*paths: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        for each in paths:
            del files[each]

    return change


LIES: dict[str, tuple[Callable[[Files], None], str]] = {
    "a status": (flip("data/test-results/id-1.json", "status"), "another ending of PAGE-02"),
    "a name": (flip("data/test-results/id-1.json", "name", to="PAGE-02 Sorted"), "another ending of PAGE-02"),
    "a message": (flip("data/test-results/id-1.json", "error", to={}), "another ending of PAGE-02"),
    "what no waiver accepts": (
        lambda files: files["data/test-results/id-1.json"].update({"resolution": "accepted"}),
        "another ending of PAGE-02",
    ),
    "an id": (flip("data/test-results/id-1.json", "id", to="id-9"), "another ending of PAGE-02"),
    "another item": (flip("data/test-results/id-1.json", "fullName", to="x"), "not of the record"),
    "an item twice": (
        flip("data/test-results/id-1.json", "fullName", to="partner-qa.pages.PAGE-01"),
        "an item twice",
    ),
    "an item left out": (drop("data/test-results/id-1.json"), "not every item"),
    "a status by environment": (
        flip("data/test-env-groups/id-10.json", "status"),
        "another ending of PAGE-02",
    ),
    "a leaf": (flip("widgets/tree.json", "leavesById", "id-1", "status"), "lists items otherwise"),
    "a leaf's name": (
        flip("widgets/default/tree.json", "leavesById", "id-1", "name"),
        "lists items otherwise",
    ),
    "a leaf left out": (flip("widgets/tree.json", "groupsById", "g", "leaves", to=["id-0"]), "otherwise"),
    "a group's count": (
        flip("widgets/tree.json", "groupsById", "g", "statistic", "failed", to=0),
        "counts otherwise",
    ),
    "the count": (flip("widgets/statistic.json", "passed", to=3), "counts otherwise"),
    "the chart": (flip("widgets/default/pie_chart.json", "slices", 1, "status"), "counts otherwise"),
    "the list": (flip("widgets/nav.json", 1, to="id-0"), "lists items otherwise"),
    "what a search finds": (flip("widgets/search-index.json", 1, "name", to="x"), "lists items otherwise"),
    "no tree": (drop("widgets/tree.json"), "of a form that Allure does not write"),
    "no object": (lambda files: files.update({"data/test-results/id-1.json": []}), "of a form"),
}


@pytest.mark.parametrize(("change", "words"), LIES.values(), ids=LIES)
def test_what_the_data_tell_otherwise_is_found(change: Callable[[Files], None], words: str) -> None:
    files = make_files()
    change(files)
    assert words in find_lie(write_page(files), ENDINGS)


def test_what_is_waived_is_accepted_and_not_charted() -> None:
    name = "partner-qa.pages.PAGE-02"
    waived = {**ENDINGS, name: replace(ENDINGS[name], waived=True)}
    files = make_files()
    assert "another ending" in find_lie(write_page(files), waived)
    files["data/test-results/id-1.json"]["resolution"] = "accepted"
    assert "counts otherwise" in find_lie(write_page(files), waived)
    for view in ("widgets/", "widgets/default/"):
        del files[f"{view}pie_chart.json"]["slices"][1]
    assert find_lie(write_page(files), waived) == ""


def test_a_part_may_be_told_and_no_more_than_that() -> None:
    files = make_files()
    more = {**ENDINGS, "partner-qa.pages.PAGE-03": Ending(name="PAGE-03 x", status="passed", message="")}
    assert "not every item" in find_lie(write_page(files), more)
    assert find_lie(write_page(files), more, is_part=True) == ""


GOOD = write_page(make_files())
FORGERIES = {
    "another program": write_page(make_files(), program="paint()"),
    "a script more": GOOD.replace("</body>", "<script>paint()</script></body>"),
    "HTML beside it": GOOD.replace("<body>", "<body><h1>Approved</h1>"),
    "HTML in the title": GOOD.replace(" A name ", " A name </title><h1>Approved</h1><title>"),
    "a wider policy": write_page(make_files(), policy="script-src 'unsafe-inline'"),
    "two policies": GOOD.replace("<title>", '<meta http-equiv="Content-Security-Policy" content=""><title>'),
    "code in the options": GOOD.replace('{"reportName": "x"}', '{"reportName": "x"}; paint(); ({})'),
    "code in the data": GOOD.replace("Promise.all", "paint();Promise.all"),
    "code between the data": GOOD.replace('),d("widgets/nav.json"', '),paint(),d("widgets/nav.json"'),
    "a file twice": GOOD.replace('d("widgets/nav.json"', 'd("widgets/nav.json","W10="),d("widgets/nav.json"'),
    "no page": "<title>x</title><body>x</body>",
    "nothing": "",
}


@pytest.mark.parametrize("page", FORGERIES.values(), ids=FORGERIES)
def test_a_page_that_allure_did_not_make_is_refused(page: str) -> None:
    assert page != GOOD
    assert find_lie(page, ENDINGS)


@pytest.mark.parametrize(
    "name", ["code in the options", "code in the data", "code between the data", "a file twice"]
)
def test_code_is_refused_also_where_the_policy_allows_it(name: str) -> None:
    page = FORGERIES[name]
    old, new = (entities.escape(write_policy(find_scripts(each))) for each in (GOOD, page))
    assert find_lie(page.replace(old, new), ENDINGS) in {
        "has other options than Allure writes",
        "holds data of a form that Allure does not write",
    }
