"""What has changed since an earlier bundle: verdicts, waivers, attestations, scopes, use cases, versions.

Both sides are `results.json` and the profile as plain JSON, so that a bundle of an older version can be
compared as far as it goes; nothing of it is judged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_MOST = 200


def find_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return a sentence for each change between two `results.json`, in the order of the checklist."""
    found = [
        *_find_profile_changes(_profile(before), _profile(after)),
        *_find_verdict_changes(_verdicts(before), _verdicts(after)),
    ]
    more = len(found) - _MOST
    return tuple([*found[:_MOST], f"and {more} more"] if more > 0 else found)


def _profile(results: Mapping[str, Any]) -> Mapping[str, Any]:
    run = results.get("run")
    profile = run.get("profile") if isinstance(run, dict) else None
    return profile if isinstance(profile, dict) else {}


def _verdicts(results: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    rows = results.get("items")
    return {
        str(row["item"]["id"]): row["verdict"]
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, dict)
        and isinstance(row.get("item"), dict)
        and isinstance(row.get("verdict"), dict)
    }


def _find_profile_changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    for name, *path in (
        ("integration version", "integration", "version"),
        ("API version", "gusto", "api_version"),
    ):
        old, new = _at(before, path), _at(after, path)
        if old != new:
            yield f"{name}: {old or 'none'} became {new or 'none'}"
    for name, *path in (("scope", "gusto", "scopes"), ("use case", "use_cases")):
        old_rows, new_rows = _rows(_at(before, path)), _rows(_at(after, path))
        yield from (f"{name} {each}: new" for each in new_rows if each not in old_rows)
        yield from (f"{name} {each}: gone" for each in old_rows if each not in new_rows)


def _find_verdict_changes(
    before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    for item, new in after.items():
        old = before.get(item)
        if old is None:
            yield f"{item}: new on the checklist, {new.get('outcome')}"
            continue
        if old.get("outcome") != new.get("outcome"):
            yield f"{item}: was {old.get('outcome')}, is {new.get('outcome')}"
        for name in ("waiver", "attestation"):
            if old.get(name) != new.get(name):
                yield f"{item}: {_how(name, old.get(name), new.get(name))}"
    yield from (f"{item}: no longer on the checklist" for item in before if item not in after)


def _how(name: str, old: Any, new: Any) -> str:
    if not old:
        return f"{name} is new"
    return f"{name} was changed" if new else f"{name} is gone"


def _at(value: Any, path: Sequence[str]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _rows(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
