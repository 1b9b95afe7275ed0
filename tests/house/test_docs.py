"""The docs hold: their commands run, their links lead somewhere, their profiles load.

Every command in a fenced `console` or `sh` block of the README and of docs/ is run. What cannot run as it
stands (it asks questions, takes minutes, wants the live sandbox) is run as `RULES` says; a command that no
rule covers fails.
"""

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import click
import pytest
from openpyxl import Workbook

from partner_qa.cli.main import cli
from partner_qa.profile.profile import load_profile

ROOT = Path(__file__).parents[2]
DOCS = sorted((ROOT / "docs").rglob("*.md"))
WITH_COMMANDS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *DOCS]
EVERY_PAGE = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not {".venv", "node_modules", ".git"} & set(path.relative_to(ROOT).parts)
    and path.relative_to(ROOT).parts[:1] != ("reports",)
)
COMMAND = Path(sys.executable).with_name("partner-qa")
ANSWERS = [
    *("--name", "Acme Time", "--company", "Acme Inc.", "--contact", "dev@acme.example"),
    *("--base-url", "http://127.0.0.1:4000", "--use-case", "hris"),
]


def page_of(path):
    return path.relative_to(ROOT).as_posix()


def find_commands(text):
    """Return the commands of the fenced `console` and `sh` blocks, as lists of words."""
    for language, block in re.findall(r"^```(\w*)[^\n]*\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        if language not in {"console", "sh"}:
            continue
        for line in block.replace("\\\n", " ").splitlines():
            command = line.removeprefix("$ ") if language == "console" and line.startswith("$ ") else line
            if language == "sh" or line.startswith("$ "):
                words = shlex.split(command, comments=True)
                if words:
                    yield words


# how each kind of command is run


def run(words, folder, *, codes=(0,)):
    """Run a command; its exit code must be one of these."""
    environ = {name: value for name, value in os.environ.items() if name != "ACME_DEFECTS"}
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=environ
    )
    assert done.returncode in codes, f"{shlex.join(map(str, words))}\n{done.stdout}\n{done.stderr}"


def is_made(words, folder):
    """Ask make what it would do; the target must be one that `make` lists."""
    for target in words[1:]:
        assert re.search(rf"^{re.escape(target)}:.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE), (
            target
        )
        run(["make", "--dry-run", target], ROOT)


def is_run(words, folder):
    """Run partner-qa as it stands."""
    run([COMMAND, *words[1:]], folder)


def is_parsed(words, folder):
    """Have the command line read by the command itself, without running it."""
    group, rest = cli, words[1:]
    context = click.Context(cli, info_name="partner-qa")
    while isinstance(group, click.Group):
        name = rest.pop(0)
        group = group.get_command(context, name)
        assert group is not None, f"there is no command {name}"
    group.make_context(" ".join(words), rest)


def makes_a_key(words, folder):
    """Make a key, which is never overwritten, where none is."""
    for name in (words[-1], f"{words[-1]}.pub"):
        (folder / name).unlink(missing_ok=True)
    is_run(words, folder)


def initialises(words, folder):
    """Run init with the answers that a person would give; what it writes must load."""
    (folder / "partner.yaml").unlink(missing_ok=True)
    run([COMMAND, *words[1:], *ANSWERS], folder)
    load_profile(folder / "partner.yaml")


def checks_the_example(words, folder):
    """Read the options, then drive the example through one scenario."""
    is_parsed(words, folder)
    chosen = [] if {"--only", "--section"} & set(words) else ["--only", "PAGE-01"]
    drive_example(folder, (*words[2:], *chosen, "--no-report", "--quiet"))


def drive_example(folder, options):
    """Drive the example on a free port, once for each choice of options."""
    kept, given = [], list(options)
    while given:
        option = given.pop(0)
        if option == "--profile":
            given.pop(0)
        else:
            kept.append(option)
    done = folder / (re.sub(r"\W+", "-", " ".join(kept)) + ".done")
    if done.exists():
        return
    run([COMMAND, "check", "--profile", move_example(folder), *kept], folder)
    done.touch()


