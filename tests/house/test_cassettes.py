"""The committed recordings: one for each scenario, readable by stock vcrpy, small, and without a secret.

Nothing here uses the harness's own reading or redaction: what it overlooks, this must not overlook too.
"""

import math
import re
import socket
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
import vcr
import yaml
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import yamlserializer

from partner_qa.suite import load_scenarios

RECORDED = Path(__file__).parents[2] / "cassettes" / "acme_time"
CASSETTES = sorted(RECORDED.glob("cassettes/*.yaml"))
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
BESIDE = "unattributed"  # what belongs to no scenario

PSEUDONYM = re.compile(r"redacted-[0-9a-f]{24}")
UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b")
SECRET_NAMES = {
    "access_token",
    "refresh_token",
    "client_secret",
    "code",
    "state",
    "token",
    "verification_token",
    "password",
    "webhook_secret",
    "qa_token",
    "request",
    "form_token",
}
IN_JSON = SECRET_NAMES - {"code", "state", "request"}  # words of everyday in JSON
SECRET_HEADERS = {"cookie", "set-cookie", "x-gusto-signature", "x-api-key", "proxy-authorization"}
PERSONAL_NUMBERS = re.compile(
    r'"(?:ssn|account_number|routing_number|encrypted_account_number|bank_account_number)"\s*:\s*"?([^",}]+)'
)
SSN = re.compile(r"\b\d{3}-\d{2}-\d{4}\b")
MACHINE = re.compile(r"/home/|/Users/|/root\b|/tmp/|/var/folders/|[A-Z]:\\\\|/private/|site-packages|\.venv")


def name_of(path):
    return path.stem


def read_entries(path):
    return yaml.load(path.read_bytes(), LOADER)


