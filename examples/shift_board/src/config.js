// What the environment says, read once. Nothing else looks at process.env.

const DEMO = "https://api.gusto-demo.com";

export class ConfigError extends Error {}

export function readConfig(env) {
  const needed = ["GUSTO_CLIENT_ID", "GUSTO_CLIENT_SECRET", "SHIFT_BOARD_KEY", "SHIFT_BOARD_DATA"];
  const missing = needed.filter((name) => !env[name]);
  if (missing.length) throw new ConfigError(`set ${missing.join(", ")}; README.md explains each`);
  const key = Buffer.from(env.SHIFT_BOARD_KEY, "hex");
  if (key.length !== 32) throw new ConfigError("SHIFT_BOARD_KEY must be 64 hexadecimal digits");
  const port = Number(env.SHIFT_BOARD_PORT ?? 4020);
  const origin = (env.SHIFT_BOARD_URL ?? `http://127.0.0.1:${port}`).replace(/\/+$/, "");
  return Object.freeze({
    clientId: env.GUSTO_CLIENT_ID,
    clientSecret: env.GUSTO_CLIENT_SECRET,
    apiBase: (env.GUSTO_API_BASE ?? DEMO).replace(/\/+$/, ""),
    key,
    folder: env.SHIFT_BOARD_DATA,
    port,
    origin,
    redirectUri: `${origin}/gusto/back`,
    webhookUrl: `${origin}/gusto/events`,
    qaToken: env.QA_TOKEN ?? "",
  });
}