def move_example(folder):
    """Return the profile of a copy of the example, on a port that is free."""
    copy = folder / "acme_time"
    if not copy.exists():
        shutil.copytree(
            ROOT / "examples" / "acme_time", copy, ignore=shutil.ignore_patterns("var", "__pycache__")
        )
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = str(probe.getsockname()[1])
        profile = copy / "partner.yaml"
        profile.write_text(profile.read_text("utf-8").replace("4010", port), "utf-8")
    return copy / "partner.yaml"


def attests_for_the_example(words, folder):
    """Answer for a copy of the example, with the files that the answer names."""
    profile = move_example(folder)
    chosen = list(words[1:])
    for number, word in enumerate(words):
        if word == "--evidence":
            file = profile.parent / words[number + 1]
            file.parent.mkdir(exist_ok=True)
            file.write_text("Approved.", "utf-8")
            chosen[chosen.index(words[number + 1])] = str(file)
    run([COMMAND, *chosen, "--profile", profile, "--force"], folder)


def have_belongings(folder):
    """Return what a reader has who read so far: a run of three items, a key, a draft of a bundle, a sheet."""
    runs, key, zipped = folder / "runs", folder / "partner-qa.key", folder / "had.zip"
    sheet = folder / "gusto-checklist.xlsx"
    if not zipped.exists():
        chosen = [word for each in ("PAGE-01", "PAGE-04", "RATE-02") for word in ("--only", each)]
        drive_example(folder, (*chosen, "--no-report", "--quiet", "--output", str(runs)))
        makes_a_key(["partner-qa", "keys", "new", "--output", str(key)], folder)
        profile = move_example(folder)
        (found,) = runs.glob("*-acme-time")
        shutil.copytree(found, folder / "run")
        run([COMMAND, "bundle", folder / "run", "--draft", "--profile", profile, "--output", zipped], folder)
        book = Workbook()
        book.active.title = "Review"
        for row, text in ((12, "All pagination is handled"), (14, "The rate limit is kept")):
            book.active.cell(row=row, column=1, value=text)
        book.save(sheet)
        page = (ROOT / "docs" / "how-to" / "gate-in-ci.md").read_text("utf-8")
        (given,) = re.findall(r"^```yaml\n(format: 1\ncolumns.*?)^```", page, re.DOTALL | re.MULTILINE)
        (folder / "sheet-map.yaml").write_text(given, "utf-8")
    return {"run": folder / "run", "zip": zipped, "profile": move_example(folder)}


def runs_on_what_the_reader_has(words, folder):
    """Run a command about runs, bundles and keys on the reader's own: a short run, so it packs a draft."""
    have = have_belongings(folder)
    chosen = []
    for word in words[1:]:
        own = re.sub(r"^(reports/\d\S*-acme-time|main-report)", str(have["run"]), word)
        chosen.append(str(have["zip"]) if own.endswith(".zip") and "packed" not in own else own)
    codes = {"diff": (0, 1), "verify": (7,), "judge": (0, 3)}.get(words[1], (0,))
    if words[1] == "bundle":
        chosen += ["--profile", str(have["profile"]), "--output", str(folder / "packed.zip"), "--draft"]
        chosen += [] if str(have["run"]) in chosen else [str(have["run"])]
    run([COMMAND, *chosen], folder, codes=codes)


# the first rule that fits a command says how it is run
RULES = (
    (r"make [a-z -]+", is_made),
    (r"partner-qa (\S+ )*--help", is_run),
    (r"partner-qa init", initialises),
    (r"partner-qa check .*--sandbox live.*", is_parsed),  # wants credentials and a person
    (r"partner-qa check .*--(submission|strict|merge).*", is_parsed),
    (r"partner-qa check( .*)?", checks_the_example),
    (r"partner-qa attest( --item [A-Z]+-\d+)?", is_parsed),  # asks a person
    (r"partner-qa attest .*", attests_for_the_example),
    (r"partner-qa bundle .*--live.*", is_parsed),  # wants a run on Gusto's demo host
    (r"partner-qa (judge|report|diff|bundle|verify|keys show) .*", runs_on_what_the_reader_has),
    (r"partner-qa (report|bundle|verify)", is_parsed),  # of the newest run of a folder
    (r"partner-qa keys new .*", makes_a_key),
    (r"partner-qa sandbox( .*)?", is_parsed),  # serves until it is interrupted
    (r"partner-qa kill-matrix --list", is_run),
    (r"partner-qa kill-matrix .*", is_parsed),  # `make kill-matrix` runs it
    (r"partner-qa (checklist|contract) .*", is_run),
)


