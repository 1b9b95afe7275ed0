// What the product does for a customer. The pages and the QA doors call this, and nothing below it.

import { Customers, isConnected } from "./customers.js";
import { sendHours, setShifts } from "./hours.js";
import { log } from "./log.js";
import { askForSync, followSyncs } from "./payrolls.js";
import { syncPeople } from "./people.js";
import { Queues, sleep } from "./queue.js";
import { Subscription, hasPending, keepEvent, workOff } from "./webhooks.js";

const BETWEEN_SYNCS = 6 * 3600; // seconds; also how late a change may show of which no webhook told
const AFTER_FAILURE = 30; // seconds
const MORE_TO_COME = 0.05; // seconds: events seldom come alone

export class Board {
  #queues = new Queues();
  #planned = new Set(); // accounts whose events will be worked off in a moment

  constructor(config, store) {
    this.customers = new Customers(config, store);
    this.subscription = new Subscription(config, store);
  }

  // Takes up what was left when the process ended, and begins to read everybody every few hours.
  start() {
    for (const customer of this.customers.all()) if (hasPending(customer.data)) this.#workOffSoon(customer);
    const syncAll = () => this.customers.all().filter(({ data }) => isConnected(data)).forEach((customer) =>
      this.sync(customer).catch((error) => log.warn(`a sync on schedule failed: ${error.message}`)));
    setInterval(syncAll, BETWEEN_SYNCS * 1000).unref();
  }

  sync(customer) {
    const job = () => syncPeople(this.customers, customer);
    return this.#queues.add(customer.data.account, "sync", job, { shared: true });
  }

  // Brings hours to Gusto, and a period of them into its payroll; resolves when that has come to its end.
  async sendHours(customer, { shifts, overtime, period }) {
    const { account } = customer.data;
    await this.#queues.add(account, "hours", async () => {
      setShifts(customer.data, shifts, overtime);
      await customer.save();
      await sendHours(this.customers, customer);
      if (period) await askForSync(this.customers, customer, period);
    });
    await followSyncs(this.customers, customer); // not in the queue: nobody waits for Gusto's payroll
  }

  connect(customer, code) {
    return this.#queues.add(customer.data.account, "connect", () => this.customers.connect(customer, code));
  }

  // Not in the queue: whatever is under way finds no connection at its next call, and ends.
  disconnect(customer) {
    return this.customers.disconnect(customer);
  }

  subscribe() {
    return this.#queues.add("", "subscribe", () => this.subscription.ensure(), { shared: true });
  }

  // Takes a delivery; returns whether Gusto sent it. It is on the disk when this resolves, and no further.
  async receive(raw, signature) {
    const event = this.subscription.read(raw, signature);
    if (!event) return false;
    for (const customer of await keepEvent(this.customers, event)) this.#workOffSoon(customer);
    return true;
  }

  async #workOffSoon(customer, pause = MORE_TO_COME) {
    const { account } = customer.data;
    if (this.#planned.has(account)) return;
    this.#planned.add(account);
    await sleep(pause);
    this.#planned.delete(account);
    const sync = () => syncPeople(this.customers, customer);
    try {
      await this.#queues.add(account, "events", () => workOff(this.customers, customer, sync), { shared: true });
    } catch (error) {
      log.warn(`events of company ${customer.data.company} wait: ${error.message}`);
      if (isConnected(customer.data)) this.#workOffSoon(customer, AFTER_FAILURE);
    }
  }
}
