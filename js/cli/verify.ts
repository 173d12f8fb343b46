/** `verify`: verifies a notification. */
import { KeyError, VerificationError } from "../src/errors.js";
import { verifyNotification } from "../src/notification.js";
import { CommandError, EXIT, type ExitStatus, keyError } from "./command-error.js";
import { readText, variable } from "./credentials.js";
import { readTextInput } from "./input.js";
import { fieldsTable } from "./tables.js";
import { remark } from "./terminal.js";

const VARIABLE = "ALIKASSA_NOTIFICATION_KEY";

/** The options of `verify`. */
export interface VerifyOptions {
  /** AliKassa's `public.pem` of the certificate for notifications. */
  readonly key?: string;
  readonly json?: boolean;
}

/** Verifies the notification in a URL, or in standard input, and returns the exit status. */
export async function verify(url: string | undefined, { key, json }: VerifyOptions): Promise<ExitStatus> {
  const publicPem = await readPublicPem(key);
  const input = url === undefined || url === "-" ? (await readTextInput(url, "the URL")).trim() : url;
  try {
    const notification = verifyNotification(input, publicPem);
    process.stdout.write(
      json ? `${JSON.stringify({ verified: true, notification })}\n` : `${fieldsTable({ ...notification })}\n`,
    );
    if (!json) remark("Signed by AliKassa. It may be outdated: alikassa-edge status shows the current state.");
    return EXIT.answer;
  } catch (error) {
    if (error instanceof KeyError) throw keyError(key ?? VARIABLE, error);
    if (!(error instanceof VerificationError && json)) throw error;
    process.stdout.write(`${JSON.stringify({ verified: false, code: error.code, detail: error.message })}\n`);
    return EXIT.unknown;
  }
}

function readPublicPem(key: string | undefined): Promise<string> | string {
  if (key !== undefined) return readText(key, "the public key of the notifications");
  const pem = variable(VARIABLE);
  if (pem !== undefined) return pem;
  const remedy = `give --key with the public.pem of the certificate for notifications, or set ${VARIABLE}`;
  throw new CommandError("there is no public key", remedy);
}
