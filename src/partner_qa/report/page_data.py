"""Looks whether an Allure page tells what a record says: its frame is Allure's, its data are of these items.

The page is a frame (Allure's program and its HTML, the same in every page of one release) round a list of
files in base64. The frame is compared by a hash that lies beside the lock of the generator; of the files,
those that say how an item ended. Descriptions, steps, attachments, history and charts are not compared.
"""

from __future__ import annotations

import base64
import hashlib
import html as entities
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from partner_qa.report.front_block import without_first
from partner_qa.report.page import find_scripts, write_policy

_FRAME = Path(__file__).parent / "allure3" / "frame.sha256"
_TITLE = re.compile(r"(?<=<title>)[^<]*(?=</title>)")
_POLICY = re.compile(r'(?<=<meta http-equiv="Content-Security-Policy" content=")[^"]*(?=">)')
_OPTIONS = re.compile(r"\s*window\.allureReportOptions = (\{.*\})\s*", re.DOTALL)
_DATA = re.compile(
    r"\s*Promise\.allSettled\(\[(?P<files>.*)\]\)\s*"
    r"\.then\(function\(\)\{\s*window\.allureReportDataReady = true;\s*\}\)\s*",
    re.DOTALL,
)
_FILE = re.compile(r'd\("([\w./-]+)","([A-Za-z0-9+/=]*)"\)(?:,(?=d)|\Z)')
_RESULT = re.compile(r"data/test-results/([\w-]+)\.json")
_GROUP = re.compile(r"data/test-env-groups/[\w-]+\.json")
_STATUSES = frozenset({"total", "passed", "failed", "broken", "skipped", "unknown"})
_VIEWS = ("widgets/", "widgets/default/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """How an item ended, in Allure's words; `message` is empty where it passed.

    What is `waived` is shown as accepted, and left out of the chart.
    """

    name: str
    status: str
    message: str
    waived: bool = False


def find_lie(page: str, endings: Mapping[str, Ending], *, is_part: bool = False) -> str:
    """Return what of an Allure page is not as these items ended, by their full names; nothing where all is.

    A page that `is_part` may leave items out.
    """
    try:
        scripts, frame = find_scripts(page), find_frame(page)
        if hashlib.sha256(frame.encode()).hexdigest() != _FRAME.read_text(encoding="ascii").strip():
            return "is not the page that Allure makes: its program or its form is another"
        if _POLICY.findall(page) != [entities.escape(write_policy(scripts))]:
            return "allows other scripts than those of Allure"
        options, files = _OPTIONS.fullmatch(scripts[0]), dict(_read_files(scripts[-1]))
        if options is None or not isinstance(json.loads(options[1]), dict):
            return "has other options than Allure writes"
        return next(_find_lies(files, endings, is_part=is_part), "")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return "holds data of a form that Allure does not write"


def find_frame(page: str) -> str:
    """Return what is the same in every page: without first page, title, policy, options and data.

    Raises `ValueError` for a page of another form.
    """
    page = without_first(page)
    scripts = find_scripts(page)
    if len(scripts) < 2 or page.count(scripts[0]) != 1 or page.count(scripts[-1]) != 1:
        raise ValueError("a page of Allure begins with its options and ends with its data")
    page = page.replace(scripts[0], "").replace(scripts[-1], "")
    return _POLICY.sub("", _TITLE.sub("", page, count=1), count=1)


def _read_files(script: str) -> Iterator[tuple[str, Any]]:
    """Yield each file that the page holds, JSON as a value, others as bytes."""
    held = _DATA.fullmatch(script)
    if held is None:
        raise ValueError("something else than a list of files")
    files = held["files"]
    names: set[str] = set()
    at = 0
    while at < len(files):
        found = _FILE.match(files, at)
        if found is None or found[1] in names:
            raise ValueError("something else than a file, or a file twice")
        names.add(found[1])
        content = base64.b64decode(found[2], validate=True)
        yield found[1], json.loads(content) if found[1].endswith(".json") else content
        at = found.end()


def _find_lies(files: Mapping[str, Any], endings: Mapping[str, Ending], *, is_part: bool) -> Iterator[str]:
    results = {found[1]: told for name, told in files.items() if (found := _RESULT.fullmatch(name))}
    full_names = [each["fullName"] for each in results.values()]
    if len(set(full_names)) != len(full_names) or not set(full_names) <= set(endings):
        yield "holds an item twice, or one that is not of the record"
    if not is_part and set(full_names) != set(endings):
        yield "holds not every item of the record"
    for identity, told in results.items():
        ending = endings[told["fullName"]]
        seen = Ending(
            name=told["name"],
            status=told["status"],
            message=(told.get("error") or {}).get("message", ""),
            waived=told.get("resolution") is not None,
        )
        if seen != ending or told["id"] != identity:
            yield f"tells another ending of {ending.name[:100]}"
    for name, told in files.items():
        if _GROUP.fullmatch(name):
            ending = endings[told["fullName"]]
            if (told["name"], told["status"]) != (ending.name, ending.status):
                yield f"tells another ending of {ending.name[:100]} ({name})"
    ended = {identity: endings[told["fullName"]] for identity, told in results.items()}
    for view in _VIEWS:
        yield from _find_lies_of_view(files, view, ended)


def _find_lies_of_view(files: Mapping[str, Any], view: str, ended: Mapping[str, Ending]) -> Iterator[str]:
    """Yield which list or count of the items is not what the items come to."""
    slices = {each["status"]: each["count"] for each in files[f"{view}pie_chart.json"]["slices"]}
    charted = Counter(each.status for each in ended.values() if not each.waived)
    if _statuses(files[f"{view}statistic.json"]) != _count(ended.values()) or slices != charted:
        yield f"counts otherwise ({view}statistic.json)"
    tree = files[f"{view}tree.json"]
    listed = [*tree["root"].get("leaves", ())]
    for group in tree["groupsById"].values():
        leaves = group.get("leaves", ())
        listed += leaves
        if not group.get("groups") and _statuses(group["statistic"]) != _count(
            ended[each] for each in leaves
        ):
            yield f"counts otherwise ({view}tree.json)"
    shown = {key: (each["name"], each["status"]) for key, each in tree["leavesById"].items()}
    if sorted(listed) != sorted(ended) or shown != {
        key: (each.name, each.status) for key, each in ended.items()
    }:
        yield f"lists items otherwise ({view}tree.json)"
    found = {each["id"]: each["name"] for each in files[f"{view}search-index.json"]}
    if found != {key: each.name for key, each in ended.items()}:
        yield f"lists items otherwise ({view}search-index.json)"
    if sorted(files[f"{view}nav.json"]) != sorted(ended):
        yield f"lists items otherwise ({view}nav.json)"


def _count(endings: Iterable[Ending]) -> dict[str, int]:
    counted = Counter(each.status for each in endings)
    return {"total": counted.total(), **counted}


def _statuses(statistic: Mapping[str, int]) -> dict[str, int]:
    """Return what a statistic counts by status; how many are new, or flaky, is told beside that."""
    return {name: count for name, count in statistic.items() if name in _STATUSES}
