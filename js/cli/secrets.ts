/** `secrets`: prints the Worker's secrets for `wrangler secret bulk`. */
import { CommandError, EXIT, type ExitStatus } from "./command-error.js";
import {
  accountOf,
  type ConnectionOptions,
  digestOf,
  openKey,
  readKeyTexts,
  readText,
  variable,
} from "./credentials.js";
import { remark } from "./terminal.js";

/** The options of `secrets`. */
export interface SecretsOptions extends ConnectionOptions {
  /** The notifications' `public.pem`. */
  readonly notificationKey?: string;
  /** Whether to print them on a terminal. */
  readonly force?: boolean;
}

/** Prints the secrets if the key opens, and returns the exit status. */
export async function printSecrets(options: SecretsOptions): Promise<ExitStatus> {
  if (process.stdout.isTTY && !options.force) {
    throw new CommandError(
      "the terminal would show the private key and its password",
      "pipe the output: alikassa-edge secrets --cert DIR | npx wrangler secret bulk (or give --force)",
    );
  }
  const key = await readKeyTexts(options.cert);
  // An error is better shown here than by a deployed Worker.
  openKey(key, digestOf(options), accountOf(options))[Symbol.dispose]();
  const { notificationKey } = options;
  const secrets = {
    ALIKASSA_PRIVATE_KEY: key.privateKey,
    ALIKASSA_KEY_PASSWORD: key.password,
    ALIKASSA_ACCOUNT: options.account ?? variable("ALIKASSA_ACCOUNT"),
    API_TOKENS: variable("API_TOKENS"),
    ALIKASSA_NOTIFICATION_KEY:
      notificationKey === undefined
        ? variable("ALIKASSA_NOTIFICATION_KEY")
        : await readText(notificationKey, "the public key of the notifications"),
  };
  if (process.stdout.isTTY)
    remark("Warning: the private key and its password are now visible on the terminal and in its history.");
  if (accountOf(options) === undefined) remark(leftOutText("ALIKASSA_ACCOUNT", "give --account"));
  if (secrets.API_TOKENS === undefined) remark(leftOutText("API_TOKENS", "set it in the environment"));
  process.stdout.write(`${JSON.stringify(secrets, undefined, 2)}\n`);
  return EXIT.answer;
}

function leftOutText(name: string, remedy: string): string {
  return `${name} is left out: ${remedy}, or use npx wrangler secret put ${name}. The Worker keeps its value.`;
}
