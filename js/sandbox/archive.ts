/**
 * Key archives for tests, like those from AliKassa's cabinet.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The three files of an archive, as text. AliKassa's key pair for notifications has the same form; a merchant gets only its
 * `publicPem`.
 *
 * @example
 * ```ts
 * const { privatePem, password, publicPem }: KeyArchive = makeArchive();
 * ```
 */
export interface KeyArchive {
  /** `private.pem`: the encrypted private key. */
  readonly privatePem: string;
  /** `password.txt`: the password of `private.pem`. */
  readonly password: string;
  /** `public.pem`: the part that AliKassa keeps. */
  readonly publicPem: string;
}

/**
 * The options of {@link makeArchive}.
 *
 * @example
 * ```ts
 * const options: ArchiveOptions = { bits: 1024, password: "secret" };
 * ```
 */
export interface ArchiveOptions {
  /** The size of the RSA key. Default: 2048. */
  readonly bits?: number;
  /** The password of the private key. Default: a random one. */
  readonly password?: string;
}

const FILES = { privatePem: "private.pem", password: "password.txt", publicPem: "public.pem" } as const;

/**
 * Makes a key archive as PHP's `openssl_pkey_export($key, $pem, $password)` writes it: `ENCRYPTED PRIVATE KEY` with PBES2,
 * PBKDF2 (HMAC-SHA-256, 2048 iterations) and DES-EDE3-CBC. The salt has 8 bytes up to OpenSSL 3.1 and 16 bytes after it. The
 * public key is a `PUBLIC KEY` (SPKI).
 *
 * @example
 * ```ts
 * import { createPrivateKey } from "node:crypto";
 *
 * const archive = makeArchive({ bits: 2048, password: "secret" });
 * createPrivateKey({ key: archive.privatePem, passphrase: archive.password });
 * ```
 */
export function makeArchive({
  bits = 2048,
  password = randomBytes(18).toString("base64url"),
}: ArchiveOptions = {}): KeyArchive {
  const pair = generateKeyPairSync("rsa", {
    modulusLength: bits,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem", cipher: "des-ede3-cbc", passphrase: password },
  });
  return { privatePem: pair.privateKey, password, publicPem: pair.publicKey };
}

/**
 * Writes `private.pem`, `password.txt` and `public.pem` (mode 0600) into `directory`, which is created (mode 0700) if missing.
 * Only the parts that `archive` has are written.
 *
 * Never overwrites a file: it may be a merchant's real key.
 *
 * @example
 * ```ts
 * await writeArchive(".sandbox/cert/payout", makeArchive());
 * await writeArchive(".sandbox/cert/notification", { publicPem: sandbox.notificationKey });
 * ```
 * @throws Error with the code `EEXIST` if one of the three files exists; nothing was written then.
 */
export async function writeArchive(
  directory: string,
  archive: KeyArchive | Pick<KeyArchive, "publicPem">,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // Check all three first, so that no mix of two archives is left. "wx" below closes the gap between check and write.
  for (const name of Object.values(FILES)) {
    if (await exists(join(directory, name))) {
      const error: NodeJS.ErrnoException = new Error(`${join(directory, name)} exists: choose another folder`);
      error.code = "EEXIST";
      throw error;
    }
  }
  const parts: Partial<KeyArchive> = archive;
  for (const [part, name] of Object.entries(FILES) as [keyof KeyArchive, string][]) {
    const text = parts[part];
    if (text !== undefined) await writeFile(join(directory, name), text, { flag: "wx", mode: 0o600 });
  }
}

/**
 * Reads an unpacked archive, byte for byte. A line break at the end of `password.txt` is kept; it may belong to the password.
 *
 * @example
 * ```ts
 * const { privatePem, password, publicPem } = await readArchive("cert/payout");
 * ```
 * @throws Error with the code `ENOENT` if a file is missing.
 */
export async function readArchive(directory: string): Promise<KeyArchive> {
  const [privatePem, password, publicPem] = await Promise.all([
    readFile(join(directory, FILES.privatePem), "utf8"),
    readFile(join(directory, FILES.password), "utf8"),
    readFile(join(directory, FILES.publicPem), "utf8"),
  ]);
  return { privatePem, password, publicPem };
}

async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
