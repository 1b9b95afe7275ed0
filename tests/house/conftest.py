"""What the house's inspectors look at: the clone, and the committed run of the example integration."""

from pathlib import Path

import pytest

from partner_qa.cassette.files import load_run
from partner_qa.checklist import load_checklist
from partner_qa.contract.catalogue import load_contract

ROOT = Path(__file__).parents[2]
RECORDED = ROOT / "cassettes" / "acme_time"


@pytest.fixture(scope="session")
def recorded_folder():
    assert RECORDED.is_dir(), "there are no committed recordings; `make cassettes` makes them"
    return RECORDED


@pytest.fixture(scope="session")
def recorded(recorded_folder):
    return load_run(recorded_folder)


@pytest.fixture(scope="session")
def checklist():
    return load_checklist()


@pytest.fixture(scope="session")
def contract():
    return load_contract()
