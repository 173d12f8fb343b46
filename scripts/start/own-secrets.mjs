/** The user's own secrets in `.dev.vars`, which wrangler reads by itself. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { ROOT } from "../paths.mjs";

/** Where the Worker asks if nothing else is said. */
const ALIKASSA = "https://api-merchant.alikassa.com";

/**
 * @typedef {object} OwnSecrets
 * @property {string} baseUrl Where the Worker will ask.
 * @property {string | undefined} token A token that the Worker knows.
 */

/**
 * What is in `.dev.vars`, or `undefined` if it has no private key.
 *
 * @returns {Promise<OwnSecrets | undefined>}
 */
export async function readOwnSecrets() {
  const { ALIKASSA_PRIVATE_KEY, ALIKASSA_BASE_URL, API_TOKENS } = parseEnv(await readText());
  if (!ALIKASSA_PRIVATE_KEY) return undefined;
  const token = (API_TOKENS ?? "").split(",")[0]?.trim();
  return { baseUrl: ALIKASSA_BASE_URL || ALIKASSA, token: token || undefined };
}

async function readText() {
  try {
    return await readFile(join(ROOT, ".dev.vars"), "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return "";
    throw error;
  }
}
