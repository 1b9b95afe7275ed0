"""The summary in the terminal: every verdict, every failure explained, what to do next, what was written.

`render_summary` is pure: a record in, renderables out; `print_summary` puts them on a console. Words carry
the meaning and colours only repeat it, so pipes, NO_COLOR (https://no-color.org) and ASCII terminals lose
nothing. No foreign text reaches the terminal with a control character in it, and none is read as markup.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from partner_qa.gate import UNANSWERED, Judged, Results
from partner_qa.model import Finding, Level, Outcome, Run
from partner_qa.report import wording
from partner_qa.report.exchanges import find_cited, headline_of
from partner_qa.report.identity import name_of, name_sandboxes
from partner_qa.report.repeating import check_command
from partner_qa.report.results import Record
from partner_qa.report.text import counted, shown

_STYLES: Mapping[Outcome, str] = {
    Outcome.PASS: "green",
    Outcome.ATTESTED: "green",
    Outcome.FAIL: "bold red",
    Outcome.ERROR: "bold magenta",
    Outcome.NOT_OBSERVED: "yellow",
    Outcome.NEEDS_ATTESTATION: "yellow",
    Outcome.NOT_APPLICABLE: "dim",
}
_FINDINGS = 4
_PLACES = 3  # exchanges told of one finding
_HEALTH = 5
_GAINS = 6
_KEY = re.compile(r"\b(?:actions|observations|run|tenancy|gusto|webhooks)\.[a-z_.]*[a-z]")
_FIELD = 600  # characters of one field; the pages have more


def print_summary(record: Record, written: Sequence[tuple[str, Path]], console: Console) -> None:
    """Print the summary; characters that the stream cannot encode become question marks."""
    with console.capture() as captured:
        console.print(render_summary(record, written), crop=False)
    text = "".join(f"{line.rstrip(' ')}\n" for line in captured.get().split("\n")[:-1])
    encoding = console.encoding or "utf-8"
    console.file.write(text.encode(encoding, "replace").decode(encoding))
    console.file.flush()


def render_summary(record: Record, written: Sequence[tuple[str, Path]] = ()) -> Group:
    """Return the whole summary of a record; `written` names the reports and where they are."""
    results = record.results
    return Group(
        Text(),
        _title(results.run),
        *_contradictions(results),
        Text(),
        _table(record),
        *_explained(results),
        *_unfinished(results),
        *_add_first(results),
        *_health(results),
        Text(),
        _counts(results.judged),
        *_decision(results),
        *_written(written),
    )


def _title(run: Run) -> Text:
    name = name_of(run)
    where = f"{name_sandboxes(run)}, API version {shown(str(run.contract.get('version', '')), limit=40)}"
    return Text.assemble(("Partner Checklist", "bold"), f"  {name}  ", (where, "dim"))


def _contradictions(results: Results) -> list[RenderableType]:
    """Return where use_cases contradict what was seen: it decides what applies, so it comes first."""
    if not results.contradictions:
        return []
    head = f"configuration: {wording.CONTRADICTIONS}"
    return [
        Text(),
        Text(head, style="yellow"),
        *(
            _lines([("what", each.message), ("seen", each.seen), ("to do", each.hint)])
            for each in results.contradictions
        ),
    ]


def _table(record: Record) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("verdict", no_wrap=True, width=15)
    table.add_column("item", no_wrap=True)
    table.add_column("title", ratio=1, overflow="fold")
    table.add_column("level", no_wrap=True)
    for section, rows in groupby(record.results.judged, key=lambda each: each.item.section):
        judged = list(rows)
        table.add_row(Text(), Text(), Text(), Text())
        name = wording.section_name(judged[0].item, record.titles)
        table.add_row(Text(), Text(), Text(shown(name or section), style="bold"), Text())
        for each in judged:
            table.add_row(_word(each), _plain(each.item.id), _plain(each.item.title), each.item.level.value)
    return table


def _word(judged: Judged) -> Text:
    return Text(wording.outcome_word(judged.verdict), style=_STYLES[judged.verdict.outcome])


def _plain(text: str, style: str = "") -> Text:
    return Text(shown(text, limit=_FIELD), style=style)


def _explained(results: Results) -> list[RenderableType]:
    """Return every failure in full: those that count first, then warnings and waived ones."""
    failed = [each for each in results.judged if each.verdict.outcome is Outcome.FAIL]
    failed.sort(key=lambda each: (each.verdict.waiver is not None, each.item.level is not Level.MUST))
    return [part for each in failed for part in _failure(each, results.run)]


def _failure(judged: Judged, run: Run) -> list[RenderableType]:
    item, verdict = judged.item, judged.verdict
    head = Text.assemble(
        (wording.outcome_word(verdict), _STYLES[verdict.outcome]),
        "  ",
        (shown(item.id), "bold"),
        "  ",
        shown(item.title, limit=_FIELD),
        (f"  ({wording.level_word(item)}; {wording.BASES[item.basis]})", "dim"),
    )
    lines = [("required", item.requirement), *wording.explain_verdict(verdict)]
    parts: list[RenderableType] = [Text(), head, _lines(lines)]
    for finding in verdict.findings[:_FINDINGS]:
        parts += [Text(), _lines(_finding(finding, run))]
    more = len(verdict.findings) - _FINDINGS
    if more > 0:
        parts += [Text(), Padding(Text(f"and {counted(more, 'more finding')}, in the reports"), (0, 0, 0, 2))]
    parts += [Text(), _lines([("source", item.source.title)]), _address(item.source.url)]
    return [*parts, _lines([("repeat", check_command(item.id, run, verdict))])]


def _address(url: str) -> Text:
    """Return a URL in one piece, however narrow the terminal: one that is broken cannot be opened."""
    return Text(" " * 15 + shown(url, limit=_FIELD), no_wrap=True, overflow="ignore")


def _finding(finding: Finding, run: Run) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    for label, text in wording.explain_finding(finding):
        lines += _where(finding, text, run) if label == "where" else [(label, text)]
    return lines


def _where(finding: Finding, text: str, run: Run) -> list[tuple[str, str]]:
    """Return the first exchanges of a finding, one a line; without a recording, their addresses."""
    cited = find_cited(run, (finding,))[:_PLACES]
    more = len(finding.places) - len(cited)
    if not cited:
        return [("where", text)]
    told = [f"{each.place}  {headline_of(each.exchange)}" for each in cited]
    told += [f"and {counted(more, 'more exchange')}"] if more > 0 else []
    return [("where" if number == 0 else "", each) for number, each in enumerate(told)]


def _lines(lines: Iterable[tuple[str, str]]) -> Padding:
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=11, no_wrap=True, style="dim")
    grid.add_column(ratio=1, overflow="fold")
    for label, text in lines:
        grid.add_row(label, _plain(" ".join(text.split())))
    return Padding(grid, (0, 0, 0, 2))


def _unfinished(results: Results) -> list[RenderableType]:
    """Return what is neither judged nor failed: what is missing, whose move it is."""
    parts: list[RenderableType] = []
    for outcome in wording.UNFINISHED:
        rows = [each for each in results.judged if each.verdict.outcome is outcome]
        if not rows:
            continue
        head = f"{wording.OUTCOMES[outcome]}: {wording.MEANINGS[outcome]}"
        if outcome is Outcome.NEEDS_ATTESTATION:
            head += f"; {wording.ASKS}"
            parts += [Text(), Text(head, style=_STYLES[outcome]), _lines([_asked(each) for each in rows])]
            continue
        parts += [Text(), Text(head, style=_STYLES[outcome])]
        for each in rows:
            lines = [(each.item.id, each.item.title), *wording.explain_verdict(each.verdict)]
            parts.append(_lines(lines))
    return parts


def _add_first(results: Results) -> list[RenderableType]:
    """Return the keys of partner.yaml that most items wait for that were not observed, the most first."""
    rows = [each for each in results.judged if each.verdict.outcome is Outcome.NOT_OBSERVED]
    gains = Counter(key for each in rows for key in _keys_in(" ".join(each.verdict.missing)))
    for key in _keys_of(results.run):
        gains.pop(key, None)
    told = [f"{key} ({counted(count, 'item')})" for key, count in gains.most_common(_GAINS)]
    return [Text(), _lines([("add first", ", ".join(told))])] if len(rows) > 1 and told else []


def _keys_of(run: Run) -> Iterator[str]:
    """Yield the actions and observations that partner.yaml offers already."""
    for group in ("actions", "observations"):
        given = run.profile.get(group)
        yield from (f"{group}.{name}" for name in (given if isinstance(given, dict) else ()))


def _keys_in(missing: str) -> list[str]:
    return sorted(set(_KEY.findall(missing)))


def _asked(judged: Judged) -> tuple[str, str]:
    """Return what a person must answer on one line, with what is wrong with the answer that is there."""
    item, reason = judged.item, judged.verdict.reason
    return item.id, item.title if reason == UNANSWERED else f"{item.title}: {reason}"


def _health(results: Results) -> list[RenderableType]:
    if not results.health:
        return []
    number = counted(len(results.health), "answer")
    head = f"sandbox health: {number} did not fit the published contract (never the integration's fault)"
    lines = [
        (str(each.places[0]) if each.places else "", f"{each.message}: {each.expected}, seen {each.seen}")
        for each in results.health[:_HEALTH]
    ]
    more = len(results.health) - _HEALTH
    if more > 0:
        lines.append(("", f"and {more} more"))
    return [Text(), Text(head, style="yellow"), *(_sentence(label, text) for label, text in lines)]


def _sentence(label: str, text: str) -> Padding:
    return Padding(_plain(f"{label}  {text}".strip()), (0, 0, 0, 2))


def _counts(judged: Sequence[Judged]) -> Text:
    text = Text(f"{counted(len(judged), 'item')}: ")
    present = [outcome for outcome in Outcome if any(each.verdict.outcome is outcome for each in judged)]
    for position, outcome in enumerate(present):
        number = sum(each.verdict.outcome is outcome for each in judged)
        text.append(", " if position else "")
        text.append(f"{number} {wording.OUTCOMES[outcome]}", style=_STYLES[outcome])
    return text


def _decision(results: Results) -> list[RenderableType]:
    decision, told = results.decision, _told_above(results)
    style = "bold green" if decision.exit_code == 0 else "bold red"
    parts: list[RenderableType] = [_plain(decision.headline, style)]
    reasons = [each for each in decision.reasons if not each.startswith(told)]
    parts += [Padding(_plain(reason), (0, 0, 0, 2)) for reason in reasons[:20]]
    return parts


def _told_above(results: Results) -> tuple[str, ...]:
    """Return how a reason begins that is about an item of which everything stands above already."""
    rows = [each for each in results.judged if each.verdict.outcome is Outcome.NOT_OBSERVED]
    return tuple(f"{each.item.id} {each.item.title}: {each.verdict.reason}" for each in rows)


def _written(written: Sequence[tuple[str, Path]]) -> list[RenderableType]:
    if not written:
        return []
    width = max(len(label) for label, _ in written) + 2
    lines = [Text(f"{label:<{width}}{shown(str(path))}", overflow="fold") for label, path in written]
    return [Text(), *lines]
