"""Writes docs/reference/ and examples/profiles/: what the checklist, the suites and the schemas say.

    python docs/pages.py

Nothing is worded here that stands elsewhere; the pages are never edited by hand. A house test demands that
they are current. New ids are remembered in tests/house/ids.txt too, where nothing is ever changed.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from partner_qa.checklist import Checklist, load_checklist
from partner_qa.contract.readings import PEOPLE, READINGS
from partner_qa.evidence.statement import PAYLOAD_TYPE, PREDICATE_TYPE
from partner_qa.evidence.trouble import MEANINGS
from partner_qa.model import Item, Level, Proof, VerifiedBy
from partner_qa.scenario import Scenario
from partner_qa.settings import find_shipped
from partner_qa.suite import SuiteTest, load_scenarios, load_tests

FOLDER = Path(__file__).parent / "reference"
PROFILES = Path(__file__).parents[1] / "examples" / "profiles"
IDS = Path(__file__).parents[1] / "tests" / "house" / "ids.txt"
_WRITTEN_BY = "<!-- Written by `make pages`; edit {source} instead. -->"
_SEEN_BY = {
    VerifiedBy.TEST: "a test",
    VerifiedBy.ATTESTATION: "a person, in `attestations.yaml`",
    VerifiedBy.BOTH: "a test, and a person in `attestations.yaml`",
}


def render_pages() -> dict[str, str]:
    """Return the text of each page by the name of its file."""
    checklist, tests, scenarios = load_checklist(), load_tests(), load_scenarios()
    schema = json.loads((find_shipped("schemas") / "profile.json").read_bytes())
    return {
        "checklist.md": _page(_write_checklist(checklist, tests)),
        "scenarios.md": _page(_write_scenarios(checklist, tests, scenarios)),
        "profile.md": _page(_write_profile(schema)),
        "sandbox.md": _page(_load_neighbour("sandbox_page").write_sandbox_page()),
        "use-cases.md": _page(_load_neighbour("use_cases_page").write_use_cases(_find_needs())),
        "kill-matrix.md": _page(_load_neighbour("matrix_page").write_matrix_page()),
        "bundle.md": _page(_write_bundle(json.loads((find_shipped("schemas") / "bundle.json").read_bytes()))),
    }


def render_profiles() -> dict[str, str]:
    """Return the text of the smallest useful partner.yaml for each use case, by the name of its file."""
    writer = _load_neighbour("use_cases_page")
    return {f"{each.use_case}.yaml": writer.write_profile(each) for each in _find_needs()}


def _find_needs() -> Any:
    needs = _load_neighbour("use_cases_page").find_needs
    return needs(load_checklist(), load_tests(), load_scenarios())


def _load_neighbour(name: str) -> ModuleType:
    """Return a module beside this file: docs/ is no package, and may be run or loaded from anywhere."""
    spec = spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None  # noqa: S101 - the file is there
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while they are made
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[name]
    return module


def _page(lines: Iterable[str]) -> str:
    return "\n".join(lines).rstrip() + "\n"


def _write_checklist(checklist: Checklist, tests: Iterable[SuiteTest]) -> Iterable[str]:
    by_item = {test.declared.item: test for test in tests}
    musts = sum(item.level is Level.MUST for item in checklist.items)
    yield "# The checklist"
    yield ""
    yield _WRITTEN_BY.format(source="`checklist/`")
    yield ""
    yield (
        f"{len(checklist.items)} items, {musts} of them a *must*. The words are ours; each item names where "
        "Gusto says so, and how sure we are: `review` (it is asked for in the review itself), `documented`, "
        "`older` (in documentation that has been replaced), `inferred` (not said in so many words)."
    )
    for section in checklist.sections:
        rows = [item for item in checklist.items if item.section == section.name]
        yield from ("", f"## {section.title}", "", "| Item | Level | Basis | |", "|---|---|---|---|")
        for item in rows:
            yield f"| [{item.id}](#{item.id.lower()}) | {item.level} | {item.basis} | {item.title} |"
        for item in rows:
            yield from _write_item(item, by_item.get(item.id))


def _write_item(item: Item, test: SuiteTest | None) -> Iterable[str]:
    yield from ("", f"### {item.id}", "", f"**{item.title}.** {_flat(item.requirement)}", "")
    if item.why:
        yield f"* Why: {_flat(item.why)}"
    yield f"* Level: {item.level}; basis: {item.basis}; applies to: {', '.join(sorted(item.applies_to))}"
    if item.rationale:
        yield f"* A must although inferred, because: {_flat(item.rationale)}"
    yield f"* Seen by: {_SEEN_BY[item.verified_by]}"
    if item.not_testable:
        yield f"* Why no test: {_flat(item.not_testable)}"
    if item.proof is Proof.DEMO:
        yield "* For a submission it must be seen on Gusto's own demo host"
    if test is not None:
        yield f"* How we look: {_flat(test.how_we_look)}"
        yield f"* Looked at: {_looked_at(test)}; the verdict rests on: {test.declared.evidence}"
    yield f"* To do: {_flat(item.advice)}"
    yield f"* Source: [{item.source.title}]({item.source.url}), read on {item.source.retrieved}"


def _looked_at(test: SuiteTest) -> str:
    if not test.scenarios:
        return "the whole run"
    return ", ".join(f"[{name}](scenarios.md#{name})" for name in test.scenarios)


def _write_scenarios(
    checklist: Checklist, tests: Iterable[SuiteTest], scenarios: Iterable[Scenario]
) -> Iterable[str]:
    tests = tuple(tests)
    whole = {test.declared.item for test in tests if not test.scenarios}
    yield "# The scenarios"
    yield ""
    yield _WRITTEN_BY.format(source="`conformance/scenarios/`")
    yield ""
    yield (
        "Each is a situation that the harness puts an integration into. A person could do the same by hand. "
        f"Some items are judged on all of them together: {_link_items(checklist, whole)}."
    )
    for scenario in scenarios:
        items = {test.declared.item for test in tests if scenario.id in test.scenarios}
        needs = ", ".join(f"`{each}`" for each in scenario.needs)
        if scenario.any_list:
            others = " or ".join(f"`{each.action}`" for each in READINGS if each is not PEOPLE)
            needs += f" (where people are not read: {others})"
        shows = ", ".join(f"`{each}`" for each in scenario.observes)
        yield from ("", f"## {scenario.id}", "", f"*{scenario.title}.*", "", scenario.steps, "")
        yield f"* Judges: {_link_items(checklist, items) or 'only what is judged on all scenarios'}"
        yield f"* Needs of `partner.yaml`: {needs}" + (f"; shows more with {shows}" if shows else "")
        yield f"* Sandboxes: {', '.join(sorted(scenario.targets))}"


def _link_items(checklist: Checklist, wanted: Iterable[str]) -> str:
    ids = [item.id for item in checklist.items if item.id in set(wanted)]
    return ", ".join(f"[{each}](checklist.md#{each.lower()})" for each in ids)


def _write_profile(schema: Mapping[str, Any]) -> Iterable[str]:
    yield "# partner.yaml"
    yield ""
    yield _WRITTEN_BY.format(source="`schemas/profile.json`")
    yield ""
    yield "How to start an integration, drive it, and look into it. `partner-qa init` writes one."
    yield ""
    yield "Keys that must be there: " + ", ".join(f"`{each}`" for each in schema["required"]) + "."
    for name, part in schema["properties"].items():
        yield from ("", f"## {name}", "", _describe(part))
        if "properties" in part:
            yield from ("", *_write_keys(part, schema, prefix=f"{name}."))
    yield from ("", "## An action, an observation")
    for name in ("action", "observation"):
        part = schema["$defs"][name]
        yield from ("", f"{name.capitalize()}: {_describe(part)}", "", *_write_keys(part, schema))


_FILES = (
    ("`manifest.json`", "what it is, and the SHA-256 of every other file; its own is the *root digest*"),
    ("`signature.json`", "the signature over the root digest; only where a key was given"),
    ("`SUBMISSION.md`", "the page to begin with"),
    ("`checklist.xlsx`, `checklist.csv`", "the completed checklist"),
    (
        "`sheet.xlsx` or `sheet.csv`",
        "the partner's own copy of Gusto's sheet, filled in; where one was named",
    ),
    ("`sheet-map.yaml`", "which of the sheet's rows is which item, so that its answers can be compared"),
    ("`report/static.html`", "everything on one plain page, without a script"),
    (
        "`report/index.html`",
        "the Allure report in one file, the first page at its top; where Node was at hand",
    ),
    ("`results.json`", "the one record that all pages are made from"),
    ("`run.json`, `cassettes/`", "what was driven, and its recordings (VCR cassettes)"),
    ("`control/`", "the same of the control arm, where something was found wanting"),
    ("`embedded/`", "of a live run: the same of the embedded run that it is reported with"),
    ("`waivers.yaml`", "what was submitted in spite of a finding"),
    ("`attestations/attestations.json`", "the answers of people, and the names and hashes of their files"),
    ("`allure-results/`", "what Allure's report was made of"),
)


_SIGNATURE = (
    "`signature.json` is a [DSSE envelope][dsse] with one Ed25519 signature. Its payload, of type "
    f"`{PAYLOAD_TYPE}`, is an [in-toto statement][in-toto]: the subject `manifest.json` has the root digest; "
    "a second subject, `integration`, has `integration.artifact_sha256` of `partner.yaml` where that is "
    "given.\n\n"
    f"The predicate, of type `{PREDICATE_TYPE}`, repeats `draft`, `integration`, `harness`, `created`, "
    "`expires` and `decision` of the manifest. Its `signer` is the fingerprint and the public key (32 bytes "
    "in base64), its `built_by` what GitHub Actions or GitLab CI tell: system, repository, commit, "
    "workflow, run.\n\n"
    "A fingerprint is `SHA256:` and the base64 of the SHA-256 of the 32 bytes, without padding. The key "
    "comes with the signature, so it proves nothing until somebody whom you know tells you its "
    "fingerprint.\n\n"
    "[dsse]: https://github.com/secure-systems-lab/dsse/blob/master/envelope.md\n"
    "[in-toto]: https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md"
)


def _write_bundle(schema: Mapping[str, Any]) -> Iterable[str]:
    yield "# A bundle"
    yield ""
    yield _WRITTEN_BY.format(source="`schemas/bundle.json`, `src/partner_qa/evidence/` or `docs/pages.py`")
    yield ""
    yield (
        "One zip, made by `partner-qa bundle` and checked by `partner-qa verify`. Packing the same run twice "
        "gives the same bytes: times, permissions, order and compression are fixed. The draft of the e-mail "
        "lies beside it, because it carries it."
    )
    yield from ("", "## Files", "", "| File | |", "|---|---|")
    yield from (f"| {name} | {text} |" for name, text in _FILES)
    yield from ("", "No other file has a place in it. Logs, keys and `canaries.json` stay with the run.")
    yield from ("", "## manifest.json", "", *_write_keys(schema, schema))
    yield from ("", "## Signature", "", _SIGNATURE)
    yield from ("", "## What verify can find", "")
    yield "The codes of `verify --json`; they are never renamed. Each of them ends in exit code 7."
    yield from ("", "| Code | What it means |", "|---|---|")
    yield from (f"| `{code}` | {text} |" for code, text in MEANINGS.items())


def _write_keys(part: Mapping[str, Any], schema: Mapping[str, Any], *, prefix: str = "") -> Iterable[str]:
    yield from ("| Key | | |", "|---|---|---|")
    yield from _write_rows(part, schema, prefix)


def _write_rows(part: Mapping[str, Any], schema: Mapping[str, Any], prefix: str) -> Iterable[str]:
    required = part.get("required", ())
    for name, given in part["properties"].items():
        found = _resolve(given, schema)
        needed = "required" if name in required else _default_of(found)
        yield f"| `{prefix}{name}` | {needed} | {_describe(found)} |"
        if "properties" in found and "$ref" not in given:
            yield from _write_rows(found, schema, f"{prefix}{name}.")


def _resolve(part: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in part:
        return part
    found: Mapping[str, Any] = schema["$defs"][part["$ref"].rpartition("/")[2]]
    return found


def _default_of(part: Mapping[str, Any]) -> str:
    return f"default `{part['default']}`" if "default" in part else "optional"


def _describe(part: Mapping[str, Any]) -> str:
    told = [part.get("description", "")]
    choices = part.get("enum") or part.get("items", {}).get("enum")
    if choices:
        told.append("One of " if "enum" in part else "Any of ")
        told[-1] += ", ".join(f"`{each}`" for each in choices) + "."
    if "const" in part:
        told.append(f"Always `{part['const']}`.")
    if "maximum" in part:
        told.append(f"At most {part['maximum']}.")
    return _flat(" ".join(each for each in told if each)).replace("|", "\\|")


def _flat(text: str) -> str:
    return " ".join(text.split())


def remember_ids(told: str, items: Iterable[Item]) -> str:
    """Return the list of ids with those that it lacks; a line that is there stays as it is."""
    head = [line for line in told.splitlines() if line.startswith("#")]
    known = {line.split()[0]: line for line in told.splitlines() if line and not line.startswith("#")}
    new = {item.id: f"{item.id:<9} {item.title}" for item in items if item.id not in known}
    rows = known | new
    return _page([*head, *(rows[name] for name in sorted(rows))])


def main() -> None:
    """Write the pages, and remember new ids."""
    IDS.write_text(remember_ids(IDS.read_text("utf-8"), load_checklist().items), encoding="utf-8")
    FOLDER.mkdir(exist_ok=True)
    for name, text in render_pages().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    PROFILES.mkdir(exist_ok=True)
    for name, text in render_profiles().items():
        (PROFILES / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
