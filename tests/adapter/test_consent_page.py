"""Gusto's consent page, read as a machine."""

from __future__ import annotations

from partner_qa.adapter.consent_page import find_consent_form, read_words

PAGE = """<title>T</title><style>p { color: red }</style><h1>Acme asks &amp; waits</h1>
<form id="consent" action="/oauth/authorize"><input type="hidden" name="request" value="r&quot;1">
<input type="text" name="typed" value="no"><input type=hidden name=person value="">
<select name="company"><option value="c-1">One</option><option value="c-2">Two</option></select></form>
<form id="sign-in"><input type="hidden" name="request" value="other"><option value="c-3"></form>"""


def test_the_form_is_told_from_others_on_the_page() -> None:
    form = find_consent_form(PAGE)
    assert form is not None
    assert (form.action, form.companies) == ("/oauth/authorize", ["c-1", "c-2"])
    assert form.fields == {"request": 'r"1', "person": ""}


def test_the_answer_carries_the_hidden_fields_and_the_choice() -> None:
    form = find_consent_form(PAGE)
    assert form is not None
    assert form.to_answer("c-2", "deny") == {
        "request": 'r"1',
        "person": "",
        "company": "c-2",
        "decision": "deny",
    }


def test_without_a_choice_the_first_company_is_taken() -> None:
    form = find_consent_form(PAGE)
    assert form is not None
    assert form.to_answer(None, "allow")["company"] == "c-1"


def test_somebody_else_can_sign_in() -> None:
    form = find_consent_form(PAGE)
    assert form is not None
    assert form.to_answer("c-2", "allow", "admin-2")["person"] == "admin-2"


def test_a_page_without_the_form_has_none() -> None:
    assert find_consent_form("<form id=other></form>") is None
    assert find_consent_form("\x00<<<form id='") is None


def test_the_words_of_a_page_are_read_without_markup_and_style() -> None:
    assert read_words(PAGE).startswith("Acme asks & waits One Two")
