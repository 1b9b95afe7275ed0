"""The background process: takes jobs one by one, and decides what a failure means for a job.

The whole retry policy of the product is `Worker.work`: told to wait, it waits as long as told; unavailable,
it tries again after growing pauses, a bounded number of times; refused, it does not ask again. A job always
goes on where it stopped.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping

from acme_time import grants, jobs, people, standing
from acme_time.benefits import enroll_benefits
from acme_time.connecting import disconnect
from acme_time.contractors import list_contractors
from acme_time.expenses import add_reimbursements
from acme_time.gusto import Refused, Throttled, Unavailable
from acme_time.hiring import settle_hires
from acme_time.hours import send_hours
from acme_time.jobs import Job, NotYet
from acme_time.journal import post_journal
from acme_time.notices import post_notice
from acme_time.oauth import ReconnectNeeded
from acme_time.parts import Parts
from acme_time.payroll import update_payroll
from acme_time.subscription import subscribe_webhooks
from acme_time.sync import sync_people
from acme_time.time_off import sync_time_off
from acme_time.webhooks import catch_up_events, process_events

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 5
FIRST_PAUSE = 0.15  # seconds; doubled each time
IDLE = 0.02

Work = Callable[[Parts, Job], str]

KINDS: Mapping[str, Work] = {
    "sync_people": sync_people,
    "send_hours": send_hours,
    "update_payroll": update_payroll,
    "add_reimbursements": add_reimbursements,
    "subscribe_webhooks": subscribe_webhooks,
    "process_events": process_events,
    "catch_up_events": catch_up_events,
    "disconnect": disconnect,
    "settle_hires": settle_hires,
    "sync_time_off": sync_time_off,
    "list_contractors": list_contractors,
    "post_journal": post_journal,
    "enroll_benefits": enroll_benefits,
}


# What a customer is told when a job has failed that they wait for; what it may not leave in doubt.
FAILURES: Mapping[str, str] = {
    "sync_people": "The last sync with Gusto did not finish. What was read before is kept.",
    "send_hours": "Your hours did not all reach Gusto. Nothing is sent twice; please send them again.",
    "update_payroll": "The payroll in Gusto could not be written. Please try again, or enter it there.",
    "add_reimbursements": "The payroll in Gusto could not be written. Please try again, or enter it there.",
}


def find_pause(attempt: int) -> float:
    """Return the seconds before the next try: doubling, and a little random, so that jobs do not march."""
    return FIRST_PAUSE * 2.0 ** (attempt - 1) * random.uniform(1.0, 1.25)  # noqa: S311 - spreads load, guards nothing


class Worker:
    """Runs jobs until told to stop. There is one worker: a second waits until the first has ended."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._stop = threading.Event()

    def stop(self) -> None:
        """End after the job at hand."""
        self._stop.set()

    def run(self) -> None:
        """Take up what a killed worker left, then work as jobs come."""
        with self._parts.database.exclusive("worker"):
            jobs.requeue_interrupted(self._parts.database)
            while not self._stop.is_set():
                if not self.work_once():
                    self._stop.wait(IDLE)

    def work_once(self) -> bool:
        """Run the next job that is due; whether there was one."""
        job = jobs.claim(self._parts.database)
        if job is None:
            return False
        self.work(job)
        return True

    def work(self, job: Job) -> None:
        """Run one job to its end or to its next pause."""
        database = self._parts.database
        try:
            if job.kind in standing.WRITING and standing.is_suspended(database, job.account):
                self._fail(job, standing.SUSPENDED)
                return
            detail = KINDS[job.kind](self._parts, job)
        except NotYet as error:
            # Not a failure, and no reason to keep the worker: others go on meanwhile.
            jobs.retry_later(database, job, wait=error.wait, attempts=0)
        except Throttled as error:
            self._wait_as_told(job, error)
        except Unavailable as error:
            self._try_later(job, error)
        except Refused as error:
            self._refused(job, error)
        except ReconnectNeeded:
            self._fail(job, "the connection to Gusto has ended; the customer must connect again")
        except Exception:
            # A bug of ours in one job must not stop everybody else's work.
            log.exception("job %s (%s) broke", job.id, job.kind)
            self._fail(job, "an internal error; it is in the log")
        else:
            jobs.finish(database, job, state="done", detail=detail)
            log.info("job %s (%s) is done: %s", job.id, job.kind, detail)
        finally:
            self._parts.keeper.save_late()

    def _wait_as_told(self, job: Job, error: Throttled) -> None:
        wait = 0.1 if "ignores_retry_after" in self._parts.config.defects else error.wait
        if "makes_everybody_wait" in self._parts.config.defects:
            time.sleep(wait)
        log.info("job %s waits %g s, as Gusto asked", job.id, wait)
        jobs.pause_lane(self._parts.database, job.lane, wait=wait)
        attempts = jobs.find_attempts(self._parts.database, job)
        jobs.retry_later(self._parts.database, job, wait=wait, attempts=attempts)

    def _try_later(self, job: Job, error: Unavailable) -> None:
        database = self._parts.database
        attempts = jobs.find_attempts(database, job) + 1
        most = 1 if "gives_up_on_500" in self._parts.config.defects else MOST_ATTEMPTS
        pause = find_pause(attempts)
        if "retries_forever" in self._parts.config.defects:
            most, pause = 200, 0.05
        if attempts >= most and "takes_a_500_for_nobody" in self._parts.config.defects:
            for each in people.list_employees(database, self._parts.config, job.account):
                people.drop_employee(database, job.account, each["uuid"])
        if attempts >= most:
            self._fail(job, f"Gusto could not be reached: {error}")
            return
        log.info("job %s tries again in %.1f s: %s", job.id, pause, error)
        jobs.retry_later(database, job, wait=pause, attempts=attempts)

    def _refused(self, job: Job, error: Refused) -> None:
        if self._is_to_be_repeated(error.status):
            self._try_later(job, Unavailable(str(error)))
            return
        is_missing_scope = "missing_oauth_scopes" in error.categories
        if "decides_by_message" in self._parts.config.defects:
            is_missing_scope = any("lacks a scope" in message for message in error.messages)
        if is_missing_scope:
            message = "Gusto has not given us a permission that this needs. Our support has been told."
            post_notice(self._parts.database, job.account, "missing_scope", message)
        if error.status == 406:
            log.critical("Gusto refuses the API version that we ask for; a release is needed")
            message = "Gusto no longer answers this version of Acme Time. We have been told, and are at it."
            post_notice(self._parts.database, job.account, "outdated_version", message)
        self._fail(job, f"Gusto refused: {error}")

    def _is_to_be_repeated(self, status: int) -> bool:
        """Whether a refusal is taken for something that may pass by itself: never, but for two defects."""
        repeated = {"retries_a_406": 406, "retries_a_422": 422}
        return any(status == repeated[each] for each in repeated.keys() & self._parts.config.defects)

    def _fail(self, job: Job, detail: str) -> None:
        """Tell what is to be told of a failure, and only then end the job, which others wait for."""
        log.error("job %s (%s) failed: %s", job.id, job.kind, detail)
        if job.kind in FAILURES:
            post_notice(self._parts.database, job.account, "sync_failed", FAILURES[job.kind])
        if job.kind == "disconnect":
            # Whatever Gusto says: the customer asked us to stop, so we keep nothing that could go on.
            grants.forget(self._parts.database, job.account)
        jobs.finish(self._parts.database, job, state="failed", detail=detail)
