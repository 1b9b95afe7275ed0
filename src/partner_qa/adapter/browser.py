"""The harness as a customer's browser: the connect button, Gusto's consent page, the callback.

It follows redirects, keeps cookies, and visits only hosts that partner.yaml names. Gusto's demo hosts lead
to the recorder, wherever the integration sends the browser; production is never visited. What it asks of
the integration is recorded here; what it asks of Gusto the recorder records on its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from partner_qa.adapter.client import Answer, Client, Cookies
from partner_qa.adapter.concealment import Concealment, shown
from partner_qa.adapter.consent_page import find_consent_form, read_words
from partner_qa.adapter.hosts import find_refusal, host_of, is_same_place
from partner_qa.contract.hosts import DEMO_HOST, is_production
from partner_qa.errors import AdapterError, Problem, SandboxUnreachable, SetupError
from partner_qa.model import Body, Facts, Headers, Kind, Request, Sink, find_header

REDIRECT_LIMIT = 20
GUSTO_HOSTS = frozenset({DEMO_HOST, "app.gusto-demo.com"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITHIN = 60.0  # seconds for each step
_CONNECT = "actions.connect"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Where a browser begins, and what signs it in there; cookies and headers are for that host only."""

    url: str
    cookies: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """How a walk went: the callback's address with what Gusto gave it, and the page it ended on.

    `status` and `url` are those of the last page that was visited; a landing page on a host that
    partner.yaml does not name is not visited.
    """

    start: str
    callback: str = ""
    state: str | None = None
    code: str | None = None
    error: str | None = None
    status: int = 0
    url: str = ""


