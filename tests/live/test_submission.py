"""From a merged run to an accepted submission: attest, bundle, verify; and what a stand-in never proves.

The remote host of these runs is a sandbox of ours, so the rows that must be seen on Gusto's own demo host
keep the bundle from being packed. That is the one reason that is left, until a person answers for them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.checklist import load_checklist
from partner_qa.cli.main import run_command_line
from partner_qa.evidence.keys import SigningKey, make_key, write_key
from partner_qa.model import Proof


class Submission:
    """A run with every answer given and a key to sign with, and the two commands typed into this process."""

    def __init__(self, both: Any, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.run: Path = both.done.folder
        self.profile: Path = both.desk.profile
        self.folder = folder
        self.key: SigningKey = make_key()
        self.capsys = capsys
        write_key(self.key, folder / "signing.key")
        asked = [item for item, outcome in both.done.outcomes.items() if outcome == "needs_attestation"]
        assert len(asked) > 10
        self.answer(asked)

    def answer(self, items: Iterable[str]) -> None:
        """Answer some items, beside those that are answered."""
        path = self.folder / "attestations.yaml"
        (self.folder / "shown.txt").write_text("As seen in the product on that day.", "utf-8")
        answers = yaml.safe_load(path.read_text("utf-8"))["attestations"] if path.exists() else []
        answers += [
            {
                "item": item,
                "person": "Dana Doe",
                "role": "Head of Product",
                "given": datetime.now(UTC).date().isoformat(),
                "answer": "Checked by hand in the product, as the requirement says.",
                "evidence": ["shown.txt"],
            }
            for item in items
        ]
        path.write_text(yaml.safe_dump({"format": 1, "attestations": answers}), "utf-8")

    def type(self, *words: str | Path) -> tuple[int, str, str]:
        self.capsys.readouterr()
        code = run_command_line([str(each) for each in words])
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def bundle(self, output: str = "b.zip") -> tuple[int, str, str]:
        return self.type(
            *("bundle", self.run, "--profile", self.profile, "--key", self.folder / "signing.key"),
            *("--attestations", self.folder / "attestations.yaml", "--output", self.folder / output),
        )

    def verify(self) -> tuple[int, dict[str, Any]]:
        words = ("verify", self.folder / "b.zip", "--key", self.key.public.fingerprint, "--json")
        code, out, _ = self.type(*words)
        return code, json.loads(out)


@pytest.fixture
def submission(both: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Submission:
    return Submission(both, tmp_path, capsys)


def test_all_that_keeps_it_back_are_the_rows_that_only_gusto_can_show(
    submission: Submission, both: Any
) -> None:
    code, _, err = submission.bundle()
    assert code == 7
    reasons = [line.strip() for line in err.splitlines() if line.startswith("  ")]
    assert reasons.pop(0) == "incomplete: not everything that applies was observed"
    assert reasons
    assert all(each.endswith("must be seen on Gusto's own demo host") for each in reasons), reasons
    assert not (submission.folder / "b.zip").exists()


def test_a_whole_submission_is_packed_and_verified(submission: Submission) -> None:
    submission.answer(each.id for each in load_checklist().items if each.proof is Proof.DEMO)
    code, out, err = submission.bundle()
    assert code == 0, err
    assert out.startswith("verified\n")
    verified, told = submission.verify()
    assert (verified, told["verdict"], told["troubles"]) == (0, "verified", [])
    assert told["judged_again"] is True
    assert submission.bundle("again.zip")[0] == 0
    assert (submission.folder / "again.zip").read_bytes() == (submission.folder / "b.zip").read_bytes()
