// Hours: a time sheet in Gusto for each shift that may be sent, and syncs of them into payrolls.
//
// What is to stand in Gusto is compared with what was sent. Before anything is changed or deleted, the company's
// sheets are read once, all of them: that shows the newest versions, which sheets a payroll has taken already, and
// the sheet of a create whose answer was lost. A sheet is found again by its person and its beginning.
// Sources: https://docs.gusto.com/app-integrations/docs/syncing-time-tracking-data,
// https://docs.gusto.com/app-integrations/reference/put-time_tracking-time_sheets-time_sheet_uuid

import { Refused, Unavailable } from "./gusto.js";
import { log } from "./log.js";
import { classify } from "./overtime.js";
import { syncPeople } from "./people.js";

const SHEETS = "/v1/companies/{company}/time_tracking/time_sheets";
const SHEET = "/v1/time_tracking/time_sheets/";
const PER_PAGE = 100;
const MOST_CREATES = 3; // of one shift, where answers are lost
const LATE = "A payroll has these hours already. Change them there in Gusto, or add the difference to the next one.";
const NO_RULE = "Overtime by the day is not counted here. Please enter these hours in Gusto.";

// Makes these the customer's shifts; what is missing was deleted. `rules`: own id of a person -> rule of overtime.
export function setShifts(data, shifts, rules = {}) {
  for (const held of Object.values(data.shifts)) held.facts = null;
  for (const facts of shifts) {
    const known = data.shifts[facts.id] ?? { id: facts.id, state: "pending", sheet: null, asked: null, detail: null };
    data.shifts[facts.id] = { ...known, facts, rule: rules[facts.person_id] ?? "weekly" };
  }
}

export async function sendHours(customers, customer) {
  const { data } = customer;
  if (!Object.keys(data.people).length) await syncPeople(customers, customer);
  try {
    const plan = makePlan(data);
    const open = Object.values(data.shifts).filter((shift) => isOpen(shift, plan[shift.id]));
    const standing = open.some(({ sheet, asked }) => sheet || asked) ? await readSheets(customers, customer) : [];
    for (const shift of open) await bringAbout(customers, customer, shift, plan[shift.id], standing);
    delete data.notices.hours;
    await tell(customer);
    log.info(`company ${data.company}: ${open.length} of ${Object.keys(data.shifts).length} shifts brought up to date`);
  } catch (error) {
    const message = "Your hours did not all reach Gusto. Nothing is sent twice; please send them again.";
    if (data.connection) data.notices.hours = { about: "sync_failed", message };
    await customer.save();
    throw error;
  }
}

// Shift -> the sheet that is to stand in Gusto, or the reason why none is; nothing: the shift was deleted.
function makePlan(data) {
  const plan = {};
  const wanted = Object.values(data.shifts).filter(({ facts }) => facts);
  for (const person of new Set(wanted.map(({ facts }) => facts.person_id))) {
    const theirs = wanted.filter(({ facts }) => facts.person_id === person);
    const employee = data.people[data.links[person]];
    const counted = theirs.filter((shift) => !whyWithheld(shift) && !shift.facts.hours?.length);
    const entries = classify(counted.map(({ facts }) => facts));
    for (const shift of theirs) {
      const why = employee ? whyWithheld(shift) : "It is not settled who this person is in Gusto.";
      plan[shift.id] = why || toSheet(shift, data.links[person], employee, entries[shift.id] ?? given(shift));
    }
  }
  return plan;
}

function whyWithheld({ facts, rule }) {
  if (facts.status !== "approved") return `The shift is ${facts.status}; only approved ones are sent.`;
  if (!facts.ended_at) return "The shift has not ended.";
  if (Date.parse(facts.ended_at) <= Date.parse(facts.started_at)) return "The shift has no hours.";
  if (rule !== "weekly" && !facts.hours?.length) return NO_RULE;
  return null;
}

const given = ({ facts }) =>
  facts.hours.map(({ classification, hours }) => ({ pay_classification: classification, hours_worked: Number(hours) }));

// A sheet as Gusto takes it, or why there is none: of somebody with several jobs, the job must be known.
function toSheet({ id, facts }, uuid, employee, entries) {
  const jobs = employee.jobs.filter(({ title }) => !facts.job || title === facts.job);
  if (jobs.length !== 1) return "Please say which of this person's jobs in Gusto it was.";
  return {
    entity_type: "Employee",
    entity_uuid: uuid,
    job_uuid: jobs[0].uuid,
    time_zone: facts.time_zone,
    shift_started_at: facts.started_at,
    shift_ended_at: facts.ended_at,
    entries,
    metadata: { shift_board: id },
  };
}

const isSame = (one, other) => JSON.stringify(one) === JSON.stringify(other);

function isOpen(shift, wanted) {
  if (typeof wanted === "object") return shift.state !== "sent" || !isSame(shift.sheet?.said, wanted);
  return Boolean(shift.sheet || shift.asked) || shift.state !== (wanted ? "withheld" : "deleted");
}

