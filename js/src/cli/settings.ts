/** What `doctor` finds of what stands beside the key: the digest, where AliKassa is, how long it has, and the account. */
import { CommandError } from "./command-error.js";
import { accountOf, baseUrlOf, baseUrlProblem, type ConnectionOptions, digestOf, timeoutOf } from "./credentials.js";
import type { Finding } from "./findings.js";

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

/** The digest to try a key with: the one that is wanted, or else the usual one where there is none of that name. */
export function soundDigest(options: ConnectionOptions): "sha1" | "sha256" {
  return flawOf("digest", () => digestOf(options)) === undefined ? digestOf(options) : "sha1";
}

/** Of the account there is always a finding; of the others where they are of no use, since as a rule nobody sets them. */
export function examineSettings(options: ConnectionOptions): Finding[] {
  const flaws = [
    flawOf("digest", () => digestOf(options)),
    examineBaseUrl(options),
    flawOf("timeout", () => timeoutOf(options)),
  ];
  return [...flaws.filter((flaw) => flaw !== undefined), examineAccount(options)];
}

/** The error of a setting as a finding. */
function flawOf(check: string, read: () => unknown): Finding | undefined {
  try {
    read();
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return { check, level: "failed", detail: error.message, remedy: error.remedy };
  }
  return undefined;
}

function examineBaseUrl(options: ConnectionOptions): Finding | undefined {
  const baseUrl = baseUrlOf(options);
  const detail = baseUrl === undefined ? undefined : baseUrlProblem(baseUrl);
  if (detail === undefined) return undefined;
  const remedy = "correct --base-url or ALIKASSA_BASE_URL, or leave both away for AliKassa itself";
  return { check: "base_url", level: "failed", detail, remedy };
}

function examineAccount(options: ConnectionOptions): Finding {
  const check = "account";
  const account = accountOf(options);
  if (account === undefined) {
    const remedy = "give --account, or set ALIKASSA_ACCOUNT";
    return { check, level: "skipped", detail: "no account was given", remedy };
  }
  if (UUID.test(account)) return { check, level: "ok", detail: `${account} has the form of a UUID` };
  const remedy = "copy the account's UUID from AliKassa's cabinet";
  return { check, level: "failed", detail: `${account} has not the form of a UUID`, remedy };
}
