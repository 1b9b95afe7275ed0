import json
import os
import random
import signal
import subprocess
import sys
import time
import tracemalloc
import urllib.request
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import vcr
from hypothesis import given, settings
from hypothesis import strategies as st
from vcr.cassette import Cassette
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from partner_qa.cassette.files import CassetteWriter, load_recording, load_run, write_run
from partner_qa.errors import CassetteError
from partner_qa.model import (
    Body,
    Exchange,
    FiredFault,
    Kind,
    Recording,
    Request,
    Response,
    Run,
    Target,
    Tenant,
)

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def make_exchange(sequence: int = 1, *, body: bytes = b'{"a": 1}', **changes: object) -> Exchange:
    exchange = Exchange(
        sequence=sequence,
        kind=Kind.API,
        started=NOON + timedelta(seconds=sequence),
        elapsed=0.001,
        request=Request(method="GET", url=f"http://127.0.0.1:4000/v1/{sequence}", body=Body.of(b"")),
        response=Response(status=200, headers=(("x-page", "1"),), body=Body.of(body)),
    )
    return replace(exchange, **changes)  # type: ignore[arg-type]


def make_writer(folder: Path, name: str = "sync") -> CassetteWriter:
    return CassetteWriter(folder / f"{name}.yaml", scenario=name, target=Target.EMBEDDED, started=NOON)


def load_with_vcr(path: Path) -> list[tuple[str, bytes]]:
    """Load a cassette as anybody's vcrpy does; return what it would play for each request."""
    requests, responses, *_ = FilesystemPersister.load_cassette(str(path), serializer=yamlserializer)
    assert len(Cassette.load(path=str(path))) == len(requests)
    return [
        (request.uri, response["body"]["string"])
        for request, response in zip(requests, responses, strict=True)
    ]


# writing


def test_a_recording_comes_back_as_it_was_written(tmp_path):
    writer = make_writer(tmp_path)
    exchanges = tuple(make_exchange(number) for number in (1, 2, 3))
    for exchange in exchanges:
        writer.write(exchange)
    writer.close(
        ended=NOON + timedelta(minutes=1),
        tenants=[Tenant(account="qa-a", company="c")],
        situation={"pages": 3, "people": [{"name": "Zoë"}]},
        missing=["actions.sync_people"],
        trouble="it rained",
    )
    writer.release()
    assert load_recording(tmp_path / "sync.yaml") == Recording(
        scenario="sync",
        target=Target.EMBEDDED,
        started=NOON,
        ended=NOON + timedelta(minutes=1),
        tenants=(Tenant(account="qa-a", company="c"),),
        situation={"pages": 3, "people": [{"name": "Zoë"}]},
        exchanges=exchanges,
        missing=("actions.sync_people",),
        trouble="it rained",
    )


def test_each_exchange_is_there_as_soon_as_it_is_written(tmp_path):
    writer = make_writer(tmp_path)
    for number in range(4):
        recording = load_recording(writer.path)
        assert len(recording.exchanges) == number
        assert len(load_with_vcr(writer.path)) == number
        writer.write(make_exchange(number + 1))
    writer.release()


@pytest.mark.parametrize("count", [0, 2])
def test_late_exchanges_are_appended_to_what_was_closed(tmp_path, count):
    writer = make_writer(tmp_path)
    for number in range(count):
        writer.write(make_exchange(number + 1))
    writer.close(ended=NOON)
    for number in range(2):
        writer.write(make_exchange(count + number + 1, body=b"late"))
    writer.release()
    recording = load_recording(writer.path)
    assert len(recording.exchanges) == len(load_with_vcr(writer.path)) == count + 2
    assert recording.ended == NOON


def test_late_exchanges_survive_being_closed_again(tmp_path):
    writer = make_writer(tmp_path)
    writer.write(make_exchange(1))
    writer.close(ended=NOON)
    writer.write(make_exchange(2))
    writer.close(ended=NOON + timedelta(seconds=1))
    writer.release()
    recording = load_recording(writer.path)
    assert [each.sequence for each in recording.exchanges] == [1, 2]
    assert recording.ended == NOON + timedelta(seconds=1)


def test_exchanges_come_back_in_the_order_in_which_they_began(tmp_path):
    writer = make_writer(tmp_path)
    for number in (3, 1, 2):
        writer.write(make_exchange(number))
    writer.release()
    assert [each.sequence for each in load_recording(writer.path).exchanges] == [1, 2, 3]


