/** The suite in workerd. */
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { project } from "../package/installed.ts";
import { bundleWorker, settings, startWorker } from "../package/wrangler.ts";
import type { Result } from "../suite/cases.ts";
import type { SuiteData } from "../suite/suite-data.ts";
import { SUITE, writeData } from "./bundle.ts";

/** Runs the suite within one request to such a Worker. */
export async function runInWorkerd(data: SuiteData): Promise<Result[]> {
  const source = `import { runSuite } from "./${SUITE}";
import data from "./${await writeData("workerd", data)}";

export default { fetch: async () => Response.json(await runSuite(data)) };
`;
  await writeFile(join(project, "worker.js"), source);
  const worker = await startWorker(await bundleWorker(settings("worker.js")));
  try {
    const response = await worker.dispatchFetch("http://shop.example/");
    assert.equal(response.status, 200);
    return (await response.json()) as Result[];
  } finally {
    await worker.dispose();
  }
}
