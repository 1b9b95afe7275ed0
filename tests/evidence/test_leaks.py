"""The last look before packing: each canary, leaked on purpose in each channel, is caught and not shown."""

from __future__ import annotations

import base64
import gzip
import json
import secrets
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest

from partner_qa.evidence.archive import Member
from partner_qa.evidence.canaries import Canary, Marks, load_marks, make_canaries, write_canaries
from partner_qa.evidence.leaks import Leak, Search, entropy_of, find_leaks

ROOT = Path(__file__).parents[2]
CANARIES = make_canaries()
SECRET = secrets.token_urlsafe(32)


def zipped(entries: dict[str, bytes]) -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return stream.getvalue()


CHANNELS: dict[str, Callable[[str], bytes]] = {
    "plain": lambda value: f"seen: {value}.".encode(),
    "a header": lambda value: f"    X-Debug:\n      - 'Bearer {value}'\n".encode(),
    "a query": lambda value: f"uri: http://h/p?x={quote(value, safe='')}&y=1".encode(),
    "JSON": lambda value: json.dumps({"note": f"it is {value}!"}).encode(),
    "JSON escapes": lambda value: b'"' + b"".join(b"\\u%04x" % ord(each) for each in value) + b'"',
    "JSON in JSON": lambda value: json.dumps({"log": json.dumps({"v": value})}).encode(),
    "base64": lambda value: base64.b64encode(f"log line: {value}".encode()),
    "base64 of a header": lambda value: b"Basic " + base64.b64encode(f"client:{value}".encode()),
    "data in HTML": lambda value: (
        b'<script>d("a","' + base64.b64encode(f'{{"a":"{value}"}}'.encode()) + b'")</script>'
    ),
    "HTML": lambda value: f"<td>{''.join(f'&#{ord(each)};' for each in value)}</td>".encode(),
    "percent": lambda value: "".join(f"%{ord(each):02X}" for each in value).encode(),
    "gzip": lambda value: gzip.compress(value.encode()),
    "zip": lambda value: zipped({"a.txt": value.encode()}),
    "xlsx": lambda value: zipped({"xl/sharedStrings.xml": f"<t>{value}</t>".encode()}),
    "gzip in base64": lambda value: base64.b64encode(gzip.compress(f"a log of {value}".encode())),
    "a name": lambda value: f"log_{value}".encode() if "@" not in value else f"to:{value}".encode(),
}


@pytest.fixture(scope="module")
def marks(tmp_path_factory: pytest.TempPathFactory) -> Marks:
    folder = tmp_path_factory.mktemp("run")
    write_canaries(folder, CANARIES, [SECRET])
    found = load_marks(folder)
    assert found is not None
    return found


def search(content: bytes, search: Search, path: str = "cassettes/a.yaml") -> list[Leak]:
    return [*find_leaks([Member(path=path, content=content)], search)]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(
    "canary", [*CANARIES, Canary(kind="secret", value=SECRET)], ids=lambda each: each.kind
)
def test_each_canary_is_caught_in_each_channel(canary: Canary, channel: str, marks: Marks) -> None:
    content = b"first line\n" + CHANNELS[channel](canary.value)
    if channel in {"gzip", "zip", "xlsx"}:
        content = CHANNELS[channel](canary.value)
    found = search(content, Search(marks=[marks]))
    kind = "a secret of the run" if canary.kind == "secret" else f"the planted {canary.kind}"
    assert kind in {each.kind for each in found}
    assert canary.value not in " ".join(map(str, found))


@pytest.mark.parametrize(
    ("kind", "write"),
    [
        ("ssn", lambda value: value.replace("-", "")),
        ("ssn", lambda value: value.replace("-", " ")),
        ("bank digits", lambda value: f"99{value}00"),
        ("bank digits", lambda value: "-".join(value[at : at + 4] for at in range(0, 16, 4))),
        ("e-mail", str.upper),
        ("birth date", lambda value: f"{value[5:7]}/{value[8:]}/{value[:4]}"),
        ("birth date", lambda value: f"{value}T00:00:00Z"),
    ],
)
def test_a_canary_in_another_form_is_caught(kind: str, write: Callable[[str], str], marks: Marks) -> None:
    value = next(each.value for each in CANARIES if each.kind == kind)
    assert [each.kind for each in search(write(value).encode(), Search(marks=[marks]))] == [
        f"the planted {kind}"
    ]


