"""The integration's processes, with real ones: started, ready, ended, and every way in which that fails."""

from __future__ import annotations

import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from partner_qa.adapter import log, processes, supervisor
from partner_qa.errors import AdapterError, NotObserved
from partner_qa.model import Action, Kind

SLEEP = "import time; time.sleep(600)"
DETACH = """
import os, subprocess, sys, time
# A daemon as of old: a session of its own, a parent that is gone, an environment that says nothing.
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        open("pids", "a").write(str(os.getpid()) + chr(10))
        os.execve(sys.executable, [sys.executable, "-c", "import signal, time\\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(600)"], {})
    os._exit(0)
os.wait()
"""


def pid_at(bench: Any) -> int:
    with urlopen(f"{bench.base}/", timeout=5) as answer:
        return int(answer.read())


def pids_in(bench: Any, count: int) -> list[int]:
    path: Path = bench.folder / "pids"
    return bench.wait_for(
        lambda: (
            path.exists() and len(pids := [int(each) for each in path.read_text().split()]) >= count and pids
        )
    )


def start(bench: Any, *, more: str = "", **launch: Any) -> Any:
    serve = bench.program(more + bench.serve)
    integration = bench.open(bench.profile(run=bench.launch({"web": serve}, **launch)))
    integration.start()
    return integration


# starting


def test_it_is_ready_when_its_url_answers_and_the_start_is_recorded(bench: Any) -> None:
    start(bench)
    assert bench.is_alive(pid_at(bench))
    assert bench.tape.urls(Kind.PROCESS) == ["process:start"]


def test_processes_run_in_the_folder_of_the_profile_after_setup(bench: Any) -> None:
    setup = bench.program("import pathlib; pathlib.Path('made').write_text('by setup')")
    start(bench, more="import pathlib; assert pathlib.Path('made').exists()\n", setup=[setup])
    assert (bench.folder / "made").read_text() == "by setup"


def test_a_process_sees_what_it_was_given_and_nothing_of_our_shell(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "not-for-anybody")
    monkeypatch.setenv("HANDED_ON", "handed-on")
    tell = "import os, json; open('env', 'w').write(json.dumps(dict(os.environ)))\n"
    start(bench, more=tell, pass_env=["HANDED_ON", "NOT_SET"])
    seen = bench.wait_for((bench.folder / "env").read_text)
    assert '"HANDED_ON": "handed-on"' in seen
    assert f'"SECRET": "{bench.values["client_secret"]}"' in seen
    assert '"PATH"' in seen
    assert "not-for-anybody" not in seen
    assert "NOT_SET" not in seen


def test_a_process_that_ends_at_once_is_told_with_its_code_and_last_words(bench: Any) -> None:
    crash = bench.program("import sys; print('no DATABASE_URL \\x1b[2J'); sys.exit(3)")
    integration = bench.open(bench.profile(run=bench.launch({"web": crash})))
    with pytest.raises(AdapterError, match="exit code 3") as caught:
        integration.start()
    assert caught.value.problems[0].key == "run.processes.web"
    assert r"no DATABASE_URL \x1b[2J" in caught.value.explain()


def test_a_command_that_does_not_exist_names_its_key(bench: Any) -> None:
    integration = bench.open(bench.profile(run=bench.launch({"web": ["./bin/nowhere"]})))
    with pytest.raises(
        AdapterError, match=r"run\.processes\.web: \./bin/nowhere cannot be run: No such file"
    ):
        integration.start()


def test_a_setup_command_that_fails_is_told_and_nothing_is_started(bench: Any) -> None:
    fail = bench.program("import sys; sys.exit('the database is locked')")
    run = bench.launch({"web": bench.program(bench.serve)}, setup=[bench.program("pass"), fail])
    with pytest.raises(AdapterError, match=r"run\.setup\[1\]: ended with exit code 1") as caught:
        bench.open(bench.profile(run=run)).start()
    assert "the database is locked" in caught.value.explain()
    with pytest.raises(OSError, match="refused"):
        pid_at(bench)


def test_a_setup_command_that_hangs_is_ended(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "SETUP_LIMIT", 0.3)
    run = bench.launch({"web": bench.program(bench.serve)}, setup=[bench.program(SLEEP)])
    with pytest.raises(AdapterError, match=r"run\.setup\[0\]: did not end within 0.3 s"):
        bench.open(bench.profile(run=run)).start()


def test_a_process_that_never_answers_is_told_with_what_was_asked(bench: Any) -> None:
    run = bench.launch({"web": bench.program(SLEEP)}, ready={"url": f"{bench.base}/health", "timeout": 0.3})
    with pytest.raises(
        AdapterError, match=rf"within 0.3 s: GET {bench.base}/health does not take connections"
    ):
        bench.open(bench.profile(run=run)).start()


