/** Whose key, which account, and where AliKassa is: from options, or from the environment under the Worker's names. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AliKassa } from "../alikassa.js";
import { KeyError } from "../errors.js";
import { CommandError, fileError, keyError } from "./command-error.js";

/** The options that say so. Neither a key nor a password is among them: a command line can be read by others. */
export interface ConnectionOptions {
  readonly cert?: string;
  readonly account?: string;
  readonly baseUrl?: string;
  readonly digest?: "sha1" | "sha256";
  readonly timeoutMs?: number;
}

/** The texts of a key and of its password, and where they came from, for people. */
export interface KeyTexts {
  readonly privateKey: string;
  readonly password?: string;
  readonly origin: string;
}

/** A variable of the environment. An empty one counts as none, as it does for the Worker. */
export function variable(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === "" ? undefined : value;
}

/** The key of `--cert`, or else the one of the environment. */
export async function readKeyTexts(cert: string | undefined): Promise<KeyTexts> {
  if (cert !== undefined) {
    const privateKey = await readText(join(cert, "private.pem"), "the private key of the archive");
    const password = await readOptionalText(join(cert, "password.txt"), "the password of the private key");
    return { privateKey, ...(password === undefined ? {} : { password }), origin: join(cert, "private.pem") };
  }
  const privateKey = variable("ALIKASSA_PRIVATE_KEY");
  if (privateKey === undefined) {
    throw new CommandError(
      "there is no private key",
      "give --cert and the folder with the unpacked archive, or set ALIKASSA_PRIVATE_KEY and ALIKASSA_KEY_PASSWORD",
    );
  }
  // Not trimmed: whether a blank belongs to the password is for the opener to find out.
  const { ALIKASSA_KEY_PASSWORD: password } = process.env;
  return { privateKey, ...(password === undefined ? {} : { password }), origin: "ALIKASSA_PRIVATE_KEY" };
}

/** The account of `--account`, or else the first of the environment. */
export function accountOf({ account }: ConnectionOptions): string | undefined {
  return account ?? variable("ALIKASSA_ACCOUNT")?.split(",")[0]?.trim();
}

/** The digest of the signatures. */
export function digestOf({ digest }: ConnectionOptions): "sha1" | "sha256" {
  const named = digest ?? variable("ALIKASSA_DIGEST") ?? "sha1";
  if (named === "sha1" || named === "sha256") return named;
  throw new CommandError("ALIKASSA_DIGEST is neither sha1 nor sha256", "unset it for sha1");
}

/** A client that can ask: with a key and an account. */
export async function connect(options: ConnectionOptions): Promise<AliKassa> {
  const account = accountOf(options);
  if (account === undefined) {
    throw new CommandError("there is no account", "give --account and the account's UUID, or set ALIKASSA_ACCOUNT");
  }
  return open(options, await readKeyTexts(options.cert), account);
}

/** A client that is never let out to ask: for what a key alone can do. */
export function openKey(options: ConnectionOptions, key: KeyTexts): AliKassa {
  return open(options, key, accountOf(options) ?? "00000000-0000-0000-0000-000000000000");
}

function open(options: ConnectionOptions, { privateKey, password, origin }: KeyTexts, account: string): AliKassa {
  const { baseUrl = variable("ALIKASSA_BASE_URL"), timeoutMs = timeoutVariable() } = options;
  try {
    return new AliKassa({ account, privateKey, password, digest: digestOf(options), baseUrl, timeoutMs });
  } catch (error) {
    throw error instanceof KeyError ? keyError(origin, error) : error;
  }
}

function timeoutVariable(): number | undefined {
  const text = variable("ALIKASSA_TIMEOUT_MS");
  if (text === undefined) return undefined;
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new CommandError("ALIKASSA_TIMEOUT_MS is no whole number from 1 to 600000", "unset it for 30000");
}

/** The text of a file that must be there. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw fileError(path, what, error);
  }
}

/** The text of a file that need not be there. */
export async function readOptionalText(path: string, what: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(path, what, error);
  }
}