async function readSheets(customers, customer) {
  const rows = [];
  for (let page = 1, pages = 1; page <= pages; page += 1) {
    const query = { page, per: PER_PAGE };
    const { data, headers } = await customers.call(customer, "GET", SHEETS, { query });
    if (!Array.isArray(data)) throw new Unavailable("the list of time sheets is no list");
    pages = Number(headers.get("X-Total-Pages") ?? 1);
    rows.push(...data);
  }
  return rows;
}

// One shift that Gusto refuses does not stop the others.
async function bringAbout(customers, customer, shift, wanted, standing) {
  adopt(shift, standing);
  const row = shift.sheet && standing.find(({ uuid }) => uuid === shift.sheet.uuid);
  try {
    if (row?.synced_to_payroll_at && !isSame(shift.sheet.said, wanted)) settle(shift, "refused", LATE);
    else if (typeof wanted !== "object") await remove(customers, customer, shift, row, wanted);
    else if (row) await change(customers, customer, shift, row, wanted);
    else await create(customers, customer, shift, wanted);
  } catch (error) {
    if (!(error instanceof Refused) || error.status !== 422) throw error;
    settle(shift, "refused", error.messages.join("; ") || "Gusto did not take this shift.");
  }
  await customer.save();
}

function settle(shift, state, detail = null) {
  Object.assign(shift, { state, detail });
}

// Takes the sheet of a create whose answer was lost for the shift's own, if it is there.
function adopt(shift, standing) {
  if (!shift.asked) return;
  const { entity_uuid: person, shift_started_at: began } = shift.asked;
  const isIt = (row) => row.entity_uuid === person && Date.parse(row.shift_started_at) === Date.parse(began);
  const found = standing.find(isIt);
  Object.assign(shift, { asked: null, sheet: found ? { uuid: found.uuid, said: shift.asked } : null });
}

async function create(customers, customer, shift, wanted) {
  for (let tries = 1; ; tries += 1) {
    Object.assign(shift, { asked: wanted, sheet: null, state: "pending", detail: null });
    await customer.save(); // before it is asked for: there may be a sheet from now on
    try {
      const { data } = await customers.call(customer, "POST", SHEETS, { body: wanted });
      Object.assign(shift, { asked: null, sheet: { uuid: data.uuid, said: wanted } });
      break;
    } catch (error) {
      if (error instanceof Refused) shift.asked = null;
      if (!(error instanceof Unavailable) || tries === MOST_CREATES) throw error;
    }
    adopt(shift, await readSheets(customers, customer));
    if (shift.sheet) break;
  }
  settle(shift, "sent");
}

async function change(customers, customer, shift, row, wanted) {
  if (!isSame(shift.sheet.said, wanted)) {
    const put = (version) =>
      customers.call(customer, "PUT", SHEET + shift.sheet.uuid, { body: { ...wanted, version } });
    await underNewestVersion(customers, customer, row, put);
    shift.sheet.said = wanted;
  }
  settle(shift, "sent");
}

async function remove(customers, customer, shift, row, why) {
  if (row) {
    const erase = (version) =>
      customers.call(customer, "DELETE", SHEET + shift.sheet.uuid, { query: { version } });
    try {
      await underNewestVersion(customers, customer, row, erase);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error; // 404: gone is what we want
    }
  }
  shift.sheet = null;
  settle(shift, why ? "withheld" : "deleted", why ?? null);
}

// Writes under the version that was read; where somebody was quicker, reads the sheet and writes once more.
async function underNewestVersion(customers, customer, row, write) {
  try {
    await write(row.version);
  } catch (error) {
    if (!(error instanceof Refused) || !error.keys.includes("version")) throw error;
    const { data } = await customers.call(customer, "GET", SHEET + row.uuid);
    await write(data.version);
  }
}

// Shows what did not reach Gusto or its payroll, and takes away what is over.
export async function tell(customer) {
  const { data } = customer;
  const shifts = Object.values(data.shifts);
  const late = shifts.filter(({ detail }) => detail === LATE).map(({ id }) => id);
  const left = shifts.filter(({ detail }) => detail === NO_RULE).map(({ id }) => id);
  const refused = shifts.filter(({ state, detail }) => state === "refused" && detail !== LATE).map(({ detail }) => detail);
  const latest = Object.values(Object.fromEntries(data.syncs.map((sync) => [sync.asked + sync.schedule, sync])));
  const of = (status) => latest.filter((sync) => sync.status === status).flatMap(({ messages }) => messages);
  const show = (name, about, words) => {
    if (words.length) data.notices[name] = { about, message: words.join(" ") };
    else delete data.notices[name];
  };
  show("late", "late_change", late.length ? [LATE, `Shifts: ${late.join(", ")}.`] : []);
  show("excluded", "excluded", left.length ? [NO_RULE, `Shifts: ${left.join(", ")}.`] : []);
  show("partly", "partial_failure", [...refused, ...of("partial_success")]);
  show("syncs", "sync_failed", of("failure"));
  await customer.save();
}
