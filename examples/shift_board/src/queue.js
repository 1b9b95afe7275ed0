// A queue for each customer, in this process: one job at a time, so nothing of one customer runs against itself,
// and nobody waits for another customer. A job that is still waiting is shared by all who ask for it.

export class Queues {
  #last = new Map(); // customer -> the promise of its last job
  #waiting = new Map(); // "customer kind" -> the promise of a job that has not begun

  // Resolves or rejects as the job does.
  add(customer, kind, job, { shared = false } = {}) {
    const key = `${kind} ${customer}`;
    if (shared && this.#waiting.has(key)) return this.#waiting.get(key);
    const before = this.#last.get(customer) ?? Promise.resolve();
    const mine = before.then(() => {
      if (this.#waiting.get(key) === mine) this.#waiting.delete(key);
      return job();
    });
    const over = mine.catch(() => {}).then(() => {
      if (this.#last.get(customer) === over) this.#last.delete(customer);
    });
    this.#last.set(customer, over);
    if (shared) this.#waiting.set(key, mine);
    return mine;
  }
}

export const sleep = (seconds) => new Promise((resolve) => setTimeout(resolve, seconds * 1000));