def test_an_answer_other_than_2xx_is_not_ready(bench: Any, stub: Any) -> None:
    stub.answer("/health", 503, {"status": "starting"})
    run = bench.launch({"web": bench.program(SLEEP)}, ready={"url": f"{bench.base}/health", "timeout": 0.3})
    profile = bench.profile(run=run)
    integration = bench.open(profile)
    with pytest.raises(AdapterError, match="answered 503"):
        integration._processes._wait_until_ready()


def test_whoever_listens_elsewhere_is_told_by_its_last_words(bench: Any) -> None:
    program = "import sys, time; print('listening on port 4999\\n', flush=True); time.sleep(30)"
    run = bench.launch({"web": bench.program(program)}, ready={"url": f"{bench.base}/health", "timeout": 2})
    with pytest.raises(AdapterError, match="was not ready within 2 s") as caught:
        bench.open(bench.profile(run=run)).start()
    assert "  web: listening on port 4999" in caught.value.hint.splitlines()


def test_nothing_is_set_up_beside_something_that_listens_there_already(bench: Any, stub: Any) -> None:
    setup = [bench.program("open('set-up', 'w')")]
    run = bench.launch({"web": bench.program(SLEEP)}, setup=setup)
    with pytest.raises(AdapterError, match=f"something else listens at 127.0.0.1:{bench.port}"):
        bench.open(bench.profile(run=run)).start()
    assert not (bench.folder / "set-up").exists()


def test_nothing_is_started_beside_something_that_listens_there_already(bench: Any, stub: Any) -> None:
    run = bench.launch({"web": bench.program("open('started', 'w')")})
    with pytest.raises(
        AdapterError, match=f"something else listens at 127.0.0.1:{bench.port}.*{os.getpid()}"
    ):
        bench.open(bench.profile(run=run)).start()
    assert not (bench.folder / "started").exists()


def test_without_a_ready_url_its_addresses_are_waited_for(bench: Any) -> None:
    run = bench.launch({"web": bench.program("import time; time.sleep(0.3)\n" + bench.serve)})
    del run["ready"]
    bench.open(bench.profile(run=run)).start()
    assert pid_at(bench)


def test_a_server_that_goes_to_the_background_is_no_failure(bench: Any) -> None:
    fork = "import os, sys\nif os.fork(): os._exit(0)\nos.setsid()\n"
    integration = start(bench, more=fork)
    pid = pid_at(bench)
    integration.stop()
    assert not bench.is_alive(pid)


def test_what_the_harness_did_not_start_it_cannot_kill(bench: Any, stub: Any) -> None:
    integration = bench.open(bench.profile())
    integration.start()
    with pytest.raises(NotObserved) as caught:
        integration.kill()
    assert caught.value.missing == ("run.processes in partner.yaml",)


def test_an_integration_that_nobody_starts_by_hand_is_waited_for_and_told(bench: Any) -> None:
    profile = bench.profile(by_hand={"ready": {"timeout": 0.3}})
    began = time.monotonic()
    with pytest.raises(AdapterError) as caught:
        bench.open(profile).start(environment=Path("partner.env"))
    assert 0.3 <= time.monotonic() - began < 5
    told = caught.value.explain()
    assert f"waited 0.3 s, and still its address 127.0.0.1:{bench.port} does not take connections" in told
    assert "with the variables in partner.env" in told


def test_an_integration_that_answers_no_2xx_yet_is_waited_for(bench: Any, stub: Any) -> None:
    stub.answer("/health", 503, b"")
    ready = {"url": f"{bench.base}/health", "timeout": 20}
    integration = bench.open(bench.profile(by_hand={"ready": ready}))
    assert integration.find_unready() == f"GET {bench.base}/health answered 503"
    opener = threading.Timer(0.3, stub.answer, ("/health", 200, b""))
    opener.start()
    integration.start()
    opener.join()
    assert integration.find_unready() == ""
    assert bench.tape.of(Kind.PROCESS) == []


def test_a_command_gets_the_variables_of_an_integration_started_by_hand(bench: Any, stub: Any) -> None:
    show = "import json, os; print(json.dumps({'status': 'done', 'detail': os.environ['BASE']}))"
    profile = bench.profile(
        by_hand={"env": {"BASE": "{api_base}"}},
        actions={
            "send_hours": {"command": [sys.executable, "-c", show.replace("{", "{{").replace("}", "}}")]}
        },
    )
    assert bench.open(profile).act(Action.SEND_HOURS, account="anna").detail == bench.values["api_base"]


