/** Options that several commands have, and how a value is read. */
import { type Command, InvalidArgumentError, Option } from "commander";
import { MAX_TIMEOUT_MS } from "./credentials.js";

/** The key, the account and where AliKassa is. What is not given is taken from the environment. */
export function addConnectionOptions(command: Command): Command {
  return addKeyOptions(command)
    .addOption(option("--account <uuid>", "the account in AliKassa's cabinet, or ALIKASSA_ACCOUNT"))
    .addOption(option("--base-url <url>", "another AliKassa, or ALIKASSA_BASE_URL"))
    .addOption(
      option("--timeout-ms <n>", "the time for one answer, retries included: 30000, or ALIKASSA_TIMEOUT_MS").argParser(
        wholeNumber(1, MAX_TIMEOUT_MS),
      ),
    );
}

/** The key alone, and what it signs with. */
export function addKeyOptions(command: Command): Command {
  return command
    .optionsGroup("Key, account and connection:")
    .addOption(
      option(
        "--cert <folder>",
        "the unpacked archive with private.pem and password.txt; or ALIKASSA_PRIVATE_KEY and ALIKASSA_KEY_PASSWORD",
      ),
    )
    .addOption(
      new Option("--digest <name>", "the hash under the signature: sha1, or ALIKASSA_DIGEST").choices([
        "sha1",
        "sha256",
      ]),
    );
}

/** An option that stands once: of two payouts or two keys, neither is to be dropped in silence. */
export function option(flags: string, about: string): Option {
  return new Option(flags, about).argParser((value: string, previous: string | undefined) => {
    if (previous !== undefined) throw new InvalidArgumentError("It is given twice.");
    if (value.trim() === "") throw new InvalidArgumentError("It is empty.");
    return value;
  });
}

/** Reads a whole number. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new InvalidArgumentError(`It is a whole number from ${min} to ${max}.`);
  };
}
