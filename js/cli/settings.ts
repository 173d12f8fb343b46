/** The checks of `doctor` besides the key: digest, base URL, time limit and account. */
import { CommandError } from "./command-error.js";
import { accountOf, baseUrlOf, baseUrlProblem, type ConnectionOptions, digestOf, timeoutOf } from "./credentials.js";
import { type Finding, failure } from "./findings.js";

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The digest for a trial signature: `sha1` if the setting is invalid. */
export function trialDigest(options: ConnectionOptions): "sha1" | "sha256" {
  return checkSetting("digest", () => digestOf(options)) === undefined ? digestOf(options) : "sha1";
}

/** A finding for the account, and one for each other setting that is invalid. */
export function examineSettings(options: ConnectionOptions): Finding[] {
  const failures = [
    checkSetting("digest", () => digestOf(options)),
    examineBaseUrl(options),
    checkSetting("timeout", () => timeoutOf(options)),
  ];
  return [...failures.filter((finding) => finding !== undefined), examineAccount(options)];
}

/** The error of a setting as a finding. */
function checkSetting(check: string, read: () => unknown): Finding | undefined {
  try {
    read();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { check, ...failure(error) };
  }
  return undefined;
}

function examineBaseUrl(options: ConnectionOptions): Finding | undefined {
  const baseUrl = baseUrlOf(options);
  const detail = baseUrl === undefined ? undefined : baseUrlProblem(baseUrl);
  if (detail === undefined) return undefined;
  const remedy = "correct --base-url or ALIKASSA_BASE_URL, or unset both";
  return { check: "base_url", level: "failed", detail, remedy };
}

function examineAccount(options: ConnectionOptions): Finding {
  const check = "account";
  const account = accountOf(options);
  if (account === undefined) {
    const remedy = "give --account, or set ALIKASSA_ACCOUNT";
    return { check, level: "skipped", detail: "no account was given", remedy };
  }
  if (UUID.test(account)) return { check, level: "ok", detail: `${account} is a UUID` };
  const remedy = "copy the account's UUID from AliKassa's cabinet";
  return { check, level: "failed", detail: `${account} is not a UUID`, remedy };
}
