"""Shift Board: a correct integration in another style, whom no check may fail.

Everything about it that differs from the first example is in its README.md. It needs Node; where there is
none, its tests are skipped.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "shift_board"
COMMAND = Path(sys.executable).with_name("partner-qa")
OLDEST_NODE = 18
ADVISED_OTHERWISE = {"AUTH-09"}  # a `should`: README.md says why it is left as it is
KEY = "5e" * 32


def why_not():
    node = shutil.which("node")
    if node is None:
        return "there is no node on the PATH"
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    found = re.match(r"v(\d+)\.", told)
    if found is None or int(found[1]) < OLDEST_NODE:
        return f"node is {told or 'silent'}; Shift Board needs {OLDEST_NODE} or newer"
    return ""


WHY_NOT = why_not()
needs_node = pytest.mark.skipif(bool(WHY_NOT), reason=WHY_NOT or "node is here")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A copy of the example on a port that is free."""
    to = tmp_path_factory.mktemp("shift") / "shift_board"
    shutil.copytree(EXAMPLE, to, ignore=shutil.ignore_patterns("var"))
    profile = to / "partner.yaml"
    profile.write_text(profile.read_text("utf-8").replace("4020", free_port()), "utf-8")
    return to


@pytest.fixture(scope="module")
def judged(copy):
    """The exit code of a whole check, and its results."""
    reports = copy.parent / "reports"
    words = ["check", "--profile", copy / "partner.yaml", "--no-report", "--quiet", "--output", reports]
    done = subprocess.run([COMMAND, *words], capture_output=True, text=True, check=False, timeout=600)
    (results,) = reports.glob("*/results.json")
    return done, json.loads(results.read_text("utf-8"))


def outcomes(results):
    found = {}
    for item in results["items"]:
        found.setdefault(item["verdict"]["outcome"], set()).add(item["item"]["id"])
    return found


@needs_node
def test_a_correct_integration_in_another_style_is_verified(judged):
    done, results = judged
    found = outcomes(results)
    assert found.get("fail", set()) <= ADVISED_OTHERWISE, done.stdout
    assert found.keys() <= {"pass", "fail", "not_applicable", "needs_attestation"}, done.stdout
    assert done.returncode == 0
    assert len(found["pass"]) > 70


@needs_node
def test_advice_that_is_not_taken_is_a_warning_and_no_more(judged):
    done, results = judged
    assert outcomes(results)["fail"] == ADVISED_OTHERWISE
    assert "1 warning" in done.stdout


@needs_node
def test_nothing_that_it_stores_can_be_read(judged, copy):
    files = [each for each in (copy / "var").rglob("*") if each.is_file()]
    assert len(files) > 20
    for each in files:
        assert set(json.loads(each.read_text("utf-8"))) == {"format", "nonce", "tag", "sealed"}


def test_it_imports_nothing_but_node_and_itself():
    modules = list((EXAMPLE / "src").glob("*.js"))
    sources = [name for each in modules for name in re.findall(r'from "([^"]+)"', each.read_text("utf-8"))]
    assert len(modules) > 10
    assert {name for name in sources if not name.startswith(("node:", "./"))} == set()
    assert "dependencies" not in (EXAMPLE / "package.json").read_text("utf-8")


def start(folder, **variables):
    given = {
        "PATH": os.environ["PATH"],
        "GUSTO_CLIENT_ID": "id",
        "GUSTO_CLIENT_SECRET": "secret",
        "SHIFT_BOARD_KEY": KEY,
        "SHIFT_BOARD_DATA": str(folder),
        **variables,
    }
    words = ["node", EXAMPLE / "src" / "main.js"]
    return subprocess.Popen(words, env=given, stderr=subprocess.PIPE, text=True)


def ask(port, path, *, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    deadline = time.monotonic() + 20
    while True:
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status
        except urllib.error.HTTPError as answer:
            return answer.code
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


@needs_node
def test_without_a_qa_token_there_are_no_doors(tmp_path):
    port = free_port()
    process = start(tmp_path, SHIFT_BOARD_PORT=port)
    try:
        assert ask(port, "/health") == 200
        assert ask(port, "/qa/people?account=anna") == 404
        assert ask(port, "/qa/sync-people", method="POST") == 404
    finally:
        process.kill()
        process.communicate()


@needs_node
def test_with_another_token_the_doors_stay_shut(tmp_path):
    port = free_port()
    process = start(tmp_path, SHIFT_BOARD_PORT=port, QA_TOKEN="a-token-of-the-harness")
    try:
        assert ask(port, "/qa/people?account=anna") == 401
    finally:
        process.kill()
        process.communicate()


@needs_node
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"GUSTO_CLIENT_ID": ""}, "set GUSTO_CLIENT_ID"),
        ({"SHIFT_BOARD_KEY": "short"}, "64 hexadecimal digits"),
    ],
)
def test_a_configuration_that_lacks_something_is_refused_in_one_line(tmp_path, variables, words):
    process = start(tmp_path, **variables)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert words in told
    assert told.count("\n") == 1