def test_a_closed_cassette_is_written_for_people(tmp_path):
    writer = make_writer(tmp_path)
    writer.write(make_exchange(1, body=b'{"name": "it\'s"}'))
    writer.close(ended=NOON)
    writer.release()
    lines = writer.path.read_text().splitlines()
    assert "    method: GET" in lines
    assert """      string: '{"name": "it''s"}'""" in lines


def test_a_folder_that_cannot_be_made_is_an_error_with_its_name(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(CassetteError, match=r"file/sync.yaml: cannot be written") as caught:
        make_writer(tmp_path / "file")
    assert "--output" in caught.value.explain()


# round trip

texts = st.text(st.characters(codec="utf-8"), max_size=30)
headers = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "Set-Cookie", "set-cookie", "null", "1", ""]) | texts,
        texts | st.sampled_from(["yes", "\r\n", "a: b", "\x85", "'"]),
    ),
    max_size=6,
).map(tuple)
bodies = (
    st.binary(max_size=60)
    | st.sampled_from(
        [
            b"\0",
            b"\xff\xfe",
            b"- a: &x [*x]",
            b"!!python/object:x",
            b"---\n...\n",
            "\u2028\U0001f600\ufeff".encode(),
        ]
    )
    | texts.map(str.encode)
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | texts
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
facts = st.dictionaries(texts, json_values, max_size=3)
moments = st.datetimes(
    NOON.replace(year=1990, tzinfo=None),
    NOON.replace(year=2090, tzinfo=None),
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=-7))]),
)
exchanges = st.builds(
    Exchange,
    sequence=st.just(1),
    kind=st.sampled_from(Kind),
    started=moments,
    elapsed=st.integers(0, 10**9).map(lambda micros: micros / 1_000_000),
    request=st.builds(Request, method=texts, url=texts, headers=headers, body=bodies.map(Body.of)),
    response=st.builds(
        Response, status=st.integers(0, 999), reason=texts, headers=headers, body=bodies.map(Body.of)
    ),
    operation=st.none() | texts,
    grant=st.none() | texts,
    company=st.none() | texts,
    account=st.none() | texts,
    during=st.none() | texts,
    fault=st.none() | st.builds(FiredFault, name=texts, parameters=facts, occurrence=st.integers(1, 99)),
    facts=facts,
)


@settings(max_examples=100, deadline=None)
@given(given_exchanges=st.lists(exchanges, max_size=3), situation=facts, trouble=texts)
def test_every_exchange_comes_back_as_it_was_and_vcr_reads_it(
    tmp_path_factory, given_exchanges, situation, trouble
):
    writer = make_writer(tmp_path_factory.mktemp("round"))
    written = tuple(replace(each, sequence=number) for number, each in enumerate(given_exchanges, 1))
    for exchange in written:
        writer.write(exchange)
    assert load_recording(writer.path).exchanges == written
    played = [(each.request.url, each.response.body.content) for each in written]
    assert load_with_vcr(writer.path) == played
    writer.close(ended=NOON, situation=situation, trouble=trouble)
    writer.release()
    recording = load_recording(writer.path)
    assert (recording.exchanges, recording.situation, recording.trouble) == (written, situation, trouble)
    assert load_with_vcr(writer.path) == played


def test_lone_surrogates_are_written_out(tmp_path):
    writer = make_writer(tmp_path)
    writer.write(make_exchange(1, account="a\ud800", facts={"\udfff": ["\ud83d"]}))
    writer.close(ended=NOON, trouble="\ud800")
    writer.release()
    recording = load_recording(writer.path)
    assert recording.exchanges[0].account == "a\\ud800"
    assert recording.exchanges[0].facts == {"\\udfff": ["\\ud83d"]}
    assert recording.trouble == "\\ud800"
    assert len(load_with_vcr(writer.path)) == 1


def test_vcr_plays_what_was_recorded(tmp_path):
    writer = make_writer(tmp_path)
    writer.write(make_exchange(1, body=b"played"))
    writer.close(ended=NOON)
    writer.release()
    played = vcr.use_cassette(str(writer.path), record_mode="none")
    with played, urllib.request.urlopen("http://127.0.0.1:4000/v1/1") as answer:
        assert answer.read() == b"played"


# kills and full disks

CHILD = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from partner_qa.cassette.files import CassetteWriter
from partner_qa.model import Body, Exchange, Kind, Request, Response, Target

