// One sealed JSON file for each customer, and one for the application.
//
// The whole file is encrypted (AES-256-GCM), tokens and people alike; its name tells nobody whose it is. A file is
// written beside the old one, flushed, and put in its place by a rename: whoever is killed in between leaves the
// old one whole. Writers that come while a write is under way share the next one, so a burst costs few writes.

import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import path from "node:path";

const FORMAT = 1;

export class Store {
  #folder;
  #key;
  #records = new Map(); // file name -> Record

  constructor(folder, key) {
    this.#folder = folder;
    this.#key = key;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (const name of readdirSync(folder)) {
      if (name.endsWith(".new")) rmSync(path.join(folder, name)); // a write that never came to its end
      else if (name.endsWith(".json")) this.#records.set(name, new Record(this.#place(name), key, null));
    }
  }

  // The record of that name, with `fresh` in it where there was none.
  open(name, fresh) {
    const file = fileOf(name);
    if (!this.#records.has(file)) this.#records.set(file, new Record(this.#place(file), this.#key, fresh));
    return this.#records.get(file);
  }

  find(name) {
    return this.#records.get(fileOf(name));
  }

  all() {
    return [...this.#records.values()];
  }

  #place(file) {
    return path.join(this.#folder, file);
  }
}

const fileOf = (name) => `${createHash("sha256").update(name).digest("hex").slice(0, 32)}.json`;

class Record {
  #place;
  #key;
  #writing = null; // the write under way
  #next = null; // the one after it, which holds all that was changed meanwhile

  constructor(place, key, fresh) {
    this.#place = place;
    this.#key = key;
    this.data = fresh ?? read(place, key);
  }

  // Resolves when everything that stood in `data` at the call is on the disk.
  save() {
    if (!this.#writing) {
      this.#writing = this.#write().finally(() => (this.#writing = null));
      return this.#writing;
    }
    this.#next ??= this.#writing
      .catch(() => {}) // whoever asked for that write is told; this one tries for itself
      .then(() => {
        this.#next = null;
        return this.save();
      });
    return this.#next;
  }

  async #write() {
    const text = JSON.stringify(seal(this.data, this.#key));
    const beside = `${this.#place}.new`;
    const file = await open(beside, "w", 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(beside, this.#place);
    const folder = await open(path.dirname(this.#place));
    await folder.sync().finally(() => folder.close());
  }
}

function read(place, key) {
  try {
    return unseal(JSON.parse(readFileSync(place, "utf8")), key);
  } catch (error) {
    throw new Error(`${place} cannot be read with this SHIFT_BOARD_KEY (${error.message})`);
  }
}

function seal(data, key) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(data), "utf8"), cipher.final()]);
  const parts = { nonce, tag: cipher.getAuthTag(), sealed };
  const text = Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.toString("base64")]));
  return { format: FORMAT, ...text };
}

function unseal({ format, ...text }, key) {
  if (format !== FORMAT) throw new Error(`a store of format ${format}; this version reads ${FORMAT}`);
  const { nonce, tag, sealed } = Object.fromEntries(
    Object.entries(text).map(([name, part]) => [name, Buffer.from(part, "base64")]),
  );
  const decipher = createDecipheriv("aes-256-gcm", key, nonce);
  decipher.setAuthTag(tag);
  return JSON.parse(Buffer.concat([decipher.update(sealed), decipher.final()]).toString("utf8"));
}
