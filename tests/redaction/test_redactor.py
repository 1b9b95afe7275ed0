import base64
import html
import json
import re
from datetime import UTC, date, datetime
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from partner_qa.model import Body, Exchange, Headers, Kind, Request, Response, Target
from partner_qa.redaction.redactor import PREFIX, SHORTEST, Redactor, encoded_forms

SECRET = "k3y/with+odd=chars&more~01234"
TOKEN = "Zt4bqUu0n1yqVZr1JvL4lA7dYx8mS2cW3eR5tG6hB9k"
JSON_HEADERS: Headers = (("Content-Type", "application/json; charset=utf-8"),)
FORM_HEADERS: Headers = (("Content-Type", "application/x-www-form-urlencoded"),)


@pytest.fixture
def redactor():
    redactor = Redactor()
    redactor.register(SECRET)
    redactor.register(TOKEN)
    return redactor


def body_of(redactor: Redactor, content: bytes, headers: Headers = JSON_HEADERS) -> bytes:
    request = Request(method="POST", url="http://x/", headers=headers, body=Body.of(content))
    return redactor.request(request).body.content


def json_of(redactor: Redactor, value: object) -> dict:
    told: dict = json.loads(body_of(redactor, json.dumps(value).encode()))
    return told


def spellings(secret: str) -> dict[str, str]:
    """How programs write a secret: the name of the way, and what is then on the wire."""
    raw = secret.encode()
    return {
        "plain": secret,
        "percent": quote(secret, safe=""),
        "percent, small": re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        "percent, slashes kept": quote(secret),
        "percent, everything": "".join(f"%{byte:02X}" for byte in raw),
        "percent, twice": quote(quote(secret, safe=""), safe=""),
        "form": quote_plus(secret),
        "json": json.dumps(secret)[1:-1],
        "json, slashes escaped": json.dumps(secret)[1:-1].replace("/", "\\/"),
        "json, everything escaped": "".join(f"\\u{ord(each):04x}" for each in secret),
        "html": html.escape(secret),
        "base64": base64.b64encode(raw).decode(),
        "base64, for URLs": base64.urlsafe_b64encode(raw).decode(),
        "base64, unpadded": base64.b64encode(raw).decode().rstrip("="),
        "base64, second of two": base64.b64encode(b"client:" + raw).decode(),
        "base64, first of two": base64.b64encode(raw + b":x").decode(),
        "base64, in JSON": base64.b64encode(json.dumps({"t": TOKEN, "secret": secret}).encode()).decode(),
        "base64, for URLs, within": base64.urlsafe_b64encode(b"??>" + raw + b">>?").decode(),
        "hexadecimal": raw.hex(),
        "hexadecimal, large": raw.hex().upper(),
    }


@pytest.mark.parametrize("secret", [SECRET, TOKEN])
@pytest.mark.parametrize("way", list(spellings(TOKEN)))
def test_a_registered_secret_is_replaced_in_every_spelling_and_place(redactor, way, secret):
    spelt = spellings(secret)[way]
    exchange = Exchange(
        sequence=1,
        kind=Kind.API,
        started=datetime.now(UTC),
        elapsed=0.0,
        request=Request(
            method="GET",
            url=f"http://x/v1/{spelt}/a?q={spelt}&other=1#{spelt}",
            headers=(("X-Note", f"it is {spelt}, yes"), ("Link", f"<http://x/?a={spelt}>; rel=next")),
            body=Body.of(f'{{"note": "it is {spelt}, yes"}}'.encode()),
        ),
        response=Response(status=0, reason=f"broke at {spelt}", body=Body.of(f"<p>{spelt}</p>".encode())),
        facts={"seen": [f"<{spelt}>"]},
    )
    kept = repr(redactor.exchange(exchange))
    assert spelt not in kept
    assert kept.count(PREFIX) >= 8


@pytest.mark.parametrize("headers", [JSON_HEADERS, FORM_HEADERS, ()])
def test_a_secret_is_replaced_whatever_the_body_says_it_is(redactor, headers):
    for content in (f"a={quote_plus(SECRET)}&b=1", json.dumps({"b": SECRET}), f"just {SECRET} so"):
        kept = body_of(redactor, content.encode(), headers).decode()
        assert redactor.pseudonym(SECRET) in kept


