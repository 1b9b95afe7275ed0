// Hours into payrolls: a sync is asked for with a pay period as Gusto lists it, and followed to its end.
//
// 202 says only that Gusto will try.
// Sources: https://docs.gusto.com/app-integrations/reference/get-v1-companies-company_id-pay_periods,
// https://docs.gusto.com/app-integrations/reference/get-time_tracking-payroll_syncs-payroll_sync_uuid

import { Refused } from "./gusto.js";
import { tell } from "./hours.js";
import { sleep } from "./queue.js";

const ENDED = ["success", "failure", "partial_success"];
const LONGEST = 30; // seconds between two looks
const PATIENCE = 3600; // seconds in all

// Asks for the hours of `period` to be brought into its payroll.
export async function askForSync(customers, customer, { start_date: start, end_date: end }) {
  const { data } = customer;
  const query = { start_date: start, end_date: end };
  const answer = await customers.call(customer, "GET", "/v1/companies/{company}/pay_periods", { query });
  const periods = answer.data.filter((each) => each.start_date === start && each.end_date === end);
  const asked = `${start} to ${end}`;
  if (!periods.length) {
    data.syncs.push({ asked, uuid: null, status: "failure", messages: [`Gusto has no pay period ${asked}.`] });
  }
  for (const { pay_schedule_uuid: schedule, payroll } of periods) {
    const sync = { asked, schedule, uuid: null, status: "failure", messages: [], since: Date.now() };
    data.syncs.push(sync);
    if (payroll?.processed) sync.messages = [`The payroll of ${asked} was run already.`];
    else await post(customers, customer, sync, { start, end, schedule });
  }
  await tell(customer);
}

async function post(customers, customer, sync, { start, end, schedule }) {
  const body = {
    kind: "regular",
    pay_schedule_uuid: schedule,
    pay_period_start_date: start,
    pay_period_end_date: end,
  };
  const path = "/v1/companies/{company}/time_tracking/payroll_syncs";
  try {
    const { data } = await customers.call(customer, "POST", path, { body });
    Object.assign(sync, { uuid: data.uuid, status: data.status });
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 422) throw error;
    sync.messages = error.messages.length ? error.messages : ["Gusto did not take the hours of this period."];
  }
}

// Looks at the syncs under way, with growing pauses, until they have ended.
export async function followSyncs(customers, customer) {
  const underWay = () => customer.data.syncs.filter(({ uuid, status }) => uuid && !ENDED.includes(status));
  for (let pause = 0.1; underWay().length; pause = Math.min(LONGEST, pause * 1.5)) {
    await sleep(pause);
    for (const sync of underWay()) await look(customers, customer, sync);
  }
  await tell(customer);
}

async function look(customers, customer, sync) {
  const { data } = await customers.call(customer, "GET", `/v1/time_tracking/payroll_syncs/${sync.uuid}`);
  const errors = (data.errors ?? []).map(({ message }) => message).filter(Boolean);
  Object.assign(sync, { status: data.status, messages: [...(data.warnings ?? []), ...errors] });
  if (!ENDED.includes(sync.status) && Date.now() - sync.since > PATIENCE * 1000) {
    Object.assign(sync, { status: "failure", messages: ["Gusto has not taken these hours within an hour."] });
  }
  await customer.save();
}
