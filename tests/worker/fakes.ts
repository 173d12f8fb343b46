/** Fakes of Cloudflare's services that fail: a Worker with a class for each. */
import type { Binding } from "./miniflare.ts";

export const FAKES = "fakes";

/** Failing: every call fails. Hanging: no call ends. ReadOnly: writing fails. Confused: the answer has another type. */
export const FAKES_SOURCE = `
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
/** Returns nothing that was written, and logs every change. */
export class LateNamespace extends WorkerEntrypoint {
  get(names) { return nothing(names); }
  put(name) { console.log(JSON.stringify({ event: "put", name })); }
  delete(name) { console.log(JSON.stringify({ event: "delete", name })); }
}
export class FailingLimiter extends WorkerEntrypoint { limit() { fail(); } }
export class HangingLimiter extends WorkerEntrypoint { async limit() { await hang(); } }
export class ConfusedLimiter extends WorkerEntrypoint { limit() { return { success: "no" }; } }
/** Logs the key, and lets every request pass. */
export class TellingLimiter extends WorkerEntrypoint {
  limit(options) { console.log("limit " + JSON.stringify(options)); return { success: true }; }
}
export class FailingQueue extends WorkerEntrypoint { send() { fail(); } }
export class HangingQueue extends WorkerEntrypoint { async send() { await hang(); } }
export default { fetch: () => new Response(null, { status: 404 }) };
`;

export const fake = (exportName: string): Binding => ({ type: "worker", worker: FAKES, exportName });
