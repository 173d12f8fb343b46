/** A throw-away AliKassa: the sandbox, a key archive for it, and the Worker's secrets in a file. */
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../paths.mjs";
import { step } from "../screen.mjs";

const FOLDER = join(ROOT, ".sandbox");
const ARCHIVE = join(FOLDER, "cert");
const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";

/**
 * @typedef {object} RunningSandbox
 * @property {string} url
 * @property {string} token A token that the Worker knows.
 * @property {string} envFile The Worker's secrets, for wrangler.
 * @property {() => Promise<void>} close
 */

/**
 * Starts the sandbox. The archive is made once and kept.
 *
 * @param {(request: object) => void} onRequest Called for each request that reaches it.
 * @returns {Promise<RunningSandbox>}
 */
export async function startOwnSandbox(onRequest) {
  // Built by now, and not before: so it can't be imported at the top.
  const library = await import(pathToFileURL(join(ROOT, "dist", "sandbox", "index.js")).href);
  const archive = await readOrMakeArchive(library);
  const sandbox = await library.startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, onRequest });
  const token = randomBytes(24).toString("base64url");
  // One file for each run: two of them side by side have different sandboxes.
  const envFile = join(FOLDER, `worker-${process.pid}.env`);
  const close = async () => {
    await rm(envFile, { force: true });
    await sandbox.close();
  };
  await rm(envFile, { force: true });
  await writeFile(envFile, envText(archive, sandbox.url, token), { mode: 0o600, flag: "wx" });
  return { url: sandbox.url, token, envFile, close };
}

async function readOrMakeArchive({ makeArchive, readArchive, writeArchive }) {
  try {
    return await readArchive(ARCHIVE);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return await step("a throw-away key archive in .sandbox/cert", async () => {
      const archive = makeArchive();
      await writeArchive(ARCHIVE, archive);
      return archive;
    });
  }
}

/** In single quotes a value is taken as it is, over several lines too; neither PEM nor base64url has such a quote. */
function envText({ privatePem, password }, baseUrl, token) {
  const values = {
    ALIKASSA_PRIVATE_KEY: privatePem,
    ALIKASSA_KEY_PASSWORD: password,
    ALIKASSA_ACCOUNT: ACCOUNT,
    ALIKASSA_BASE_URL: baseUrl,
    API_TOKENS: token,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
