/**
 * Everything of `alikassa-edge`, and `fromArchive`, which needs a file system.
 *
 * @module alikassa-edge/node
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AliKassa } from "./alikassa.js";
import type { AliKassaOptions } from "./options.js";

export * from "./index.js";

/**
 * Creates an {@link AliKassa} from the folder with the unpacked archive: `private.pem` and, if it exists, `password.txt`.
 *
 * Rejects with the file system's error if `private.pem` can't be read, and with a `KeyError` if it does not open.
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
    readFile(join(folder, "password.txt"), "utf8").catch(ignoreMissing),
  ]);
  return new AliKassa({ ...options, privateKey, password });
}

/** A key in the clear has no password. */
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}
