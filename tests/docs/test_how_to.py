"""Facts about the how-to pages: their profiles load, their program runs, their waiver is one."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.errors import ProfileError
from partner_qa.ledger import load_waivers
from partner_qa.model import Action, Observation
from partner_qa.profile.placeholders import find_placeholders
from partner_qa.profile.profile import load_profile
from partner_qa.profile.rules import EVERYWHERE
from partner_qa.profile.shapes import find_shape_violations
from partner_qa.report.sheet_map import load_sheet_map

PAGES = Path(__file__).resolve().parents[2] / "docs" / "how-to"
CONNECT = (PAGES / "connect-your-integration.md").read_text(encoding="utf-8")
GATE = (PAGES / "gate-in-ci.md").read_text(encoding="utf-8")
WAIVE = (PAGES / "waive-a-finding.md").read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_smallest_profile_of_the_page_loads(tmp_path: Path) -> None:
    path = tmp_path / "partner.yaml"
    path.write_text(blocks(CONNECT, "yaml")[0])
    profile = load_profile(path)
    assert set(profile.actions) == {Action.CONNECT, Action.SYNC_PEOPLE}


@pytest.mark.parametrize("number", range(1, len(blocks(CONNECT, "yaml"))))
def test_each_other_piece_fits_into_it(number: int, tmp_path: Path) -> None:
    whole, *pieces = (yaml.safe_load(each) for each in blocks(CONNECT, "yaml"))
    piece = pieces[number - 1]
    whole |= piece | {"actions": whole["actions"] | piece.get("actions", {})}
    path = tmp_path / "partner.yaml"
    path.write_text(json.dumps(whole))
    assert load_profile(path)


def test_the_mistakes_that_the_page_shows_are_reported_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = (
        blocks(CONNECT, "yaml")[0]
        .replace("employees:read", "employee:read")
        .replace("sync_people", "sync_peple")
    )
    Path("partner.yaml").write_text(text)
    with pytest.raises(ProfileError) as caught:
        load_profile(Path("partner.yaml"))
    assert caught.value.explain() + "\n" in blocks(CONNECT, "text")


def test_the_page_names_every_placeholder() -> None:
    table = CONNECT[CONNECT.index("| Placeholder") : CONNECT.index("Doubled braces")]
    assert {name for name in find_placeholders(table) if name.isidentifier()} == EVERYWHERE


def test_the_waiver_of_the_page_is_one(tmp_path: Path) -> None:
    path = tmp_path / "waivers.yaml"
    path.write_text(blocks(WAIVE, "yaml")[0])
    waivers = load_waivers(path, today=date(2026, 11, 23))
    assert [(each.item, each.fingerprint) for each in waivers] == [("PAGE-01", "51d023627be2")]


def test_the_sheet_map_of_the_page_is_one(tmp_path: Path) -> None:
    path = tmp_path / "sheet-map.yaml"
    path.write_text(blocks(GATE, "yaml")[0])
    spots = load_sheet_map(path).spots
    assert {item: (spot.sheet, spot.row) for item, spot in spots.items()} == {
        "PAGE-01": ("Review", 12),
        "PAGE-04": ("Review", 12),
        "RATE-02": ("Review", 14),
    }


def test_the_page_lists_the_inputs_of_the_action() -> None:
    action = yaml.safe_load((PAGES.parents[1] / "action.yml").read_text(encoding="utf-8"))
    table = GATE[GATE.index("| Input") : GATE.index("Its outputs are")]
    rows = re.findall(r"^\| `([\w-]+)` \|([^|]*)\|", table, re.MULTILINE)
    listed = {name: default.strip(" `") for name, default in rows}
    assert listed == {name: str(each["default"]) for name, each in action["inputs"].items()}
    assert all(f"`{name}`" in GATE for name in action["outputs"])


# the program of the page, with a product that is a few lines

SERVER = """
import http from "node:http";
import { answerHarness } from "./qa.mjs";
const syncPeople = async (account) => { if (account === "broken") throw new Error("no"); return 3; };
const connectionOf = async () => ({ state: "connected", company_uuid: "c", company_name: null });
const peopleOf = async () => [{ gustoUuid: "u1" }, { gustoUuid: "u2" }];
%s
const server = http.createServer(async (request, response) => {
  const [status, value] = await answerHarness(request, { actions, observations });
  response.writeHead(status, { "Content-Type": "application/json" });
  response.end(JSON.stringify(value));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
"""
NODE = shutil.which("node") or ""


def start(folder: Path, env: dict[str, str]) -> Iterator[str]:
    program, use = blocks(CONNECT, "js")
    (folder / "qa.mjs").write_text(program)
    (folder / "server.mjs").write_text(SERVER % use)
    with subprocess.Popen(
        [NODE, "server.mjs"], cwd=folder, stdout=subprocess.PIPE, text=True, env=env
    ) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.kill()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    yield from start(tmp_path, {"QA_TOKEN": "qa-token"})


@pytest.fixture
def shipped(tmp_path: Path) -> Iterator[str]:
    yield from start(tmp_path, {})


def ask(url: str, given: Any = None, token: str = "qa-token") -> tuple[int, Any]:
    data = None if given is None else json.dumps(given).encode()
    request = urllib.request.Request(url, data=data, headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


needs_node = pytest.mark.skipif(not NODE, reason="there is no Node.js here")


@needs_node
def test_the_program_of_the_page_answers_in_shape(server: str) -> None:
    status, told = ask(f"{server}/qa/sync-people", {"account": "anna"})
    assert (status, told) == (200, {"status": "done", "detail": "3 people"})
    assert find_shape_violations(Action.SYNC_PEOPLE, "output", told) == ()
    for name in (Observation.CONNECTION, Observation.PEOPLE):
        status, told = ask(f"{server}/qa/{name}?account=anna")
        assert status == 200
        assert find_shape_violations(name, "output", told) == ()


@needs_node
def test_its_failures_are_answers(server: str) -> None:
    status, told = ask(f"{server}/qa/sync-people", {"account": "broken"})
    assert (status, told["status"]) == (200, "failed")
    assert find_shape_violations(Action.SYNC_PEOPLE, "output", told) == ()


@needs_node
@pytest.mark.parametrize("token", ["", "qa-toke", "QA-TOKEN", "qa-token2"])
def test_it_refuses_another_token(server: str, token: str) -> None:
    assert ask(f"{server}/qa/people?account=anna", token=token)[0] == 401


@needs_node
@pytest.mark.parametrize("token", ["", "undefined", "qa-token"])
def test_its_routes_are_not_there_without_a_token(shipped: str, token: str) -> None:
    assert ask(f"{shipped}/qa/people?account=anna", token=token)[0] == 404
    assert ask(f"{shipped}/qa/sync-people", {"account": "anna"}, token=token)[0] == 404
