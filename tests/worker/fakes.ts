/** Fakes of Cloudflare's services that fail: a Worker with a class for each. */
import type { Binding } from "./miniflare.ts";

export const FAKES = "fakes";

/** Failing: every call fails. Hanging: no call ends. Confused: the answer has another type. */
export const FAKES_SOURCE = `
import { RpcTarget, WorkerEntrypoint } from "cloudflare:workers";
const fail = () => { throw new Error("the service is down"); };
const hang = () => scheduler.wait(60_000);

class Ledger extends RpcTarget {
  constructor(call) { super(); this.call = call; }
  fetch() { return this.call(); }
}
export class FailingLedger extends WorkerEntrypoint { getByName() { return new Ledger(fail); } }
export class HangingLedger extends WorkerEntrypoint { getByName() { return new Ledger(hang); } }
export class ConfusedLedger extends WorkerEntrypoint { getByName() { return new Ledger(() => new Response("1")); } }
export class FailingLimiter extends WorkerEntrypoint { limit() { fail(); } }
export class HangingLimiter extends WorkerEntrypoint { async limit() { await hang(); } }
export class ConfusedLimiter extends WorkerEntrypoint { limit() { return { success: "no" }; } }
/** Logs the key, and lets every request pass. */
export class TellingLimiter extends WorkerEntrypoint {
  limit(options) { console.log("limit " + JSON.stringify(options)); return { success: true }; }
}
export default { fetch: () => new Response(null, { status: 404 }) };
`;

export const fake = (exportName: string): Binding => ({ type: "worker", worker: FAKES, exportName });
