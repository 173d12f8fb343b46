/** Key, account and connection, from options or from the environment under the Worker's names. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AliKassa } from "../src/alikassa.js";
import { InvalidRequestError, KeyError } from "../src/errors.js";
import type { AliKassaOptions } from "../src/options.js";
import { CommandError, fileError, keyError } from "./command-error.js";

/** The longest time limit in milliseconds: ten minutes, as in the library. */
export const MAX_TIMEOUT_MS = 600_000;

/** A placeholder for a client that sends nothing. */
const NO_ACCOUNT = "00000000-0000-0000-0000-000000000000";

/** The options of a connection. A command line is visible to others, so key and password are not among them. */
export interface ConnectionOptions {
  readonly cert?: string;
  readonly account?: string;
  readonly baseUrl?: string;
  readonly digest?: "sha1" | "sha256";
  readonly timeoutMs?: number;
}

/** The texts of a key and its password, and their origin for messages. */
export interface KeyTexts {
  readonly privateKey: string;
  readonly password?: string;
  readonly origin: string;
}

/** A variable of the environment; undefined if it is empty, as in the Worker. */
export function variable(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === "" ? undefined : value;
}

/** The key of `--cert`, or of the environment. */
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
      "give --cert with the folder of the unpacked archive, or set ALIKASSA_PRIVATE_KEY and ALIKASSA_KEY_PASSWORD",
    );
  }
  // Not trimmed: a blank may belong to the password.
  const { ALIKASSA_KEY_PASSWORD: password } = process.env;
  return { privateKey, ...(password === undefined ? {} : { password }), origin: "ALIKASSA_PRIVATE_KEY" };
}

/** The account of `--account`, or the first one of the environment. */
export function accountOf({ account }: ConnectionOptions): string | undefined {
  return account ?? variable("ALIKASSA_ACCOUNT")?.split(",")[0]?.trim();
}

/** The hash of the signatures. */
export function digestOf({ digest }: ConnectionOptions): "sha1" | "sha256" {
  const named = digest ?? variable("ALIKASSA_DIGEST") ?? "sha1";
  if (named === "sha1" || named === "sha256") return named;
  throw new CommandError("ALIKASSA_DIGEST must be sha1 or sha256", "unset it for sha1");
}

/** A client that can send requests. */
export async function connect(options: ConnectionOptions): Promise<AliKassa> {
  const account = accountOf(options);
  if (account === undefined) {
    throw new CommandError("there is no account", "give --account with the account's UUID, or set ALIKASSA_ACCOUNT");
  }
  const baseUrl = baseUrlOf(options);
  const timeoutMs = timeoutOf(options);
  return open(await readKeyTexts(options.cert), { account, digest: digestOf(options), baseUrl, timeoutMs });
}

/** A client that only signs, without a connection. */
export function openKey(key: KeyTexts, digest: "sha1" | "sha256", account = NO_ACCOUNT): AliKassa {
  return open(key, { account, digest });
}

/** The base URL, if it is not the default. */
export function baseUrlOf({ baseUrl = variable("ALIKASSA_BASE_URL") }: ConnectionOptions): string | undefined {
  return baseUrl;
}

/** The time limit in milliseconds, if it is not the default. */
export function timeoutOf({ timeoutMs }: ConnectionOptions): number | undefined {
  const text = timeoutMs === undefined ? variable("ALIKASSA_TIMEOUT_MS") : undefined;
  if (text === undefined) return timeoutMs;
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= 1 && value <= MAX_TIMEOUT_MS) return value;
  throw new CommandError(
    `ALIKASSA_TIMEOUT_MS must be a whole number from 1 to ${MAX_TIMEOUT_MS}`,
    "unset it for 30000",
  );
}

/** The library's message about an invalid base URL. The library checks it before the key, so no key is needed. */
export function baseUrlProblem(baseUrl: string): string | undefined {
  try {
    new AliKassa({ account: NO_ACCOUNT, privateKey: "", baseUrl });
  } catch (error) {
    if (error instanceof InvalidRequestError) return error.message;
    if (!(error instanceof KeyError)) throw error;
  }
  return undefined;
}

function open({ privateKey, password, origin }: KeyTexts, settings: Omit<AliKassaOptions, "privateKey">): AliKassa {
  try {
    return new AliKassa({ ...settings, privateKey, password });
  } catch (error) {
    throw error instanceof KeyError ? keyError(origin, error) : error;
  }
}

/** The text of a file. */
export async function readText(path: string, what: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw fileError(path, what, error);
  }
}

/** The text of a file, if it exists. */
export async function readOptionalText(path: string, what: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw fileError(path, what, error);
  }
}
