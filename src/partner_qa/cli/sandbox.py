"""`partner-qa sandbox`: the stand-in of Gusto by itself, for trying things out by hand or from a script.

It prints what an integration needs to be pointed at it and then one line for each request and each webhook,
on standard error and without the query, so that no secret is shown twice. Everything lives in memory, and
with `--persist` in a file too: what that keeps, and how, is sandbox/keeping/.
"""

from __future__ import annotations

import json
import secrets
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import click

from partner_qa.adapter.client import Client
from partner_qa.adapter.hosts import is_loopback
from partner_qa.cli.explaining import explain_operation
from partner_qa.cli.fault_words import read_fault
from partner_qa.cli.sandbox_control import PREFIX, Control
from partner_qa.cli.sandbox_opening import REDIRECT_URI, SEED, SIZES, Opening, Wishes
from partner_qa.cli.sandbox_watch import Watch, to_line
from partner_qa.contract.catalogue import load_contract
from partner_qa.errors import HarnessBug, Problem, UsageError
from partner_qa.model import Json, Request, Response
from partner_qa.sandbox.app import Sandbox, SandboxSettings
from partner_qa.sandbox.deliveries import ANSWER_WITHIN
from partner_qa.sandbox.oauth_records import Rotation
from partner_qa.serving import LoopbackServer


class Courier:
    """Delivers the sandbox's webhooks to this machine and tells of each; elsewhere it delivers nothing."""

    def __init__(self, client: Client, tell: Callable[[str], None]) -> None:
        self._client = client
        self._tell = tell

    async def __call__(self, request: Request) -> Response:
        """Send one webhook."""
        parts = urlsplit(request.url)
        if is_loopback(parts.hostname or ""):
            response = (await self._client.send_async(request, within=ANSWER_WITHIN)).response
        else:
            response = Response(status=0, reason="this sandbox delivers webhooks to this machine only")
        line = to_line(response.status, "POST", f"{parts.scheme}://{parts.netloc}{parts.path}  (webhook)")
        self._tell(line if response.status else f"{line}: {response.reason}")
        return response


@click.command("sandbox")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Where to listen; 0 takes a free port."
)
@click.option("--seed", type=int, help=f"The same seed makes the same people. Without it: {SEED}.")
@click.option(
    "--people",
    "sizes",
    type=click.IntRange(0, 5000),
    multiple=True,
    help=f"Make a company of this many people; repeatable. Without it: {', '.join(map(str, SIZES))}.",
)
@click.option(
    "--rotation",
    type=click.Choice(["strict", "grace"]),
    help="When a refresh token is spent: at the exchange, or when the new access token is first used. "
    "Without it: strict.",
)
@click.option(
    "--redirect-uri",
    "redirect_uris",
    multiple=True,
    help=f"A redirect URI of your application; repeatable. Without it: {REDIRECT_URI}.",
)
@click.option(
    "--fault",
    "fault_words",
    multiple=True,
    help='Trouble, e.g. "respond(429, retry_after=2) on get-v1-employees at 3"; repeatable.',
)
@click.option(
    "--persist",
    "path",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Keep everything in this file, and go on with what it has; it wins over --seed and --people.",
)
@click.option(
    "--explain",
    "asked",
    metavar="OPERATION",
    help="Print what the sandbox does with an operation, rule by rule, each with its source, and stop: "
    '"PUT /v1/…" or its id.',
)
@click.option("--json", "as_json", is_flag=True, help="Print the facts as one JSON object on one line.")
def sandbox_command(  # noqa: PLR0913, PLR0917 - click hands in each option by its name
    port: int,
    seed: int | None,
    sizes: Sequence[int],
    rotation: Rotation | None,
    redirect_uris: Sequence[str],
    fault_words: Sequence[str],
    path: Path | None,
    asked: str | None,
    as_json: bool,
) -> int:
    """Serve the embedded sandbox by itself.

    \b
    Example:
      partner-qa sandbox --port 8080 --people 12 --redirect-uri http://127.0.0.1:4000/gusto/callback
    """
    _refuse_wrong_uris(redirect_uris)
    contract = load_contract()
    if asked is not None:
        for line in explain_operation(contract, asked):
            click.echo(line)
        return 0
    faults = [read_fault(each, contract) for each in fault_words]
    wishes = Wishes(seed=seed, sizes=tuple(sizes), rotation=rotation, redirect_uris=tuple(redirect_uris))
    client = Client()
    opening: Opening | None = None
    try:
        opening = Opening(contract, wishes, path, deliver=Courier(client, _tell), tell=_tell)
        sandbox = opening.sandbox
        watch = Watch(sandbox, contract, _tell, faults)
        with LoopbackServer(Control(watch, sandbox, opening.control_token, _tell), port=port) as server:
            facts = _list_facts(sandbox, opening.settings, server.base_url)
            facts |= {"control_url": f"{server.base_url}{PREFIX}", "control_token": opening.control_token}
            facts |= {} if path is None else {"persist": str(path)}
            asked_to_end = _listen_for_the_end()
            click.echo(json.dumps(facts) if as_json else _describe(facts))
            sys.stdout.flush()
            asked_to_end.wait()
            _tell("stopped")
    finally:
        if opening is not None:
            opening.close()
        client.close()
    return 0


