"""The books: which payrolls are posted, from reports that are late or never come, and how often."""

from __future__ import annotations

from partner_qa.driving.stage import Stage
from partner_qa.model import Action, Observation, Tenant
from partner_qa.suite import scenario


@scenario(
    title="Payrolls are posted to the books",
    needs=(Action.CONNECT, Action.POST_JOURNAL),
    observes=(Observation.JOURNAL, Observation.NOTICES, Observation.LOGS),
)
def payrolls_posted(stage: Stage) -> None:
    """Payrolls of the past are posted, then two more; one report is never made, and all are late at first.

    1. In Gusto there is a company of 12 people, paid every other week for half a year. Eight months ago it
       paid a bonus beside that. The general ledger of the regular payroll that was run last cannot be made.
    2. Connect it, and subscribe to webhooks where the integration does. Reports are pending for more than
       half a second. Post the journal. Look at journal, notices and logs.
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
        _post(stage, tenant)
        stage.observe_where_possible(Observation.NOTICES, tenant)
    stage.gusto.let_reports_take(tenant, 0)
    with stage.window("again"):
        _post(stage, tenant)
    _run_two_more(stage, tenant)
    with stage.window("later"):
        _post(stage, tenant)
    stage.observe_where_possible(Observation.LOGS, tenant)
    _audit(stage, tenant)


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
