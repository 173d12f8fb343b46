/**
 * The payouts of a new sandbox, as JSON text: a JavaScript number would turn `93.84000000` into `93.84`.
 */

/**
 * The `id` or the `order_id` of a status request.
 *
 * @example
 * ```ts
 * const key: PayoutKey = { order_id: "6422494" };
 * ```
 */
export type PayoutKey =
  | {
      /** AliKassa's id. */
      readonly id: string;
    }
  | {
      /** The merchant's id. */
      readonly order_id: string;
    };

/**
 * A payout of the sandbox.
 *
 * @example
 * ```ts
 * const [{ about, json }] = SANDBOX_PAYOUTS as [SandboxPayout];
 * ```
 */
export interface SandboxPayout {
  /** A description. */
  readonly about: string;
  /** Its `id`. */
  readonly id?: string;
  /** Its `order_id`. */
  readonly order_id?: string;
  /** The body of the answer, byte for byte. */
  readonly json: string;
}

/**
 * The fields of {@link payoutJson}.
 *
 * @example
 * ```ts
 * const fields: PayoutFields = { order_id: "my-1", statusJson: '"wait"' };
 * ```
 */
export interface PayoutFields {
  /** AliKassa's id: a JSON number if it has only digits, else a string. */
  readonly id?: string;
  /** The merchant's id. */
  readonly order_id?: string;
  /** The JSON of `payment_status`, like `"wait"` with its quotes; `null` leaves the field out. */
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
 * The example of AliKassa's documentation, compact as PHP sends it, with other values if given.
 *
 * @example
 * ```ts
 * payoutJson({ id: "42", order_id: "my-1", statusJson: '"wait"' });
 * // {"payment_status":"wait","id":42,"order_id":"my-1","amount":"300.00",…}
 * ```
 */
export function payoutJson({
  id = "100000536",
  order_id = "6422494",
  statusJson = '"paid"',
}: PayoutFields = {}): string {
  const status = statusJson === null ? "" : `"payment_status":${statusJson},`;
  const idJson = /^[1-9]\d{0,17}$/.test(id) ? id : JSON.stringify(id);
  return (
    `{${status}"id":${idJson},"order_id":${JSON.stringify(order_id)},"amount":"300.00","payment_amount":"300.00",` +
    `"is_partial_payment":false,"account_payment_amount":"290","commission_amount":"10",` +
    `"service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":"1290","account_new_balance":"1000"}`
  );
}

/** A payout made for a request: it has the `id` or `order_id` of the request. */
export function echoJson(key: PayoutKey, statusJson: string | null = '"paid"'): string {
  return payoutJson({ id: "100000900", order_id: "sandbox-echo", ...key, statusJson });
}

function inStatus(status: string, id: string, about: string): SandboxPayout {
  const order_id = `sandbox-${status}`;
  return { about, id, order_id, json: payoutJson({ id, order_id, statusJson: JSON.stringify(status) }) };
}

/**
 * The payouts that every sandbox starts with.
 *
 * @example
 * ```ts
 * for (const { id, order_id, about } of SANDBOX_PAYOUTS) console.log(id, order_id, about);
 * ```
 */
export const SANDBOX_PAYOUTS: readonly SandboxPayout[] = [
  {
    about: "the example of AliKassa's documentation",
    id: "100000536",
    order_id: "6422494",
    json: SPECIFICATION_EXAMPLE,
  },
  inStatus("wait", "100000601", "in the process of payment"),
  inStatus("paid", "100000602", "paid: final"),
  inStatus("cancel", "100000603", "canceled: final"),
  inStatus("fail", "100000604", "failed: final"),
  inStatus("refund", "100000605", "an undocumented status: not final"),
  {
    about: "amounts as JSON numbers, as older answers had them",
    id: "100000606",
    order_id: "sandbox-numbers",
    json:
      `{"payment_status":"paid","id":"100000606","order_id":"sandbox-numbers","amount":300,"payment_amount":300.00,` +
      `"is_partial_payment":true,"account_payment_amount":93.84000000,"commission_amount":10.10,` +
      `"service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":123456789012345678.90,` +
      `"account_new_balance":-0.00}`,
  },
  {
    about: "null fields and missing fields",
    id: "100000607",
    order_id: "sandbox-sparse",
    json:
      `{"payment_status":"wait","id":100000607,"order_id":"sandbox-sparse","card_mask":null,"amount":"10.00",` +
      `"payment_amount":null,"is_partial_payment":null,"service_code":null,"rrn":null}`,
  },
  {
    about: "RRN in upper case, a card mask, and undocumented fields, also nested ones",
    id: "100000608",
    order_id: "sandbox-new-fields",
    json:
      `{"order_id":"sandbox-new-fields","id":100000608,"payment_status":"paid","card_mask":"220220******1234",` +
      `"amount":"1500.50","payment_amount":"1500.50","is_partial_payment":false,"account_payment_amount":"1455.48",` +
      `"commission_amount":"45.02","service_code":"payment_card_rub","RRN":"422212345678","account_old_balance":"9000.00",` +
      `"account_new_balance":"7499.50","receipt_url":"https:\\/\\/example.com\\/r\\/1","customer":{"name":"\\u0418\\u0432\\u0430\\u043d",` +
      `"limits":[{"day":150000.00},{"month":null}]},"fee_rate":0.0300}`,
  },
];

const FINAL: readonly unknown[] = ["paid", "cancel", "fail"];

/** Whether this is the JSON of a payout in a final status. */
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