def find_rule(words):
    command = " ".join(["partner-qa" if words[0] == ".venv/bin/partner-qa" else words[0], *words[1:]])
    return next((how for pattern, how in RULES if re.fullmatch(pattern, command)), None)


COMMANDS = sorted(
    {
        (page_of(path), shlex.join(words))
        for path in WITH_COMMANDS
        for words in find_commands(path.read_text("utf-8"))
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("reader")


@pytest.mark.parametrize(("page", "command"), COMMANDS)
def test_every_command_runs(page, command, folder):
    words = shlex.split(command)
    how = find_rule(words)
    assert how is not None, f"{page}: no rule says how to run {command!r}"
    how(words, folder)


def test_the_readme_begins_with_its_two_commands():
    first = [shlex.join(words) for words in find_commands((ROOT / "README.md").read_text("utf-8"))][:2]
    assert first == ["make demo", "make test"]


def test_a_command_that_no_rule_covers_is_noticed():
    assert find_rule(["curl", "http://127.0.0.1/"]) is None
    assert find_rule(["partner-qa", "conquer"]) is None


@pytest.mark.parametrize(
    "words", [["partner-qa", "check", "--onyl", "X"], ["partner-qa", "sandbox", "--prot", "1"]]
)
def test_a_misspelt_option_is_noticed(words, tmp_path):
    with pytest.raises(click.UsageError):
        is_parsed(words, tmp_path)


def test_a_target_that_make_does_not_list_is_noticed(tmp_path):
    with pytest.raises(AssertionError):
        is_made(["make", "coffee"], tmp_path)


# links


def find_links(text):
    plain = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`]*`", "", plain))


def anchors_of(path):
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", EVERY_PAGE, ids=page_of)
def test_every_link_leads_somewhere(path):
    for link in find_links(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            assert link.startswith("https://"), link
            continue
        file, _, anchor = unquote(link).partition("#")
        target = (path.parent / file) if file else path
        assert target.exists(), f"{page_of(path)} links to {link}"
        assert target.resolve().is_relative_to(ROOT), link
        if anchor:
            assert anchor in anchors_of(target), f"{page_of(path)} links to {link}"


def test_every_page_of_the_docs_can_be_reached_from_the_readme():
    reached, waiting = set(), [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or not page.is_file() or page.suffix != ".md":
            continue
        reached.add(page)
        links = [link for link in find_links(page.read_text("utf-8")) if not re.match(r"[a-z]+:", link)]
        targets = [(page.parent / link.partition("#")[0]).resolve() for link in links]
        waiting += [each / "README.md" if each.is_dir() else each for each in targets]
    assert {page_of(path) for path in DOCS} <= {page_of(path) for path in reached}


# profiles


def find_profiles():
    for path in DOCS:
        for number, block in enumerate(
            re.findall(r"^```yaml\n(.*?)^```", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        ):
            if block.startswith("format: 1\nintegration:"):
                yield pytest.param(block, id=f"{page_of(path)}-{number}")


@pytest.mark.parametrize("text", [*find_profiles()])
def test_a_profile_in_the_docs_loads(text, tmp_path):
    (tmp_path / "partner.yaml").write_text(text, "utf-8")
    assert load_profile(tmp_path / "partner.yaml").integration.name


def test_the_decisions_are_numbered_without_a_gap_and_each_is_listed_under_its_number():
    pages = sorted((ROOT / "docs" / "decisions").glob("0*.md"))
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    for number, page in enumerate(pages, 1):
        assert page.read_text("utf-8").startswith(f"# {number}. ")
        assert re.search(rf"^{number}\. \[.+\]\({page.name}\)$", listed, re.MULTILINE), page.name
