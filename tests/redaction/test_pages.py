"""What a page's hidden fields hold is a secret: in the page, and in the form that carries it back."""

import pytest

from partner_qa.model import Body, Request, Response
from partner_qa.redaction.redactor import PREFIX, Redactor

TOKEN = "-Ooi3qM2Duw145SylwFyxwzakw62hL6-UTJyLxRp-XE"
HTML = (("Content-Type", "text/html; charset=utf-8"),)
FORM = (("Content-Type", "application/x-www-form-urlencoded"),)


def show(redactor, page):
    answer = Response(status=200, headers=HTML, body=Body.of(page.encode()))
    return redactor.response(answer).body.content.decode()


@pytest.mark.parametrize(
    "field",
    [
        f'<input type="hidden" name="form_token" value="{TOKEN}">',
        f"<input type=hidden name=form_token value='{TOKEN}'>",
        f"<INPUT value={TOKEN} NAME=form_token TYPE=hidden>",
    ],
)
def test_a_hidden_field_that_a_generator_filled_is_replaced(field):
    assert TOKEN not in show(Redactor(), f"<form>{field}</form>")


def test_a_generated_value_without_a_digit_is_replaced_too():
    token = "IGdFY-MPRiPyZBATMbOYXQ"
    assert token not in show(Redactor(), f'<input type="hidden" name="form_token" value="{token}">')


def test_the_form_that_carries_it_back_holds_the_same_pseudonym():
    redactor = Redactor()
    page = show(redactor, f'<input type="hidden" name="form_token" value="{TOKEN}">')
    body = Body.of(f"form_token={TOKEN}&decision=allow".encode())
    sent = redactor.request(Request(method="POST", url="http://127.0.0.1/", headers=FORM, body=body))
    assert sent.body.content.decode() == f"form_token={redactor.pseudonym(TOKEN)}&decision=allow"
    assert redactor.pseudonym(TOKEN) in page


def test_the_state_in_a_page_is_the_pseudonym_that_its_address_has():
    redactor = Redactor()
    page = show(redactor, f'<input type="hidden" name="state" value="{TOKEN}">')
    address = redactor.url(f"http://127.0.0.1/callback?state={TOKEN}")
    assert address.rpartition("=")[2] in page


@pytest.mark.parametrize(
    "field",
    [
        f'<input type="hidden" name="client_id" value="{TOKEN}">',
        '<input type="hidden" name="return_to" value="/accounts/North-Hillside-2/people">',
        '<input type="hidden" name="company" value="0d653080-9667-4a04-a2ba-4f7d6de72209">',
        '<input type="hidden" name="kind" value="full_time">',
        f'<input type="text" name="note" value="{TOKEN}">',
    ],
)
def test_what_is_public_stays(field):
    assert PREFIX not in show(Redactor(), f"<form>{field}</form>")
