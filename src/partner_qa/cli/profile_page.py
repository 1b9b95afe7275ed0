"""The text of a new partner.yaml: every key explained, what is not there yet as a comment to uncomment.

`init.py` asks; here is only what is written. What an action or observation means comes from its shape, so
that it is worded once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from partner_qa.model import Action, Observation, UseCase

_PLAIN = re.compile(r"[A-Za-z][\w ./-]*[\w.]|[A-Za-z][\w.+/:@-]*\w", re.ASCII)
_WORDS_OF_YAML = frozenset({"null", "true", "false"})
_A, _O = Action, Observation

# What an integration of this kind does first, what else it does, and what it can show. An item of a use case
# is judged by what stands here for it, and by nothing more: else nobody of that kind could ever be verified.
DOORS: Mapping[UseCase, tuple[Action, tuple[Action, ...], tuple[Observation, ...]]] = {
    UseCase.TIME: (
        _A.SYNC_PEOPLE,
        (_A.SET_PEOPLE, _A.CONFIRM_MATCHES, _A.SEND_HOURS),
        (_O.MATCHES, _O.HOURS),
    ),
    UseCase.PAYROLL: (_A.SYNC_PEOPLE, (_A.SET_PEOPLE, _A.CONFIRM_MATCHES, _A.UPDATE_PAYROLL), (_O.MATCHES,)),
    UseCase.HRIS: (_A.SYNC_PEOPLE, (_A.SET_PEOPLE, _A.CONFIRM_MATCHES), (_O.MATCHES,)),
    UseCase.RECRUITING: (
        _A.CREATE_HIRE,
        (_A.WITHDRAW_HIRE, _A.SYNC_PEOPLE, _A.SET_PEOPLE, _A.CONFIRM_MATCHES),
        (_O.MATCHES,),
    ),
    UseCase.TIME_OFF: (
        _A.SYNC_TIME_OFF,
        (_A.SYNC_PEOPLE, _A.SET_PEOPLE, _A.CONFIRM_MATCHES),
        (_O.TIME_OFF, _O.MATCHES),
    ),
    UseCase.ACCOUNTING: (_A.POST_JOURNAL, (_A.LIST_CONTRACTORS,), (_O.JOURNAL, _O.CONTRACTORS)),
    UseCase.BENEFITS: (_A.SYNC_PEOPLE, (_A.SET_PEOPLE, _A.CONFIRM_MATCHES, _A.ENROLL_BENEFIT), (_O.MATCHES,)),
    UseCase.RETIREMENT: (
        _A.SYNC_PEOPLE,
        (_A.SET_PEOPLE, _A.CONFIRM_MATCHES, _A.ENROLL_BENEFIT),
        (_O.MATCHES,),
    ),
    UseCase.EXPENSES: (
        _A.SYNC_PEOPLE,
        (_A.SET_PEOPLE, _A.CONFIRM_MATCHES, _A.ADD_REIMBURSEMENT),
        (_O.MATCHES,),
    ),
    UseCase.CONTRACTORS: (_A.LIST_CONTRACTORS, (), (_O.CONTRACTORS,)),
    UseCase.PROVISIONING: (_A.PROVISION_COMPANY, (), ()),
    UseCase.ANALYTICS: (_A.SYNC_PEOPLE, (_A.POST_JOURNAL,), (_O.JOURNAL,)),
    UseCase.WEBHOOKS: (_A.SUBSCRIBE_WEBHOOKS, (_A.CATCH_UP_EVENTS,), (_O.EVENTS,)),
    UseCase.CUSTOM_FIELDS: (_A.SYNC_PEOPLE, (), ()),
}
# A proposal only [I]: Gusto assigns scopes to each application. Which operation needs which is documented
# per operation [D]: https://docs.gusto.com/app-integrations/docs/scopes
_SCOPES: Mapping[UseCase, tuple[str, ...]] = {
    UseCase.TIME: (
        "employees:read",
        "pay_schedules:read",
        "payroll_syncs:read",
        "payroll_syncs:write",
        "payrolls:read",
        "time_sheet:read",
        "time_sheet:write",
    ),
    UseCase.PAYROLL: ("employees:read", "pay_schedules:read", "payrolls:read", "payrolls:write"),
    UseCase.HRIS: ("employees:read",),
    UseCase.RECRUITING: ("employees:read", "employees:manage"),
    UseCase.TIME_OFF: ("employees:read", "time_off_policies:read", "time_off_requests:read"),
    UseCase.ACCOUNTING: ("company_reports:read", "company_reports:write", "payrolls:read"),
    UseCase.BENEFITS: (
        "benefits:read",
        "company_benefits:read",
        "employee_benefits:read",
        "employee_benefits:write",
        "employees:read",
    ),
    UseCase.RETIREMENT: (
        "benefits:read",
        "company_benefits:read",
        "employee_benefits:read",
        "employee_benefits:write",
        "employees:read",
    ),
    UseCase.EXPENSES: ("employees:read", "payrolls:read", "payrolls:write"),
    UseCase.CONTRACTORS: ("contractors:read",),
    UseCase.PROVISIONING: ("accounts:write",),
    UseCase.ANALYTICS: ("employees:read", "payrolls:read"),
    UseCase.WEBHOOKS: ("events:read", "webhook_subscriptions:read", "webhook_subscriptions:write"),
    UseCase.CUSTOM_FIELDS: ("employees:read",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What a person said about an integration. `base_url` has no slash at its end."""

    name: str
    version: str
    company: str
    contact: str
    api_version: str
    scopes: Sequence[str]
    base_url: str
    redirect_uris: Sequence[str]
    use_cases: Sequence[UseCase]
    commands: Mapping[str, Sequence[str]] = field(default_factory=dict)
    webhook_url: str = ""


