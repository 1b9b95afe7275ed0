// Shift Board: `node src/main.js` serves; `forget-everything` and `add-account NAME` are for the shell.

import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { Board } from "./board.js";
import { ConfigError, readConfig } from "./config.js";
import { log } from "./log.js";
import { hashPasscode } from "./pages.js";
import { Store } from "./store.js";
import { makeServer } from "./web.js";

async function main([command, name]) {
  const config = readConfig(process.env);
  if (command === "forget-everything") return rmSync(config.folder, { recursive: true, force: true });
  const board = new Board(config, new Store(config.folder, config.key));
  if (command === "add-account" && name) {
    const passcode = randomBytes(9).toString("base64url");
    const customer = board.customers.open(name);
    customer.data.passcode = hashPasscode(passcode);
    await customer.save();
    return console.log(`The passcode of ${name} is ${passcode}`);
  }
  if (command) throw new ConfigError("usage: node src/main.js [forget-everything | add-account NAME]");
  board.start();
  const server = makeServer(config, board);
  server.on("error", (error) => fail(error));
  server.listen(config.port, "127.0.0.1", () => log.info(`at ${config.origin}`));
}

function fail(error) {
  console.error(error instanceof ConfigError ? `shift board: ${error.message}` : error);
  process.exitCode = 1;
}

main(process.argv.slice(2)).catch(fail);