# ending


def test_stop_lets_a_process_end_on_its_own_terms(bench: Any) -> None:
    polite = "import signal, sys\ndef end(*_): open('ended', 'w'); sys.exit(0)\nsignal.signal(15, end)\n"
    start(bench, more=polite).stop()
    assert (bench.folder / "ended").exists()


def test_stop_kills_what_does_not_heed_it(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "GRACE", 0.2)
    integration = start(bench, more="import signal\nsignal.signal(15, signal.SIG_IGN)\n")
    pid = pid_at(bench)
    integration.stop()
    assert not bench.is_alive(pid)


def test_kill_ends_everything_at_once_and_is_recorded(bench: Any) -> None:
    helper = (
        "import subprocess, sys\n"
        f"subprocess.Popen([sys.executable, '-c', {SLEEP!r}], start_new_session=True)\n"
    )
    polite = "import signal\nsignal.signal(15, lambda *_: open('ended', 'w'))\n"
    integration = start(bench, more=helper + polite)
    pid = pid_at(bench)
    began = time.monotonic()
    integration.kill()
    assert time.monotonic() - began < 2
    assert not bench.is_alive(pid)
    assert not (bench.folder / "ended").exists()
    assert bench.tape.urls(Kind.PROCESS)[-1] == "process:kill"


def test_restart_starts_again_without_setup(bench: Any) -> None:
    setup = bench.program("open('setups', 'a').write('x')")
    integration = start(bench, setup=[setup])
    before = pid_at(bench)
    integration.kill()
    integration.restart()
    assert pid_at(bench) != before
    assert (bench.folder / "setups").read_text() == "x"
    assert bench.tape.urls(Kind.PROCESS) == ["process:start", "process:kill", "process:restart"]


def test_restart_of_running_processes_stops_them_first(bench: Any) -> None:
    integration = start(bench)
    before = pid_at(bench)
    assert integration.can(Action.RESTART)
    integration.act(Action.RESTART, account="anna")
    assert pid_at(bench) != before
    assert not bench.is_alive(before)


def test_what_setup_left_running_survives_a_kill_but_not_the_end(bench: Any) -> None:
    database = (
        f"import subprocess, sys; p = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\n"
        "open('pids', 'w').write(str(p.pid))"
    )
    integration = start(bench, setup=[bench.program(database)])
    (pid,) = pids_in(bench, 1)
    integration.kill()
    integration.restart()
    assert bench.is_alive(pid)
    integration.stop()
    assert not bench.is_alive(pid)


def test_a_daemon_is_found_and_ended(bench: Any) -> None:
    integration = start(bench, more=DETACH)
    (pid,) = pids_in(bench, 1)
    assert bench.is_alive(pid)
    integration.kill()
    assert not bench.is_alive(pid)


def test_a_program_that_keeps_forking_is_ended(bench: Any) -> None:
    bomb = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        os.setsid()
        while True:
            if os.fork() == 0: time.sleep(0.05); os._exit(0)
            os.waitpid(-1, os.WNOHANG); time.sleep(0.005)
"""
    integration = start(bench, more=bomb)
    mark = integration._supervision._mark
    assert bench.wait_for(lambda: len(supervisor.find_marked(mark)) > 4)
    integration.stop()
    assert supervisor.find_marked(mark) == []


def test_a_process_that_floods_works_on_and_does_not_fill_the_disk(bench: Any) -> None:
    flood = """
import sys, threading
def run():
    while True: sys.stdout.write("flood " * 10_000 + chr(10))
threading.Thread(target=run, daemon=True).start()
"""
    integration = start(bench, more=flood)
    path = bench.logs / "web.log"
    bench.wait_for(lambda: path.stat().st_size >= log.LIMIT)
    assert pid_at(bench)
    integration.stop()
    assert path.stat().st_size < log.LIMIT + 1_000


def test_a_start_that_fails_leaves_nothing_running(bench: Any) -> None:
    tell = f"import os; open('pids', 'a').write(str(os.getpid()) + chr(10))\n{SLEEP}"
    crash = "import os, time, sys\nwhile not os.path.exists('pids'): time.sleep(0.01)\nsys.exit(1)"
    run = bench.launch({"worker": bench.program(tell), "web": bench.program(crash)})
    with pytest.raises(AdapterError):
        bench.open(bench.profile(run=run)).start()
    (pid,) = pids_in(bench, 1)
    assert not bench.is_alive(pid)


def test_the_port_is_free_again_after_the_end(bench: Any) -> None:
    start(bench).stop()
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", bench.port))
