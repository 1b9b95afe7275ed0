// Doors for a test harness: do this for an account, show what you hold for it. Never in production.
//
// They exist only while QA_TOKEN is set, and answer only to that token. They call what the pages call.

import { createHash, timingSafeEqual } from "node:crypto";
import { log } from "./log.js";
import { decide, employmentOf, matchesOf, setOwnPeople, standingNotices } from "./people.js";

const digest = (text) => createHash("sha256").update(text).digest();

export function isHarness(config, request) {
  if (!config.qaToken) return false;
  return timingSafeEqual(digest(request.headers.authorization ?? ""), digest(`Bearer ${config.qaToken}`));
}

// -> [status, JSON]
export async function answerHarness(config, board, request, { pathname, searchParams }, readBody) {
  if (!config.qaToken) return [404, {}];
  if (!isHarness(config, request)) return [401, { status: "failed", detail: "the QA token is wrong" }];
  const name = pathname.slice("/qa/".length);
  if (request.method === "GET" && Object.hasOwn(SHOWN, name)) {
    return [200, SHOWN[name](board.customers.open(searchParams.get("account") ?? "").data)];
  }
  if (request.method !== "POST" || !Object.hasOwn(DONE, name)) return [404, {}];
  const { account, ...payload } = JSON.parse((await readBody()).toString("utf8"));
  try {
    const detail = await DONE[name](board, board.customers.open(account), payload);
    return [200, { status: "done", detail: String(detail ?? "") }];
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error; // a mistake of ours
    return [200, { status: "failed", detail: `${error.constructor.name}: ${error.message}` }];
  }
}

const DONE = {
  "create-account": (_, customer) => customer.save(),
  disconnect: (board, customer) => board.disconnect(customer),
  "set-people": (_, customer, { people }) => {
    setOwnPeople(customer.data, people);
    return customer.save();
  },
  "sync-people": (board, customer) => board.sync(customer),
  "send-hours": (board, customer, payload) => board.sendHours(customer, payload),
  "confirm-matches": (_, customer, { decisions }) => {
    decide(customer.data, decisions);
    return customer.save();
  },
  "subscribe-webhooks": (board) => board.subscribe(),
};

const SHOWN = {
  connection: ({ connection }) => ({
    state: connection?.state ?? "disconnected",
    company_uuid: connection?.company ?? null,
    company_name: null,
  }),
  people: ({ people }) => ({
    people: Object.entries(people).map(([uuid, person]) => ({ gusto_uuid: uuid, employment: employmentOf(person) })),
  }),
  matches: (data) => ({ matches: matchesOf(data) }),
  hours: ({ shifts, syncs }) => ({
    shifts: Object.values(shifts).map(({ id, state, sheet, detail }) => ({
      id, state, detail, time_sheet_uuid: sheet?.uuid ?? null,
    })),
    syncs: syncs.filter(({ uuid }) => uuid).map(({ uuid, status, messages }) => ({ uuid, status, warnings: messages })),
  }),
  events: ({ events }) => ({
    events: Object.entries(events)
      .sort(([, one], [, other]) => one.timestamp - other.timestamp)
      .map(([uuid, { type, entity, state }]) => ({ uuid, event_type: type, entity_uuid: entity, state })),
  }),
  notices: (data) => ({ notices: [...Object.values(data.notices), ...standingNotices(data)] }),
  logs: () => ({ logs: log.newest() }),
  "stored-data": (data) => ({ stored: [...countStored(data)] }),
};

function* countStored({ connection, people, links, shifts, events, notices }) {
  const why = "identifiers only, so that connecting again asks nothing twice; deleted with the account";
  const count = (each) => Object.keys(each).length;
  yield { kind: "tokens", count: connection?.tokens ? 2 : 0 };
  yield { kind: "people", count: count(people) };
  yield { kind: "matches", count: count(links), detail: why };
  yield { kind: "hours", count: count(shifts), detail: "the customer's own shifts; deleted with the account" };
  yield { kind: "events", count: count(events) };
  yield { kind: "notices", count: count(notices), detail: "what the customer reads now" };
}
