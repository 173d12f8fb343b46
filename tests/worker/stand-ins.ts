/** What stands in for Cloudflare's own services, to fail as they may: a Worker with a class for each. */
import type { Binding } from "./miniflare.ts";

export const STAND_INS = "stand-ins";

/**
 * In the order of the classes: every call fails; no call ever ends; it can be read but not written; it answers what it was
 * not asked for.
 */
export const STAND_INS_SOURCE = `
import { WorkerEntrypoint } from "cloudflare:workers";
const fail = () => { throw new Error("the service is down"); };
const hang = () => scheduler.wait(60_000);
const nothing = (names) => new Map(names.map((name) => [name, null]));

export class FailingNamespace extends WorkerEntrypoint { get() { fail(); } put() { fail(); } delete() { fail(); } }
export class HangingNamespace extends WorkerEntrypoint {
  async get() { await hang(); } async put() { await hang(); } async delete() { await hang(); }
}
export class ReadOnlyNamespace extends WorkerEntrypoint { get(names) { return nothing(names); } put() { fail(); } delete() { fail(); } }
export class ConfusedNamespace extends WorkerEntrypoint { get() { return "a text"; } put() {} delete() {} }
/** Does not tell yet of what was written elsewhere, and tells in the log what it is told. */
export class LateNamespace extends WorkerEntrypoint {
  get(names) { return nothing(names); }
  put(name) { console.log(JSON.stringify({ event: "put", name })); }
  delete(name) { console.log(JSON.stringify({ event: "delete", name })); }
}
export class FailingLimiter extends WorkerEntrypoint { limit() { fail(); } }
export class HangingLimiter extends WorkerEntrypoint { async limit() { await hang(); } }
export class ConfusedLimiter extends WorkerEntrypoint { limit() { return { success: "no" }; } }
/** Tells in the log by which name it was asked, and lets everybody pass. */
export class TellingLimiter extends WorkerEntrypoint {
  limit(options) { console.log("limit " + JSON.stringify(options)); return { success: true }; }
}
export class FailingQueue extends WorkerEntrypoint { send() { fail(); } }
export class HangingQueue extends WorkerEntrypoint { async send() { await hang(); } }
export default { fetch: () => new Response(null, { status: 404 }) };
`;

export const standIn = (exportName: string): Binding => ({ type: "worker", worker: STAND_INS, exportName });
