"""What must not stand in the repository: addresses of package registries, and paths of anybody's machine.

A registry's host in a lock or a script would keep a company's mirror from being used; a path tells whose desk
something was made at. The words are put together here, so that this file does not hold them.
"""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("yarnpkg", "com"),
        ("crates", "io"),
        ("rubygems", "org"),
        ("proxy", "golang", "org"),
    )
)
PLACES = tuple(
    "/".join(["", *parts, ""]) for parts in (("work", "main"), ("work", "shared"), ("tmp", "brief"))
)
HOMES = re.compile(r"(?<![\w.~\[(])/(?:home|Users)/(?!someone\b|user\b|me\b|ada\b)[a-z][\w-]*/", re.ASCII)


def list_files():
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


@pytest.fixture(scope="module")
def texts():
    found = {}
    for name in list_files():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            found[name] = content.decode("utf-8")
    assert "README.md" in found
    return found


@pytest.mark.parametrize("host", REGISTRIES)
def test_no_file_names_a_package_registry(texts, host):
    assert not [name for name, text in texts.items() if host in text.lower()]


@pytest.mark.parametrize("place", PLACES)
def test_no_file_names_the_place_where_it_was_made(texts, place):
    assert not [name for name, text in texts.items() if place in text]


def test_no_file_names_somebodys_home(texts):
    found = {name: HOMES.search(text) for name, text in texts.items() if not name.startswith("tests/")}
    assert not {name: hit[0] for name, hit in found.items() if hit}


def test_every_text_ends_with_a_line_feed_and_has_no_trailing_blanks(texts):
    for name, text in texts.items():
        if name.startswith("tests/") and "golden" in name:
            continue
        assert text == "" or text.endswith("\n"), name
        assert not re.search(r"[ \t]+$", text, re.MULTILINE) or name.startswith("cassettes/"), name


def test_no_file_that_a_run_wrote_is_committed():
    command = ["git", "ls-files", "-z"]
    tracked = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    wrong = re.compile(
        r"^reports/(?!README\.md$)|\.sqlite3|\.log$|__pycache__|\.egg-info|^dist/|^build/|/var/"
    )
    assert not [name for name in tracked if wrong.search(name)]
