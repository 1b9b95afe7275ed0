// Pages, as plain as can be, and sessions. No page holds a token.

import { createHmac, randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { matchesOf, standingNotices } from "./people.js";

const SESSION = "board";
const LIFETIME = 12 * 3600; // seconds
const STATE_LIFETIME = 600; // seconds

const escape = (text) =>
  String(text ?? "").replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

export function page(title, inside) {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Shift Board: ${escape(title)}</title>
<h1>${escape(title)}</h1>${inside}</html>
`;
}

export const message = (title, words) =>
  page(title, `<p>${escape(words)}</p><p><a href="/gusto/connect">Connect to Gusto</a> <a href="/">Back</a></p>`);

export const signInPage = () =>
  page("Sign in", `<form method="post" action="/sign-in"><input name="account" placeholder="Account">
<input name="passcode" type="password" placeholder="Passcode"><button>Sign in</button></form>`);

// What a customer sees: the state of the connection, what there is to know, and who waits to be matched.
export function boardPage(data) {
  const { account, connection, people, own, notices } = data;
  const state = connection?.state ?? "not connected";
  const told = [...Object.values(notices), ...standingNotices(data)];
  const nameOf = ({ first_name, last_name } = {}) => escape(`${first_name ?? ""} ${last_name ?? ""}`);
  const choices = Object.entries(people).map(([uuid, each]) => [escape(uuid), nameOf(each)]);
  const rows = matchesOf(data).filter((each) => each.state !== "matched").map(({ person_id, gusto_uuid }) => {
    const options = choices.map(([uuid, name]) =>
      `<option value="${uuid}"${uuid === gusto_uuid ? " selected" : ""}>${name}</option>`);
    return `<li>${nameOf(own.find(({ id }) => id === person_id))} is
<form method="post" action="/matches"><input type="hidden" name="person_id" value="${escape(person_id)}">
<select name="gusto_uuid"><option value="">nobody in Gusto</option>${options.join("")}</select>
<button>Confirm</button></form></li>`;
  });
  return page(account, `<p>Gusto: ${escape(state)}</p>
<ul>${told.map((each) => `<li>${escape(each.message)}</li>`).join("")}</ul>
<p><a href="/gusto/connect">Connect to Gusto</a></p>
<form method="post" action="/sync"><button>Read people now</button></form>
<form method="post" action="/disconnect"><button>Disconnect</button></form>
<ul>${rows.join("")}</ul>`);
}

// Sessions are signed cookies; the state of an attempt to connect is kept here, and good once.
export class Sessions {
  #key;
  #isSecure;
  #attempts = new Map(); // state -> {session, until}

  constructor({ key, origin }) {
    this.#key = key;
    this.#isSecure = origin.startsWith("https:");
  }

  // A cookie that signs a browser in as an account.
  begin(account) {
    const text = `${randomBytes(12).toString("hex")}.${Date.now() + LIFETIME * 1000}.${encodeURIComponent(account)}`;
    const cookie = `${text}.${this.#sign(text)}`;
    // Lax: the browser has to bring it along when Gusto sends it back, and brings it with no foreign form.
    const rules = `Path=/; HttpOnly; SameSite=Lax; Max-Age=${LIFETIME}${this.#isSecure ? "; Secure" : ""}`;
    return { session: { account, cookie }, header: `${SESSION}=${cookie}; ${rules}` };
  }

  find(request) {
    const given = (request.headers.cookie ?? "").split("; ").find((each) => each.startsWith(`${SESSION}=`));
    const cookie = given?.slice(SESSION.length + 1) ?? "";
    const text = cookie.slice(0, cookie.lastIndexOf("."));
    if (!text || !isEqual(cookie.slice(text.length + 1), this.#sign(text))) return null;
    const [, until, ...account] = text.split(".");
    return Number(until) > Date.now() ? { account: decodeURIComponent(account.join(".")), cookie } : null;
  }

  // A state that nobody can guess, for one attempt of this session.
  beginAttempt({ cookie }) {
    const state = randomBytes(24).toString("base64url");
    this.#attempts.set(state, { cookie, until: Date.now() + STATE_LIFETIME * 1000 });
    for (const [old, { until }] of this.#attempts) if (until < Date.now()) this.#attempts.delete(old);
    return state;
  }

  spendAttempt({ cookie }, state) {
    const attempt = this.#attempts.get(state);
    if (!attempt || attempt.cookie !== cookie || attempt.until < Date.now()) return false;
    return this.#attempts.delete(state);
  }

  #sign(text) {
    return createHmac("sha256", this.#key).update(`session ${text}`).digest("base64url");
  }
}

export function isEqual(one, other) {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}

export function hashPasscode(passcode, salt = randomBytes(16).toString("hex")) {
  return { salt, hash: scryptSync(passcode, salt, 32).toString("hex") };
}

export const isPasscode = (held, passcode) =>
  Boolean(held) && isEqual(held.hash, hashPasscode(passcode, held.salt).hash);
