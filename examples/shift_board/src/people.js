// Reading a company's people, and who of them is who here.
//
// The whole list is read, in pages of 100, and taken over at once when it is complete. A list that has changed its
// length on the way is read again. Nobody is matched by the program: it proposes, and a person decides.
// Source: https://docs.gusto.com/app-integrations/docs/syncing-employees

import { Refused, Unavailable } from "./gusto.js";
import { log } from "./log.js";

const PER_PAGE = 100;
const MOST_READINGS = 4;
const CONTRACTORS = "Shift Board works with employees only. Please enter the hours of contractors in Gusto.";

export async function syncPeople(customers, customer) {
  const { data } = customer;
  const asked = Object.values(data.events).filter(({ state, about }) => state === "pending" && about === "people");
  try {
    const { rows, unreadable } = await readAll(customers, customer);
    const gone = await findGone(customers, customer, rows);
    takeOver(data, rows, gone, unreadable);
    for (const event of asked) event.state = "processed"; // reading everybody is what they asked for
    await customer.save();
    log.info(`company ${data.company}: ${rows.size} people`);
    return rows.size;
  } catch (error) {
    if (data.connection) {
      const notice = toNotice(error);
      if (notice) data.notices.people = notice;
      await customer.save();
    }
    throw error;
  }
}

async function readAll(customers, customer) {
  for (let reading = 1; ; reading += 1) {
    const rows = new Map();
    const totals = new Set();
    let unreadable = 0;
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const query = { page, per: PER_PAGE };
      const { data, headers } = await customers.call(customer, "GET", "/v1/companies/{company}/employees", { query });
      if (!Array.isArray(data)) throw new Unavailable("the list of employees is no list");
      pages = Number(headers.get("X-Total-Pages") ?? 1);
      totals.add(headers.get("X-Total-Count"));
      for (const row of data) {
        if (typeof row?.uuid === "string") rows.set(row.uuid, keep(row));
        else unreadable += 1;
      }
    }
    if (totals.size === 1 || reading === MOST_READINGS) return { rows, unreadable };
  }
}

// What is used of somebody, and nothing besides.
function keep(row) {
  const { first_name, last_name, email, work_email, date_of_birth, onboarded, terminated } = row;
  const jobs = Array.isArray(row.jobs) ? row.jobs : [];
  return {
    first_name, last_name, email, work_email, date_of_birth, onboarded, terminated,
    jobs: jobs.map(({ uuid, title }) => ({ uuid, title })),
  };
}

// Whom we knew and did not meet may be gone, or a shifting list has hidden them: they are asked for by name.
async function findGone(customers, customer, rows) {
  const gone = [];
  for (const uuid of Object.keys(customer.data.people).filter((each) => !rows.has(each))) {
    try {
      rows.set(uuid, keep((await customers.call(customer, "GET", `/v1/employees/${uuid}`)).data));
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 404) throw error;
      gone.push(uuid);
    }
  }
  return gone;
}

function takeOver(data, rows, gone, unreadable) {
  data.people = Object.fromEntries(rows);
  delete data.notices.people;
  const unlinked = Object.keys(data.links).filter((id) => gone.includes(data.links[id]));
  for (const id of unlinked) delete data.links[id];
  if (unlinked.length) {
    const message = `${unlinked.length} of your people were deleted in Gusto. Please say who they are now.`;
    data.notices.unlinked = { about: "unlinked", message };
  }
  if (unreadable) {
    const message = `${unreadable} records from Gusto could not be read; all others are up to date.`;
    data.notices.people = { about: "partial_failure", message };
  }
}

function toNotice(error) {
  if (error instanceof Refused && error.categories.includes("missing_oauth_scopes")) {
    log.alarm("Gusto has not given us a scope that we need");
    return { about: "missing_scope", message: "Gusto does not let us read your people. We have been told." };
  }
  if (error instanceof Refused && error.status === 406) {
    log.alarm("Gusto refuses our API version; a release is needed");
    return { about: "outdated_version", message: "Gusto no longer answers this version. We are at work on it." };
  }
  if (error instanceof Refused || error instanceof Unavailable) {
    return { about: "sync_failed", message: "Your people could not be read from Gusto. What was read is kept." };
  }
  return null;
}

