/** What the package makes of each misbehaviour of the sandbox. */
import type { ErrorCode } from "../../dist/index.js";
import { FAULTS, type FaultName } from "../../dist/sandbox/index.js";
import type { FaultGiven } from "../suite/given.ts";

interface Expected {
  readonly code: ErrorCode;
  readonly status: number | null;
  readonly retryable: boolean;
}

const unreachable: Expected = { code: "upstream_unreachable", status: null, retryable: true };
const timeout: Expected = { code: "upstream_timeout", status: null, retryable: true };
const invalid: Expected = { code: "upstream_invalid", status: 200, retryable: true };
const refused = (status: number, retryable: boolean): Expected => ({ code: "upstream_status", status, retryable });

const EXPECTED: Readonly<Record<keyof typeof FAULTS, Expected>> = {
  "retry-date": refused(503, true),
  hang: timeout,
  cut: unreachable,
  reset: unreachable,
  "cut-body": unreachable,
  "cut-chunked": unreachable,
  half: invalid,
  drip: timeout,
  endless: invalid,
  html: invalid,
  "php-warning": invalid,
  empty: invalid,
  array: invalid,
  "no-status": invalid,
  "number-status": invalid,
  duplicate: invalid,
  "other-payout": invalid,
  "error-200": invalid,
  message: refused(400, false),
  redirect: refused(302, false),
  large: invalid,
  deep: invalid,
  "deep-field": invalid,
  utf8: invalid,
};

const STATUSES: readonly (readonly [FaultName, boolean])[] = [
  ...([201, 202, 204, 206, 301, 303, 304, 307, 308, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422] as const).map(
    (status) => [`${status}`, false] as const,
  ),
  ...([408, 429, 500, 501, 502, 503, 504, 520, 599] as const).map((status) => [`${status}`, true] as const),
];

/** All of them. */
export const FAULTS_GIVEN: readonly FaultGiven[] = [
  ...Object.entries(EXPECTED).map(([name, expected]) => ({
    name,
    about: FAULTS[name as keyof typeof FAULTS].about,
    ...expected,
  })),
  ...STATUSES.map(([name, retryable]) => ({ name, about: "an HTTP status", ...refused(Number(name), retryable) })),
];
