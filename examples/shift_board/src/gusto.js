// Talking to Gusto: single requests, and when one may be sent again.
//
// A request is sent again after a 401 (once, with a new token), after a 429 (when the time that Gusto named is
// over) and, where it only reads or replaces, after a 5xx or silence: soon, with pauses that double, six times
// at most. A create is never repeated here: whoever made it looks first whether it is there.
// Sources: https://docs.gusto.com/app-integrations/docs/rate-limits,
// https://docs.gusto.com/app-integrations/docs/idempotency

import { sleep } from "./queue.js";

const VERSION = "2026-06-15";
const PATIENCE = 10_000; // milliseconds for one answer
const MOST_TRIES = 6;
const MOST_WAITS = 5; // answers 429 in a row
const FIRST_PAUSE = 0.1; // seconds
const WINDOW = 60; // seconds; also what to wait where a 429 does not say
const MOST_IN_WINDOW = 180; // Gusto's limit is 200

export class Unavailable extends Error {} // no usable answer; whether anything was done is not known

export class Refused extends Error {
  constructor(status, errors) {
    const categories = errors.map((each) => each.category).filter(Boolean);
    super(`answered ${status} (${categories.join(", ") || "no category"})`);
    this.status = status;
    this.categories = categories;
    this.keys = errors.map((each) => each.error_key).filter(Boolean);
    this.messages = errors.map((each) => each.message).filter(Boolean);
  }
}

// One request, one answer: {status, headers, data}. Throws `Unavailable` where none came.
export async function send(config, method, path, { token, query = {}, body } = {}) {
  const url = new URL(config.apiBase + path);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const headers = { Accept: "application/json", "User-Agent": "ShiftBoard/2.7", "X-Gusto-API-Version": VERSION };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (body) headers["Content-Type"] = "application/json";
  const signal = AbortSignal.timeout(PATIENCE);
  try {
    const answer = await fetch(url, {
      method, headers, signal, redirect: "manual", body: body && JSON.stringify(body),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, data: parse(text) };
  } catch (error) {
    throw new Unavailable(`no answer (${error.cause?.code ?? error.name})`);
  }
}

function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

// The entries of an error body, those inside of others included, and the `error` of OAuth.
export function errorsIn(data) {
  if (typeof data?.error === "string") return [{ category: data.error }];
  const entries = Array.isArray(data?.errors) ? data.errors : [];
  return entries.filter((each) => each && typeof each === "object").flatMap((each) => [each, ...errorsIn(each)]);
}

// Seconds that a 429 asks for: a number, or a date (RFC 9110 section 10.2.3).
export function secondsToWait(headers) {
  const told = headers.get("Retry-After");
  const seconds = told?.trim() ? Number(told) : NaN;
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const until = Date.parse(told ?? "");
  return Number.isNaN(until) ? WINDOW : Math.max(0, (until - Date.now()) / 1000);
}

// Keeps the requests of one grant below the limit, and silent for as long as Gusto asked.
export class Gate {
  #notBefore = 0;
  #sent = [];

  silence(seconds) {
    this.#notBefore = Math.max(this.#notBefore, Date.now() + seconds * 1000 + 100);
  }

  async pass() {
    for (;;) {
      const now = Date.now();
      this.#sent = this.#sent.filter((moment) => moment > now - WINDOW * 1000);
      const free = this.#sent.length < MOST_IN_WINDOW ? 0 : this.#sent[0] + WINDOW * 1000;
      const until = Math.max(this.#notBefore, free);
      if (until <= now) break;
      await sleep((until - now) / 1000);
    }
    this.#sent.push(Date.now());
  }
}

// Asks until there is an answer that settles it: returned where it is good, thrown where it is not.
// `renew(token)` makes a new token after a 401, or throws.
export async function ask(config, gate, method, path, { findToken, renew, repeatable = method !== "POST", ...what }) {
  let tries = 0;
  let waits = 0;
  let renewed = false;
  for (;;) {
    await gate.pass();
    const token = findToken?.();
    let answer;
    try {
      answer = await send(config, method, path, { ...what, token });
    } catch (error) {
      answer = { status: 0, reason: error.message };
    }
    if (answer.status === 401 && renew && !renewed) {
      renewed = true;
      await renew(token);
    } else if (answer.status === 429) {
      gate.silence(secondsToWait(answer.headers));
      waits += 1;
      if (waits > MOST_WAITS) throw new Unavailable("asked to wait again and again");
    } else if (isGood(answer)) {
      return answer;
    } else if (answer.status >= 400 && answer.status < 500) {
      throw new Refused(answer.status, errorsIn(answer.data));
    } else {
      tries += 1;
      const reason = answer.reason ?? `answered ${answer.status}`;
      if (!repeatable || tries >= MOST_TRIES) throw new Unavailable(reason);
      await sleep(FIRST_PAUSE * 2 ** (tries - 1) * (1 + Math.random() / 4));
    }
  }
}

const isGood = ({ status, data }) => status >= 200 && status < 300 && (data !== undefined || status !== 200);
