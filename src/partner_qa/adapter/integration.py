"""The integration under test, as scenarios use it: start, act, look, connect, deliver, kill.

The one object that other rooms hold. Everything it does to the integration is recorded through the sink it
was given. It never judges: an action that failed is a result, only what cannot be understood is an error.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin

from partner_qa.adapter.browser import Browser, Start
from partner_qa.adapter.client import Answer, Client
from partner_qa.adapter.concealment import Concealment, shown
from partner_qa.adapter.deliveries import Deliveries
from partner_qa.adapter.doors import Doors, Question
from partner_qa.adapter.environment import build_environment, find_secrets, find_sure_secrets
from partner_qa.adapter.hosts import find_named_hosts, find_refusal
from partner_qa.adapter.processes import Processes
from partner_qa.adapter.readiness import find_unready, wait_until_ready
from partner_qa.adapter.sink import EgressSink
from partner_qa.adapter.supervision import Ended, Supervision, Task
from partner_qa.errors import AdapterError, NotObserved, Problem
from partner_qa.model import Action, Facts, Json, Kind, Observation, Request, Response, Sink
from partner_qa.profile.placeholders import fill, fill_url
from partner_qa.profile.profile import Door, Launch, Profile

_LONGEST_PAUSE = 0.25  # seconds between looks at what is running


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionResult:
    """What an action reported: `done`, `failed`, or `running` where `timing.cap` was over before it was."""

    action: Action
    status: str
    detail: str = ""
    answer: Mapping[str, Json] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the integration itself says that it did not work."""
        return self.status == "failed"