// Gusto's flag turns when the last day of work has gone by; a dismissal to come changes nothing.
export function employmentOf(person) {
  if (person.terminated) return "terminated";
  return person.onboarded ? "active" : "onboarding";
}

// Who is who: [{person_id, gusto_uuid, state}].
export function matchesOf(data) {
  const taken = new Set(Object.values(data.links));
  const free = Object.entries(data.people).filter(([uuid]) => !taken.has(uuid));
  const proposals = new Map();
  for (const own of data.own.filter(({ id }) => !(id in data.links))) {
    const scores = free.map(([uuid, person]) => [uuid, agreements(own, person)]).filter(([, score]) => score > 0);
    const best = Math.max(...scores.map(([, score]) => score));
    proposals.set(own.id, scores.filter(([, score]) => score === best).map(([uuid]) => uuid));
  }
  const claims = [...proposals.values()].filter((each) => each.length === 1).flat();
  return data.own.map(({ id }) => {
    if (data.links[id]) return { person_id: id, gusto_uuid: data.links[id], state: "matched" };
    const found = proposals.get(id) ?? [];
    if (!found.length) return { person_id: id, gusto_uuid: null, state: "unmatched" };
    const isClear = found.length === 1 && claims.filter((uuid) => uuid === found[0]).length === 1;
    return { person_id: id, gusto_uuid: isClear ? found[0] : null, state: isClear ? "proposed" : "conflict" };
  });
}

// How many of e-mail, whole date of birth and full name agree. What is missing agrees with nothing.
export function agreements(own, person) {
  const addresses = [person.email, person.work_email].filter(Boolean).map(fold);
  const sameMail = [own.email, own.work_email].some((each) => each && addresses.includes(fold(each)));
  const sameBirth = Boolean(own.date_of_birth) && own.date_of_birth === person.date_of_birth;
  const sameName = Boolean(fullName(own)) && fullName(own) === fullName(person);
  return sameMail + sameBirth + sameName;
}

const fold = (text) => text.trim().normalize("NFKC").toLowerCase();
const fullName = ({ first_name, last_name }) =>
  first_name && last_name ? fold(`${first_name} ${last_name}`.replace(/\s+/g, " ")) : "";

export class DecisionRefused extends Error {}

// Takes all decisions or none.
export function decide(data, decisions) {
  const links = { ...data.links };
  for (const { person_id: id, gusto_uuid: uuid } of decisions) {
    if (!data.own.some((own) => own.id === id)) throw new DecisionRefused(`nobody here is ${id}`);
    if (uuid !== null && !(uuid in data.people)) throw new DecisionRefused("nobody in Gusto has that UUID");
    links[id] = uuid;
  }
  const used = Object.values(links).filter((uuid) => uuid !== null);
  if (new Set(used).size !== used.length) throw new DecisionRefused("one person in Gusto would be two people here");
  data.links = links;
  if (Object.values(matchesOf(data)).every(({ state }) => state === "matched")) delete data.notices.unlinked;
}

export function setOwnPeople(data, people) {
  data.own = people;
  const known = new Set(people.map(({ id }) => id));
  for (const id of Object.keys(data.links)) if (!known.has(id)) delete data.links[id];
}

// What the customer reads as long as it is so: who is left out, and whose match waits.
export function standingNotices(data) {
  const notices = [];
  if (Object.keys(data.people).length) notices.push({ about: "excluded", message: CONTRACTORS });
  const states = matchesOf(data).map(({ person_id, state }) => (person_id in data.links ? "decided" : state));
  const conflicts = states.filter((state) => state === "conflict").length;
  const waiting = states.filter((state) => state === "proposed" || state === "unmatched").length;
  if (conflicts) notices.push({ about: "conflict", message: `${conflicts} people fit several records in Gusto.` });
  if (waiting) notices.push({ about: "unmatched", message: `${waiting} people wait for you to say who they are.` });
  return notices;
}
