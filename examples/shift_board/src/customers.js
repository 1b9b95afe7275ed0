// Customers: what is held for each, and the grant by which its company is reached.
//
// A token pair is used until Gusto answers 401, and is then renewed: one renewal at a time for a customer, stored
// before anybody uses it. A refresh token works once, so what was answered is never sent again; what was not
// answered is. Source: https://docs.gusto.com/app-integrations/docs/oauth2

import { Gate, Refused, Unavailable, ask } from "./gusto.js";
import { log } from "./log.js";

export class ReconnectNeeded extends Error {}

const fresh = (account) => ({
  account,
  connection: null, // {state, company, owner, since, tokens: {access, refresh}}
  company: null, // whose identifiers the links are, also after a connection has ended
  people: {}, // by Gusto's UUID, as Gusto showed them
  own: [], // the customer's own people
  links: {}, // own id -> Gusto's UUID, or null: nobody
  shifts: {}, // by own id
  syncs: [], // of hours into payrolls
  events: {}, // by UUID
  notices: {}, // what is told now, by what it came from: {about, message}
});

export class Customers {
  #config;
  #store;
  #gates = new Map();
  #renewals = new Map();

  constructor(config, store) {
    this.#config = config;
    this.#store = store;
  }

  open(account) {
    return this.#store.open(nameOf(account), fresh(account));
  }

  find(account) {
    return this.#store.find(nameOf(account));
  }

  all() {
    return this.#store.all().filter((record) => record.data.account);
  }

  connectedTo(company) {
    return this.all().filter(({ data }) => isConnected(data) && data.connection.company === company);
  }

  // One call about the customer's company, which `{company}` in the path stands for.
  async call(customer, method, path, what = {}) {
    const { company } = requireConnection(customer);
    const findToken = () => {
      const now = requireConnection(customer);
      if (now.company !== company) throw new Unavailable("connected to another company meanwhile");
      return now.tokens.access;
    };
    const renew = (stale) => this.#renew(customer, stale);
    const gate = this.#gate(company);
    try {
      return await ask(this.#config, gate, method, path.replace("{company}", company), { ...what, findToken, renew });
    } catch (error) {
      if (error instanceof Refused && error.status === 401) await this.#giveUp(customer);
      throw error instanceof Refused && error.status === 401 ? new ReconnectNeeded() : error;
    }
  }

  #gate(company) {
    if (!this.#gates.has(company)) this.#gates.set(company, new Gate());
    return this.#gates.get(company);
  }

  // Sees to it that the customer has another access token than `stale`.
  async #renew(customer, stale) {
    const { account } = customer.data;
    if (requireConnection(customer).tokens.access !== stale) return; // somebody was quicker
    if (!this.#renewals.has(account)) {
      const renewal = this.#refresh(customer).finally(() => this.#renewals.delete(account));
      this.#renewals.set(account, renewal);
    }
    await this.#renewals.get(account);
  }

  async #refresh(customer) {
    const { connection } = customer.data;
    let answer;
    try {
      answer = await this.oauth("/oauth/token", {
        grant_type: "refresh_token",
        refresh_token: connection.tokens.refresh,
      });
    } catch (error) {
      if (!(error instanceof Refused) || !error.categories.includes("invalid_grant")) throw error;
      await this.#giveUp(customer);
      throw new ReconnectNeeded();
    }
    if (customer.data.connection !== connection) throw new Unavailable("connected anew meanwhile");
    connection.tokens = readPair(answer.data);
    await customer.save(); // before anybody uses the new pair
  }

  async #giveUp(customer) {
    const { data } = customer;
    if (!isConnected(data)) return;
    data.connection = { ...data.connection, state: "reconnect_needed", tokens: null };
    data.notices.connection = {
      about: "reconnect_needed",
      message: "Gusto no longer accepts our connection to your company. Please connect again.",
    };
    await customer.save();
    log.warn(`the grant for company ${data.connection.company} is dead`);
  }

  // A request of the application's own to OAuth. Its secrets stand in the body, and nowhere else.
  oauth(path, fields, { repeatable = true } = {}) {
    const body = { client_id: this.#config.clientId, client_secret: this.#config.clientSecret, ...fields };
    return ask(this.#config, new Gate(), "POST", path, { body, repeatable });
  }

  // Turns the code of a consent into a connection. The token itself is asked whose it is.
  async connect(customer, code) {
    const fields = { grant_type: "authorization_code", code, redirect_uri: this.#config.redirectUri };
    const tokens = readPair((await this.oauth("/oauth/token", fields, { repeatable: false })).data);
    const findToken = () => tokens.access;
    const { data: info } = await ask(this.#config, new Gate(), "GET", "/v1/token_info", { findToken });
    if (info?.resource?.type !== "Company") throw new Unavailable("the token opens no company");
    const { data } = customer;
    const company = info.resource.uuid;
    if (data.company !== company) Object.assign(data, { people: {}, links: {}, shifts: {}, syncs: [], events: {} });
    const owner = info.resource_owner?.uuid ?? null;
    const since = Date.now() / 1000;
    Object.assign(data, { company, connection: { state: "connected", company, owner, since, tokens }, notices: {} });
    await customer.save();
    log.info(`company ${company} is connected`);
  }

  // Ends a connection from our side: first for ourselves, then at Gusto.
  async disconnect(customer) {
    const { connection } = customer.data;
    if (!connection) return;
    await this.forget(customer);
    const { access, refresh } = connection.tokens ?? {};
    for (const token of [refresh, access]) if (token) await this.oauth("/oauth/revoke", { token });
  }

  // Deletes tokens, people and events. The links stay: see README.md.
  async forget(customer, notice = null) {
    const notices = notice ? { connection: notice } : {};
    Object.assign(customer.data, { connection: null, people: {}, events: {}, syncs: [], notices });
    await customer.save();
  }
}

const nameOf = (account) => `customer ${account}`;

export const isConnected = (data) => data.connection?.state === "connected";

function requireConnection(customer) {
  if (!isConnected(customer.data)) throw new ReconnectNeeded("not connected");
  return customer.data.connection;
}

function readPair(data) {
  const { access_token: access, refresh_token: refresh } = data ?? {};
  if (!access || !refresh) throw new Unavailable("the answer has no tokens");
  return { access, refresh };
}