def propose_scopes(use_cases: Sequence[UseCase]) -> tuple[str, ...]:
    """Return the scopes that such an integration usually has; Gusto's own list counts."""
    return ("companies:read", *sorted({scope for each in use_cases for scope in _SCOPES[each]}))


def write_page(answers: Answers) -> str:
    """Return the text of a partner.yaml; it loads without problems."""
    parts = (
        _HEAD,
        _identity(answers),
        _application(answers),
        _use_cases(answers),
        _run(answers),
        _MANNERS,
        _webhooks(answers),
        _actions(answers),
        _observations(answers),
    )
    return "\n".join(part.strip("\n") + "\n" for part in parts)


_HEAD = """
# How partner-qa starts, drives and looks into your integration.
#
# {name} stands for what is known only during a run: {api_base} {client_id} {client_secret} {qa_token}
# {webhook_secret} {account} {python}. Doubled braces are braces. Secrets of yours belong into run.pass_env,
# never here.
format: 1
"""
_HOOK_TOKEN = '# GUSTO_WEBHOOK_TOKEN: "{webhook_secret}"  # with a preset subscription only'  # noqa: S105
_MANNERS = """
# How customers are kept apart. per_scenario: each scenario is a new customer, named by {account}.
# single: all share one account, and actions.reset empties it before each scenario:
#   tenancy: {mode: single, account: the name of that account}
tenancy: {mode: per_scenario}

# Seconds. settle: so much silence means an action is over. cap: the longest wait for one action.
# retry_delay_max: the longest pause your integration makes before it tries again.
# refresh_margin: how long before its end it renews an access token.
timing: {settle: 2, cap: 60, retry_delay_max: 60, refresh_margin: 60}
"""


def _identity(answers: Answers) -> str:
    return f"""
# Who submits the checklist, for what. The version is the one under test, in quotes.
integration:
  name: {_scalar(answers.name)}
  version: {json.dumps(answers.version, ensure_ascii=False)}
  company: {_scalar(answers.company)}
  contact: {_scalar(answers.contact)}
"""


def _application(answers: Answers) -> str:
    return f"""
# Your application as Gusto's Developer Portal shows it.
gusto:
  # The application's minimum API version.
  api_version: "{answers.api_version}"
  # Exactly the scopes that Gusto assigned. The list below may be a proposal: compare it with the portal.
  scopes:
{_listed(answers.scopes)}
  # The redirect URIs under test, to the letter: OAuth compares them so.
  redirect_uris:
{_listed(answers.redirect_uris)}
  # What customers will use. It is judged (HTTPS, public, no wildcard) and never called.
  # production:
  #   redirect_uris: [https://app.example.com/gusto/callback]
  #   webhook_url: https://app.example.com/gusto/webhooks
"""


def _use_cases(answers: Answers) -> str:
    every = ", ".join(UseCase)
    head, tail = every[: every.index("benefits")].rstrip(), every[every.index("benefits") :]
    return f"""
# What the integration does with Gusto; it decides which items of the checklist apply.
# Known: {head}
#   {tail}
use_cases: [{", ".join(answers.use_cases)}]
"""


def _run(answers: Answers) -> str:
    commands = answers.commands or {"web": ("bin/web",)}
    lines = [
        "run:",
        "  # Commands that run to their end first.",
        "  # setup: [[bin/prepare-database]]",
        "  # No shell: a program and its arguments, in the folder of this file.",
        "  processes:",
        *(f"    {name}: {_flow(words)}" for name, words in commands.items()),
        "  # Left: the names that your integration reads. Right: what they are set to for a run.",
        "  env:",
        '    GUSTO_API_BASE: "{api_base}"  # instead of https://api.gusto-demo.com',
        '    GUSTO_CLIENT_ID: "{client_id}"',
        '    GUSTO_CLIENT_SECRET: "{client_secret}"',
        '    QA_TOKEN: "{qa_token}"  # the QA routes below answer to this bearer token only',
        *([f"    {_HOOK_TOKEN}"] if answers.webhook_url else []),
        "  # Variables of your shell that are handed on. Values are never recorded.",
        "  # pass_env: [DATABASE_URL]",
        "  # Wait for 2xx here; without it, until the addresses below take connections.",
        f"  # ready: {{url: {_scalar(answers.base_url + '/health')}, timeout: 60}}",
    ]
    head = "# How to start the integration. Leave it out to start it yourself (by_hand)."
    if answers.commands:
        return "\n".join([head, *lines])
    return "\n".join([_by_hand(answers), "", head, *(f"# {line}" for line in lines)])