class Browser:
    """One person's browser, with its cookies. `hosts` may be visited; `api_base` is the recorder."""

    def __init__(
        self,
        account: str,
        *,
        client: Client,
        sink: Sink,
        hosts: frozenset[str],
        api_base: str,
        conceal: Concealment,
    ) -> None:
        self._account = account
        self._client = client
        self._sink = sink
        self._hosts = hosts
        self._api_base = api_base
        self._conceal = conceal
        self._cookies = Cookies()
        self._gusto_cookies = Cookies()

    def connect(
        self,
        start: Start,
        *,
        company: str | None = None,
        decision: str = "allow",
        person: str = "",
        stop_before_callback: bool = False,
        bears_silence: bool = False,
    ) -> Walk:
        """Go from the connect button through the consent page to the callback and where that leads.

        `company` is the one to choose on the page (the first one offered without it), `decision` is
        `allow` or `deny`, `person` who signs in there (the company's primary admin without it). With
        `bears_silence` a callback that breaks off without an answer ends the walk with status 0. Raises
        `AdapterError` where the way does not lead to Gusto or leaves the hosts that partner.yaml names.
        """
        page = self.reach_consent(start)
        callback = self._consent(page, company=company, decision=decision, person=person)
        query = dict(parse_qsl(urlsplit(callback).query, keep_blank_values=True))
        walk = Walk(
            start=start.url,
            callback=callback,
            state=query.get("state"),
            code=query.get("code"),
            error=query.get("error"),
        )
        if stop_before_callback:
            return walk
        last = self._go(callback, is_landing=True, bears_silence=bears_silence)
        return Walk(
            start=walk.start,
            callback=callback,
            state=walk.state,
            code=walk.code,
            error=walk.error,
            status=last.response.status,
            url=last.request.url,
        )

    def reach_consent(self, start: Start) -> Answer:
        """Go from the connect button to Gusto's consent page, and decide nothing.

        Returns what Gusto answered; the query of its request is what the integration asks for.
        """
        trouble = find_refusal(start.url)
        if trouble:
            raise _error(f"begins at an address that is none: {trouble}")
        for name, value in start.cookies.items():
            self._cookies.set(name, value, start.url)
        page = self._go(start.url, headers=tuple(start.headers.items()), until_gusto=True)
        if not self._is_gusto(page.request.url):
            raise self._word_dead_end(page)
        return page

    def get(self, url: str, *, facts: Facts | None = None) -> Walk:
        """Visit an address of the integration and where it leads; `facts` are kept with the first request.

        A way that leads to Gusto ends there; so does one that breaks off without an answer, with status 0.
        """
        last = self._go(url, facts=facts, is_landing=True, bears_silence=True)
        return Walk(start=url, status=last.response.status, url=last.request.url)

    # on the way

    def _go(
        self,
        url: str,
        *,
        headers: Headers = (),
        facts: Facts | None = None,
        until_gusto: bool = False,
        is_landing: bool = False,
        bears_silence: bool = False,
    ) -> Answer:
        """Follow redirects from an address of the integration, and return the last answer.

        It ends at a page, with `until_gusto` at Gusto's, with `is_landing` before any host that is not
        the integration's. With `bears_silence` it may also end where a connection is broken off.
        """
        first, hops = host_of(url), 0
        answer = self._visit(url, headers=headers, facts=facts, bears_silence=bears_silence)
        while (target := _find_target(answer)) is not None:
            if until_gusto and self._is_gusto(answer.request.url):
                return answer
            if is_landing and (self._is_gusto(target) or host_of(target) not in self._hosts):
                return answer
            hops += 1
            if hops > REDIRECT_LIMIT:
                raise _error(f"redirects more than {REDIRECT_LIMIT} times; the last to {_bare(target)}")
            kept = headers if host_of(target) == first else ()
            answer = self._visit(target, headers=kept, bears_silence=bears_silence)
        return answer

    def _visit(
        self,
        url: str,
        *,
        headers: Headers = (),
        facts: Facts | None = None,
        form: bytes | None = None,
        bears_silence: bool = False,
    ) -> Answer:
        gusto = self._is_gusto(url)
        self._require_named(url, gusto=gusto)
        sent = (("Accept", "text/html,application/xhtml+xml,*/*;q=0.8"), ("User-Agent", "partner-qa"))
        kind = (("Content-Type", "application/x-www-form-urlencoded"),) if form is not None else ()
        answer = self._client.send(
            Request(
                method="GET" if form is None else "POST",
                url=self._to_recorder(url) if gusto else _without_fragment(url),
                headers=(*sent, *kind, *headers),
                body=Body.of(form or b""),
            ),
            within=_WITHIN,
            cookies=self._gusto_cookies if gusto else self._cookies,
        )
        if not gusto:
            self._sink.record(
                kind=Kind.BROWSER,
                started=answer.started,
                elapsed=answer.elapsed,
                request=answer.request,
                response=answer.response,
                account=self._account,
                facts=facts,
            )
        if answer.trouble and not (bears_silence and answer.broke_off and not gusto):
            raise _error(f"{_bare(url)} {answer.trouble}")
        return answer

    def _require_named(self, url: str, *, gusto: bool) -> None:
        parts = urlsplit(url)
        if is_production(parts.hostname or ""):
            raise _error(
                f"leads to {shown(parts.hostname or '')}, Gusto's production, which is never visited",
                hint="Have the integration take Gusto's address from its environment: {api_base}.",
            )
        if not gusto and (parts.scheme not in {"http", "https"} or host_of(url) not in self._hosts):
            raise _error(
                f"leads to {_bare(url)}, a host that partner.yaml does not name",
                hint="Only hosts of redirect_uris, actions, run.ready and webhooks are visited. "
                "Where it should lead to Gusto, give the integration {api_base}.",
            )

    def _is_gusto(self, url: str) -> bool:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip(".") in GUSTO_HOSTS or (
            bool(self._api_base) and is_same_place(url, self._api_base)
        )

    def _to_recorder(self, url: str) -> str:
        ours, theirs = urlsplit(self._api_base), urlsplit(url)
        return urlunsplit((ours.scheme, ours.netloc, theirs.path, theirs.query, ""))

    # at Gusto

    def _consent(self, page: Answer, *, company: str | None, decision: str, person: str) -> str:
        """Answer the consent page, and return the callback's address."""
        told = page
        if page.response.status == 200:
            text = page.response.body.content.decode("utf-8", "replace")
            form = find_consent_form(text)
            if form is not None:
                answer = urlencode(form.to_answer(company, decision, person)).encode()
                told = self._visit(urljoin(page.request.url, form.action), form=answer)
        callback = _find_target(told)
        if callback is None:
            raise self.word_refusal(told)
        if self._is_gusto(callback):
            raise _error("the consent page is Gusto's own, where a person has to sign in")
        return callback

    def word_refusal(self, page: Answer) -> SetupError:
        """Return the error for a page of Gusto's that is no consent page: whose mistake it is, it says."""
        words = read_words(page.response.body.content.decode("utf-8", "replace"))
        if page.response.status >= 500:
            said = (
                f"fails when it is asked for consent ({page.response.status}): {shown(self._conceal(words))}"
            )
            return SandboxUnreachable([Problem(message=said)], hint="This is not the integration's doing.")
        return _error(
            f"Gusto does not ask for consent ({page.response.status}): {shown(self._conceal(words))}",
            hint="Compare its client_id and redirect_uri with {client_id} and gusto.redirect_uris.",
        )

    def _word_dead_end(self, page: Answer) -> AdapterError:
        return _error(
            f"ends at {_bare(page.request.url)} ({page.response.status}) and not at Gusto's consent page",
            hint="It must lead there by redirects. Where people sign in or press a button first, use a "
            "command that prints start_url and cookies.",
        )


def _find_target(answer: Answer) -> str | None:
    """Return where an answer sends the browser, or `None` where it is a page."""
    location = find_header(answer.response.headers, "Location")
    if answer.response.status not in _REDIRECTS or not location:
        return None
    try:
        target = urljoin(answer.request.url, location)
        urlsplit(target).port  # noqa: B018 - raises where it is no number
    except ValueError:
        raise _error(f"redirects to {shown(location)}, which is not a URL") from None
    return target


def _without_fragment(url: str) -> str:
    return urlunsplit(urlsplit(url)._replace(fragment=""))


def _bare(url: str) -> str:
    """Return a URL fit for an error: without query and fragment, where codes and states are."""
    return shown(urlunsplit(urlsplit(url)._replace(query="", fragment="")))


def _error(message: str, *, hint: str = "") -> AdapterError:
    return AdapterError([Problem(key=_CONNECT, message=message)], hint=hint)
