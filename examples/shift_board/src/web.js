// The HTTP server: pages for customers, the way to Gusto and back, webhooks, and the doors of doors.js.

import { createServer } from "node:http";
import { answerHarness, isHarness } from "./doors.js";
import { Refused, Unavailable } from "./gusto.js";
import { log } from "./log.js";
import { Sessions, boardPage, isPasscode, message, signInPage } from "./pages.js";
import { DecisionRefused, decide } from "./people.js";

const LARGEST = 8_000_000; // bytes of a body
const FORGED = "This answer does not belong to a connection that you began here. Please begin again.";
const DENIED = `Gusto did not give us access, and nothing was changed. Only a primary or full-access admin of the
company can allow it; you can try again at any time.`;

export function makeServer(config, board) {
  const site = new Site(config, board);
  return createServer(async (request, response) => {
    const { status, headers = {}, body = "" } = await site.answer(request).catch((error) => {
      if (error instanceof TooLarge) return { status: 413 };
      log.warn(`${request.method} ${request.url.split("?")[0]} broke: ${error.stack}`);
      return { status: 500, body: message("Something went wrong", "It is in our log.") };
    });
    const type = typeof body === "string" ? "text/html; charset=utf-8" : "application/json";
    response.writeHead(status, { "Content-Type": type, "Cache-Control": "no-store", ...headers });
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
}

class TooLarge extends Error {}

async function readBody(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    pieces.push(piece);
    size += piece.length;
    if (size > LARGEST) throw new TooLarge();
  }
  return Buffer.concat(pieces);
}

class Site {
  #config;
  #board;
  #sessions;

  constructor(config, board) {
    this.#config = config;
    this.#board = board;
    this.#sessions = new Sessions(config);
  }

  async answer(request) {
    const url = new URL(request.url, this.#config.origin);
    if (url.pathname.startsWith("/qa/")) {
      const read = () => readBody(request);
      const [status, body] = await answerHarness(this.#config, this.#board, request, url, read);
      return { status, body };
    }
    switch (`${request.method} ${url.pathname}`) {
      case "GET /health": return { status: 200, body: { status: "ok" } };
      case "POST /gusto/events": return this.#event(request);
      case "GET /gusto/connect": return this.#connect(request, url);
      case "GET /gusto/back": return this.#back(request, url);
      case "POST /sign-in": return this.#signIn(request);
      case "GET /": return this.#home(request);
      case "POST /sync": return this.#form(request, (customer) => void this.#board.sync(customer).catch(() => {}));
      case "POST /disconnect": return this.#form(request, (customer) => this.#board.disconnect(customer));
      case "POST /matches": return this.#form(request, (customer, form) => this.#decide(customer, form));
      default: return { status: 404, body: message("Not found", "There is no such page.") };
    }
  }

  async #event(request) {
    const isGustos = await this.#board.receive(await readBody(request), request.headers["x-gusto-signature"]);
    if (!isGustos) log.warn("refused an event without a valid signature");
    return { status: isGustos ? 200 : 401, body: {} };
  }

  // Sends a signed-in browser to the consent page. The harness, with its token, is signed in as it asks.
  #connect(request, url) {
    let session = this.#sessions.find(request);
    const headers = {};
    if (isHarness(this.#config, request)) {
      const begun = this.#sessions.begin(url.searchParams.get("account") ?? "");
      session = begun.session;
      headers["Set-Cookie"] = begun.header;
    }
    if (!session) return redirect("/");
    const query = new URLSearchParams({
      client_id: this.#config.clientId,
      redirect_uri: this.#config.redirectUri,
      response_type: "code",
      state: this.#sessions.beginAttempt(session),
    });
    return redirect(`${this.#config.apiBase}/oauth/authorize?${query}`, headers);
  }

  async #back(request, { searchParams: given }) {
    const session = this.#sessions.find(request);
    if (!session || !this.#sessions.spendAttempt(session, given.get("state"))) return sorry(400, FORGED);
    if (given.get("error")) return sorry(200, DENIED);
    if (!given.get("code")) return sorry(400, FORGED);
    try {
      await this.#board.connect(this.#board.customers.open(session.account), given.get("code"));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof Unavailable)) throw error;
      log.warn(`connecting failed: ${error.message}`);
      return sorry(502, "Gusto did not answer as expected. Please begin again.");
    }
    return redirect("/");
  }

  async #signIn(request) {
    const form = new URLSearchParams((await readBody(request)).toString("utf8"));
    const account = form.get("account") ?? "";
    const customer = this.#board.customers.find(account);
    if (!isPasscode(customer?.data.passcode, form.get("passcode") ?? "")) return { status: 403, body: signInPage() };
    return redirect("/", { "Set-Cookie": this.#sessions.begin(account).header });
  }

  #home(request) {
    const session = this.#sessions.find(request);
    if (!session) return { status: 200, body: signInPage() };
    return { status: 200, body: boardPage(this.#board.customers.open(session.account).data) };
  }

  async #form(request, act) {
    const session = this.#sessions.find(request);
    if (!session) return redirect("/");
    const form = new URLSearchParams((await readBody(request)).toString("utf8"));
    await act(this.#board.customers.open(session.account), form);
    return redirect("/");
  }

  async #decide(customer, form) {
    const decision = { person_id: form.get("person_id"), gusto_uuid: form.get("gusto_uuid") || null };
    try {
      decide(customer.data, [decision]);
    } catch (error) {
      if (!(error instanceof DecisionRefused)) throw error;
      customer.data.notices.decision = { about: "conflict", message: `That match cannot be: ${error.message}.` };
    }
    await customer.save();
  }
}

const redirect = (where, headers = {}) => ({ status: 303, headers: { Location: where, ...headers } });
const sorry = (status, words) => ({ status, body: message("We could not connect to Gusto", words) });
