/** `doctor --live`: signed requests to AliKassa that change nothing. */
import { GatewayError, RequestError } from "../src/errors.js";
import type { JsonValue, Payout } from "../src/payout.js";
import { type ConnectionOptions, connect } from "./credentials.js";
import type { Finding } from "./findings.js";
import { type ListedQuery, toPayoutQuery } from "./queries.js";
import { detailOf } from "./results.js";

/** A method without parameters that moves no money. */
const INFO = "v1/account/info";

/** Requests the account's info, and the status of a payout if there is a query. */
export async function checkLive(options: ConnectionOptions, query: ListedQuery | undefined): Promise<Finding[]> {
  using alikassa = await connect(options);
  const findings = [await alikassa.request(INFO, []).then(infoFinding, infoErrorFinding)];
  if (query !== undefined) {
    const payout = alikassa.payoutStatus(toPayoutQuery(query));
    findings.push(await payout.then((payout) => payoutFinding(query, payout), payoutErrorFinding));
  }
  return findings;
}

function infoFinding(info: JsonValue): Finding {
  const check = "live";
  const detail = `AliKassa answered ${INFO}: it accepts account, key and digest`;
  const mayPayOut =
    typeof info === "object" && info !== null && "is_allowed_payout" in info ? info["is_allowed_payout"] : undefined;
  if (mayPayOut !== false) return { check, level: "ok", detail };
  const remedy = "ask AliKassa's support to allow payouts";
  return { check, level: "warning", detail: `${detail}; payouts are not allowed for this account`, remedy };
}

function infoErrorFinding(error: unknown): Finding {
  if (!(error instanceof RequestError)) throw error;
  const check = "live";
  const detail = detailOf(error);
  if (error.retryable)
    return { check, level: "unknown", detail, remedy: "try again; check the network and --base-url" };
  return { check, level: "failed", detail, remedy: remedyOf(Object.keys(error.errors ?? {})) };
}

function payoutFinding({ value }: ListedQuery, { payment_status }: Payout): Finding {
  return {
    check: "live_payout",
    level: "ok",
    detail: `AliKassa answered: payment_status of ${value} is ${payment_status}`,
  };
}

/** Also after a refusal the payout's state is unknown, not failed. */
function payoutErrorFinding(error: unknown): Finding {
  if (!(error instanceof GatewayError)) throw error;
  return { check: "live_payout", level: "unknown", detail: detailOf(error), remedy: error.advice };
}

function remedyOf(fields: readonly string[]): string {
  if (fields.includes("sign")) return "use the archive that the cabinet generated last, or try the other --digest";
  if (fields.includes("account")) return "compare --account with the account's UUID in AliKassa's cabinet";
  return "fix what AliKassa names, or ask its support";
}