def test_a_json_body_stays_json(redactor):
    value = {"access_token": TOKEN, "list": [SECRET, {"ssn": "123-45-6789", "n": 1.5}], "text": 'a "quote"'}
    kept = json_of(redactor, value)
    assert kept["access_token"] == redactor.pseudonym(TOKEN)
    assert kept["list"][0] == redactor.pseudonym(SECRET)
    assert kept["list"][1]["n"] == 1.5
    assert kept["text"] == 'a "quote"'


def test_what_holds_no_secret_stays_as_it_is(redactor):
    request = Request(
        method="POST",
        url="http://127.0.0.1/v1/companies/aaaa-bbbb/employees?page=1&per=100&x=%20+a",
        headers=(("Accept", "application/json"), ("X-Gusto-API-Version", "2026-06-15")),
        body=Body.of('{"first_name":  "Zo\u00eb", "state": "CA", "code": "a", "email": "z@x.io"}'.encode()),
    )
    assert redactor.request(request) == request


def test_a_value_keeps_its_pseudonym_within_a_run(redactor):
    other = Redactor()
    assert redactor.pseudonym(TOKEN) == redactor.register(TOKEN) == redactor.text(TOKEN)
    assert redactor.pseudonym(TOKEN) == redactor.field("access_token", TOKEN)
    assert redactor.headers((("Authorization", f"Bearer {TOKEN}"),)) == (
        ("Authorization", f"Bearer {redactor.pseudonym(TOKEN)}"),
    )
    assert redactor.pseudonym(TOKEN) != redactor.pseudonym(SECRET)
    assert redactor.pseudonym(TOKEN) != other.pseudonym(TOKEN)


def test_what_is_redacted_stays_the_same_when_it_is_redacted_again(redactor):
    once = redactor.text(f"it is {TOKEN}")
    assert redactor.text(once) == once
    assert redactor.register(redactor.pseudonym(TOKEN)) == redactor.pseudonym(TOKEN)


def test_a_value_that_only_looks_redacted_is_redacted(redactor):
    assert redactor.pseudonym(f"{PREFIX}my-secret") != f"{PREFIX}my-secret"


def test_a_short_value_is_not_looked_for(redactor):
    assert redactor.register("a" * (SHORTEST - 1)).startswith(PREFIX)
    assert redactor.text("b" + "a" * 20) == "b" + "a" * 20


def test_a_secret_that_is_registered_later_is_found_from_then_on(redactor):
    headers = (("X-Note", "later-registered-0123"),)
    assert redactor.headers(headers) == headers
    redactor.register("later-registered-0123")
    assert redactor.headers(headers) != headers


def test_a_longer_secret_wins_over_one_that_it_holds(redactor):
    redactor.register("abcdefgh12345678")
    redactor.register("abcdefgh12345678-and-more")
    assert redactor.text("abcdefgh12345678-and-more") == redactor.pseudonym("abcdefgh12345678-and-more")
    assert redactor.text("x-abcdefgh12345678-and-more") == "x-" + redactor.pseudonym(
        "abcdefgh12345678-and-more"
    )


@pytest.mark.parametrize(
    ("header", "kept"),
    [
        ("Bearer some-token", r"Bearer redacted-[0-9a-f]{24}"),
        ("bearer   some-token  ", r"bearer redacted-[0-9a-f]{24}"),
        ("Basic Y2xpZW50OnNlY3JldA==", r"Basic redacted-[0-9a-f]{24}"),
        ("some-token", r"redacted-[0-9a-f]{24}"),
        ("Bearer", r"redacted-[0-9a-f]{24}"),
        (f"{TOKEN} and-more", r"redacted-[0-9a-f]{24} redacted-[0-9a-f]{24}"),
    ],
)
def test_credentials_in_the_authorization_header_are_a_pseudonym(redactor, header, kept):
    assert re.fullmatch(kept, redactor.headers((("Authorization", header),))[0][1])


@pytest.mark.parametrize(
    "name", ["Cookie", "Set-Cookie", "X-Gusto-Signature", "Proxy-Authorization", "X-API-Key"]
)
def test_secret_headers_are_replaced_whole(redactor, name):
    assert redactor.headers(((name, "session=1; Path=/"),))[0][1].startswith(PREFIX)