def walk_texts(value, where=""):
    """Yield every text of a document with where it stands, keys included."""
    if isinstance(value, dict):
        for key, each in value.items():
            yield where, str(key)
            yield from walk_texts(each, f"{where}.{key}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from walk_texts(each, f"{where}[{number}]")
    elif isinstance(value, bytes):
        yield where, value.decode("utf-8", "replace")
    elif value is not None:
        yield where, str(value)


@pytest.fixture(scope="module", params=CASSETTES, ids=name_of)
def cassette(request):
    return read_entries(request.param)


def texts_of(cassette):
    return list(walk_texts(cassette))


# whole, readable, small


def test_there_is_one_recording_for_each_scenario(recorded_folder):
    wanted = {each.id for each in load_scenarios()}
    assert {path.stem for path in CASSETTES} - {BESIDE} == wanted
    assert (recorded_folder / "run.json").is_file()
    assert {path.relative_to(recorded_folder).parts[0] for path in recorded_folder.rglob("*")} == {
        "run.json",
        "cassettes",
    }


def test_each_recording_is_whole(recorded):
    for each in recorded:
        told = (each.trouble, each.reason, each.missing, each.ended is not None)
        assert told == ("", "", (), True), each.scenario


def test_all_recordings_together_are_under_10_megabytes(recorded_folder):
    assert sum(path.stat().st_size for path in recorded_folder.rglob("*")) < 10 * 1024 * 1024


@pytest.mark.parametrize("path", CASSETTES, ids=name_of)
def test_stock_vcrpy_loads_every_exchange(path):
    requests, responses, *_ = FilesystemPersister.load_cassette(path, yamlserializer)
    written = read_entries(path)["interactions"]
    assert [each.uri for each in requests] == [each["request"]["uri"] for each in written]
    assert [each["status"]["code"] for each in responses] == [
        each["response"]["status"]["code"] for each in written
    ]


def test_stock_vcrpy_plays_an_exchange_back():
    path = RECORDED / "cassettes" / "large_company_sync.yaml"
    page = next(
        each
        for each in read_entries(path)["interactions"]
        if "/employees?" in each["request"]["uri"] and each["response"]["status"]["code"] == 200
    )
    player = vcr.VCR(record_mode=vcr.mode.NONE, match_on=("method", "uri"))
    with player.use_cassette(str(path)), urllib.request.urlopen(page["request"]["uri"]) as answer:
        assert answer.read().decode() == page["response"]["body"]["string"]


# secrets


def headers_of(cassette):
    for entry in cassette["interactions"]:
        for message in (entry["request"], entry["response"]):
            for name, values in message["headers"].items():
                for value in values:
                    yield name.lower(), value


def test_no_header_holds_a_secret(cassette):
    for name, value in headers_of(cassette):
        if name == "authorization":
            assert re.fullmatch(rf"(?:Bearer|Basic|Token) {PSEUDONYM.pattern}", value), value
        if name in SECRET_HEADERS:
            assert PSEUDONYM.fullmatch(value), name


def parameters_of(text):
    """Return the parameters of a text that is a URL or a form."""
    query = urlsplit(text).query if "://" in text or text.startswith("/") else text
    return parse_qsl(query) if re.fullmatch(r"[^\s{}<>]*=[^\s{}<>]*", query) else []


def test_no_parameter_of_an_address_or_a_form_holds_a_secret(cassette):
    for where, text in texts_of(cassette):
        for name, value in parameters_of(text):
            assert name not in SECRET_NAMES or PSEUDONYM.fullmatch(value), f"{where}: {name}={value}"


def test_no_field_of_a_json_body_holds_a_secret(cassette):
    names = "|".join(sorted(IN_JSON))
    for where, text in texts_of(cassette):
        for name, value in re.findall(rf'"({names})"\s*:\s*"([^"]+)"', text):
            assert PSEUDONYM.fullmatch(value), f"{where}: {name}"


def test_no_hidden_field_of_a_page_holds_a_secret(cassette):
    for where, text in texts_of(cassette):
        for tag in re.findall(r"<input\b[^>]*>", text):
            name, value = (re.search(rf"\b{key}=[\"']?([^\"'\s>]*)", tag) for key in ("name", "value"))
            if name and value and value[1] and name[1] in SECRET_NAMES:
                assert PSEUDONYM.fullmatch(value[1]), f"{where}: {name[1]}"


def bits_of(run):
    """Return Shannon's entropy of a run, in bits for each character."""
    counts = Counter(run)
    return -sum(count / len(run) * math.log2(count / len(run)) for count in counts.values())


def is_random(run):
    """Tell what a generator made from what a person named: mixed classes, and no letter preferred."""
    classes = [any(map(kind, run)) for kind in (str.isupper, str.islower, str.isdigit)]
    return (all(classes) and bits_of(run) > 3.5) or (re.fullmatch("[0-9a-f]{32,}", run) is not None)


PUBLIC = (
    PSEUDONYM,
    UUID,
    re.compile(r'"[a-z_]*version"\s*:\s*"[0-9a-f]{32}"'),  # a resource's version, by which writes are ordered
    re.compile(r"\bnonce(?:=|-)[\"']?[A-Za-z0-9_+/=-]+"),  # Content-Security-Policy of one answer
    re.compile(r"\bqa-[a-z-]+"),  # accounts, as the harness names them
    re.compile(r"\\u[0-9a-f]{4}"),  # a letter of another script, as JSON may write it
)


@pytest.fixture(scope="module")
def client_id():
    """Return the application's public name, the same in the whole run."""
    return read_entries(RECORDED / "cassettes" / "first_connect.yaml")["metadata"]["situation"]["client_id"]


def test_nothing_random_stands_anywhere_that_is_not_public(cassette, client_id):
    for where, text in texts_of(cassette):
        if where.endswith(".version"):
            continue
        told = text.replace(client_id, " ")
        for allowed in PUBLIC:
            told = allowed.sub(" ", told)
        found = [run for run in re.findall(r"[A-Za-z0-9_+/=-]{20,}", told) if is_random(run)]
        assert not found, f"{where}: {found[0]}"


@pytest.mark.parametrize(
    "run", ["Xq3vR8tLm2Zk9PwB4nYc7HdS", "0123456789abcdef0123456789abcdef", "q3A9-zT0_kk81BvvQ2x7Lw"]
)
def test_what_a_generator_makes_is_taken_for_random(run):
    assert is_random(run)


@pytest.mark.parametrize("run", ["Cholmondeley-Marjoribanks", "two_percent_shareholder", "X-RateLimit-Reset"])
def test_what_a_person_names_is_not_taken_for_random(run):
    assert not is_random(run)


# people and machines


def without_canaries(cassette):
    """Leave out what was planted: its stand-ins keep the form of the numbers that they stand for."""
    kept = [each for each in cassette["interactions"] if not each["request"]["uri"].startswith("canary:")]
    return {**cassette, "interactions": kept}


def test_no_social_security_or_bank_number_is_recorded(cassette):
    for where, text in texts_of(without_canaries(cassette)):
        assert not SSN.search(text), where
        assert not [value for value in PERSONAL_NUMBERS.findall(text) if value != "null"], where


def test_every_e_mail_address_is_of_a_reserved_domain(cassette):
    for where, text in texts_of(cassette):
        for domain in re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", text):
            assert domain.endswith((".example", "example.com", "example.org", ".test")), f"{where}: {domain}"


def test_every_address_is_of_this_machine_or_reserved_or_gusto(cassette):
    allowed = (
        ".example",
        "127.0.0.1",
        "localhost",
        "example.com",
        "gusto.com",
        "gusto-demo.com",
        "www.w3.org",
    )
    for where, text in texts_of(cassette):
        for host in re.findall(r"https?://([\w.-]+)", text):
            assert host.endswith(allowed), f"{where}: {host}"


@pytest.mark.parametrize("path", [*CASSETTES, RECORDED / "run.json"], ids=name_of)
def test_nothing_tells_whose_machine_it_was(path):
    text = path.read_text("utf-8")
    assert not MACHINE.search(text), MACHINE.search(text)
    host = socket.gethostname()
    assert len(host) < 5 or not re.search(rf"(?<![\w-]){re.escape(host)}(?![\w-])", text)
