/** `doctor`: checks the key archive and the settings, and whether AliKassa accepts them. */
import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { AliKassa } from "../src/alikassa.js";
import { CommandError, EXIT, type ExitStatus } from "./command-error.js";
import {
  accountOf,
  type ConnectionOptions,
  type KeyTexts,
  openKey,
  readKeyTexts,
  readOptionalText,
} from "./credentials.js";
import { type Finding, failure, findingsText } from "./findings.js";
import { type KeyForm, readKeyForm } from "./key-form.js";
import { checkLive } from "./live.js";
import type { ListedQuery } from "./queries.js";
import { examineSettings, trialDigest } from "./settings.js";

/** The options of `doctor`. */
export interface DoctorOptions extends ConnectionOptions {
  readonly json?: boolean;
  /** Whether requests are sent to AliKassa. */
  readonly live?: boolean;
  /** A payout whose status is requested. */
  readonly query?: ListedQuery;
}

/** The smallest RSA key that is recommended today (NIST SP 800-131A). */
const RECOMMENDED_BITS = 2048;
const NEW_ARCHIVE = "generate a new archive in AliKassa's cabinet";

/** Prints the findings and returns the exit status. */
export async function doctor(options: DoctorOptions): Promise<ExitStatus> {
  const digest = trialDigest(options);
  const texts = await readKeyTexts(options.cert);
  const form = readKeyForm(texts.privateKey);
  const findings: Finding[] = [...examineForm(form, texts.origin), ...(await examineModes(options.cert))];
  using opened = openKeyOrReport(texts, digest, findings);
  if (opened !== undefined) {
    findings.push(...examineSize(opened));
    const publicKey = await readPublicKey(options.cert, findings);
    if (publicKey !== undefined)
      findings.push(examineMatch(opened, publicKey), examineSignature(opened, publicKey, digest));
  }
  const settings = examineSettings(options);
  findings.push(...settings);
  const canAsk = opened !== undefined && settings.every(({ level }) => level !== "failed");
  if (options.live) findings.push(...(await examineLive(options, canAsk)));

  const has = (level: Finding["level"]) => findings.some((finding) => finding.level === level);
  const key = { ...form, ...(opened && { bits: opened.keyBits, fingerprint: opened.keyFingerprint }) };
  const report = { ok: !has("failed") && !has("unknown"), key, findings };
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : findingsText(findings));
  if (has("failed")) return EXIT.usage;
  return has("unknown") ? EXIT.unknown : EXIT.answer;
}

function examineForm(form: KeyForm | undefined, origin: string): Finding[] {
  if (form === undefined) {
    const detail = `${origin} contains no private key`;
    return [{ check: "format", level: "failed", detail, remedy: "unpack the archive again" }];
  }
  const { label, encryption } = form;
  if (encryption === undefined) {
    const remedy = "keep it as it came in the archive, or encrypt it: openssl pkcs8 -topk8 -v2 aes-256-cbc";
    return [
      { check: "format", level: "ok", detail: `PEM, ${label}` },
      { check: "cipher", level: "warning", detail: "none: everybody who can read the file can sign", remedy },
    ];
  }
  const { scheme, kdf, cipher } = encryption;
  return [
    { check: "format", level: "ok", detail: `PEM, ${label}, ${scheme}` },
    { check: "cipher", level: "ok", detail: `${cipher}, key from ${kdf}` },
  ];
}

/** Except on Windows, only the owner may have access to the secrets. */
async function examineModes(cert: string | undefined): Promise<Finding[]> {
  if (cert === undefined || process.platform === "win32") return [];
  const paths = ["private.pem", "password.txt"].map((name) => join(cert, name));
  const modes = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => undefined))?.mode ?? 0));
  const open = paths.filter((_, at) => ((modes[at] ?? 0) & 0o077) !== 0);
  const check = "permissions";
  if (open.length === 0) return [{ check, level: "ok", detail: "only their owner has access to the secrets" }];
  const detail = `other users of this machine have access to ${open.join(" and ")}`;
  return [{ check, level: "warning", detail, remedy: `chmod 600 ${open.join(" ")}` }];
}

function openKeyOrReport(texts: KeyTexts, digest: "sha1" | "sha256", findings: Finding[]): AliKassa | undefined {
  try {
    const opened = openKey(texts, digest);
    findings.push({ check: "password", level: "ok", detail: "the private key opens" });
    return opened;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    findings.push({ check: "password", ...failure(error) });
    return undefined;
  }
}

function examineSize({ keyBits, keyFingerprint }: AliKassa): Finding[] {
  const key = { check: "key", detail: `RSA, ${keyBits} bits` };
  const small = { level: "warning", remedy: `${keyBits} bits are weak today: ${NEW_ARCHIVE}` } as const;
  return [
    { ...key, ...(keyBits < RECOMMENDED_BITS ? small : { level: "ok" }) },
    { check: "fingerprint", level: "ok", detail: keyFingerprint },
  ];
}

async function readPublicKey(cert: string | undefined, findings: Finding[]): Promise<KeyObject | undefined> {
  const check = "public_key";
  const path = cert === undefined ? undefined : join(cert, "public.pem");
  const pem = path === undefined ? undefined : await readOptionalText(path, "the public key");
  if (pem === undefined) {
    const remedy = "give --cert with the folder of all three files: then a trial signature is verified, too";
    findings.push({ check, level: "skipped", detail: "there is no public.pem to compare with", remedy });
    return undefined;
  }
  try {
    // createPublicKey also accepts a private key.
    if (!pem.includes("PUBLIC KEY-----")) throw new Error("it contains no public key");
    return createPublicKey(pem);
  } catch (error) {
    const detail = `${path} can't be read: ${error instanceof Error ? error.message : String(error)}`;
    findings.push({ check, level: "failed", detail, remedy: "unpack the archive again" });
    return undefined;
  }
}

function examineMatch({ keyFingerprint }: AliKassa, publicKey: KeyObject): Finding {
  const check = "public_key";
  const der = publicKey.export({ type: "spki", format: "der" });
  const fingerprint = createHash("sha256").update(der).digest("hex");
  if (fingerprint === keyFingerprint) return { check, level: "ok", detail: "public.pem belongs to this private key" };
  return {
    check,
    level: "failed",
    detail: `public.pem belongs to another private key; its SHA-256 is ${fingerprint}`,
    remedy: "take private.pem, password.txt and public.pem from one archive, the last one that the cabinet generated",
  };
}

/** Verified by Node's crypto, which is independent of the signer. */
function examineSignature(opened: AliKassa, publicKey: KeyObject, digest: "sha1" | "sha256"): Finding {
  const check = "signature";
  const message = randomBytes(32);
  const signature = Buffer.from(opened.sign(message), "base64");
  if (verify(digest, message, publicKey, signature))
    return { check, level: "ok", detail: `a trial signature with ${digest} verifies with public.pem` };
  const detail = `a trial signature with ${digest} does not verify with public.pem`;
  return { check, level: "failed", detail, remedy: "fix public_key above: AliKassa would refuse every request" };
}

async function examineLive(options: DoctorOptions, canAsk: boolean): Promise<Finding[]> {
  if (canAsk && accountOf(options) !== undefined) return checkLive(options, options.query);
  const detail = "no request was sent: the key, the account or a setting is missing or invalid";
  return [{ check: "live", level: "failed", detail, remedy: "fix the findings above" }];
}
