/** Options of several commands, and parsers of their values. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { MAX_TIMEOUT_MS } from "./credentials.js";

/** Adds the options of key, account and connection; the environment has their defaults. */
export function addConnectionOptions(command: Command): Command {
  return addKeyOptions(command)
    .addOption(option("--account <uuid>", "the account's UUID from AliKassa's cabinet, or ALIKASSA_ACCOUNT"))
    .addOption(option("--base-url <url>", "AliKassa's address, or ALIKASSA_BASE_URL"))
    .addOption(
      option(
        "--timeout-ms <n>",
        "time limit for one status, retries included (default: 30000), or ALIKASSA_TIMEOUT_MS",
      ).argParser(wholeNumber(1, MAX_TIMEOUT_MS)),
    );
}

/** Adds the options of the key. */
export function addKeyOptions(command: Command): Command {
  return command
    .optionsGroup("Key, account and connection:")
    .addOption(
      option(
        "--cert <folder>",
        "the folder with private.pem and password.txt; or ALIKASSA_PRIVATE_KEY and ALIKASSA_KEY_PASSWORD",
      ),
    )
    .addOption(
      new Option("--digest <name>", "the hash of the signature (default: sha1), or ALIKASSA_DIGEST").choices([
        "sha1",
        "sha256",
      ]),
    );
}

/** An option with a value that may be given once: of two payouts, none may be ignored silently. */
export function option(flags: string, about: string): Option {
  return new Option(flags, about).argParser((value: string, previous: string | undefined) => {
    if (previous !== undefined) throw new InvalidArgumentError("It must not be given twice.");
    if (value.trim() === "") throw new InvalidArgumentError("It must not be empty.");
    return value;
  });
}

/** A parser of a whole number. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
