/** AliKassa's notifications, as the sandbox signs them with Node's crypto, and their payouts. */
import {
  type KeyArchive,
  makeArchive,
  type NotificationForm,
  type NotificationOptions,
  payoutJson,
  type Sandbox,
} from "../../dist/sandbox/index.js";
import { SPECIFIED_PAYOUT } from "../fixtures/payouts.ts";
import { vectorFile } from "../fixtures/vectors.ts";
import { type Answer, WEBHOOK, type WorkerClient } from "./client.ts";
import { secrets } from "./harness.ts";

/** AliKassa's key pair for notifications. 1024 bits verify fast. */
export const notificationKey: KeyArchive = makeArchive({ bits: 1024 });

/** A notification that PHP signed, and the key that verifies it. */
export const signedByPhp = JSON.parse(vectorFile("notification.json")) as Record<string, string>;
export const keyOfPhp = vectorFile("public/spki-2048.pem");

export interface PayoutNames {
  readonly id: string;
  readonly order_id: string;
}

let last = 800_000_000;

/** Adds a payout with ids of its own to a sandbox. */
export function newPayout(sandbox: Sandbox, status = "paid"): PayoutNames {
  last += 1;
  const names = { id: String(last), order_id: `order/${last}` };
  setPayout(sandbox, status, names);
  return names;
}

/** What the sandbox answers about a payout from now on. */
export function setPayout(sandbox: Sandbox, status: string, names: PayoutNames): void {
  sandbox.addPayout(payoutJson({ ...names, statusJson: JSON.stringify(status) }));
}

/** Such a payout as the merchant gets it: the specification's example with other ids. */
export const payoutOf = (names: PayoutNames, payment_status = "paid") => ({
  ...SPECIFIED_PAYOUT,
  ...names,
  payment_status,
  is_final: ["paid", "cancel", "fail"].includes(payment_status),
});

/** Has a sandbox notify a Worker of one of its payouts, once. */
export async function notify(
  sandbox: Sandbox,
  client: WorkerClient,
  payout: string,
  options: NotificationOptions & { readonly as?: NotificationForm } = {},
): Promise<Answer> {
  const { status, headers, body } = await sandbox.notify(payout, { ...options, to: new URL(WEBHOOK, client.url) });
  secrets.record("an answer to AliKassa", `${JSON.stringify([...headers])}\n${body}`);
  return { status, headers, text: body };
}

/** Path and query of a signed notification. */
export function notificationPath(sandbox: Sandbox, payout: string): string {
  const { pathname, search } = sandbox.notificationUrl(payout, { to: new URL(WEBHOOK, "http://localhost") });
  return pathname + search;
}
