/**
 * The types of a payout.
 *
 * @module
 */

/**
 * The status of a payout: `wait` (in the process of payment), `paid`, `cancel` or `fail` (final), or an undocumented word, which
 * is neither final nor a failure.
 *
 * @example
 * ```ts
 * function describe(status: PaymentStatus): string {
 *   switch (status) {
 *     case "paid":
 *       return "paid";
 *     case "cancel":
 *     case "fail":
 *       return "not paid";
 *     default:
 *       return "not decided yet"; // wait, and whatever AliKassa may add
 *   }
 * }
 * ```
 */
export type PaymentStatus = "wait" | "paid" | "cancel" | "fail" | (string & {});

/**
 * JSON of an undocumented field, or of another method's answer. A number is a string with exactly the digits that AliKassa
 * sent, so that nothing rounds an amount: `0.0300` is `"0.0300"`.
 *
 * @example
 * ```ts
 * const receipt: JsonValue | undefined = payout["receipt_url"];
 * ```
 */
export type JsonValue = string | boolean | null | readonly JsonValue[] | { readonly [name: string]: JsonValue };

/**
 * A payout with the fields that AliKassa sent, under AliKassa's names. Ids, amounts and all other numbers are strings with the
 * digits that AliKassa sent. A field that it left out is undefined; an undocumented field comes as {@link JsonValue}.
 *
 * Such an object exists only if AliKassa answered with it. There is none for an error.
 *
 * @example
 * ```ts
 * const { payment_status, is_final, amount }: Payout = await alikassa.payoutStatus({ id: "100000536" });
 * ```
 */
export interface Payout {
  readonly [name: string]: JsonValue | undefined;
  /** The status. */
  readonly payment_status: PaymentStatus;
  /** Whether `payment_status` is final: true for `paid`, `cancel` and `fail` only. */
  readonly is_final: boolean;
  /** AliKassa's payment id. */
  readonly id?: string | null;
  /** Your own id, given when the payout was made. */
  readonly order_id?: string | null;
  /** The mask of the card, when paid to a card. */
  readonly card_mask?: string | null;
  /** The amount. */
  readonly amount?: string | null;
  /** The amount of the payment. */
  readonly payment_amount?: string | null;
  /** Whether the payment is partial. */
  readonly is_partial_payment?: boolean | null;
  /** The amount credited to the account. */
  readonly account_payment_amount?: string | null;
  /** The commission. */
  readonly commission_amount?: string | null;
  /** The service. */
  readonly service_code?: string | null;
  /** The retrieval reference number. */
  readonly rrn?: string | null;
  /** The balance before the request. */
  readonly account_old_balance?: string | null;
  /** The balance after the request. */
  readonly account_new_balance?: string | null;
}

/**
 * Names a payout by AliKassa's `id` or by your own `order_id`; 1 to 128 characters.
 *
 * @example
 * ```ts
 * const queries: PayoutQuery[] = [{ id: "100000536" }, { id: 100000536n }, { order_id: "6422494" }];
 * ```
 */
export type PayoutQuery =
  | {
      /** AliKassa's id. A number must be an integer from 0 that JavaScript holds exactly. */
      readonly id: string | number | bigint;
      /** Not both. */
      readonly order_id?: undefined;
    }
  | {
      /** Your own id. */
      readonly order_id: string;
      /** Not both. */
      readonly id?: undefined;
    };
