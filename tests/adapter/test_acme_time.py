"""The example integration, started as its own profile says, on another port."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from partner_qa.adapter import supervisor
from partner_qa.model import Action, Observation
from partner_qa.profile.profile import load_profile

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "acme_time"


@pytest.fixture
def acme(bench: Any) -> Any:
    folder = bench.folder / "acme_time"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns("var", "__pycache__"))
    path = folder / "partner.yaml"
    path.write_text(path.read_text().replace("4010", str(bench.port)))
    return bench.open(load_profile(path))


def test_its_processes_start_answer_and_end(bench: Any, acme: Any) -> None:
    acme.start()
    with urlopen(f"{bench.base}/health", timeout=5) as answer:
        assert answer.status == 200
    mark = acme._supervision._mark
    assert {supervisor._mark_of(each) for each in supervisor.find_marked(mark)} == {
        f"{mark}:web",
        f"{mark}:worker",
    }
    acme.stop()
    assert supervisor.find_marked(mark) == []


def test_its_doors_answer_in_shape_and_its_data_survives_a_kill(bench: Any, acme: Any) -> None:
    acme.start()
    assert acme.act(Action.CREATE_ACCOUNT, account="anna").status == "done"
    people = [{"id": "p-1", "first_name": "Effi", "last_name": "Briest", "email": "effi@example.com"}]
    assert acme.act(Action.SET_PEOPLE, account="anna", payload={"people": people}).status == "done"
    acme.kill()
    acme.restart()
    for observation in (Observation.CONNECTION, Observation.PEOPLE, Observation.MATCHES, Observation.NOTICES):
        assert isinstance(acme.observe(observation, account="anna"), dict)
    assert acme.act(Action.SYNC_PEOPLE, account="anna").status in {"done", "failed"}
