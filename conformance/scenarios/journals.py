"""The books: which payrolls are posted, from reports that are late or never come, and how often."""

from __future__ import annotations

from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.suite import scenario

_SLOW = 2.2  # seconds that one report is pending: a window to look in, and no longer
_LOOK_AFTER = 1.7  # seconds of it


@scenario(
    title="Payrolls are posted to the books",
    needs=(Action.CONNECT, Action.POST_JOURNAL),
    observes=(Observation.JOURNAL, Observation.NOTICES, Observation.LOGS),
)
def payrolls_posted(stage: Stage) -> None:
    """Payrolls of the past are posted, then two more; one report is never made, and one is long in coming.

    1. In Gusto there is a company of 12 people, paid every other week for half a year. Eight months ago it
       paid a bonus beside that. The general ledger of the regular payroll that was run last cannot be made.
    2. Connect it, and subscribe to webhooks where the integration does. Reports are pending for more than
       half a second, that of the last payroll but one for 2.2 seconds (only when first asked for). Post the
       journal. While that report is pending, 1.7 seconds after it was asked for, look at the journal; when
       all is over, look at journal, notices and logs.
    3. Reports are ready at once from now on. Post the journal again, with nothing new. Look at the journal.
    4. In Gusto run the next regular payroll, which pays somebody back for travel, and beside it one that
       reconciles taxes, which has no pay period. Deliver the webhook that tells of the regular one twice
       more. Post the journal. Look at the journal.
    """
    tenant = stage.tenant(people=12)
    stage.note("older", stage.gusto.pay_bonus(tenant, days_ago=240))
    failing = stage.gusto.newest_processed_payroll(tenant)
    stage.note("failing", failing)
    stage.gusto.let_report_fail(tenant, failing)
    stage.gusto.let_reports_take(tenant, 0.6)
    stage.connect(tenant)
    stage.act_where_possible(Action.SUBSCRIBE_WEBHOOKS, tenant)
    with stage.window("first"):
        _post_while_one_is_pending(stage, tenant)
        stage.observe_where_possible(Observation.JOURNAL, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.gusto.let_reports_take(tenant, 0)
    with stage.window("again"):
        _post(stage, tenant)
    _run_two_more(stage, tenant)
    with stage.window("later"):
        _post(stage, tenant)
    stage.observe_where_possible(Observation.LOGS, tenant)
    _audit(stage, tenant)


def _post_while_one_is_pending(stage: Stage, tenant: Tenant) -> None:
    """Keep one report pending while we look; whoever asks for none is only asked to post."""
    slow = stage.gusto.newest_processed_payroll(tenant, skip=1)
    stage.gusto.let_next_report_take(tenant, slow, _SLOW)
    stage.note("slow", {"payroll": slow, "seconds": _SLOW})

    def is_pending() -> bool:
        return stage.gusto.is_report_pending(tenant, slow)

    with stage.acting_until(Action.POST_JOURNAL, tenant, reached=is_pending) as is_asked_for:
        if is_asked_for:
            with stage.window("pending"):
                stage.let_pass(_LOOK_AFTER)
                stage.observe_where_possible(Observation.JOURNAL, tenant)


def _post(stage: Stage, tenant: Tenant) -> None:
    stage.act(Action.POST_JOURNAL, tenant)
    stage.observe_where_possible(Observation.JOURNAL, tenant)


def _run_two_more(stage: Stage, tenant: Tenant) -> None:
    regular = stage.gusto.run_next_payroll(tenant, paying_back="42.50")
    periodless = stage.gusto.pay_bonus(tenant, reason="Tax reconciliation")
    stage.note("late", {"regular": regular, "periodless": periodless})
    told = {"event_type": "payroll.processed", "entity_type": "Payroll", "entity_uuid": regular}
    event = stage.webhooks.event(tenant, regular, told)
    for delivered in ("first", "again"):
        stage.webhooks.deliver_where_wanted(tenant, event, delivered)


def _audit(stage: Stage, tenant: Tenant) -> None:
    """Read every payroll that the integration could have met, with what each came to."""
    stage.gusto.audit(
        tenant,
        "/v1/companies/{company}/payrolls",
        processing_statuses="processed,unprocessed",
        payroll_types="regular,off_cycle",
        start_date=str(stage.gusto.in_days(-300)),
        end_date=str(stage.gusto.in_days(60)),
        include="totals",
    )
