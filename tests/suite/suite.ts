/** The suite that every runtime runs, in one bundle. It imports only the package and uses only Web APIs. */
import { abortCases } from "./abort.ts";
import { type Result, runCases } from "./cases.ts";
import { SuiteContext } from "./context.ts";
import { fetchCases } from "./fetch.ts";
import { hostileCases } from "./hostile.ts";
import { keyCases } from "./key.ts";
import { lifetimeCases } from "./lifetime.ts";
import { notificationCases } from "./notification.ts";
import { optionCases } from "./options.ts";
import { queryCases } from "./query.ts";
import { requestCases } from "./request.ts";
import { retryCases } from "./retries.ts";
import { signatureCases } from "./signature.ts";
import { statusCases } from "./status.ts";
import { statusesCases } from "./statuses.ts";
import type { SuiteData } from "./suite-data.ts";
import { waitingCases } from "./waiting.ts";

/** Its parts, in the order in which they run. */
const PARTS = {
  key: keyCases,
  signature: signatureCases,
  request: requestCases,
  notification: notificationCases,
  options: optionCases,
  query: queryCases,
  status: statusCases,
  retries: retryCases,
  waiting: waitingCases,
  statuses: statusesCases,
  abort: abortCases,
  fetch: fetchCases,
  lifetime: lifetimeCases,
  hostile: hostileCases,
} as const;

export type Part = keyof typeof PARTS;

/** Runs the suite, or some of its parts. Call it once per program. */
export function runSuite(data: SuiteData, parts = Object.keys(PARTS) as readonly Part[]): Promise<Result[]> {
  const context = new SuiteContext(data);
  for (const part of parts) PARTS[part](context);
  return runCases();
}
