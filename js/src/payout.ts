/**
 * The types of a payout.
 *
 * @module
 */

/**
 * What became of a payout: `wait` (in the process of payment), `paid`, `cancel` or `fail` (final), or a word that is not
 * documented and is neither final nor a failure.
 *
 * @example
 * ```ts
 * function say(status: PaymentStatus): string {
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
 * JSON of a field that is not documented, or of another method's answer, as `JSON.parse` reads it.
 *
 * So its numbers are JavaScript's, and not always the digits that AliKassa sent: `0.0300` becomes `0.03`,
 * `123456789012345678.90` becomes `123456789012345680`, and integers beyond 2^53 are rounded. Where that matters, send
 * `AliKassa.signedRequest` yourself, and read the text of the answer.
 *
 * @example
 * ```ts
 * const receipt: Json | undefined = payout["receipt_url"];
 * ```
 */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/**
 * A payout with the fields that AliKassa sent, under its names. Ids and amounts that are documented are strings with the digits
 * that it sent; what it left out is undefined, and a field that is not documented comes as {@link Json}, whose numbers are
 * JavaScript's.
 *
 * Such an object exists only where AliKassa answered with it: there is none for an error.
 *
 * @example
 * ```ts
 * const { payment_status, is_final, amount }: Payout = await alikassa.payoutStatus({ id: "100000536" });
 * ```
 */
export interface Payout {
  readonly [name: string]: Json | undefined;
  /** What became of it. */
  readonly payment_status: PaymentStatus;
  /** Whether `payment_status` will not change any more: true for `paid`, `cancel` and `fail` alone. */
  readonly is_final: boolean;
  /** AliKassa's payment id. */
  readonly id?: string | null;
  /** Your id, given when the payout was made. */
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
 * Names a payout: by AliKassa's `id`, or by your own `orderId`; 1 to 128 characters.
 *
 * @example
 * ```ts
 * const queries: PayoutQuery[] = [{ id: "100000536" }, { id: 100000536n }, { orderId: "6422494" }];
 * ```
 */
export type PayoutQuery =
  | {
      /** AliKassa's id. A number is an integer that is not negative and that JavaScript holds exactly. */
      readonly id: string | number | bigint;
      /** Not both. */
      readonly orderId?: undefined;
    }
  | {
      /** Your own id. */
      readonly orderId: string;
      /** Not both. */
      readonly id?: undefined;
    };
