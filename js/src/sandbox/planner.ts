/**
 * What each request is to be answered with: the way from the route to the payout or to a fault.
 */
import type { IncomingHttpHeaders, ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { type FieldErrors, invalidAnswer, jsonAnswer, messageAnswer, type PlainAnswer, sendAnswer } from "./answers.js";
import type { PayoutBook } from "./book.js";
import { type Checked, checkHeaders, checkNoParameters, checkQuestion, type Merchant } from "./checks.js";
import { type FaultName, findFault, type Scene, statusAnswer } from "./faults.js";
import { echoJson, type PayoutKey } from "./payouts.js";
import type { RecordedRequest } from "./records.js";
import { checkStep, type ScriptedAnswer, type Step } from "./steps.js";

/** An answer that has been decided on: what to write down, and how to play it. */
export interface Plan extends Pick<RecordedRequest, "answer" | "key" | "payout"> {
  /** Sends it. */
  readonly play: (response: ServerResponse, gone: AbortSignal) => void | Promise<void>;
  /** The payout that has become final by this question. */
  readonly final?: string;
}

/** What a {@link Planner} goes by. */
export interface PlannerOptions {
  /** Who may ask, and how. */
  readonly merchant: Merchant;
  /** The payouts. */
  readonly book: PayoutBook;
  /** The next step for a question that could be answered with its payout; `undefined` to do that. */
  readonly weather: () => Step | undefined;
  /** Milliseconds between two bytes of the fault `drip`. */
  readonly dripIntervalMs: number;
}

const FAULT_PREFIX = "fault-";
// Both as on AliKassa's pages about these methods.
const BALANCE =
  '{"currency":"RUB","balance":"93.84000000","hold":"0.00000000","rolling_reserve":"0.00000000","pending_payouts":"1234.00000000"}';
const METHODS = '[{"method":"payment_card","currency":"RUB","service_code":"payment_card_rub_hpp","status":"active"}]';
const INFO = `{"is_allowed_payment":true,"is_allowed_payout":true,"payments":${METHODS},"payouts":${METHODS}}`;

/**
 * Decides on the answers.
 *
 * @example
 * ```ts
 * const planner = new Planner({ merchant, book, weather: () => undefined, dripIntervalMs: 100 });
 * await planner.decide("POST", "/v1/payout/status", headers, body).play(response, gone);
 * ```
 */
export class Planner {
  readonly #options: PlannerOptions;
  readonly #scripts = new Map<string, Step[]>();

  constructor(options: PlannerOptions) {
    this.#options = options;
  }

  /** Plans the next answers for one `id` or `order_id`, in place of what was left of an earlier script. */
  script(key: string, steps: readonly Step[]): void {
    for (const step of steps) checkStep(step);
    this.#scripts.set(key, [...steps]);
    const { book } = this.#options;
    // A fault's own name keeps its fault after the script.
    if (!key.startsWith(FAULT_PREFIX) && !book.has(key)) {
      book.add(echoJson({ id: key }), { id: key });
      book.add(echoJson({ orderId: key }), { orderId: key });
    }
  }

  /** Forgets all scripts. */
  reset(): void {
    this.#scripts.clear();
  }

  /** The plan for a request; `body` is `null` if it was too large to be kept. */
  decide(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer | null): Plan {
    if (body === null) return reply("too large", messageAnswer(413));
    if (method !== "POST") {
      const message = `The ${method} method is not supported for this route. Supported methods: POST.`;
      return reply("method not allowed", messageAnswer(405, message, { Allow: "POST" }));
    }
    const signed = (next: () => Plan): Plan => checked(checkHeaders(headers, body, this.#options.merchant), next);
    switch (path.split("?", 1)[0]) {
      case "/v1/payout/status":
        return signed(() => checked(checkQuestion(body), (key) => ({ ...this.#decidePayout(key, path), key })));
      case "/v1/account/balance":
        return signed(() => checked(checkNoParameters(body), () => reply("balance", jsonAnswer(200, BALANCE))));
      case "/v1/account/info":
        return signed(() => checked(checkNoParameters(body), () => reply("info", jsonAnswer(200, INFO))));
      default:
        return reply("not found", messageAnswer(404, "Not Found."));
    }
  }

  #decidePayout(key: PayoutKey, path: string): Plan {
    const { book, weather } = this.#options;
    const value = "id" in key ? key.id : key.orderId;
    const scripted = this.#scripts.get(value)?.shift();
    if (scripted !== undefined) return this.#planStep(scripted, key, path);
    if (book.find(key) !== undefined) return this.#planStep(weather() ?? "payout", key, path);
    const field = "id" in key ? "id" : "order_id";
    if (value.startsWith(FAULT_PREFIX)) {
      const name = value.slice(FAULT_PREFIX.length);
      if (findFault(name) !== undefined) return this.#planStep(name as FaultName, key, path);
      return invalid({ [field]: [`The sandbox knows no fault "${name}".`] }, "unknown fault");
    }
    return invalid({ [field]: [`The selected ${field} is invalid.`] }, "unknown payout");
  }

  #planStep(step: Step, key: PayoutKey, path: string): Plan {
    const { book, dripIntervalMs } = this.#options;
    if (step === "payout") {
      const { json: payout, ...turned } = book.take(key) ?? { json: echoJson(key) };
      return { ...reply("payout", jsonAnswer(200, payout)), payout, ...turned };
    }
    // Whatever spoils an answer, the payout itself does not get on by it.
    const payout = book.find(key) ?? echoJson(key);
    if (typeof step !== "string") return planScripted(step, payout, path);
    const fault = findFault(step);
    if (fault === undefined) throw new RangeError(`The sandbox knows no fault "${step}"`);
    const scene = { key, payout, path, dripIntervalMs };
    const play = (response: ServerResponse, gone: AbortSignal) =>
      fault.play({ ...scene, response, gone } satisfies Scene);
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

/** Header names differ in case only for people: a scripted `content-type` replaces the usual `Content-Type`. */
function mergeHeaders(
  usual: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const replaced = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const kept = Object.entries(usual).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...own };
}
