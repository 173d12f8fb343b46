/** A throw-away AliKassa: the sandbox, the key archives for it, and the Worker's secrets in a file. */
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ROOT } from "../paths.mjs";
import { step } from "../screen.mjs";

const FOLDER = join(ROOT, ".sandbox");
/** The merchant's key pair, and AliKassa's own. */
const ARCHIVES = { payouts: "cert", notifications: "notification-cert" };
const WEBHOOK = "/webhooks/alikassa";
const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";

/**
 * @typedef {object} RunningSandbox
 * @property {string} url
 * @property {string} token A token that the Worker knows.
 * @property {string} envFile The Worker's secrets, for wrangler.
 * @property {(workerUrl: string) => void} notify Tells this Worker of each payout that becomes final from now on.
 * @property {() => Promise<void>} close
 */

/**
 * Starts the sandbox. The archives are made once and kept.
 *
 * @param {object} options
 * @param {(request: object) => void} options.onRequest Called for each request that reaches it.
 * @param {(notification: object) => void} options.onNotification Called for each notification, once it has been answered.
 * @returns {Promise<RunningSandbox>}
 */
export async function startOwnSandbox({ onRequest, onNotification }) {
  // Built by now, and not before: so it can't be imported at the top.
  const library = await import(pathToFileURL(join(ROOT, "dist", "sandbox", "index.js")).href);
  const archive = await readOrMakeArchive(library, ARCHIVES.payouts);
  const notificationKey = await readOrMakeArchive(library, ARCHIVES.notifications);
  const { publicPem } = archive;
  const listeners = { onRequest, onNotification };
  const sandbox = await library.startSandbox({ account: ACCOUNT, publicPem, notificationKey, ...listeners });
  const token = randomBytes(24).toString("base64url");
  // One file for each run: two of them side by side have different sandboxes.
  const envFile = join(FOLDER, `worker-${process.pid}.env`);
  const notify = (workerUrl) => sandbox.setEndpoint({ to: `${workerUrl}${WEBHOOK}` });
  const close = async () => {
    await rm(envFile, { force: true });
    await sandbox.close();
  };
  await rm(envFile, { force: true });
  await writeFile(envFile, envText(archive, sandbox, token), { mode: 0o600, flag: "wx" });
  return { url: sandbox.url, token, envFile, notify, close };
}

async function readOrMakeArchive({ makeArchive, readArchive, writeArchive }, name) {
  const folder = join(FOLDER, name);
  try {
    return await readArchive(folder);
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
    return await step(`a throw-away key archive in .sandbox/${name}`, async () => {
      const archive = makeArchive();
      await writeArchive(folder, archive);
      return archive;
    });
  }
}

/** In single quotes a value is taken as it is, over several lines too; neither PEM nor base64url has such a quote. */
function envText({ privatePem, password }, { url, notificationCertificate }, token) {
  const values = {
    ALIKASSA_PRIVATE_KEY: privatePem,
    ALIKASSA_KEY_PASSWORD: password,
    ALIKASSA_ACCOUNT: ACCOUNT,
    ALIKASSA_BASE_URL: url,
    ALIKASSA_NOTIFICATION_KEY: notificationCertificate.publicPem,
    API_TOKENS: token,
  };
  return Object.entries(values)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}
