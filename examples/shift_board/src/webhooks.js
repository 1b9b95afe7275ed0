// Webhooks: a subscription of the application's, and events that say that something has changed.
//
// An event is checked, written down and answered at once. What it means is worked off afterwards: whatever happened
// to people, and to however many, everybody is read again, once. So an event that comes twice, late or in the wrong
// order does no harm. What was missed is made up for by reading everybody every few hours.
// Source: https://docs.gusto.com/app-integrations/docs/webhooks

import { createHmac, timingSafeEqual } from "node:crypto";
import { Gate, Refused, Unavailable, ask } from "./gusto.js";
import { log } from "./log.js";
import { sleep } from "./queue.js";

const TYPES = ["Company", "Employee"]; // what we act on
const SUBSCRIPTIONS = "/v1/webhook_subscriptions";
const TOKEN_PATIENCE = 10; // seconds
const KEPT_FOR = 31 * 24 * 3600; // seconds: events are told again for three days at most

export class Subscription {
  #config;
  #record;
  #gate = new Gate();
  #token = null; // a system token: cheap, and kept in memory only
  #candidates = null; // verification tokens that came while we wait for one

  constructor(config, store) {
    this.#config = config;
    this.#record = store.open("application", { subscription: null });
  }

  get #secret() {
    return this.#record.data.subscription?.secret;
  }

  // Sees to it that there is one verified subscription of our address, and that we have its key.
  async ensure() {
    const { data: listed } = await this.#call("GET", SUBSCRIPTIONS);
    const isLive = ({ url, status }) => url === this.#config.webhookUrl && ["pending", "verified"].includes(status);
    const ours = listed.find(isLive);
    if (ours?.status === "verified" && ours.uuid === this.#record.data.subscription?.uuid) return;
    this.#candidates = [];
    try {
      const uuid = ours?.uuid ?? (await this.#create());
      if (ours) await this.#call("GET", `${SUBSCRIPTIONS}/${uuid}/request_verification_token`);
      this.#record.data.subscription = { uuid, secret: await this.#verify(uuid) };
      await this.#record.save();
    } finally {
      this.#candidates = null;
    }
  }

  async #create() {
    const body = { url: this.#config.webhookUrl, subscription_types: TYPES };
    return (await this.#call("POST", SUBSCRIPTIONS, { body })).data.uuid;
  }

  async #verify(uuid) {
    for (const until = Date.now() + TOKEN_PATIENCE * 1000; Date.now() < until; ) {
      const token = this.#candidates.shift();
      if (!token) {
        await sleep(0.05);
        continue;
      }
      try {
        await this.#call("PUT", `${SUBSCRIPTIONS}/${uuid}/verify`, { body: { verification_token: token } });
        return token;
      } catch (error) {
        if (!(error instanceof Refused) || error.status !== 422) throw error; // 422: it was not Gusto's
      }
    }
    throw new Unavailable("no verification token arrived");
  }

  async #call(method, path, what = {}) {
    const renew = async (stale) => {
      if (this.#token === stale) this.#token = await this.#askForToken();
    };
    this.#token ??= await this.#askForToken();
    return ask(this.#config, this.#gate, method, path, { ...what, findToken: () => this.#token, renew });
  }

  async #askForToken() {
    const { clientId: client_id, clientSecret: client_secret } = this.#config;
    const body = { client_id, client_secret, grant_type: "system_access" };
    const { data } = await ask(this.#config, new Gate(), "POST", "/oauth/token", { body, repeatable: true });
    if (!data?.access_token) throw new Unavailable("the answer has no token");
    return data.access_token;
  }

  // The event that Gusto signed, from the bytes as they came; nothing where it did not. A verification token
  // cannot be signed: it is looked at only while one is awaited, and becomes the key when Gusto has accepted it.
  read(raw, signature) {
    if (this.#secret && isSigned(this.#secret, raw, signature)) return parse(raw);
    const { verification_token: token } = parse(raw);
    if (typeof token !== "string" || !this.#candidates || this.#candidates.length > 4) return null;
    this.#candidates.push(token);
    return {};
  }
}

function isSigned(secret, raw, signature) {
  const wanted = Buffer.from(createHmac("sha256", secret).update(raw).digest("hex"));
  const given = Buffer.from(signature ?? "");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function parse(raw) {
  try {
    return JSON.parse(raw.toString("utf8")) ?? {};
  } catch {
    return {};
  }
}

// Writes an event down for everybody who is connected to its company; returns those for whom it is new.
export async function keepEvent(customers, event) {
  const { uuid, event_type: type = "", entity_uuid: entity = null, timestamp = 0, resource_uuid: company } = event;
  if (typeof uuid !== "string" || typeof company !== "string") return [];
  const about = { employee: "people", company: "company" }[type.split(".")[0]] ?? "nothing";
  const fresh = customers.connectedTo(company).filter(({ data }) => !(uuid in data.events));
  for (const { data } of fresh) {
    const state = about === "nothing" ? "ignored" : "pending";
    data.events[uuid] = { type, entity, timestamp, state, about };
    for (const [old, { timestamp: at }] of Object.entries(data.events)) {
      if (at && at < Date.now() / 1000 - KEPT_FOR) delete data.events[old];
    }
  }
  await Promise.all(fresh.map((customer) => customer.save()));
  return fresh;
}

export const hasPending = ({ events }) => Object.values(events).some(({ state }) => state === "pending");

// Acts on the customer's pending events; `sync` reads everybody, and settles those about people.
export async function workOff(customers, customer, sync) {
  const pending = Object.values(customer.data.events).filter(({ state }) => state === "pending");
  for (const event of pending.filter(({ about }) => about === "company")) {
    const { connection } = customer.data;
    event.state = event.type === "company.deprovisioned" ? "processed" : "ignored";
    if (event.state === "processed" && connection && event.timestamp > connection.since) {
      const message = "The connection was ended in Gusto. Connect again to go on.";
      await customers.forget(customer, { about: "reconnect_needed", message });
      log.info(`company ${connection.company} has removed us`);
      return;
    }
  }
  await customer.save();
  if (pending.some(({ about }) => about === "people")) await sync();
}