path, size, closes = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "closes"
now = datetime.now(UTC)
writer = CassetteWriter(path, scenario="killed", target=Target.EMBEDDED, started=now)
content = ("\\u00fc\\U0001f600" * size).encode()
number = 0
while True:
    number += 1
    writer.write(Exchange(sequence=number, kind=Kind.API, started=now, elapsed=0.0,
        request=Request(method="GET", url="http://x/", body=Body.of(b"")),
        response=Response(status=200, body=Body.of(content))))
    print(number, flush=True)
    if closes and number % 3 == 0:
        writer.close(ended=now)
"""


@pytest.mark.parametrize(
    ("size", "closes", "kills"),
    [(10, "stays open", 4), (10, "closes", 4), (900_000, "stays open", 2), (900_000, "closes", 1)],
    ids=["small", "small, closing", "5 MB", "5 MB, closing"],
)
def test_a_kill_at_any_moment_leaves_a_cassette_of_all_that_was_written(tmp_path, size, closes, kills):
    chance = random.Random(7)
    for attempt in range(kills):
        path = tmp_path / f"killed-{attempt}.yaml"
        command = [sys.executable, "-c", CHILD, str(path), str(size), closes]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
            assert child.stdout is not None
            assert child.stdout.readline() == "1\n"
            time.sleep(chance.uniform(0, 0.15))
            child.send_signal(signal.SIGKILL)
            told = child.stdout.read().split()
        written = int(told[-1]) if told else 1
        recording = load_recording(path)
        assert written <= len(recording.exchanges) <= written + 1
        assert [each.sequence for each in recording.exchanges] == list(range(1, len(recording.exchanges) + 1))
        assert len(load_with_vcr(path)) == len(recording.exchanges)


def test_a_torn_tail_is_no_entry_wherever_it_is_torn(tmp_path):
    writer = make_writer(tmp_path)
    for number in (1, 2):
        writer.write(make_exchange(number, body="ü\U0001f600 #".encode()))
    writer.release()
    whole = writer.path.read_bytes()
    last = whole.rindex(b"\n- ") + 1
    torn = tmp_path / "torn.yaml"
    for end in range(last + 1, len(whole), 5):
        torn.write_bytes(whole[:last] + b"#" + whole[last + 1 : end])
        assert len(load_recording(torn).exchanges) == 1
        assert len(load_with_vcr(torn)) == 1


FULL = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
sys.argv[1:] = sys.argv[1:]
from datetime import UTC, datetime
from pathlib import Path
from partner_qa.cassette.files import CassetteWriter
from partner_qa.errors import CassetteError
from partner_qa.model import Body, Exchange, Kind, Request, Response, Target

now = datetime.now(UTC)
writer = CassetteWriter(Path(sys.argv[1]), scenario="full", target=Target.EMBEDDED, started=now)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
written = 0
try:
    while True:
        writer.write(Exchange(sequence=written + 1, kind=Kind.API, started=now, elapsed=0.0,
            request=Request(method="GET", url="http://x/", body=Body.of(b"")),
            response=Response(status=200, body=Body.of(b"x" * 3000))))
        written += 1
except CassetteError as error:
    print(written)
    print(error.explain())
try:
    writer.close(ended=now, trouble="y" * 30_000)
except CassetteError as error:
    print(error)
"""


def test_a_disk_that_fills_up_is_told_and_loses_nothing(tmp_path):
    path = tmp_path / "full.yaml"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    written, *told = done.stdout.splitlines()
    assert "cannot be written: File too large" in told[1]
    assert "Free some disk" in told[2]
    assert "cannot be written" in told[3], "nor can the file be written anew, and the old one stays"
    assert len(load_recording(path).exchanges) == len(load_with_vcr(path)) == int(written) > 3
    assert list(tmp_path.iterdir()) == [path], "nothing half-written is left"


def test_after_a_full_disk_writing_goes_on_where_it_stopped(tmp_path, monkeypatch):
    writer = make_writer(tmp_path)
    writer.write(make_exchange(1))
    real = os.pwrite

    def fill_up(file: int, data: bytes, offset: int) -> int:
        if len(data) > 100:
            return real(file, data[:100], offset)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", fill_up)
    with pytest.raises(CassetteError, match="No space left on device"):
        writer.write(make_exchange(2))
    monkeypatch.undo()
    writer.write(make_exchange(3))
    writer.release()
    assert [each.sequence for each in load_recording(writer.path).exchanges] == [1, 3]
    assert len(load_with_vcr(writer.path)) == 2


# reading what others made of it