def test_a_hit_names_file_line_kind_and_wrapping(marks: Marks) -> None:
    value = next(each.value for each in CANARIES if each.kind == "bank digits")
    (found,) = search(b"a\nb\n" + base64.b64encode(f"account {value}".encode()), Search(marks=[marks]))
    assert str(found) == "cassettes/a.yaml, line 3: the planted bank digits, within base64"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("-----BEGIN RSA PRIVATE KEY-----", "a private key"),
        ("-----BEGIN PRIVATE KEY-----", "a private key"),
        ("AKIA" + "A1B2C3D4E5F6G7H8", "an AWS access key"),
        ("ghp_" + "a1B2" * 9, "a GitHub token"),
        ("xoxb-" + "123456789012", "a Slack token"),
        ("sk_live_" + "4eC39HqLyjWDarjtT1zdp7dc", "a Stripe key"),
        ("AIza" + "SyD-1234567890abcdefghijklmnopqrstu", "a Google key"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmN", "a JSON Web Token"),
        ("postgres://app:hunter22@db.internal/x", "a password in an address"),
    ],
)
def test_the_forms_of_known_keys_are_caught(text: str, kind: str) -> None:
    for content in (f"x: {text}", quote(text), base64.b64encode(f"x: {text} ...".encode()).decode()):
        found = search(content.encode(), Search())
        assert f"what looks like {kind}" in {each.kind for each in found}
        assert text not in " ".join(map(str, found))


def test_a_random_text_that_nobody_knows_is_caught() -> None:
    found = search(f"note: {secrets.token_urlsafe(32)}".encode(), Search())
    assert [each.kind for each in found] == ["a random text that nobody knows"]


@pytest.mark.parametrize(
    "text",
    [
        "redacted-7a952290025dd7682a857234",
        "b6c21d66-6501-4cb8-9309-6e4b38f0bf63",
        "620c11ac43a3cb54d3331e501b9daaa02595c33e2744f9e67bf12af42d939806",
        "get-v1-companies-company_id-employees",
        "CompanyBenefitWithExcludedContributionsV2026",
        "script-src 'nonce-7wkWfCnBBrseGqbArLoX5A'",
        "style-src 'sha256-AqYoxldPVI4V5jUfzQD7Sz9N+jK7T2BO6IW8Duo2QrA='",
        "2026-11-24T06:43:23.086155+00:00",
        "http://{client_id}:{client_secret}@127.0.0.1/",
    ],
)
def test_what_only_looks_random_is_let_pass(text: str) -> None:
    assert search(text.encode(), Search()) == []


def test_a_nonce_is_known_wherever_it_stands_in_the_same_file() -> None:
    nonce = secrets.token_urlsafe(16)
    page = f"Content-Security-Policy: script-src 'nonce-{nonce}'\n<script nonce=\"{nonce}\">".encode()
    assert search(page, Search()) == []


def test_what_is_known_may_leave_also_within_something() -> None:
    client = secrets.token_urlsafe(32)
    content = f"client_id: {client}\nuri: http://h/?client_id={client}&x=%2F".encode()
    assert search(content, Search(known=frozenset({client.encode()}))) == []
    assert search(content, Search()) != []


def test_phrases_are_found_in_every_layer() -> None:
    phrases = [("the home folder", b"/home/jdoe")]
    for content in (
        b"/home/jdoe/x",
        quote("/home/jdoe", safe="").encode(),
        base64.b64encode(b"at /home/jdoe/x"),
    ):
        assert [each.kind for each in search(content, Search(phrases=phrases))] == ["the home folder"]


def test_mail_addresses_count_where_people_may_be_real() -> None:
    content = b"from jane@acme.test and dev@acme.example and known@acme.test"
    found = search(content, Search(has_real_people=True, known=frozenset({b"known@acme.test"})))
    assert [each.kind for each in found] == ["an e-mail address"]
    assert search(content, Search()) == []


def test_a_program_gives_random_names_and_hides_no_canary(marks: Marks) -> None:
    path = "report/index.html"
    program = f"<script>let {secrets.token_urlsafe(24)}</script>".encode()
    looking = Search(marks=[marks], generated=frozenset({path}))
    assert search(program, looking, path) == []
    leaking = program + CHANNELS["data in HTML"](SECRET)
    assert "a secret of the run" in {each.kind for each in search(leaking, looking, path)}


def test_entropy_is_of_bytes() -> None:
    assert entropy_of(b"aaaa") == 0
    assert entropy_of(b"abcd") == 2


def test_the_committed_recordings_hold_nothing_but_their_client_ids() -> None:
    files = sorted((ROOT / "cassettes").rglob("*.yaml"))
    assert files
    members = [Member(path=path.name, content=path) for path in files]
    known = {
        line.rpartition(" ")[2].strip("'\"\n").encode()
        for path in files
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("    client_id: ")
    }
    assert [*find_leaks(members, Search(known=frozenset(known)))] == []
