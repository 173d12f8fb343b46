/** `doctor --live`: what AliKassa says to a signed question that changes nothing. */
import { GatewayError } from "../errors.js";
import type { Json } from "../payout.js";
import { type ConnectionOptions, connect } from "./credentials.js";
import type { Finding } from "./findings.js";
import { type ListedQuery, toPayoutQuery } from "./queries.js";
import { detailOf } from "./results.js";

/** AliKassa's own words for what an account may do; it takes no parameters and moves nothing. */
const INFO = "v1/account/info";

/** Asks about the account, and for a payout if there is one to ask for. */
export async function askLive(options: ConnectionOptions, query: ListedQuery | undefined): Promise<Finding[]> {
  using alikassa = await connect(options);
  const findings = [await tell(async () => infoFinding(await alikassa.request(INFO, [])), unansweredInfo)];
  if (query !== undefined) {
    const ask = async (): Promise<Finding> => {
      const { payment_status: status } = await alikassa.payoutStatus(toPayoutQuery(query));
      const detail = `AliKassa answered: payment_status of ${query.value} is ${status}`;
      return { check: "live_payout", level: "ok", detail };
    };
    findings.push(await tell(ask, unansweredPayout));
  }
  return findings;
}

function infoFinding(info: Json): Finding {
  const check = "live";
  const detail = `AliKassa answered ${INFO}: it took account, key and digest`;
  const mayPayOut =
    typeof info === "object" && info !== null && "is_allowed_payout" in info ? info["is_allowed_payout"] : undefined;
  if (mayPayOut !== false) return { check, level: "ok", detail };
  const remedy = "ask AliKassa's support to allow payouts";
  return { check, level: "warning", detail: `${detail}; it says that payouts are not allowed`, remedy };
}

/** What was answered, or what is known of there being no answer, and no more than that. */
async function tell(ask: () => Promise<Finding>, unanswered: (error: GatewayError) => Finding): Promise<Finding> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return unanswered(error);
  }
}

function unansweredInfo(error: GatewayError): Finding {
  const check = "live";
  const { retryable, errors = {} } = error;
  // Of an account there is no payout's state.
  const detail = detailOf(error).replace(/^the payout's state is unknown: /, "");
  if (retryable) return { check, level: "unknown", detail, remedy: "ask again; check the network and --base-url" };
  return { check, level: "failed", detail, remedy: remedyOf(Object.keys(errors)) };
}

/** Whatever AliKassa said instead, a refusal too: the payout's state is unknown, and nothing of it has failed. */
function unansweredPayout(error: GatewayError): Finding {
  return { check: "live_payout", level: "unknown", detail: detailOf(error), remedy: error.advice };
}

function remedyOf(fields: readonly string[]): string {
  if (fields.includes("sign"))
    return "AliKassa keeps the public.pem of the archive that was generated last: use that archive, or try the other --digest";
  if (fields.includes("account")) return "compare --account with the account's UUID in AliKassa's cabinet";
  return "mend what AliKassa names, or ask its support";
}