@pytest.mark.parametrize("name", ["code", "state", "access_token", "refresh_token", "client_secret", "token"])
def test_secret_parameters_are_replaced_unregistered(redactor, name):
    pseudonym = redactor.pseudonym("s+t/0?")
    url = f"http://x/callback?a=1&{urlencode({name: 's+t/0?'})}&b=2"
    assert redactor.url(url) == f"http://x/callback?a=1&{name}={pseudonym}&b=2"
    assert redactor.url(f"http://x/#{urlencode({name: 's+t/0?'})}") == f"http://x/#{name}={pseudonym}"
    form = body_of(redactor, urlencode({"grant": "x", name: "s+t/0?"}).encode(), FORM_HEADERS)
    assert form.decode() == f"grant=x&{name}={pseudonym}"
    assert pseudonym in redactor.headers((("Location", url),))[0][1]
    assert pseudonym in redactor.text(f"went to {url}, then on")
    assert pseudonym in json_of(redactor, {"start_url": url})["start_url"]
    page = f'<a href="{html.escape(url)}">'.encode()
    assert pseudonym.encode() in body_of(redactor, page, (("content-type", "text/html"),))


def test_a_password_in_an_address_is_replaced(redactor):
    assert redactor.url("http://user:pass@x/a") == f"http://user:{redactor.pseudonym('pass')}@x/a"
    assert redactor.url("http://x/a:b@c") == "http://x/a:b@c"


@pytest.mark.parametrize(
    "url", ["", "?", "http://[bad", "action:send_hours", "http://x?%", "http://x?a=%zz&=&&"]
)
def test_an_odd_address_is_kept(redactor, url):
    assert redactor.url(url) == url


def test_a_state_is_secret_in_a_token_request_and_a_place_elsewhere(redactor):
    assert json_of(redactor, {"state": "CA", "code": "1"}) == {"state": "CA", "code": "1"}
    asked = json_of(redactor, {"grant_type": "authorization_code", "code": "short", "state": "CA"})
    assert asked["code"] == redactor.pseudonym("short")
    assert asked["state"] == redactor.pseudonym("CA")


@pytest.mark.parametrize(
    "text",
    [
        '{"access_token":"abc"}',
        '{"access_token" :\n "abc"}',
        '[{"a": {"accessToken": "abc"}}]',
        '{"access_token": "abc',
        '{"x": "\\"", "access_token": "abc", "b": 1',
    ],
)
def test_a_secret_field_is_found_however_the_json_is_written(redactor, text):
    kept = body_of(redactor, text.encode()).decode()
    assert "abc" not in kept
    assert redactor.pseudonym("abc") in kept
    assert len(kept) == len(text) - 3 + len(redactor.pseudonym("abc"))


def test_an_escaped_value_of_a_secret_field_is_the_same_value(redactor):
    assert redactor.pseudonym('a"b/\u00e9') in body_of(redactor, b'{"token": "a\\"b\\/\\u00e9"}').decode()


def test_a_number_in_a_secret_field_stays_valid_json(redactor):
    kept = json_of(redactor, {"ssn": 123456789, "account_number": 10, "token": 12345, "routing_number": 1.5})
    assert isinstance(kept["ssn"], int)
    assert len(str(kept["ssn"])) == 9
    assert kept["token"] == redactor.pseudonym("12345")


@pytest.mark.parametrize("value", [None, True, [], {}, ""])
def test_an_empty_secret_field_stays_empty(redactor, value):
    assert json_of(redactor, {"ssn": value, "token": value}) == {"ssn": value, "token": value}


@pytest.mark.parametrize(
    ("ssn", "shape"),
    [
        ("123-45-6789", r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}"),
        ("123456789", r"(?!000|666|9)\d{3}(?!00)\d\d(?!0000)\d{4}"),
        ("000-45-6789", r"000-(?!00)\d\d-(?!0000)\d{4}"),
        ("666-45-6789", r"666-(?!00)\d\d-(?!0000)\d{4}"),
        ("912-45-6789", r"9\d\d-(?!00)\d\d-(?!0000)\d{4}"),
        ("123-00-6789", r"(?!000|666|9)\d{3}-00-(?!0000)\d{4}"),
        ("123-45-0000", r"(?!000|666|9)\d{3}-(?!00)\d\d-0000"),
        ("123-45-678", r"\d{3}-\d\d-\d{3}"),
        ("not a number", r"[a-z]{3} [a-z] [a-z]{6}"),
    ],
)
def test_a_social_security_number_stays_as_valid_as_it_was(ssn, shape):
    for _ in range(50):
        kept = json_of(Redactor(), {"ssn": ssn})["ssn"]
        assert re.fullmatch(shape, kept), kept
    assert any(json_of(Redactor(), {"ssn": ssn})["ssn"] != ssn for _ in range(5))