class Integration:
    """One integration, described by a profile. `values` fill its placeholders; `logs` takes its output.

    `secrets` are values of its environment that no recording may hold.
    """

    def __init__(self, profile: Profile, *, sink: Sink, values: Mapping[str, str], logs: Path) -> None:
        self._profile = profile
        self._sink = sink
        self._values = {**values, "python": sys.executable}
        self._logs = logs
        launch = profile.run or Launch(processes={}, env=profile.by_hand.env)
        secrets = find_secrets(launch, own=os.environ, values=self._values)
        self.secrets = find_sure_secrets(launch, own=os.environ, values=self._values)
        self._conceal = Concealment(secrets)
        self._supervision = Supervision(conceal=self._conceal.secrets)
        self._client = Client()
        self._egress = EgressSink(sink)
        self._environment = build_environment(
            launch, own=os.environ, values=self._values, proxy=self._egress.url
        )
        self._processes = self._make_processes()
        self._doors = Doors(
            values=self._values,
            client=self._client,
            sink=sink,
            conceal=self._conceal,
            run_command=self._run_command,
        )
        self._hosts = find_named_hosts(profile)
        self._deliveries = Deliveries(client=self._client, sink=sink, hosts=self._hosts)
        self._browsers: dict[str, Browser] = {}

    def _make_processes(self) -> Processes | None:
        if self._profile.run is None:
            return None
        return Processes(
            self._profile,
            self._profile.run,
            supervision=self._supervision,
            environment=self._environment,
            values=self._values,
            client=self._client,
            logs=self._logs,
        )

    # its processes

    @property
    def egress(self) -> Mapping[str, int]:
        """Return the hosts that the processes asked for past the recorder, and how often."""
        return self._egress.hosts

    def find_unready(self) -> str:
        """Return why it cannot be used at this moment, or nothing."""
        return find_unready(self._profile, self._client)

    def start(self, *, environment: Path | None = None) -> None:
        """Set up and start what `run` names, and return when it is ready.

        Raises `AdapterError` where it cannot be; nothing is left running then. Without `run` somebody
        else starts it: that is waited for, and `environment` is the file of variables for them.
        """
        if self._processes is None:
            wait_until_ready(self._profile, self._client, environment=environment)
            return
        began = datetime.now(UTC)
        try:
            self._processes.set_up()
            self._processes.start()
        except BaseException:
            self._supervision.close()
            raise
        self._record_process("start", began)

    def stop(self) -> None:
        """End everything that was started, gracefully first. The integration is of no use afterwards."""
        with ExitStack() as stack:  # the last one first, and each of them whatever became of the others
            stack.callback(self._client.close)
            stack.callback(self._egress.close)
            stack.callback(self._supervision.close)
            if self._processes is not None:
                self._processes.stop(for_good=True)

    def kill(self) -> None:
        """Kill all its processes at once, as a crash or a power failure would."""
        began = datetime.now(UTC)
        self._require_processes().kill()
        self._record_process("kill", began)

    def restart(self) -> None:
        """Start its processes again, without `setup`, and return when it is ready.

        Without `run` the action `restart` of the profile does it.
        """
        if self._processes is None and self._profile.door(Action.RESTART) is not None:
            self._ask_action(Action.RESTART, "", {})
            return
        began = datetime.now(UTC)
        processes = self._require_processes()
        processes.stop()
        processes.start()
        self._record_process("restart", began)

    def find_end(self, *, within: float) -> str:
        """Return which of its processes ends by itself, and how, within some seconds; or nothing."""
        deadline = time.monotonic() + within
        while self._processes is not None:
            try:
                self._processes.require_running()
            except AdapterError as ended:
                head, *lines = ended.hint.splitlines()
                return " ".join([f"{ended}. {head}", " / ".join(line.strip() for line in lines)]).strip()
            if time.monotonic() >= deadline:
                break
            time.sleep(0.02)
        return ""

    def revive(self) -> bool:
        """Start its processes again where one has ended, or all were killed; return whether that was so."""
        if self._processes is None or (self._processes.are_started and not self.find_end(within=0)):
            return False
        self.restart()
        return True

    def require_killable(self) -> None:
        """Raise `NotObserved` where the harness did not start the integration."""
        self._require_processes()

    def _require_processes(self) -> Processes:
        if self._processes is None:
            raise NotObserved(
                "the harness did not start this integration, so it cannot kill it or start it again",
                missing=("run.processes in partner.yaml",),
            )
        return self._processes

    def _record_process(self, what: str, began: datetime) -> None:
        self._sink.record(
            kind=Kind.PROCESS,
            started=began,
            elapsed=max((datetime.now(UTC) - began).total_seconds(), 0.0),
            request=Request(method="RUN", url=f"process:{what}"),
            response=Response(status=200, reason="done"),
        )

    # doors

    def can(self, name: Action | Observation) -> bool:
        """Return whether the profile says how to do this."""
        return self._profile.offers(name)

    def act(self, action: Action, *, account: str, payload: Mapping[str, Json] | None = None) -> ActionResult:
        """Have the integration do something for an account, and wait until it reports an end, or the cap.

        A reported failure is a result; an answer that cannot be understood is an `AdapterError`.
        """
        if action is Action.RESTART and self._profile.door(action) is None:
            self.restart()
            return ActionResult(action=action, status="done")
        is_preset = self._profile.has_preset_subscription
        if action is Action.SUBSCRIBE_WEBHOOKS and is_preset and self._profile.door(action) is None:
            return ActionResult(action=action, status="done")
        return self._ask_action(action, account, payload or {})

    def observe(
        self, observation: Observation, *, account: str, payload: Mapping[str, Json] | None = None
    ) -> Json:
        """Ask the integration what it holds for an account; return JSON of the observation's shape."""
        question = self._question(observation, account, payload or {})
        return self._doors.ask(self._require_door(observation), question)

    def says_idle(self, account: str) -> bool:
        """Return whether it says that nothing is under way for an account; false where it has no way to.

        It is asked often, so that the question is recorded only where its answer is not understood.
        """
        door = self._profile.door(Observation.IDLE)
        if door is None:
            return False
        told = self._doors.peek(door, self._question(Observation.IDLE, account, {}))
        return isinstance(told, dict) and told.get("idle") is True

    def peek(self, observation: Observation, account: str) -> None:
        """Look whether an observation answers, and raise `AdapterError` where it does not as it should.

        Nothing is recorded but what is not understood.
        """
        self._doors.peek(self._require_door(observation), self._question(observation, account, {}))

    def _question(self, name: Action | Observation, account: str, payload: Mapping[str, Json]) -> Question:
        return Question(name=name, account=account, payload=payload, within=self._profile.timing.cap)

    def _require_door(self, name: Action | Observation) -> Door:
        door = self._profile.door(name)
        if door is None:
            group, how = ("actions", name) if isinstance(name, Action) else ("observations", f"show {name}")
            raise NotObserved(
                f"the profile does not say how to {how}", missing=(f"{group}.{name} in partner.yaml",)
            )
        return door

    def _ask_action(self, action: Action, account: str, payload: Mapping[str, Json]) -> ActionResult:
        deadline = time.monotonic() + self._profile.timing.cap
        question = self._question(action, account, payload)
        told = self._doors.ask(self._require_door(action), question)
        answer = told if isinstance(told, dict) else {}
        if answer.get("status") == "running":
            answer = self._poll(str(answer["poll"]), question, deadline)
        return ActionResult(
            action=action,
            status=str(answer.get("status", "done")),
            detail=shown(str(answer.get("detail", ""))),
            answer=answer,
        )

    def _poll(self, url: str, question: Question, deadline: float) -> dict[str, Json]:
        """Ask again until it is over, or the cap is; the last answer is recorded, with their number."""
        pause, count = 0.02, 0
        while True:
            url = self._require_poll(url, question)
            left = max(deadline - time.monotonic(), 1.0)
            answer, count = self._doors.send("GET", url, within=left), count + 1
            try:
                told = self._doors.read(answer, question)
            except AdapterError:
                self._doors.record(answer, question, {"polls": count})
                raise
            status = told if isinstance(told, dict) else {}
            if status.get("status") != "running" or time.monotonic() + pause > deadline:
                self._doors.record(answer, question, {"polls": count})
                return status
            url = str(status["poll"])
            time.sleep(pause)
            pause = min(pause * 1.25, _LONGEST_PAUSE)

    def _require_poll(self, url: str, question: Question) -> str:
        door = self._require_door(question.name)
        whole = urljoin(fill_url(door.url, {"account": question.account}), url) if door.url else url
        trouble = find_refusal(whole, self._hosts)
        if trouble:
            raise AdapterError([Problem(key=question.key, message=f"answered with a poll URL: {trouble}")])
        return whole

    def _run_command(self, name: str, command: tuple[str, ...], given: bytes, within: float) -> Ended | None:
        number = self._supervision.start(
            Task(
                name=name,
                command=command,
                folder=self._profile.folder,
                env=self._environment,
                log=self._logs / f"{name}.log",
                capture=True,
                given=given,
            )
        )
        return self._supervision.wait(number, limit=within)

    # as a browser

    def browser(self, account: str) -> Browser:
        """Return the browser of an account's admin: the same one each time, with its cookies."""
        if account not in self._browsers:
            self._browsers[account] = self.another_browser(account)
        return self._browsers[account]

    def another_browser(self, account: str) -> Browser:
        """Return a browser that has no cookies and that nobody is signed in with; a new one each time."""
        return Browser(
            account,
            client=self._client,
            sink=self._sink,
            hosts=self._hosts,
            api_base=self._values.get("api_base", ""),
            conceal=self._conceal,
        )

    def connect_start(self, account: str) -> Start:
        """Return where a browser begins to connect an account."""
        door = self._require_door(Action.CONNECT)
        values = {**self._values, "account": account}
        if not door.command:
            headers = {name: fill(value, values) for name, value in door.headers}
            return Start(url=fill_url(door.url, values), headers=headers)
        told = self._doors.ask(door, self._question(Action.CONNECT, account, {}))
        answer = told if isinstance(told, dict) else {}
        trouble = find_refusal(str(answer["start_url"]))
        if trouble:
            raise AdapterError([Problem(key="actions.connect", message=f"printed a start_url: {trouble}")])
        return Start(
            url=str(answer["start_url"]),
            cookies=_texts(answer.get("cookies")),
            headers=_texts(answer.get("headers")),
        )

    # as Gusto

    async def deliver(self, request: Request) -> Response:
        """Deliver a webhook that the sandbox sends, and record it; status 0 where no answer came in time."""
        return await self._deliveries.deliver(request)

    def deliver_webhook(self, request: Request, *, facts: Facts, account: str | None = None) -> Response:
        """Deliver a webhook of the harness's own making; `facts` say in what it differs from Gusto's."""
        return self._deliveries.forge(request, facts=facts, account=account)

    def look(self, url: str) -> Answer:
        """GET one of its addresses as anybody could, and record nothing."""
        return self._client.send(Request(method="GET", url=url), within=10.0)


def _texts(given: Json) -> dict[str, str]:
    return {name: str(value) for name, value in given.items()} if isinstance(given, dict) else {}