@pytest.fixture
def good(tmp_path):
    writer = make_writer(tmp_path)
    writer.write(make_exchange(1))
    writer.write(make_exchange(2))
    writer.close(ended=NOON)
    writer.release()
    return writer.path


def refused(path: Path, text: str) -> list[str]:
    """Load a changed cassette; return each problem as it is printed."""
    path.write_text(text)
    with pytest.raises(CassetteError) as caught:
        load_recording(path)
    assert caught.value.hint
    return [str(problem).removeprefix(str(path)) for problem in caught.value.problems]


def test_a_missing_cassette_is_said_to_be_missing(tmp_path):
    with pytest.raises(CassetteError, match="cannot be read: No such file"):
        load_recording(tmp_path / "none.yaml")


def test_a_folder_is_no_cassette(tmp_path):
    with pytest.raises(CassetteError, match="cannot be read: Is a directory"):
        load_recording(tmp_path)


def test_a_truncated_cassette_is_never_a_traceback(good):
    whole = good.read_bytes()
    outcomes = []
    for end in range(0, len(whole), 3):
        good.write_bytes(whole[:end])
        try:
            outcomes.append(len(load_recording(good).exchanges))
        except CassetteError as error:
            outcomes.append(error.problems[0].file)
    assert str(good) in outcomes


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_damaged_cassette_is_never_a_traceback(tmp_path_factory, data):
    writer = make_writer(tmp_path_factory.mktemp("damaged"))
    writer.write(make_exchange(1))
    writer.close(ended=NOON, situation={"a": [1]})
    writer.release()
    content = bytearray(writer.path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place : place + data.draw(st.integers(0, 3))] = data.draw(
            st.sampled_from(
                [
                    b"",
                    b"\n",
                    b"- ",
                    b": ",
                    b"'",
                    b'"',
                    b"&a ",
                    b"*a",
                    b"!!x ",
                    b"[",
                    b"}",
                    b"\xff",
                    b"\0",
                    b"\t",
                ]
            )
        )
    writer.path.write_bytes(bytes(content))
    with suppress(CassetteError):
        load_recording(writer.path)


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("version: 1", "version: 2", ":1: is not a cassette of format version 1"),
        ("version: 1", "version: true", ":1: is not a cassette of format version 1"),
        ("version: 1\n", "", ":1: is not a cassette of format version 1"),
        ("target: embedded", "target: moon", ":3: metadata.target: is not one of the allowed values"),
        ("scenario: sync", "scenario: ../sync", ":3: metadata.scenario: does not match the pattern"),
        ("scenario: sync\n", "scenario: sync\n  extra: 1\n", ":3: metadata.extra: is not a known key"),
        (
            "started: '2026-11-24T12:00:00+00:00'",
            "started: noon",
            ":3: metadata.started: is not a valid date-time",
        ),
        (
            "started: '2026-11-24T12:00:00+00:00'",
            "started: '2026-11-24T23:59:60+00:00'",
            ":3: metadata: has no such time",
        ),
        ("    method: GET\n", "    method: 5\n", ":13: request.method is not text"),
        ("code: 200", "code: !!python/object:os.system x", "has the tag"),
        ("code: 200", "code: *x", ":20: has an alias"),
        ("code: 200", "code: &x 200\n      more: *x", "has an alias"),
        ("sequence: 2", "sequence: 1", "the sequence number 1 is given twice"),
        ("kind: api", "kind: letter", ":13: kind is not one of"),
        ("\ninteractions:", "\nother:", ""),
        ("trouble: ''", "trouble: 5", ":3: metadata.trouble: is not of type string"),
    ],
)
def test_an_edited_cassette_is_refused_with_file_and_line(good, old, new, problem):
    text = good.read_text()
    assert old in text
    if not problem:
        good.write_text(text.replace(old, new, 1))
        assert load_recording(good).exchanges == ()
        return
    assert any(problem in each for each in refused(good, text.replace(old, new, 1)))


def test_all_problems_are_told_at_once(good):
    problems = refused(
        good, good.read_text().replace("method: GET", "method: 5").replace("version: 1", "version: 2")
    )
    assert len(problems) == 3


