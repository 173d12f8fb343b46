/** `secrets`: the Worker's secrets in the form that `wrangler secret bulk` reads. */
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
  /** Whether they may be shown on a terminal. */
  readonly force?: boolean;
}

/** Prints the secrets, if the key opens, and gives the exit status. */
export async function printSecrets(options: SecretsOptions): Promise<ExitStatus> {
  if (process.stdout.isTTY && !options.force) {
    throw new CommandError(
      "this would show the private key and its password on the terminal",
      "pipe it, as in: alikassa-edge secrets --cert DIR | npx wrangler secret bulk (or --force)",
    );
  }
  const key = await readKeyTexts(options.cert);
  // Whether it opens is better found out here than in a Worker that is deployed.
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
    remark("Warning: the private key and its password stand on the terminal now, and in its history.");
  if (accountOf(options) === undefined) remark(leftOut("ALIKASSA_ACCOUNT", "give --account"));
  if (secrets.API_TOKENS === undefined) remark(leftOut("API_TOKENS", "set it in the environment"));
  process.stdout.write(`${JSON.stringify(secrets, undefined, 2)}\n`);
  return EXIT.answer;
}

function leftOut(name: string, remedy: string): string {
  return `${name} is not among them: ${remedy}, or use npx wrangler secret put ${name}. What the Worker has stays.`;
}