def _by_hand(answers: Answers) -> str:
    hook = f"\n    {_HOOK_TOKEN}" if answers.webhook_url else ""
    return f"""
# You start the integration yourself: in your IDE, in a container. `partner-qa check` writes the variables
# that it needs to .partner-qa/, the same in every run, and waits until it answers. With `run` below it is
# started for you, but for `partner-qa check --by-hand`.
by_hand:
  # Where Gusto is on this machine.
  port: 8910
  # Left: the names that your integration reads. Right: what they are set to.
  env:
    GUSTO_API_BASE: "{{api_base}}"  # instead of https://api.gusto-demo.com
    GUSTO_CLIENT_ID: "{{client_id}}"
    GUSTO_CLIENT_SECRET: "{{client_secret}}"
    QA_TOKEN: "{{qa_token}}"  # the QA routes below answer to this bearer token only{hook}
  # Wait for 2xx here; without it, until the addresses below take connections.
  # ready: {{url: {_scalar(answers.base_url + "/health")}, timeout: 300}}
""".strip("\n")


def _webhooks(answers: Answers) -> str:
    url = _scalar(answers.webhook_url or answers.base_url + "/gusto/webhooks")
    started = "run" if answers.commands else "by_hand"
    text = f"webhooks: {{url: {url}, subscription: by_integration}}"
    return f"""
# Where webhooks arrive. by_integration: you subscribe by API (actions.subscribe_webhooks).
# preset: a subscription stands already, and {started}.env hands you {{webhook_secret}}; say in `types`
# which events it is for, as ticked in the Developer Portal.
{text if answers.webhook_url else "# " + text}
"""


def _actions(answers: Answers) -> str:
    first = [DOORS[each][0] for each in answers.use_cases]
    if not answers.webhook_url:
        first = [each for each in first if each is not Action.SUBSCRIBE_WEBHOOKS]
    later = [Action.DISCONNECT, Action.CREATE_ACCOUNT, Action.RESET]
    later += [action for each in answers.use_cases for action in (DOORS[each][0], *DOORS[each][1])]
    lines = [
        "# How to make the integration do its job. get or post: a route of yours, called with the QA token.",
        "# command: [./bin/qa, send-hours]: a program that reads JSON from its input and prints JSON.",
        "# What is missing leaves items not_observed. To use a commented line, take away its first `# `.",
        "actions:",
        "  # where the browser begins: your connect button, for somebody signed in as {account}",
        f"  connect: {{get: {json.dumps(answers.base_url + '/gusto/connect?account={account}')}}}",
    ]
    wanted = list(dict.fromkeys(first))
    for action in dict.fromkeys([*first, *later]):
        url = f"{answers.base_url}/qa/{action.replace('_', '-')}"
        door = f'{action}: {{post: {_scalar(url)}, json: {{account: "{{account}}"}}}}'
        lines += [f"  # {_meaning(action)}", f"  {door}" if action in wanted else f"  # {door}"]
    return "\n".join(lines)


def _observations(answers: Answers) -> str:
    found = [Observation.CONNECTION, Observation.PEOPLE]
    found += [each for case in answers.use_cases for each in DOORS[case][2]]
    found += [Observation.NOTICES, Observation.LOGS, Observation.STORED_DATA, Observation.IDLE]
    lines = ["# How to see what it holds; as soon as you have the routes.", "# observations:"]
    for each in dict.fromkeys(found):
        url = json.dumps(f"{answers.base_url}/qa/{each.replace('_', '-')}?account={{account}}")
        lines += [f"#   # {_meaning(each)}", f"#   {each}: {{get: {url}}}"]
    return "\n".join(lines)


def _meaning(name: Action | Observation) -> str:
    from partner_qa.contract.schema import load_schema  # noqa: PLC0415 - keeps --help fast

    return str(load_schema(f"adapter/{name}")["title"]).removeprefix(f"{name}: ")


def _listed(texts: Sequence[str]) -> str:
    return "\n".join(f"    - {_scalar(each)}" for each in texts)


def _flow(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, texts))}]"


def _scalar(text: str) -> str:
    """Return a text as YAML: plain where nobody could misread it, else in double quotes, as in JSON."""
    is_plain = _PLAIN.fullmatch(text) and text.lower() not in _WORDS_OF_YAML
    return text if is_plain else json.dumps(text, ensure_ascii=False)
