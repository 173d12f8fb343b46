/** A local AliKassa: the sandbox, throw-away key archives for it, and the Worker's secrets in a file. */
import { randomBytes } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { CACHE, ROOT } from "../paths.mjs";
import { step } from "../process.mjs";

const FOLDER = join(ROOT, ".sandbox");
const WEBHOOK = "/webhooks/alikassa";
const LIBRARY = join(ROOT, "js", "sandbox", "index.ts");

/** The sandbox's library, from its sources, so that `npm start` need not build the npm package. */
async function loadSandbox() {
  const outfile = join(CACHE, `sandbox-${process.pid}.mjs`);
  await build({ entryPoints: [LIBRARY], outfile, bundle: true, platform: "node", format: "esm", logLevel: "error" });
  try {
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(outfile);
  }
}

/**
 * Starts the sandbox. The key archives are made once and kept. `envFile` has the Worker's secrets for wrangler, and the merchant's endpoint;
 * `stateFolder` is for its ledger, which holds payouts of this sandbox alone. Once `notify` has been called, a Worker is notified of each
 * payout that becomes final.
 */
export async function startOwnSandbox(merchant, listeners) {
  const library = await loadSandbox();
  const archive = await readOrMakeArchive(library, "cert");
  const notificationArchive = await readOrMakeArchive(library, "notification-cert");
  const { publicPem, privatePem, password } = archive;
  const sandbox = await library.startSandbox({ publicPem, notificationArchive, ...listeners });
  const token = randomBytes(24).toString("base64url");
  // Each process has a file of its own: two of them have different sandboxes.
  const envFile = join(FOLDER, `worker-${process.pid}.env`);
  const stateFolder = join(FOLDER, `worker-${process.pid}`);
  const clean = async () => {
    for (const path of [envFile, stateFolder]) await rm(path, { recursive: true, force: true });
  };
  await clean();
  const secrets = {
    ALIKASSA_PRIVATE_KEY: privatePem,
    ALIKASSA_KEY_PASSWORD: password,
    ALIKASSA_ACCOUNT: sandbox.account,
    ALIKASSA_BASE_URL: sandbox.baseUrl,
    ALIKASSA_NOTIFICATION_KEY: sandbox.notificationKey,
    API_TOKENS: token,
    FORWARD_URL: merchant.url,
    FORWARD_SECRET: merchant.secret,
  };
  // A value in single quotes is taken as it is, over several lines too. Neither PEM nor base64url has such a quote.
  const lines = Object.entries(secrets).map(([name, value]) => `${name}='${value}'\n`);
  await writeFile(envFile, lines.join(""), { mode: 0o600, flag: "wx" });
  return {
    url: sandbox.baseUrl,
    token,
    envFile,
    stateFolder,
    /** Adds a payout that is `paid` after this time. */
    addEnding: (names, afterMs) => {
      const json = (status) => library.payoutJson({ ...names, statusJson: JSON.stringify(status) });
      sandbox.addPayout([json("wait"), { json: json("paid"), afterMs }]);
    },
    notify: (workerUrl) => sandbox.setEndpoint({ to: `${workerUrl}${WEBHOOK}` }),
    close: async () => {
      await clean();
      await sandbox.close();
    },
  };
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