def _refuse_wrong_uris(uris: Sequence[str]) -> None:
    """Refuse what can be no redirect URI (RFC 6749 section 3.1.2: absolute, without a fragment)."""
    problems = [
        Problem(
            key="--redirect-uri",
            message=f"{uri} is no absolute URL of http or https without a fragment",
            hint=f"like {REDIRECT_URI}",
        )
        for uri in uris
        if not _is_absolute(uri)
    ]
    if problems:
        raise UsageError(problems)


def _is_absolute(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
        return (
            parts.scheme in {"http", "https"} and bool(parts.hostname) and "#" not in uri and " " not in uri
        )
    except ValueError:
        return False


def _list_facts(sandbox: Sandbox, settings: SandboxSettings, base_url: str) -> dict[str, Json]:
    """Return what an integration needs to know, with a new access token of nobody's connection."""
    with sandbox.world.lock:
        companies = list(sandbox.world.companies)
        token = sandbox.admin.issue_grant(companies[0], settings.scopes)
        sandbox.world.keep()
        day = sandbox.world.today.isoformat()
    query = urlencode(
        {
            "client_id": settings.client_id,
            "redirect_uri": settings.redirect_uris[0],
            "response_type": "code",
            "state": secrets.token_urlsafe(16),
        }
    )
    return {
        "base_url": base_url,
        "client_id": settings.client_id,
        "client_secret": settings.client_secret,
        "redirect_uris": list(settings.redirect_uris),
        "authorize_url": f"{base_url}/oauth/authorize?{query}",
        "api_version": settings.minimum_version,
        "today": day,
        "companies": [
            {
                "uuid": company,
                "name": sandbox.admin.company_name(company),
                "people": len(sandbox.admin.people(company)),
            }
            for company in companies
        ],
        "access_token": token,
        "curl": _to_curl(base_url, companies[0], token, settings.minimum_version),
    }


def _to_curl(base_url: str, company: str, token: str, version: str) -> str:
    words = [
        "curl",
        f"{base_url}/v1/companies/{company}/employees?page=1&per=5",
        "-H",
        f"Authorization: Bearer {token}",
        "-H",
        f"X-Gusto-API-Version: {version}",
    ]
    return shlex.join(words)


def _to_control_curl(facts: dict[str, Json]) -> str:
    return shlex.join(
        ["curl", str(facts["control_url"]), "-H", f"Authorization: Bearer {facts['control_token']}"]
    )


def _describe(facts: dict[str, Json]) -> str:
    companies = facts["companies"]
    uris = facts["redirect_uris"]
    if not isinstance(companies, list) or not isinstance(uris, list):
        raise HarnessBug("the facts of a sandbox have lists of companies and redirect URIs")
    rows = [
        f"  {each['uuid']}  {each['people']:>5} people  {each['name']}"
        for each in companies
        if isinstance(each, dict)
    ]
    end = f"{facts['persist']} keeps everything" if "persist" in facts else "forgets everything"
    return "\n".join(
        [
            f"The sandbox is running; Ctrl-C ends it and {end}.",
            "",
            f"  base URL       {facts['base_url']}",
            f"  client id      {facts['client_id']}",
            f"  client secret  {facts['client_secret']}",
            f"  redirect URI   {', '.join(map(str, uris))}",
            f"  business day   {facts['today']}",
            "",
            "Companies",
            *rows,
            "",
            "Connect one in a browser",
            f"  {facts['authorize_url']}",
            "",
            "Or call it at once; this token is good for two hours and meets no rate limit",
            f"  {facts['curl']}",
            "",
            "Act on Gusto's side: a GET lists what there is, a POST does it",
            f"  {_to_control_curl(facts)}",
            "",
        ]
    )


def _tell(line: str) -> None:
    click.echo("".join(each if each.isprintable() else "?" for each in line), err=True)


def _listen_for_the_end() -> threading.Event:
    """Return what is set when somebody ends it: Ctrl-C, or SIGTERM as a script would send."""
    asked = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: asked.set())
    return asked