@pytest.mark.parametrize(
    "text",
    [
        "",
        "just text",
        "- 1",
        "version: 1\ninteractions: 5\nmetadata: {}\n",
        "version: 1\ninteractions: [5]\nmetadata: []\n",
        "version: 1\ninteractions: {a: 1}\n",
        "version: 1\ninteractions: []\n",
        "a: &a [*a]",
        "version: 1\nmetadata: &m {situation: *m}\n",
        f"version: 1\nmetadata: {'{a: ' * 2000}",
        "version: 1\ninteractions: !!python/object/new:os.system [id]\n",
    ],
)
def test_what_is_no_cassette_is_refused(tmp_path, text):
    assert refused(tmp_path / "odd.yaml", text)


def test_a_hand_edited_cassette_still_loads(good):
    text = good.read_text().replace(
        "'http://127.0.0.1:4000/v1/1'", "http://127.0.0.1:4000/v1/1  # seen twice"
    )
    good.write_text(text)
    assert load_recording(good).exchanges[0].request.url == "http://127.0.0.1:4000/v1/1"


def test_a_long_recording_is_written_anew_without_holding_it(tmp_path):
    writer = make_writer(tmp_path)
    exchange = make_exchange(1, body=b'{"a": "' + b"x" * 4000 + b'"}')
    tracemalloc.start()
    try:
        for number in range(2000):
            writer.write(replace(exchange, sequence=number + 1))
        writer.close(ended=NOON)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    writer.release()
    assert writer.path.stat().st_size > 8_000_000
    assert peak < 2_000_000


# runs

RUN = Run(
    id="20261124T120000Z",
    started=NOON,
    ended=NOON + timedelta(minutes=5),
    target=Target.EMBEDDED,
    harness="0.1.0",
    profile={"integration": {"name": "Zoë's"}},
    contract={"version": "2026-06-15"},
    checklist={"sha256": "ab"},
    recordings=(),
    filters=("--section pagination",),
)


def make_run(folder: Path, *scenarios: str) -> None:
    for number, name in enumerate(scenarios):
        started = NOON - timedelta(minutes=number)
        path = folder / "cassettes" / f"{name}.yaml"
        writer = CassetteWriter(path, scenario=name, target=Target.EMBEDDED, started=started)
        writer.write(make_exchange(1))
        writer.close(ended=NOON)
        writer.release()
    write_run(folder, RUN)


def test_a_run_comes_back_with_its_recordings_in_order(tmp_path):
    make_run(tmp_path, "later", "earlier")
    run = load_run(tmp_path)
    assert replace(run, recordings=()) == RUN
    assert [each.scenario for each in run] == ["earlier", "later"]


def test_every_broken_cassette_of_a_run_is_told_at_once(tmp_path):
    make_run(tmp_path, "one", "two", "three")
    for name in ("one", "two"):
        (tmp_path / "cassettes" / f"{name}.yaml").write_text("- 1")
    with pytest.raises(CassetteError) as caught:
        load_run(tmp_path)
    assert [Path(each.file).name for each in caught.value.problems] == ["one.yaml", "two.yaml"]


def test_a_folder_that_is_no_run_is_said_to_be_none(tmp_path):
    with pytest.raises(CassetteError, match=r"run.json: is not there") as caught:
        load_run(tmp_path)
    assert "reports/" in caught.value.explain()


def test_a_run_without_cassettes_is_refused(tmp_path):
    write_run(tmp_path, RUN)
    with pytest.raises(CassetteError, match="holds no cassettes"):
        load_run(tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "5",
        "{",
        '{"format": 1}',
        '{"format": 1e999}',
        "[" * 100_000,
        "\ud800".encode("utf-8", "surrogatepass").decode("latin-1"),
    ],
)
def test_a_broken_run_file_is_refused(tmp_path, text):
    make_run(tmp_path, "one")
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(CassetteError, match=r"run.json"):
        load_run(tmp_path)


def test_a_run_file_with_a_time_that_is_none_is_refused(tmp_path):
    make_run(tmp_path, "one")
    path = tmp_path / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"started": "2026-11-24t12:00:00z"}))
    with pytest.raises(CassetteError, match="has no such time"):
        load_run(tmp_path)


def test_a_run_file_that_names_a_key_twice_is_refused(tmp_path):
    make_run(tmp_path, "one")
    path = tmp_path / "run.json"
    path.write_text(path.read_text().replace("{", '{"target": "live", ', 1))
    with pytest.raises(CassetteError, match="a key is given twice"):
        load_run(tmp_path)


def test_a_run_file_with_a_wrong_value_names_the_key(tmp_path):
    make_run(tmp_path, "one")
    path = tmp_path / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"target": "moon"}))
    with pytest.raises(CassetteError, match=r"\$\.target"):
        load_run(tmp_path)
