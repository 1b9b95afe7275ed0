"""The consent page: what a person, or the harness as a person's browser, meets at /oauth/authorize.

The page needs no script and works by one form: `request` (the page's own id), `person` (who is signed in;
empty for the chosen company's primary admin), `company`, and `decision` (`allow` or `deny`). The field
names are stable, so that a machine can walk it. These routes are no operations of the contract.
"""

from __future__ import annotations

import functools
import secrets
from collections.abc import Mapping
from types import MappingProxyType
from urllib.parse import parse_qsl

from jinja2 import Environment, PackageLoader, StrictUndefined

from partner_qa.model import find_header
from partner_qa.sandbox.authorization import AuthorizationRequest, read_authorization_request
from partner_qa.sandbox.call import Call, Handler, Reply
from partner_qa.sandbox.grant import Refusal
from partner_qa.sandbox.visitors import (
    Visitor,
    company_name,
    find_primary,
    find_visitor,
    list_companies,
    list_visitors,
)
from partner_qa.sandbox.world import World

DENIED = Refusal(error="access_denied", description="The person did not give access to a company.")

_NOT_ADMIN = (
    "Only a primary or full-access admin of a company can give an application access to it. "
    "Ask an admin of the company to connect it."
)
_OUT_OF_DATE = "This page was answered already or is too old. Begin again where you came from."


def show_consent(world: World, call: Call) -> Reply:
    """Answer `GET /oauth/authorize`: the page, a redirect with an error, or an error nobody is sent on with.

    [D] https://docs.gusto.com/app-integrations/docs/oauth2; errors by RFC 6749 section 4.1.2.1 [I].
    """
    request = read_authorization_request(world.grants, call.query)
    if isinstance(request, Refusal):
        return _refuse(world, 400, "This link cannot be used", request.description)
    if request.refusal is not None:
        return _redirect(request.to_refusal(request.refusal))
    wanted = next((value for name, value in call.query if name == "person" and value), None)
    visitor = None if wanted is None else find_visitor(world, wanted)
    if wanted is not None and visitor is None:
        return _show(world, request, None, notice="Nobody with this id can sign in. Choose somebody else.")
    if visitor is not None and not visitor.companies:
        return _refuse_person(world, world.pending.open(request))
    return _show(world, request, visitor)


def take_decision(world: World, call: Call) -> Reply:
    """Answer the form of the page: a redirect with a code or with `access_denied`.

    The form is taken only with the id of a page that we showed, and from no other site (`Sec-Fetch-Site`),
    so that no third page can consent in a person's name.
    """
    if find_header(call.headers, "sec-fetch-site") in {"cross-site", "same-site"}:
        return _refuse(world, 403, "This form came from another site", _OUT_OF_DATE)
    form = _read_form(call.body)
    request_id = form.get("request", "")
    request = world.pending.find(request_id)
    if request is None:
        return _refuse(world, 400, "This page is out of date", _OUT_OF_DATE)
    if form.get("decision") == "deny":
        world.pending.close(request_id)
        return _redirect(request.to_refusal(DENIED))
    if form.get("decision") != "allow":
        return _refuse(world, 400, "No decision was made", "Choose Allow or Deny.", request_id)
    return _allow(world, request_id, request, form)


PAGES: Mapping[tuple[str, str], Handler] = MappingProxyType(
    {
        ("GET", "/oauth/authorize"): show_consent,
        ("POST", "/oauth/authorize"): take_decision,
    }
)


def _allow(world: World, request_id: str, request: AuthorizationRequest, form: Mapping[str, str]) -> Reply:
    company = form.get("company", "")
    if company not in world.companies:
        return _refuse(world, 400, "No such company", "Choose one of the companies of the list.", request_id)
    visitor = find_visitor(world, form["person"]) if form.get("person") else find_primary(world, company)
    if visitor is None or company not in visitor.companies:
        return _refuse_person(world, request_id)
    world.pending.close(request_id)
    code = world.grants.issue_code(company=company, owner=visitor.uuid, redirect_uri=request.redirect_uri)
    return _redirect(request.to_success(code))


def _read_form(body: bytes) -> Mapping[str, str]:
    try:
        return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True, max_num_fields=20))
    except ValueError:  # more fields than any page of ours has
        return {}


def _show(world: World, request: AuthorizationRequest, visitor: Visitor | None, *, notice: str = "") -> Reply:
    shown = list_companies(world) if visitor is None else visitor.companies
    return render_page(
        200,
        "consent.html",
        application=world.grants.application,
        companies=[{"uuid": each, "name": company_name(world, each)} for each in shown],
        notice=notice,
        parameters=request.parameters,
        people=list_visitors(world),
        person=visitor,
        redirect_uri=request.redirect_uri,
        request_id=world.pending.open(request),
    )


def _refuse_person(world: World, request_id: str) -> Reply:
    return _refuse(world, 403, "You cannot give access", _NOT_ADMIN, request_id)


def _refuse(world: World, status: int, heading: str, message: str, request_id: str = "") -> Reply:
    return render_page(
        status,
        "refused.html",
        application=world.grants.application,
        heading=heading,
        message=message,
        request_id=request_id,
    )


def _redirect(location: str) -> Reply:
    return Reply(status=302, headers=(("Location", location), ("Cache-Control", "no-store")))


def render_page(status: int, template: str, **values: object) -> Reply:
    """Return a page for people, out of a template: no script, nothing from elsewhere, kept by nobody."""
    nonce = secrets.token_urlsafe(16)
    text = _templates().get_template(template).render(nonce=nonce, **values)
    # `form-action` cannot be 'self' alone: browsers apply it to the redirect that answers the form too,
    # and that one leads to the integration and on to wherever its callback sends the person.
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self' http: https:; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    headers = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Security-Policy", policy),
        ("X-Frame-Options", "DENY"),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    )
    # A state may hold bytes that are no UTF-8: shown as they came, and sent on unharmed in the redirect.
    return Reply(status=status, headers=headers, body=text.encode(errors="surrogateescape"))


@functools.cache
def _templates() -> Environment:
    loader = PackageLoader("partner_qa.sandbox", "templates")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined)