def checks_out(number: str) -> bool:
    return sum(w * int(d) for w, d in zip((3, 7, 1) * 3, number, strict=True)) % 10 == 0


@pytest.mark.parametrize(
    ("number", "valid"), [("021000021", True), ("021000022", False), ("266905059", True)]
)
def test_the_check_sum_of_a_routing_number_stays_right_or_wrong(number, valid):
    assert checks_out(number) is valid
    for _ in range(50):
        kept = json_of(Redactor(), {"routing_number": number})["routing_number"]
        assert len(kept) == 9
        assert checks_out(kept) is valid


@pytest.mark.parametrize("name", ["ssn", "routing_number", "account_number"])
@pytest.mark.parametrize("value", ["12345678²", "123456789²", "١٢٣٤٥٦٧٨٩"])
def test_a_number_in_digits_of_another_kind_is_disguised(redactor, name, value):
    kept = json_of(redactor, {name: value})[name]
    assert (len(kept), kept != value) == (len(value), True)


def test_numbers_of_banks_and_employers_keep_their_format(redactor):
    kept = json_of(redactor, {"account_number": "1234567890", "ein": "12-3456789", "tin": "12-3456789"})
    assert re.fullmatch(r"\d{10}", kept["account_number"])
    assert re.fullmatch(r"\d\d-\d{7}", kept["ein"])
    assert kept["account_number"] != "1234567890"
    assert kept["tin"] == "12-3456789"


PERSON = {
    "first_name": "Zoë",
    "lastName": "Müller",
    "email": "zoe.mueller@acme.example",
    "date_of_birth": "1990-02-28",
    "phone": "(415) 555-0100",
    "street_1": "12 Main St",
    "uuid": "aaaaaaaa-0000-4000-8000-000000000001",
}


def test_people_of_the_embedded_sandbox_stay_readable(redactor):
    assert json_of(redactor, PERSON) == PERSON


def test_people_of_the_live_sandbox_are_disguised():
    redactor = Redactor(mode=Target.LIVE)
    kept = json_of(redactor, PERSON)
    assert kept["uuid"] == PERSON["uuid"]
    assert not set(kept.values()) & set(PERSON.values()) - {PERSON["uuid"]}
    assert re.fullmatch(r"[A-Z][a-z]{2}", kept["first_name"])
    assert re.fullmatch(r"[a-z]{3}\.[a-z]{7}@redacted\.example", kept["email"])
    assert date.fromisoformat(kept["date_of_birth"])
    assert re.fullmatch(r"\(\d{3}\) \d{3}-\d{4}", kept["phone"])
    assert re.fullmatch(r"\d\d [A-Z][a-z]{3} [A-Z][a-z]", kept["street_1"])
    assert json_of(redactor, PERSON) == kept, "equal within a run"
    assert json_of(Redactor(mode=Target.LIVE), PERSON) != kept, "different between runs"


def test_an_address_in_large_letters_is_the_same_persons():
    redactor = Redactor(mode=Target.LIVE)
    small, large = (redactor.field("email", each) for each in ("ada@x.io", "ADA@X.IO"))
    assert small == large.lower()


@pytest.mark.parametrize("born", ["1990-02-30", "1990-13-01", "2023-02-29", "0000-00-00"])
def test_a_date_that_never_was_stays_one(born):
    kept = json_of(Redactor(mode=Target.LIVE), {"date_of_birth": born})["date_of_birth"]
    with pytest.raises(ValueError):
        date.fromisoformat(kept)


def test_people_in_a_query_or_form_are_disguised_on_live():
    redactor = Redactor(mode=Target.LIVE)
    assert "Ada" not in redactor.url("http://x/?first_name=Ada&page=1")
    assert "ada" not in body_of(redactor, b"email=ada%40x.io", FORM_HEADERS).decode()


def test_a_page_for_people_is_not_kept_on_live():
    html_headers = (("content-type", "text/html"),)
    assert body_of(Redactor(mode=Target.LIVE), b"<p>Welcome, Ada</p>", html_headers) == b""
    assert body_of(Redactor(), b"<p>Welcome, Ada</p>", html_headers) == b"<p>Welcome, Ada</p>"


