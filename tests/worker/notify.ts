/** AliKassa's notifications, as the sandbox signs them with Node's crypto, sent to a Worker. */
import { readFileSync } from "node:fs";
import {
  type KeyArchive,
  makeArchive,
  type NotificationForm,
  type NotificationOptions,
  payoutJson,
  type Sandbox,
} from "../../dist/sandbox/index.js";
import type { Answer, Edge } from "./edge.ts";
import { secrets } from "./harness.ts";

export const WEBHOOK = "/webhooks/alikassa";

/** AliKassa's key pair for notifications; a small one verifies five times as fast. */
export const notificationKey: KeyArchive = makeArchive({ bits: 1024 });

const vectors = new URL("../vectors/", import.meta.url);

/** A notification that PHP signed, and the key that it verifies with. */
export const signedByPhp = JSON.parse(readFileSync(new URL("notification.json", vectors), "utf8")) as Record<
  string,
  string
>;
export const keyOfPhp = readFileSync(new URL("public/spki-2048.pem", vectors), "utf8");

/** A payout of its own for each test, in the book of a sandbox. */
let last = 800_000_000;
export function newPayout(sandbox: Sandbox, status = "paid"): { readonly id: string; readonly orderId: string } {
  last += 1;
  const names = { id: String(last), orderId: `order/${last}` };
  sandbox.addPayout(payoutJson({ ...names, statusJson: JSON.stringify(status) }));
  return names;
}

/** The whole of such a payout, which is the specification's example under other names, as a merchant is told of it. */
export const payoutOf = ({ id, orderId }: { readonly id: string; readonly orderId: string }, status = "paid") => ({
  payment_status: status,
  id,
  order_id: orderId,
  amount: "300.00",
  payment_amount: "300.00",
  is_partial_payment: false,
  account_payment_amount: "290",
  commission_amount: "10",
  service_code: "payment_card_rub",
  rrn: "11111111111",
  account_old_balance: "1290",
  account_new_balance: "1000",
  is_final: ["paid", "cancel", "fail"].includes(status),
});

/** Lets a sandbox notify a Worker of one of its payouts, once. */
export async function notify(
  sandbox: Sandbox,
  edge: Edge,
  payout: string,
  options: NotificationOptions & { readonly as?: NotificationForm } = {},
): Promise<Answer> {
  const { status, headers, body } = await sandbox.notify(payout, { ...options, to: new URL(WEBHOOK, edge.url) });
  secrets.hear("an answer to AliKassa", `${JSON.stringify([...headers])}\n${body}`);
  return { status, headers, text: body };
}
