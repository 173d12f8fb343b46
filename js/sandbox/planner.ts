/**
 * Deciding on the answer to a request: from the route to the payout or to a fault.
 */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type FieldErrors, invalidAnswer, jsonAnswer, messageAnswer, type PlainAnswer, sendAnswer } from "./answers.js";
import { type Checked, checkHeaders, checkNoParameters, checkStatusRequest, type Merchant } from "./checks.js";
import { type FaultContext, type FaultName, findFault, statusAnswer } from "./faults.js";
import type { PayoutStore } from "./payout-store.js";
import { echoJson, type PayoutKey } from "./payouts.js";
import type { RecordedRequest } from "./records.js";
import { checkStep, type ScriptedAnswer, type Step } from "./steps.js";

/** The answer to a request. */
export interface Plan extends Pick<RecordedRequest, "answer" | "key" | "payout"> {
  /** Sends it. */
  readonly play: (response: ServerResponse, gone: AbortSignal) => void | Promise<void>;
  /** The payout that this request made final. */
  readonly final?: string;
}

/** The options of a {@link Planner}. */
export interface PlannerOptions {
  /** Whose requests are accepted. */
  readonly merchant: Merchant;
  /** The payouts. */
  readonly store: PayoutStore;
  /** The scheduled fault for the next status request, if any. */
  readonly nextFault: () => Step | undefined;
  /** Milliseconds between two bytes of the fault `drip`. */
  readonly dripIntervalMs: number;
}

const FAULT_PREFIX = "fault-";
// As in AliKassa's documentation of these methods.
const BALANCE =
  '{"currency":"RUB","balance":"93.84000000","hold":"0.00000000","rolling_reserve":"0.00000000","pending_payouts":"1234.00000000"}';
const METHODS = '[{"method":"payment_card","currency":"RUB","service_code":"payment_card_rub_hpp","status":"active"}]';
const INFO = `{"is_allowed_payment":true,"is_allowed_payout":true,"payments":${METHODS},"payouts":${METHODS}}`;

/** Decides on answers. */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #scripts = new Map<string, Step[]>();

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** Plans the next answers for an `id` or `order_id`, in place of an earlier script. */
  script(key: string, steps: readonly Step[]): void {
    for (const step of steps) checkStep(step);
    this.#scripts.set(key, [...steps]);
    const { store } = this.#options;
    // `fault-…` keeps its fault after the script.
    if (!key.startsWith(FAULT_PREFIX) && !store.has(key)) {
      store.add(echoJson({ id: key }), { id: key });
      store.add(echoJson({ order_id: key }), { order_id: key });
    }
  }

  /** Removes all scripts. */
  reset(): void {
    this.#scripts.clear();
  }

  /** The answer to a request; `body` is `null` if it was too large. */
  decide(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer | null): Plan {
    if (body === null) return reply("too large", messageAnswer(413));
    if (method !== "POST") {
      const message = `The ${method} method is not supported for this route. Supported methods: POST.`;
      return reply("method not allowed", messageAnswer(405, message, { Allow: "POST" }));
    }
    const signed = (next: () => Plan): Plan => checked(checkHeaders(headers, body, this.#options.merchant), next);
    switch (path.split("?", 1)[0]) {
      case "/v1/payout/status":
        return signed(() => checked(checkStatusRequest(body), (key) => ({ ...this.#decidePayout(key, path), key })));
      case "/v1/account/balance":
        return signed(() => checked(checkNoParameters(body), () => reply("balance", jsonAnswer(200, BALANCE))));
      case "/v1/account/info":
        return signed(() => checked(checkNoParameters(body), () => reply("info", jsonAnswer(200, INFO))));
      default:
        return reply("not found", messageAnswer(404, "Not Found."));
    }
  }

  #decidePayout(key: PayoutKey, path: string): Plan {
    const { store, nextFault } = this.#options;
    const value = "id" in key ? key.id : key.order_id;
    const scripted = this.#scripts.get(value)?.shift();
    if (scripted !== undefined) return this.#planStep(scripted, key, path);
    if (store.find(key) !== undefined) return this.#planStep(nextFault() ?? "payout", key, path);
    const field = "id" in key ? "id" : "order_id";
    if (value.startsWith(FAULT_PREFIX)) {
      const name = value.slice(FAULT_PREFIX.length);
      if (findFault(name) !== undefined) return this.#planStep(name as FaultName, key, path);
      return invalid({ [field]: [`The sandbox has no fault "${name}".`] }, "unknown fault");
    }
    return invalid({ [field]: [`The selected ${field} is invalid.`] }, "unknown payout");
  }

  #planStep(step: Step, key: PayoutKey, path: string): Plan {
    const { store, dripIntervalMs } = this.#options;
    if (step === "payout") {
      const { json: payout, ...turned } = store.take(key) ?? { json: echoJson(key) };
      return { ...reply("payout", jsonAnswer(200, payout)), payout, ...turned };
    }
    // A fault does not move the timeline of the payout on.
    const payout = store.find(key) ?? echoJson(key);
    if (typeof step !== "string") return planScripted(step, payout, path);
    const fault = findFault(step);
    if (fault === undefined) throw new RangeError(`the sandbox has no fault "${step}": see FAULTS`);
    const context = { key, payout, path, dripIntervalMs };
    const play = (response: ServerResponse, gone: AbortSignal) =>
      fault.play({ ...context, response, gone } satisfies FaultContext);
    return { answer: { status: fault.status, outcome: step }, play };
  }
}

function planScripted(step: ScriptedAnswer, payout: string, path: string): Plan {
  const { status = 200, delayMs = 0 } = step;
  const usual = status === 200 ? jsonAnswer(200, payout) : statusAnswer(status, path);
  const answer = { status, headers: mergeHeaders(usual.headers, step.headers), body: step.body ?? usual.body };
  return {
    answer: { status, outcome: "scripted" },
    play: async (response, gone) => {
      if (delayMs > 0) await sleep(delayMs, undefined, { signal: gone }).catch(() => undefined);
      if (!gone.aborted) sendAnswer(response, answer);
    },
  };
}

function reply(outcome: string, answer: PlainAnswer, errors?: FieldErrors): Plan {
  return {
    answer: { status: answer.status, outcome, ...(errors === undefined ? {} : { errors }) },
    play: (response) => sendAnswer(response, answer),
  };
}

function invalid(errors: FieldErrors, outcome = "invalid"): Plan {
  return reply(outcome, invalidAnswer(errors), errors);
}

function checked<T>(result: Checked<T>, next: (value: T) => Plan): Plan {
  return result.ok ? next(result.value) : invalid(result.errors);
}

/** Header names are compared without case: a scripted `content-type` replaces `Content-Type`. */
function mergeHeaders(
  usual: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const replaced = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const kept = Object.entries(usual).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...own };
}
