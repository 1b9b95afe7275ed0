"""Facts about partner.yaml: what it becomes, and every mistake with its line and what to write instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from partner_qa.errors import Problem, ProfileError
from partner_qa.model import Action, Observation, UseCase
from partner_qa.profile.profile import (
    ByHand,
    Door,
    Launch,
    Profile,
    Ready,
    Tenancy,
    Timing,
    Webhooks,
    load_profile,
)
from partner_qa.sandbox.subscriptions import SUBSCRIPTION_TYPES

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme_time" / "partner.yaml"

SMALLEST = """\
format: 1
integration: {name: Acme, version: "1.0", company: Acme Inc., contact: dev@acme.example}
gusto:
  api_version: "2026-06-15"
  scopes: [companies:read, employees:read]
  redirect_uris: [http://127.0.0.1:4000/gusto/callback]
use_cases: [hris]
actions:
  connect: {get: "http://127.0.0.1:4000/gusto/connect?account={account}"}
  sync_people: {post: http://127.0.0.1:4000/qa/sync, json: {account: "{account}"}}
"""
RUN = """\
run:
  processes: {web: [bin/web]}
  env: {GUSTO: "{api_base}"}
"""

BY_HAND = """\
by_hand:
  port: 8911
  env: {BASE: "{api_base}", KEY: in-clear}
  ready: {url: http://127.0.0.1:4000/health, timeout: 20}
"""

Load = Callable[..., Profile]
Refuse = Callable[..., list[Problem]]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load_text(text: str = SMALLEST) -> Profile:
        path = tmp_path / "partner.yaml"
        path.write_text(text, encoding="utf-8")
        return load_profile(path)

    return load_text


@pytest.fixture
def refuse(load: Load) -> Refuse:
    def refuse_text(text: str) -> list[Problem]:
        with pytest.raises(ProfileError) as caught:
            load(text)
        return list(caught.value.problems)

    return refuse_text


def swap(old: str, new: str, text: str = SMALLEST) -> str:
    assert text.count(old) == 1, old
    return text.replace(old, new)


def only(problems: list[Problem]) -> tuple[int | None, str, str, str]:
    assert len(problems) == 1, [str(each) for each in problems]
    return problems[0].line, problems[0].key, problems[0].message, problems[0].hint


# what a profile becomes


def test_the_smallest_profile_is_connect_and_one_more_action(load: Load) -> None:
    profile = load()
    assert profile.run is None
    assert profile.use_cases == (UseCase.HRIS,)
    assert profile.tenancy == Tenancy(mode="per_scenario")
    assert profile.timing == Timing(settle=2, cap=60, retry_delay_max=60, refresh_margin=60)
    assert profile.webhooks is None
    assert profile.observations == {}
    assert profile.door(Action.SYNC_PEOPLE) == Door(
        method="POST", url="http://127.0.0.1:4000/qa/sync", json={"account": "{account}"}
    )


def test_the_example_s_profile_loads_whole() -> None:
    profile = load_profile(ACME)
    assert profile.path == ACME
    assert profile.folder == ACME.parent
    assert profile.integration.name == "Acme Time"
    assert profile.gusto.production is not None
    assert profile.run is not None
    assert profile.run.setup == (("{python}", "-m", "acme_time", "forget-everything"),)
    assert list(profile.run.processes) == ["web", "worker"]
    assert profile.run.env["GUSTO_API_BASE"] == "{api_base}"
    assert profile.run.pass_env == ("ACME_DEFECTS",)
    assert profile.run.ready == Ready(url="http://127.0.0.1:4010/health", timeout=30)
    assert profile.webhooks == Webhooks(url="http://127.0.0.1:4010/gusto/webhooks")
    assert profile.timing.settle == 0.5
    assert set(profile.observations) == set(Observation)


def test_what_is_offered_is_what_has_a_door(load: Load) -> None:
    profile = load()
    assert profile.offers(Action.CONNECT)
    assert not profile.offers(Action.SEND_HOURS)
    assert not profile.offers(Observation.PEOPLE)
    assert profile.door(Observation.PEOPLE) is None


def test_without_run_the_integration_is_started_by_hand(load: Load) -> None:
    profile = load()
    assert profile.by_hand == ByHand(
        port=8910,
        env={
            "GUSTO_API_BASE": "{api_base}",
            "GUSTO_CLIENT_ID": "{client_id}",
            "GUSTO_CLIENT_SECRET": "{client_secret}",
            "QA_TOKEN": "{qa_token}",
        },
        ready=Ready(timeout=300),
    )
    assert profile.ready == Ready(timeout=300)
    assert load(SMALLEST + RUN).ready is None


def test_by_hand_says_where_and_under_which_names(load: Load) -> None:
    profile = load(SMALLEST + BY_HAND)
    assert profile.by_hand.port == 8911
    assert profile.by_hand.env == {"BASE": "{api_base}", "KEY": "in-clear"}
    assert profile.ready == Ready(url="http://127.0.0.1:4000/health", timeout=20)


def test_a_preset_subscription_s_secret_is_handed_over_by_hand_too(load: Load) -> None:
    hooks = "webhooks: {url: http://127.0.0.1:4000/hooks, subscription: preset}\n"
    profile = load(SMALLEST + hooks)
    assert profile.by_hand.env["GUSTO_WEBHOOK_SECRET"] == "{webhook_secret}"


def test_the_facts_of_by_hand_hold_no_value(load: Load) -> None:
    facts: Any = load(SMALLEST + BY_HAND).facts()
    assert facts["by_hand"] == {
        "port": 8911,
        "env": {"BASE": "{api_base}", "KEY": None},
        "ready": {"url": "http://127.0.0.1:4000/health", "timeout": 20},
    }


@pytest.mark.parametrize(
    ("more", "key", "message"),
    [
        ("by_hand: {env: {BASE: '{account}'}}\n", "by_hand.env.BASE", "{account} may not stand here"),
        ("by_hand: {env: {BASE: '{python}'}}\n", "by_hand.env.BASE", "{python} may not stand here"),
        ("by_hand: {ready: {url: ftp://127.0.0.1/}}\n", "by_hand.ready.url", ""),
        ("by_hand: {env: {BASE: 'https://api.gusto.com'}}\n", "by_hand.env.BASE", "production"),
        ("by_hand: {port: 80}\n", "by_hand.port", ""),
        ("by_hand: {prot: 8911}\n", "by_hand.prot", "is not a known key"),
        ('by_hand: {env: {BASE: "a\\nb"}}\n', "by_hand.env.BASE", ""),
        (
            "by_hand: {env: {B: '{api_base}'}}\nwebhooks: {url: http://localhost/h, subscription: preset}\n",
            "webhooks.subscription",
            "preset needs {webhook_secret} in by_hand.env",
        ),
    ],
)
def test_mistakes_in_by_hand_are_told(more: str, key: str, message: str, refuse: Refuse) -> None:
    _, found, told, _ = only(refuse(SMALLEST + more))
    assert found == key
    assert message in told


def test_what_we_start_we_can_restart(load: Load) -> None:
    assert not load().offers(Action.RESTART)
    started = load(SMALLEST + RUN)
    assert started.offers(Action.RESTART)
    assert started.door(Action.RESTART) is None
    assert load(SMALLEST + "  restart: {command: [docker, restart, web]}\n").offers(Action.RESTART)


def test_a_command_is_a_door_without_a_url(load: Load) -> None:
    door = load(SMALLEST + "  send_hours: {command: [./bin/qa, send-hours]}\n").door(Action.SEND_HOURS)
    assert door == Door(command=("./bin/qa", "send-hours"))
    assert door is not None
    assert (door.method, door.url) == ("RUN", "")


def test_headers_keep_their_order_and_their_templates(load: Load) -> None:
    row = '  disconnect: {post: http://localhost/x, headers: {X-B: "{qa_token}", X-A: b}}\n'
    door = load(SMALLEST + row).door(Action.DISCONNECT)
    assert door is not None
    assert door.headers == (("X-B", "{qa_token}"), ("X-A", "b"))


def test_one_account_for_all_is_always_that_account() -> None:
    assert Tenancy(mode="single", account="Acme QA").account_name("qa-first-a") == "Acme QA"
    assert Tenancy(mode="per_scenario").account_name("qa-first-a") == "qa-first-a"


def test_a_version_is_a_date_with_or_without_quotes(load: Load) -> None:
    assert load(swap('"2026-06-15"', "2026-06-15")).gusto.api_version == "2026-06-15"


@pytest.mark.parametrize("scope", ["employees:manage", "company_benefits:read:phi", "companies:read:limited"])
def test_scopes_of_operations_of_data_and_by_name_only_are_known(load: Load, scope: str) -> None:
    assert load(swap("employees:read", scope)).gusto.scopes == ("companies:read", scope)


def test_loading_through_a_link_runs_in_the_folder_of_the_file(load: Load, tmp_path: Path) -> None:
    load()
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "partner.yaml"
    link.symlink_to(tmp_path / "partner.yaml")
    assert load_profile(link).folder == tmp_path.resolve()


# what a run records of it


def test_the_facts_have_the_shape_of_the_file_without_values_of_variables() -> None:
    facts: Any = load_profile(ACME).facts()
    file = yaml.safe_load(ACME.read_text())
    json.dumps(facts)
    for name in ("integration", "gusto", "use_cases", "tenancy", "timing", "webhooks", "actions"):
        assert facts[name] == file[name], name
    assert facts["observations"] == file["observations"]
    assert facts["run"]["processes"] == file["run"]["processes"]
    assert facts["run"]["ready"] == file["run"]["ready"]
    assert facts["run"]["env"] == {
        name: value if value.startswith("{") else None for name, value in file["run"]["env"].items()
    }
    assert file["run"]["env"]["ACME_SECRET_KEY"] not in json.dumps(facts)


def test_the_facts_leave_out_what_was_left_out(load: Load) -> None:
    facts: Any = load().facts()
    assert "run" not in facts
    assert "by_hand" not in load(SMALLEST + RUN).facts()
    assert "webhooks" not in facts
    assert facts["tenancy"] == {"mode": "per_scenario"}


def test_the_facts_name_no_home_and_not_the_profile_s_folder(tmp_path: Path) -> None:
    profile = load_profile(ACME)
    assert profile.run is not None
    launch = Launch(processes={"web": (f"{profile.folder}/bin/web", "/home/ada/.rbenv/shims/ruby")})
    told = json.dumps(
        Profile(**{name: getattr(profile, name) for name in Profile.__slots__} | {"run": launch}).facts()
    )
    assert str(profile.folder) not in told
    assert "ada" not in told
    assert "./bin/web" in told
    assert "~/.rbenv/shims/ruby" in told


def test_the_facts_hide_what_is_named_like_a_secret(load: Load) -> None:
    text = SMALLEST + (
        "  reset: {post: 'http://localhost/reset?token=hunter2&a=1', json: {password: hunter2, n: 1},"
        " headers: {X-Key: hunter2, X-Qa: 'Bearer {qa_token}'}}\n"
        "  disconnect: {command: [qa, --token, hunter2, --api-key=hunter2, off]}\n"
    )
    facts: Any = load(text).facts()
    assert "hunter2" not in json.dumps(facts)
    assert facts["actions"]["reset"] == {
        "post": "http://localhost/reset?token=(hidden)&a=1",
        "json": {"password": None, "n": 1},
        "headers": {"X-Key": None, "X-Qa": "Bearer {qa_token}"},
    }
    assert facts["actions"]["disconnect"]["command"] == [
        "qa",
        "--token",
        "(hidden)",
        "--api-key=(hidden)",
        "off",
    ]


# what is refused


def test_a_file_that_cannot_be_looked_at_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="cannot be read"):
        load_profile(tmp_path / ("x" * 300))


def test_a_file_that_is_not_there_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(ProfileError) as caught:
        load_profile(tmp_path / "partner.yaml")
    assert "does not exist" in caught.value.explain()
    assert "partner-qa init" in caught.value.explain()


def test_all_mistakes_come_at_once_in_the_order_of_their_lines(refuse: Refuse) -> None:
    text = SMALLEST
    for old, new in (
        ("company: Acme Inc., ", ""),
        ("employees:read", "employee:read"),
        ("use_cases: [hris]", "use_cases: [hr]"),
        ("sync_people:", "sync_peple:"),
        ("?account={account}", "?account={acount}"),
    ):
        text = swap(old, new, text)
    problems = refuse(text)
    assert [each.line for each in problems] == [2, 5, 7, 9, 10]
    assert [each.hint for each in problems[1:]] == [
        "did you mean employees:read?",
        "did you mean hris?",
        "did you mean {account}?",
        "did you mean sync_people?",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "key", "message"),
    [
        ("format: 1", "format: 2", 1, "format", "is not one of the allowed values"),
        ('version: "1.0"', "version: 1.0", 2, "integration.version", "is not of type string"),
        ("dev@acme.example", "dev", 2, "integration.contact", "is not a valid email"),
        ('"2026-06-15"', "2026-02-30", 4, "gusto.api_version", "is not a valid date"),
        ('"2026-06-15"', "June", 4, "gusto.api_version", "is not a valid date"),
        ("[companies:read, employees:read]", "[]", 5, "gusto.scopes", "has fewer than 1 entries"),
        ("[companies:read, employees:read]", "companies:read", 5, "gusto.scopes", "is not of type array"),
        ("use_cases: [hris]", "use_cases: [hris, hris]", 7, "use_cases", "has the same entry twice"),
        ("connect: {get:", "disconnect: {get:", 8, "actions", "does not have connect"),
        ("http://127.0.0.1:4000/qa/sync", "4000", 10, "actions.sync_people.post", "is not of type string"),
    ],
)
def test_what_breaks_the_schema_is_named_with_its_line(
    refuse: Refuse, old: str, new: str, line: int, key: str, message: str
) -> None:
    assert only(refuse(swap(old, new)))[:3] == (line, key, message)


@pytest.mark.parametrize(
    ("more", "key", "hint"),
    [
        ("  send_hour: {command: [x]}\n", "actions.send_hour", "did you mean send_hours?"),
        ("observations:\n  peeple: {command: [x]}\n", "observations.peeple", "did you mean people?"),
        ("webhoks: {url: http://localhost/x}\n", "webhoks", "did you mean webhooks?"),
        ("timing: {setle: 1}\n", "timing.setle", "did you mean settle?"),
        ("  reset: {psot: http://localhost/x}\n", "actions.reset.psot", "did you mean post?"),
    ],
)
def test_a_misspelt_key_is_offered_its_nearest(refuse: Refuse, more: str, key: str, hint: str) -> None:
    found = [(each.key, each.message, each.hint) for each in refuse(SMALLEST + more)]
    assert (key, "is not a known key", hint) in found


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("http://127.0.0.1:4000/qa/sync,", "https://api.gusto.com/qa/sync,"),
        ("[http://127.0.0.1:4000/gusto/callback]", "[https://API.Gusto.com/callback]"),
        ('{account: "{account}"}', "{deep: [{base: 'https://api%2Egusto.com./v1'}]}"),
        ("name: Acme,", "name: api.gusto.com,"),
    ],
)
def test_the_production_host_is_refused_wherever_it_stands(refuse: Refuse, old: str, new: str) -> None:
    problems = refuse(swap(old, new))
    assert any("production host, which is always refused" in each.message for each in problems)


def test_the_production_host_is_refused_in_the_environment(refuse: Refuse) -> None:
    text = SMALLEST + swap('"{api_base}"}', '"{api_base}", OTHER: "https://api.gusto.com"}', RUN)
    line, key, message, hint = only(refuse(text))
    assert (line, key) == (13, "run.env.OTHER")
    assert "production" in message
    assert "{api_base}" in hint


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        (
            "?account={account}",
            "?account={x}",
            "{x} is not a placeholder",
            "write {{x}} for the braces themselves",
        ),
        ("?account={account}", "?t={qa_token}", "{qa_token} may not stand here", "allowed are {account}"),
        ("?account={account}", "?t={account", "has a lone {", "write {{ for the brace itself"),
        ("?account={account}", "?t=account}", "has a lone }", "write }} for the brace itself"),
        ('{account: "{account}"}', '{a: ["{python}"]}', "{python} may not stand here", None),
        (
            "[http://127.0.0.1:4000/gusto/callback]",
            '["http://127.0.0.1/{account}"]',
            "{account} may not stand here",
            "write the value itself",
        ),
    ],
)
def test_a_placeholder_stands_only_where_it_means_something(
    refuse: Refuse, old: str, new: str, message: str, hint: str | None
) -> None:
    found = only(refuse(swap(old, new)))
    assert found[2] == message
    assert hint is None or found[3] == hint


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("[bin/web]", '[bin/web, "{client_secret}"]', "{client_secret} may not stand in a command"),
        ("[bin/web]", '[bin/web, "{account}"]', "{account} may not stand in a command"),
        ('"{api_base}"', '"{api_base}{account}"', "{account} may not stand here"),
    ],
)
def test_secrets_and_accounts_have_no_place_where_processes_start(
    refuse: Refuse, old: str, new: str, message: str
) -> None:
    assert only(refuse(SMALLEST + swap(old, new, RUN)))[2] == message


def test_doubled_braces_are_braces(load: Load) -> None:
    assert load(swap('{account: "{account}"}', '{query: "{{ people }}", a: "{account}"}'))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("127.0.0.1:4000/sync", "is not an absolute http or https URL"),
        ("/sync", "is not an absolute http or https URL"),
        ("ftp://127.0.0.1/sync", "is not an absolute http or https URL"),
        ("http://127.0.0.1:port/", "is not a URL"),
        ("http://me:secret@127.0.0.1/", "holds a user name or a password"),
        ("http://10.0.0.7/", "the address 10.0.0.7 is not this machine's own"),
        ("http://0.0.0.0:4000/", "the address 0.0.0.0 is not this machine's own"),
        ("http://2130706433/", "the address 2130706433 is not this machine's own"),
        ("http://api.gusto-demo.com/sync", "api.gusto-demo.com is Gusto's"),
    ],
)
def test_a_url_is_the_integration_s_own_by_name_or_on_this_machine(
    refuse: Refuse, url: str, message: str
) -> None:
    line, key, found, _ = only(refuse(swap("http://127.0.0.1:4000/qa/sync,", f"'{url}',")))
    assert (line, key, found) == (10, "actions.sync_people.post", message)


@pytest.mark.parametrize("part", ["ready", "webhooks"])
def test_ready_and_webhook_urls_are_judged_too(refuse: Refuse, part: str) -> None:
    bad = "http://192.168.0.1/"
    more = RUN + f"  ready: {{url: {bad}}}\n" if part == "ready" else f"webhooks: {{url: {bad}}}\n"
    assert only(refuse(SMALLEST + more))[1] == ("run.ready.url" if part == "ready" else "webhooks.url")


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("/gusto/callback", "is not an absolute http or https redirect URI"),
        ("https://app.acme.example/callback#done", "has a fragment"),
        ("https://app.acme.example/call back", "has a space or a control character"),
    ],
)
def test_a_redirect_uri_is_absolute_and_has_no_fragment(refuse: Refuse, uri: str, message: str) -> None:
    assert only(refuse(swap("[http://127.0.0.1:4000/gusto/callback]", f"['{uri}']")))[2] == message


def test_production_is_judged_by_the_checks_and_not_by_the_loader(load: Load) -> None:
    text = swap("use_cases", "  production: {redirect_uris: ['http://*.acme.example/#x']}\nuse_cases")
    production = load(text).gusto.production
    assert production is not None
    assert production.redirect_uris == ("http://*.acme.example/#x",)


@pytest.mark.parametrize(
    ("door", "key", "message"),
    [
        ("{}", "actions.reset", "does not say how"),
        (
            "{get: http://localhost/a, post: http://localhost/b}",
            "actions.reset.post",
            "is a second way beside get",
        ),
        ("{post: http://localhost/a, command: [x]}", "actions.reset.command", "is a second way beside post"),
        ("{command: [x], json: {a: 1}}", "actions.reset.json", "has no place beside a command"),
        ("{command: [x], headers: {A: b}}", "actions.reset.headers", "has no place beside a command"),
        ("{get: http://localhost/a, json: {a: 1}}", "actions.reset.json", "has no place beside get"),
        ("{command: []}", "actions.reset.command", "has fewer than 1 entries"),
    ],
)
def test_a_door_is_one_way_in(refuse: Refuse, door: str, key: str, message: str) -> None:
    assert only(refuse(SMALLEST + f"  reset: {door}\n"))[1:3] == (key, message)


def test_connect_begins_as_a_browser_does(refuse: Refuse, load: Load) -> None:
    old = 'connect: {get: "http://127.0.0.1:4000/gusto/connect?account={account}"}'
    message = only(refuse(swap(old, "connect: {post: http://localhost/connect}")))[2]
    assert message == "is not how a browser begins"
    assert load(swap(old, "connect: {command: [bin/qa, connect]}")).door(Action.CONNECT)


@pytest.mark.parametrize(
    ("tenancy", "message"),
    [
        ("{mode: single, account: Acme}", "single needs actions.reset"),
        ("{mode: per_scenario, account: Acme}", "is for single only"),
        ("{mode: shared}", "is not one of the allowed values"),
    ],
)
def test_tenancy_is_coherent(refuse: Refuse, tenancy: str, message: str) -> None:
    assert only(refuse(SMALLEST + f"tenancy: {tenancy}\n"))[2] == message


def test_single_tenancy_has_an_account_and_a_reset(refuse: Refuse, load: Load) -> None:
    reset = "  reset: {command: [bin/qa, reset]}\n"
    assert only(refuse(SMALLEST + reset + "tenancy: {mode: single}\n"))[2] == "does not have account"
    assert load(SMALLEST + reset + "tenancy: {mode: single, account: Acme QA}\n").tenancy.account == "Acme QA"


@pytest.mark.parametrize(
    ("timing", "key", "message"),
    [
        ("{settle: 0}", "timing.settle", "is not more than 0"),
        ("{cap: -1}", "timing.cap", "is not more than 0"),
        ("{refresh_margin: soon}", "timing.refresh_margin", "is not of type number"),
        ("{settle: 60, cap: 60}", "timing.settle", "settle (60) is not less than cap (60)"),
        ("{settle: 61}", "timing.settle", "settle (61) is not less than cap (60)"),
        ("{cap: 1}", "timing.cap", "settle (2) is not less than cap (1)"),
    ],
)
def test_times_are_positive_and_settling_is_shorter_than_waiting(
    refuse: Refuse, timing: str, key: str, message: str
) -> None:
    problems = refuse(SMALLEST + f"timing: {timing}\n")
    assert (problems[0].line, problems[0].key, problems[0].message) == (11, key, message)


def test_subscribing_needs_a_webhook_url(refuse: Refuse, load: Load) -> None:
    row = "  subscribe_webhooks: {post: http://localhost/qa/subscribe}\n"
    line, _, message, _ = only(refuse(SMALLEST + row))
    assert (line, message) == (11, "needs webhooks.url")
    assert load(SMALLEST + row + "webhooks: {url: http://localhost/hooks}\n").webhooks


def test_a_preset_subscription_hands_over_its_secret(refuse: Refuse, load: Load) -> None:
    hooks = "webhooks: {url: http://localhost/hooks, subscription: preset}\n"
    assert "{webhook_secret}" in only(refuse(SMALLEST + RUN + hooks))[2]
    handed = swap('"{api_base}"}', '"{api_base}", SECRET: "{webhook_secret}"}', RUN)
    assert load(SMALLEST + handed + hooks).webhooks == Webhooks(
        url="http://localhost/hooks", subscription="preset"
    )
    assert load(SMALLEST + hooks).run is None


def test_where_a_subscription_stands_nobody_need_subscribe(load: Load) -> None:
    hooks = "webhooks: {url: http://localhost/hooks, subscription: preset, types: [Employee, Company]}\n"
    preset, other = load(SMALLEST + hooks), load(SMALLEST + "webhooks: {url: http://localhost/hooks}\n")
    assert preset.offers(Action.SUBSCRIBE_WEBHOOKS)
    assert not other.offers(Action.SUBSCRIBE_WEBHOOKS)
    told = {"url": "http://localhost/hooks", "subscription": "preset", "types": ["Employee", "Company"]}
    assert preset.facts()["webhooks"] == told
    assert other.facts()["webhooks"] == {"url": "http://localhost/hooks", "subscription": "by_integration"}


def test_a_type_that_gusto_has_not_is_refused(refuse: Refuse, load: Load) -> None:
    hooks = "webhooks: {{url: http://localhost/hooks, subscription: preset, types: [{}]}}\n"
    _, key, message, hint = only(refuse(SMALLEST + hooks.format("Employees")))
    assert key == "webhooks.types[0]"
    assert "Employee" in f"{message} {hint}"
    every = load(SMALLEST + hooks.format(", ".join(sorted(SUBSCRIPTION_TYPES)))).webhooks
    assert every is not None
    assert set(every.types) == SUBSCRIPTION_TYPES


def test_whoever_subscribes_by_api_names_no_types_here(refuse: Refuse) -> None:
    hooks = "webhooks: {url: http://localhost/hooks, types: [Employee]}\n"
    _, key, message, _ = only(refuse(SMALLEST + hooks))
    assert (key, message) == ("webhooks.types", "belongs to a preset subscription")


@pytest.mark.parametrize(
    ("run", "key", "message"),
    [
        ("run: {setup: [['echo', '{api_base}']]}\n", "run", "does not have processes"),
        (swap("{web: [bin/web]}", "{}", RUN), "run.processes", "has fewer than 1 keys"),
        (swap("[bin/web]", "bin/web", RUN), "run.processes.web", "is not of type array"),
        (swap('"{api_base}"', "x", RUN), "run", "does not say where Gusto is"),
        (RUN + "  pass_env: [HOME=/root]\n", "run.pass_env[0]", "does not match the pattern"),
        (RUN + "  pass_env: [GUSTO]\n", "run.pass_env[0]", "GUSTO stands in run.env too"),
        (RUN + "  ready: {timeout: 3}\n", "run.ready", "does not have url"),
        (swap("GUSTO:", "1-GUSTO:", RUN), 'run.env["1-GUSTO"]', "is not an allowed key"),
    ],
)
def test_a_launch_is_whole_and_leads_to_the_sandbox(refuse: Refuse, run: str, key: str, message: str) -> None:
    assert only(refuse(SMALLEST + run))[1:3] == (key, message)


@pytest.mark.parametrize("value", ["null", "1", "true", "[]", "[1]", "{}", "{a: null}", "text", "[[{}]]"])
@pytest.mark.parametrize(
    "key",
    ["integration", "gusto", "use_cases", "run", "tenancy", "timing", "webhooks", "actions", "observations"],
)
def test_the_rules_survive_whatever_stands_where_something_else_should(
    load: Load, refuse: Refuse, key: str, value: str
) -> None:
    text = json.dumps(yaml.safe_load(SMALLEST) | {key: yaml.safe_load(value)})
    if (key, value) in {("timing", "{}"), ("observations", "{}")}:
        assert load(text)
    else:
        assert all(each.line == 1 for each in refuse(text))


@pytest.mark.parametrize(
    ("lies_in", "here", "told"), [("qa", ".", "qa/partner.yaml"), (".", ".", None), (".", "qa", None)]
)
def test_a_run_tells_how_the_profile_is_named_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lies_in: str, here: str, told: str | None
) -> None:
    (tmp_path / "qa").mkdir()
    path = tmp_path / lies_in / "partner.yaml"
    path.write_text(SMALLEST)
    monkeypatch.chdir(tmp_path / here)
    assert load_profile(path).facts().get("file") == told
