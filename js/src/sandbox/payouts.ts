/**
 * The payouts that the sandbox knows, kept as raw JSON text: AliKassa's amounts are money, and a trip through a JavaScript
 * number would turn `93.84000000` into `93.84`.
 */

/** By what a payout is asked for: exactly one of the two. */
export type PayoutKey = { readonly id: string } | { readonly orderId: string };

/** One payout of the sandbox. */
export interface SandboxPayout {
  /** What is special about it, in a few words. */
  readonly about: string;
  /** The value of `id` that finds it, if any. */
  readonly id?: string;
  /** The value of `order_id` that finds it, if any. */
  readonly orderId?: string;
  /** The answer's body, byte for byte. */
  readonly json: string;
}

/** What {@link payoutJson} may be told. */
export interface PayoutFields {
  /** AliKassa's id: written as a JSON number if it looks like one, else as a string. */
  readonly id?: string;
  /** The merchant's id. */
  readonly orderId?: string;
  /** The value of `payment_status` as raw JSON (so `"wait"` with its quotes); `null` leaves the field out. */
  readonly statusJson?: string | null;
}

const SPECIFICATION_EXAMPLE = `{
"payment_status": "paid",
"id": 100000536,
"order_id": "6422494",
"amount": "300.00",
"payment_amount": "300.00",
"is_partial_payment": false,
"account_payment_amount": "290",
"commission_amount": "10",
"service_code": "payment_card_rub",
"rrn": "11111111111",
"account_old_balance": "1290",
"account_new_balance": "1000"
}`;

/**
 * The specification's example, compact as PHP sends it, under another id, order id or status.
 *
 * @example
 * ```ts
 * payoutJson({ id: "42", orderId: "my-1", statusJson: '"wait"' });
 * // {"payment_status":"wait","id":42,"order_id":"my-1","amount":"300.00",…}
 * ```
 */
export function payoutJson({
  id = "100000536",
  orderId = "6422494",
  statusJson = '"paid"',
}: PayoutFields = {}): string {
  const status = statusJson === null ? "" : `"payment_status":${statusJson},`;
  const idJson = /^[1-9]\d{0,17}$/.test(id) ? id : JSON.stringify(id);
  return (
    `{${status}"id":${idJson},"order_id":${JSON.stringify(orderId)},"amount":"300.00","payment_amount":"300.00",` +
    `"is_partial_payment":false,"account_payment_amount":"290","commission_amount":"10",` +
    `"service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":"1290","account_new_balance":"1000"}`
  );
}

/**
 * A payout made up for a question: under the key that was asked for, and otherwise not to be mixed up with a known one.
 *
 * @example
 * ```ts
 * echoJson({ orderId: "fault-drip" }); // {"payment_status":"paid","id":100000900,"order_id":"fault-drip",…}
 * ```
 */
export function echoJson(key: PayoutKey, statusJson: string | null = '"paid"'): string {
  return payoutJson({ id: "100000900", orderId: "sandbox-echo", ...key, statusJson });
}

function inStatus(status: string, id: string, about: string): SandboxPayout {
  const orderId = `sandbox-${status}`;
  return { about, id, orderId, json: payoutJson({ id, orderId, statusJson: JSON.stringify(status) }) };
}

/**
 * The payouts that every sandbox starts with. Each can be asked for by `id` and by `order_id`.
 *
 * @example
 * ```ts
 * for (const { about, orderId, json } of SANDBOX_PAYOUTS) {
 *   test(about, async () => assert.equal(await ask({ order_id: orderId }), json));
 * }
 * ```
 */
export const SANDBOX_PAYOUTS: readonly SandboxPayout[] = [
  { about: "the specification's example", id: "100000536", orderId: "6422494", json: SPECIFICATION_EXAMPLE },
  inStatus("wait", "100000601", "in the process of payment"),
  inStatus("paid", "100000602", "paid: final"),
  inStatus("cancel", "100000603", "canceled: final"),
  inStatus("fail", "100000604", "failed: final"),
  inStatus("refund", "100000605", "a status that is not documented: not final"),
  {
    about: "amounts as JSON numbers, as older answers had them",
    id: "100000606",
    orderId: "sandbox-numbers",
    json:
      `{"payment_status":"paid","id":"100000606","order_id":"sandbox-numbers","amount":300,"payment_amount":300.00,` +
      `"is_partial_payment":true,"account_payment_amount":93.84000000,"commission_amount":10.10,` +
      `"service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":123456789012345678.90,` +
      `"account_new_balance":-0.00}`,
  },
  {
    about: "fields that are null, and fields that are missing",
    id: "100000607",
    orderId: "sandbox-sparse",
    json:
      `{"payment_status":"wait","id":100000607,"order_id":"sandbox-sparse","card_mask":null,"amount":"10.00",` +
      `"payment_amount":null,"is_partial_payment":null,"service_code":null,"rrn":null}`,
  },
  {
    about: "RRN in upper case, a card mask, and new fields, nested ones too",
    id: "100000608",
    orderId: "sandbox-new-fields",
    json:
      `{"order_id":"sandbox-new-fields","id":100000608,"payment_status":"paid","card_mask":"220220******1234",` +
      `"amount":"1500.50","payment_amount":"1500.50","is_partial_payment":false,"account_payment_amount":"1455.48",` +
      `"commission_amount":"45.02","service_code":"payment_card_rub","RRN":"422212345678","account_old_balance":"9000.00",` +
      `"account_new_balance":"7499.50","receipt_url":"https:\\/\\/example.com\\/r\\/1","customer":{"name":"\\u0418\\u0432\\u0430\\u043d",` +
      `"limits":[{"day":150000.00},{"month":null}]},"fee_rate":0.0300}`,
  },
];

const FINAL: readonly unknown[] = ["paid", "cancel", "fail"];

/**
 * Whether this is the JSON of a payout in a final status; anything else, other JSON or none, is not.
 *
 * @example
 * ```ts
 * isFinalPayout(payoutJson({ statusJson: '"cancel"' })); // true
 * ```
 */
export function isFinalPayout(json: string): boolean {
  try {
    const payout: unknown = JSON.parse(json);
    return typeof payout === "object" && payout !== null && "payment_status" in payout
      ? FINAL.includes(payout.payment_status)
      : false;
  } catch {
    return false;
  }
}
