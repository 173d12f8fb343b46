/**
 * What needs a file system, besides everything else.
 *
 * @module
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AliKassa } from "./alikassa.js";
import type { AliKassaOptions } from "./options.js";

export * from "./index.js";

/**
 * {@link AliKassa} from the folder with the unpacked archive: `private.pem` and, if there is one, `password.txt`.
 *
 * Rejects with the file system's error where `private.pem` can't be read, and with a `KeyError` where it does not open.
 *
 * @example
 * ```ts
 * import { fromArchive } from "alikassa-edge/node";
 *
 * const alikassa = await fromArchive("cert/payout", { account: "93d5df06-996c-48c3-9847-348d6b580b80" });
 * ```
 */
export async function fromArchive(
  folder: string,
  options: Omit<AliKassaOptions, "privateKey" | "password">,
): Promise<AliKassa> {
  const [privateKey, password] = await Promise.all([
    readFile(join(folder, "private.pem"), "utf8"),
    readFile(join(folder, "password.txt"), "utf8").catch(absent),
  ]);
  return new AliKassa({ ...options, privateKey, password });
}

/** A key in the clear has no password. */
function absent(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
