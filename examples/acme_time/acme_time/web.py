"""The web process: pages for customers, the way to Gusto and back, and the address for webhooks.

It never does the long work itself: it queues a job and answers.
"""

from __future__ import annotations

import hmac
import logging
from collections import Counter
from collections.abc import Awaitable, Callable
from urllib.parse import parse_qs, quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from acme_time import accounts, grants, jobs, people
from acme_time.accounts import Session
from acme_time.connecting import begin_disconnect, finish_connecting
from acme_time.gusto import GustoError
from acme_time.notices import list_notices
from acme_time.oauth import authorize_url
from acme_time.pages import account_page, message_page, sign_in_again_page, sign_in_page, with_token
from acme_time.parts import Parts
from acme_time.provisioning import provision_company
from acme_time.qa import qa_routes, sign_in_for_qa
from acme_time.shifts import list_shifts
from acme_time.webhooks import receive

log = logging.getLogger(__name__)

COOKIE = "acme_session"
LARGEST_WEBHOOK = 1_000_000  # bytes


def make_app(parts: Parts) -> Starlette:
    """Return the web application; the QA routes exist only when a QA token is configured."""
    web = Web(parts)
    routes = [
        Route("/health", web.health),
        Route("/", web.home),
        Route("/sign-in", web.sign_in, methods=["POST"]),
        Route("/accounts/{account}/sign-out", web.sign_out, methods=["POST"]),
        Route("/accounts/{account}", web.account),
        Route("/accounts/{account}/sync", web.queues("sync_people"), methods=["POST"]),
        Route("/accounts/{account}/journal", web.queues("post_journal"), methods=["POST"]),
        Route("/accounts/{account}/company", web.provision, methods=["POST"]),
        Route("/accounts/{account}/disconnect", web.disconnect, methods=["POST"]),
        Route("/accounts/{account}/matches", web.confirm_match, methods=["POST"]),
        Route("/gusto/connect", web.connect),
        Route("/gusto/callback", web.callback),
        Route("/gusto/webhooks", web.webhooks, methods=["POST"]),
    ]
    if parts.config.qa_token:
        routes += qa_routes(parts)
    return Starlette(routes=routes)


