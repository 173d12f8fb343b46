/**
 * A throw-away key archive, like the one that AliKassa's cabinet lets a merchant download.
 */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The three files of an archive, as text. `privatePem` and `password` are secrets, even in a sandbox: never log them.
 *
 * AliKassa's own key pair for notifications has the same form. Of that one a merchant gets `publicPem` alone.
 */
export interface KeyArchive {
  /** `private.pem`: the encrypted private key. */
  readonly privatePem: string;
  /** `password.txt`: the password of `private.pem`. */
  readonly password: string;
  /** `public.pem`: the only part that AliKassa keeps. */
  readonly publicPem: string;
}

/** What {@link makeArchive} may be told. */
export interface ArchiveOptions {
  /** Length of the RSA modulus; 2048 by default. */
  readonly bits?: number;
  /** Password of the private key; a random one by default. */
  readonly password?: string;
}

const FILES = { privatePem: "private.pem", password: "password.txt", publicPem: "public.pem" } as const;

/**
 * Makes a key archive in the form in which PHP's `openssl_pkey_export($key, $pem, $password)` writes it: a PEM block
 * `ENCRYPTED PRIVATE KEY`, PBES2 with PBKDF2 and DES-EDE3-CBC.
 *
 * `openssl asn1parse` on the result shows HMAC-SHA-256 as PBKDF2's PRF and 0x0800 = 2048 iterations, both with Node 20
 * (OpenSSL 3.0) and Node 24 (OpenSSL 3.5): the same parameters as PHP 7 and 8. Only the salt differs: 8 bytes up to
 * OpenSSL 3.1, 16 bytes after it, so a reader must accept either. The public key is a PEM block `PUBLIC KEY` (SPKI).
 *
 * @example
 * ```ts
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
 * Writes an archive as `private.pem`, `password.txt` and `public.pem` (mode 0600) into `directory`, which is made
 * (mode 0700) if it does not exist. Of the «API certificate for notifications» there is `public.pem` alone.
 *
 * It never overwrites: one of the three files may be a merchant's real key, of which there is no second copy.
 *
 * @example
 * ```ts
 * await writeArchive(".sandbox/cert/payout", makeArchive());
 * await writeArchive(".sandbox/cert/notification", sandbox.notificationCertificate);
 * ```
 * @throws Error with code `EEXIST` if any of the three files exists; nothing has been written then.
 */
export async function writeArchive(
  directory: string,
  archive: KeyArchive | Pick<KeyArchive, "publicPem">,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  // All three are looked for before the first is written: half an archive of ours beside half of another would be worse
  // than none. "wx" below closes the gap between looking and writing.
  for (const name of Object.values(FILES)) {
    if (await exists(join(directory, name))) {
      const error: NodeJS.ErrnoException = new Error(`${join(directory, name)} exists and is not overwritten`);
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
 * Reads an unpacked archive, byte for byte: a line break at the end of `password.txt` is kept, since whether it belongs
 * to the password is for the opener of the key to find out.
 *
 * @example
 * ```ts
 * const { privatePem, password, publicPem } = await readArchive(".sandbox/cert");
 * ```
 * @throws Error with code `ENOENT` if a file is missing.
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
