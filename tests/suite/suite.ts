/** The suite that every runtime runs, in one bundle: it imports nothing but the package, and uses nothing but what the web has. */
import { abortCases } from "./abort.ts";
import { type Result, runCases } from "./cases.ts";
import { fetchCases } from "./fetch.ts";
import type { Given } from "./given.ts";
import { hostileCases } from "./hostile.ts";
import { keyCases } from "./key.ts";
import { lifetimeCases } from "./lifetime.ts";
import { Merchant } from "./merchant.ts";
import { notificationCases } from "./notification.ts";
import { optionCases } from "./options.ts";
import { queryCases } from "./query.ts";
import { requestCases } from "./request.ts";
import { signatureCases } from "./signature.ts";
import { statusCases } from "./status.ts";
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
  waiting: waitingCases,
  abort: abortCases,
  fetch: fetchCases,
  lifetime: lifetimeCases,
  hostile: hostileCases,
} as const;

export type Part = keyof typeof PARTS;

/** Runs all of it, or some of its parts, once in a program's life. */
export function runSuite(given: Given, parts = Object.keys(PARTS) as readonly Part[]): Promise<Result[]> {
  const merchant = new Merchant(given);
  for (const part of parts) PARTS[part](merchant);
  return runCases();
}
