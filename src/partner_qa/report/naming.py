"""Names the files of an Allure result after the item, so that one run always gives the same folder.

allure-pytest takes random names. Nothing depends on them but the links between a result and what is attached
to it, and those are followed here.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from partner_qa.errors import ReportError
from partner_qa.report.placing import place

Rule = dict[str, Any]


def place_result(path: Path, result: Rule) -> None:
    """Write a result under the name of its uuid, and its attachments under numbered names beside it.

    Raises `ReportError` where an attachment is not beside the result: a link may lead out of the folder.
    """
    names: dict[str, str] = {}
    named = _rename(result, names, str(result["uuid"]))
    for old, new in names.items():
        if Path(old).name != old or not (path.parent / old).is_file():
            raise ReportError(f"{path.name} is not complete: its attachment is not in the folder")
        (path.parent / old).replace(path.parent / new)
    finished = path.with_name(f"{result['uuid']}-result.json")
    place(finished, to_json(named))
    if finished != path:
        path.unlink()


def _rename(step: Rule, names: dict[str, str], prefix: str) -> Rule:
    renamed = dict(step)
    if "attachments" in step:
        renamed["attachments"] = [_attached(each, names, prefix) for each in step["attachments"]]
    if "steps" in step:
        renamed["steps"] = [_rename(each, names, prefix) for each in step["steps"]]
    return renamed


def _attached(attachment: Rule, names: dict[str, str], prefix: str) -> Rule:
    old = str(attachment.get("source", ""))
    names.setdefault(old, f"{prefix}-{len(names) + 1:02}-attachment{Path(old).suffix}")
    return {**attachment, "source": names[old]}


def to_json(value: object) -> bytes:
    """Return JSON as every Allure file of ours is written."""
    return json.dumps(value, indent=1).encode("ascii")