@pytest.mark.parametrize(
    "content", [b"\xff" + TOKEN.encode(), TOKEN.encode("utf-16-le"), TOKEN.encode("utf-32")]
)
def test_what_is_no_text_is_kept_by_its_size_alone(redactor, content):
    request = Request(method="POST", url="http://x/", body=Body.of(content))
    kept = redactor.request(request).body
    assert (kept.content, kept.size) == (b"", len(content))
    assert kept.sha256 not in {"", request.body.sha256}


def test_a_body_that_was_left_out_stays_left_out(redactor):
    request = Request(method="POST", url="http://x/", body=Body(size=5, sha256="0" * 64))
    assert redactor.request(request) == request


def test_nested_values_are_redacted_by_the_name_that_holds_them(redactor):
    kept = redactor.json({"a": [{"ssn": "123-45-6789", "password": ["abc", {"x": "abc"}]}], "ssn": 123456789})
    assert kept["a"][0]["password"] == [redactor.pseudonym("abc"), {"x": "abc"}]
    assert kept["a"][0]["ssn"] != "123-45-6789"
    assert kept["ssn"] != 123456789


def test_the_cost_does_not_grow_with_the_number_of_secrets(redactor):
    for number in range(2000):
        redactor.register(f"{number:04}-{TOKEN}")
    values = redactor._values
    assert len(values._odd) < 10
    text = f"x {'1234-' + TOKEN} y"
    assert redactor.text(text) == f"x {redactor.pseudonym('1234-' + TOKEN)} y"
    assert max(map(len, values._runs.beginnings.values())) <= 4, "no bucket holds many forms"


def test_a_megabyte_without_a_gap_is_looked_through(redactor):
    text = "ab" * 500_000
    assert redactor.text(text) == text
    assert redactor.text(f"{text}{TOKEN}{text}") == f"{text}{redactor.pseudonym(TOKEN)}{text}"
    assert redactor.text(f"{text}%41{text}") == f"{text}%41{text}"


secrets_of_any_kind = st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), min_size=12, max_size=60
).filter(lambda text: len(set(text)) >= 8 and PREFIX not in text)
surroundings = st.text("abcXYZ012 -_./:=&?#%\"'<>{}[],\\", max_size=12)


@settings(max_examples=300, deadline=None)
@given(secret=secrets_of_any_kind, before=surroundings, after=surroundings, data=st.data())
def test_a_registered_secret_never_survives_in_any_form_in_any_place(secret, before, after, data):
    redactor = Redactor()
    redactor.register(secret)
    form = data.draw(st.sampled_from(sorted(encoded_forms(secret))))
    text = f"{before}{form}{after}"
    exchange = Exchange(
        sequence=1,
        kind=Kind.API,
        started=datetime.now(UTC),
        elapsed=0.0,
        request=Request(
            method="GET",
            url=f"http://x/{text}",
            headers=(("X-A", text), ("Authorization", f"Basic {text}"), ("Location", text), ("Cookie", text)),
            body=Body.of(text.encode()),
        ),
        response=Response(status=200, reason=text, headers=FORM_HEADERS, body=Body.of(text.encode())),
        facts={"a": [text], text: {"b": text}},
    )
    kept = redactor.exchange(exchange)
    places = [
        kept.request.url,
        *(value for _, value in kept.request.headers),
        kept.request.body.content.decode(),
        kept.response.reason,
        kept.response.body.content.decode(),
        *kept.facts,
        kept.facts["a"][0],
        json.dumps(kept.facts, ensure_ascii=False),
    ]
    for place in places:
        assert form not in place
        assert secret not in place


@settings(max_examples=200, deadline=None)
@given(
    content=st.binary(max_size=200),
    name=st.sampled_from(["application/json", "text/plain", "", "x-www-form-urlencoded"]),
)
def test_no_body_breaks_the_redactor(content, name):
    for mode in Target:
        redactor = Redactor(mode=mode)
        redactor.register(TOKEN)
        body_of(redactor, content, (("content-type", name),))


@settings(max_examples=200, deadline=None)
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=20),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(st.sampled_from(["ssn", "token", "email", "x", 'a"b']), inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_json_stays_json_and_keeps_its_structure(value):
    redactor = Redactor(mode=Target.LIVE)
    kept = json.loads(body_of(redactor, json.dumps(value).encode()) or b"null")
    assert skeleton(kept) == skeleton(value)


def skeleton(value: object) -> object:
    if isinstance(value, dict):
        return {key: skeleton(each) for key, each in value.items()}
    if isinstance(value, list):
        return [skeleton(each) for each in value]
    return None if value is None else "value"
