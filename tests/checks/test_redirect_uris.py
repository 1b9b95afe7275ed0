import pytest

from partner_qa.checks.redirect_uris import find_trouble, registers_clean_redirect_uris
from partner_qa.errors import NotObserved

GOOD = "https://app.acme.example/gusto/callback"


def judge(tape, *production, registered=("http://127.0.0.1:4010/cb",)):
    return registers_clean_redirect_uris(
        tape.run(redirect_uris=list(registered), production={"redirect_uris": list(production)})
    )


def test_clean_addresses_are_fine_and_loopback_is_under_test(tape):
    tape.browse("/oauth/authorize?redirect_uri=http%3A%2F%2F127.0.0.1%3A4010%2Fcb")
    assert judge(tape, GOOD, "https://eu.acme.example/cb") == ()


@pytest.mark.parametrize(
    ("uri", "trouble"),
    [
        ("http://app.acme.example/cb", "is not HTTPS"),
        ("https://*.acme.example/cb", "has a wildcard"),
        ("https://app.acme.example/#/cb", "has a fragment"),
        ("https://localhost/cb", "has a host that only this machine or network knows"),
        ("https://10.0.0.8/cb", "has a host that only this machine or network knows"),
        ("https://app.acme.internal/cb", "has a host that only this machine or network knows"),
        ("acme://callback", "is not HTTPS"),
        ("https://[broken/cb", "is not a URL"),
    ],
)
def test_trouble_of_a_production_address_is_named(tape, uri, trouble):
    assert find_trouble(uri) == trouble
    assert [each.key for each in judge(tape, GOOD, uri)] == [f"{uri} {trouble}"]


def test_a_public_address_by_number_is_fine():
    assert find_trouble("https://8.8.8.8/cb") == ""


def test_a_fragment_on_the_wire_is_found_with_its_place(tape):
    tape.add(
        "/oauth/token",
        method="POST",
        operation="oauth-access-token",
        sent={"code": "c", "redirect_uri": "http://127.0.0.1:4010/cb#x"},
    )
    (finding,) = judge(tape, GOOD)
    assert [place.sequence for place in finding.places] == [1]


def test_a_wildcard_among_the_registered_is_found(tape):
    assert len(judge(tape, GOOD, registered=("https://*.acme.example/cb",))) == 1


def test_without_production_addresses_nothing_is_known(tape):
    with pytest.raises(NotObserved):
        registers_clean_redirect_uris(tape.run())
