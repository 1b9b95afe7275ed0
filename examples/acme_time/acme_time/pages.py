"""The few HTML pages a customer sees. Everything that is shown is escaped here, in one place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from starlette.responses import HTMLResponse

from acme_time.accounts import Session
from acme_time.grants import Connection
from acme_time.matching import Match

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # the callback's address holds a code
    "Cache-Control": "no-store",
}
STYLE = (
    "body{font:16px/1.5 system-ui;max-width:44rem;margin:3rem auto}td{padding-right:1rem}form{display:inline}"
)


def page(title: str, body: str, *, status: int = 200) -> HTMLResponse:
    """Return a page; `body` is HTML that was escaped where it was made."""
    html = (
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(title)} - Acme Time</title>"
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{body}</html>"
    )
    return HTMLResponse(html, status_code=status, headers=HEADERS)


def message_page(
    title: str, text: str, *, link: str = "/", label: str = "Back", status: int = 200
) -> HTMLResponse:
    """Return a page that says one thing and offers one way on."""
    return page(
        title, f"<p>{escape(text)}</p><p><a href='{escape(link)}'>{escape(label)}</a></p>", status=status
    )


def sign_in_page(*, failed: bool = False) -> HTMLResponse:
    """Return the sign-in form."""
    hint = "<p>That account and passcode do not belong together.</p>" if failed else ""
    form = (
        "<form method=post action=/sign-in><p><label>Account <input name=account required></label>"
        "<p><label>Passcode <input name=passcode type=password required></label>"
        "<p><button>Sign in</button></form>"
    )
    return page("Sign in", hint + form, status=401 if failed else 200)


def sign_in_again_page() -> HTMLResponse:
    """Return what somebody sees whose session has ended, or who came with a form of somebody else's."""
    return message_page("Please sign in again", "Your session has ended.", status=403)


def account_page(
    session: Session,
    connection: Connection | None,
    notices: Sequence[dict[str, str]],
    matches: Sequence[Match],
    people: Sequence[dict[str, Any]],
    employees: Sequence[dict[str, Any]],
    shifts: Mapping[str, int],
) -> HTMLResponse:
    """Return a customer's page: how it stands with Gusto, what needs attention, who is who, what was sent.

    `shifts` says how many shifts are in each state.
    """
    account = quote(session.account, safe="")
    state = connection.state if connection else "disconnected"
    company = (connection.company_name or connection.company_uuid) if connection else None
    parts = [f"<p>Gusto: <b>{escape(state)}</b> {escape(company or '')}</p>"]
    parts += [f"<p role=status>{escape(notice['message'])}</p>" for notice in notices]
    parts.append(f"<p><a href='/gusto/connect?account={account}'>Connect to Gusto</a> ")
    parts += [
        _form(session, f"/accounts/{account}/sync", "Sync people"),
        _form(session, f"/accounts/{account}/journal", "Post payrolls"),
        _form(session, f"/accounts/{account}/disconnect", "Disconnect"),
        _form(session, f"/accounts/{account}/sign-out", "Sign out"),
        "</p>",
        _hours(shifts),
        _match_table(session, matches, people, employees),
        "" if company else _company_form(session, account),
    ]
    return page(session.account, "".join(parts))


def with_token(shown: HTMLResponse, token: str) -> HTMLResponse:
    """Give a page what a script in it would need to call Gusto itself; a defect."""
    return HTMLResponse(bytes(shown.body).decode() + f"<script>const gustoToken = '{token}'</script>")


def _company_form(session: Session, account: str) -> str:
    """Return the form for those who are new to Gusto: what is sent is what is asked for here."""
    fields = ("first_name", "last_name", "email", "company_name")
    inputs = "".join(
        f"<label>{name.replace('_', ' ').capitalize()} <input name={name} required></label> "
        for name in fields
    )
    return "<h2>New to Gusto?</h2>" + _form(session, f"/accounts/{account}/company", "Make a company", inputs)


def _hours(shifts: Mapping[str, int]) -> str:
    """Say how many shifts reached Gusto, and how many did not."""
    counts = ", ".join(f"{count} {escape(state)}" for state, count in sorted(shifts.items()))
    return f"<p>Shifts: {counts}</p>" if counts else ""


def _form(session: Session, action: str, label: str, inputs: str = "") -> str:
    token = f"<input type=hidden name=form_token value='{escape(session.form_token)}'>"
    return (
        f"<form method=post action='{escape(action)}'>{token}{inputs}<button>{escape(label)}</button></form> "
    )


def _match_table(
    session: Session,
    matches: Sequence[Match],
    people: Sequence[dict[str, Any]],
    employees: Sequence[dict[str, Any]],
) -> str:
    """Each of our people with the record proposed for them, and a choice of every other."""
    names = {person["id"]: _name(person) for person in people}
    rows = []
    for match in matches:
        options = "".join(_option(each, selected=each["uuid"] == match.gusto_uuid) for each in employees)
        choice = (
            f"<input type=hidden name=person_id value='{escape(match.person_id)}'>"
            f"<select name=gusto_uuid><option value=''>nobody in Gusto</option>{options}</select>"
        )
        form = _form(session, f"/accounts/{quote(session.account, safe='')}/matches", "Confirm", choice)
        name = escape(names.get(match.person_id, match.person_id))
        rows.append(f"<tr><td>{name}<td>{escape(match.state)}<td>{form}")
    return f"<table><tr><th>Person<th>State<th>In Gusto{''.join(rows)}</table>" if rows else ""


def _option(employee: dict[str, Any], *, selected: bool) -> str:
    mark = " selected" if selected else ""
    return f"<option value='{escape(employee['uuid'])}'{mark}>{escape(_name(employee))}</option>"


def _name(record: dict[str, Any]) -> str:
    return f"{record.get('first_name') or ''} {record.get('last_name') or ''}".strip()