class Web:
    """The endpoints. What may wait for the disk or for Gusto runs in a thread, not in the event loop."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database

    async def health(self, request: Request) -> Response:
        """Answer that the process is up."""
        return JSONResponse({"status": "ok"})

    def home(self, request: Request) -> Response:
        """Send a signed-in customer to its page, everybody else to the sign-in form."""
        session = self._find_session(request)
        return self._to_account(session.account) if session else sign_in_page()

    async def sign_in(self, request: Request) -> Response:
        """Check account and passcode, start a session."""
        form = await _read_form(request)
        return await run_in_threadpool(self._sign_in, form.get("account", ""), form.get("passcode", ""))

    def _sign_in(self, account: str, passcode: str) -> Response:
        if not accounts.has_passcode(self._database, account, passcode):
            return sign_in_page(failed=True)
        response = self._to_account(account)
        self._set_cookie(response, accounts.start_session(self._database, account))
        return response

    async def sign_out(self, request: Request) -> Response:
        """End a session; its cookie opens nothing any more, wherever it has been copied to."""
        session, _ = await self._require_form(request)
        if session is not None:
            await run_in_threadpool(accounts.end_session, self._database, session)
        return RedirectResponse("/", status_code=303)

    def account(self, request: Request) -> Response:
        """Show a customer its own page, and nobody else's."""
        session = self._find_session(request)
        account = request.path_params["account"]
        if session is None or session.account != account:
            return RedirectResponse("/", status_code=303)
        page = account_page(
            session,
            grants.find_connection(self._database, account),
            list_notices(self._database, account),
            people.list_matches(self._database, account),
            people.list_own_people(self._database, account),
            people.list_employees(self._database, self._parts.config, account),
            Counter(shift.state for shift in list_shifts(self._database, account)),
        )
        if "token_in_page" in self._parts.config.defects:
            grant = grants.find_grant(self._database, account)
            return with_token(page, grant.pair.access_token if grant else "")
        return page

    def queues(self, kind: str) -> Callable[[Request], Awaitable[Response]]:
        """Return the endpoint that queues a job of this kind for a customer."""

        async def endpoint(request: Request) -> Response:
            session, _ = await self._require_form(request)
            if session is None:
                return sign_in_again_page()
            await run_in_threadpool(jobs.enqueue, self._database, session.account, kind)
            return self._to_account(session.account)

        return endpoint

    async def provision(self, request: Request) -> Response:
        """Found a company at Gusto for somebody who has none there, and send them to take it over."""
        session, form = await self._require_form(request)
        if session is None:
            return sign_in_again_page()
        company = {"name": form.get("company_name")}
        try:
            founded = await run_in_threadpool(provision_company, self._parts, session.account, form, company)
        except GustoError as error:
            log.warning("a company for account %s failed: %s", session.account, error)
            return self._sorry(session, "Gusto did not answer as expected. Please try again.", status=502)
        if founded.claim_url:
            return RedirectResponse(founded.claim_url, status_code=303)
        return self._sorry(session, founded.advice, status=409)

    async def disconnect(self, request: Request) -> Response:
        """Stop using a connection at once, and queue telling Gusto."""
        session, _ = await self._require_form(request)
        if session is None:
            return sign_in_again_page()
        await run_in_threadpool(begin_disconnect, self._parts, session.account)
        return self._to_account(session.account)

    async def confirm_match(self, request: Request) -> Response:
        """Store a person's decision about who is who."""
        session, form = await self._require_form(request)
        if session is None:
            return sign_in_again_page()
        decision = {"person_id": form.get("person_id", ""), "gusto_uuid": form.get("gusto_uuid") or None}
        back = f"/accounts/{quote(session.account, safe='')}"
        try:
            await run_in_threadpool(
                people.decide_matches, self._database, self._parts.config, session.account, [decision]
            )
        except people.DecisionRefused as error:
            return message_page("That match is not possible", str(error), link=back, status=409)
        return self._to_account(session.account)

    def connect(self, request: Request) -> Response:
        """Send a signed-in customer to Gusto's consent page, with a state bound to its session."""
        account = request.query_params.get("account", "")
        session, cookie = self._find_session(request), None
        if session is None or session.account != account:
            cookie = sign_in_for_qa(self._parts, account)
            session = accounts.find_session(self._database, cookie)
        if session is None:
            return RedirectResponse("/", status_code=303)
        state = accounts.create_state(self._database, session)
        response = RedirectResponse(authorize_url(self._parts.config, state), status_code=302)
        if cookie:
            self._set_cookie(response, cookie)
        return response

    def callback(self, request: Request) -> Response:
        """Take a browser back from Gusto. Without our own fresh state nothing it brings is looked at."""
        session = self._find_session(request)
        given = request.query_params
        if "accepts_any_state" in self._parts.config.defects and session is not None:
            return self._come_back(session, given.get("code"))
        if "accepts_states_of_others" in self._parts.config.defects:
            session = accounts.find_session_of_state(self._database, given.get("state", "")) or session
        if session is None or not accounts.spend_state(self._database, session, given.get("state", "")):
            text = "This answer does not belong to a connection that you started here. Please start again."
            return message_page("We could not connect to Gusto", text, status=400)
        if given.get("error") and "dies_on_denial" in self._parts.config.defects:
            raise SystemExit(70)
        if given.get("error") and "breaks_on_denial" in self._parts.config.defects:
            return self._come_back(session, given["code"])
        if given.get("error"):
            text = "Only a primary or full-access admin can give us access. Nothing was changed; try again."
            return self._sorry(session, text, status=200)
        return self._come_back(session, given.get("code"))

    def _come_back(self, session: Session, code: str | None) -> Response:
        if not code:
            return self._sorry(session, "Gusto sent no code along. Please start again.", status=400)
        try:
            finish_connecting(self._parts, session.account, code)
        except GustoError as error:
            log.warning("connecting account %s failed: %s", session.account, error)
            return self._sorry(session, "Gusto did not answer as expected. Please start again.", status=502)
        return self._to_account(session.account)

    async def webhooks(self, request: Request) -> Response:
        """Check a delivery against the bytes as they came, store it, answer at once."""
        raw = b""
        async for chunk in request.stream():
            raw += chunk
            if len(raw) > LARGEST_WEBHOOK:
                return PlainTextResponse("too large", status_code=413)
        signature = request.headers.get("X-Gusto-Signature")
        status = await run_in_threadpool(receive, self._parts, raw, signature)
        return PlainTextResponse("ok" if status == 200 else "not signed by Gusto", status_code=status)

    def _find_session(self, request: Request) -> Session | None:
        return accounts.find_session(self._database, request.cookies.get(COOKIE))

    async def _require_form(self, request: Request) -> tuple[Session | None, dict[str, str]]:
        """Return the form, and the session when form and session belong to the account in the path."""
        form = await _read_form(request)
        session = await run_in_threadpool(self._find_session, request)
        if session is None or session.account != request.path_params["account"]:
            return None, form
        genuine = hmac.compare_digest(form.get("form_token", "").encode(), session.form_token.encode())
        return (session if genuine else None), form

    def _set_cookie(self, response: Response, cookie: str) -> None:
        secure = self._parts.config.base_url.startswith("https://")
        # Lax, not Strict: the browser must bring the cookie along when Gusto sends it back.
        response.set_cookie(COOKIE, cookie, httponly=True, samesite="lax", secure=secure, path="/")

    def _to_account(self, account: str) -> Response:
        return RedirectResponse(f"/accounts/{quote(account, safe='')}", status_code=303)

    def _sorry(self, session: Session, text: str, *, status: int) -> Response:
        link = f"/accounts/{quote(session.account, safe='')}"
        return message_page("We could not connect to Gusto", text, link=link, label="Back", status=status)


async def _read_form(request: Request) -> dict[str, str]:
    body = (await request.body()).decode("utf-8", "replace")
    return {name: values[0] for name, values in parse_qs(body).items()}
