/** `doctor`: is the key archive sound, and does AliKassa take what is signed with it? */
import { createHash, createPublicKey, type KeyObject, randomBytes, verify } from "node:crypto";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { AliKassa } from "../alikassa.js";
import { CommandError, EXIT, type ExitStatus } from "./command-error.js";
import {
  accountOf,
  type ConnectionOptions,
  type KeyTexts,
  openKey,
  readKeyTexts,
  readOptionalText,
} from "./credentials.js";
import { type Finding, findingsText } from "./findings.js";
import { type KeyForm, readKeyForm } from "./key-form.js";
import { askLive } from "./live.js";
import type { ListedQuery } from "./queries.js";
import { examineSettings, soundDigest } from "./settings.js";

/** The options of `doctor`. */
export interface DoctorOptions extends ConnectionOptions {
  readonly json?: boolean;
  /** Whether AliKassa is asked, too. */
  readonly live?: boolean;
  /** A payout to ask it for. */
  readonly query?: ListedQuery;
}

/** From the size on that RSA keys are made today. */
const USUAL_BITS = 2048;
const NEW_ARCHIVE = "generate a new archive in AliKassa's cabinet";

/** Looks at everything, tells what it found, and gives the exit status. */
export async function examine(options: DoctorOptions): Promise<ExitStatus> {
  const digest = soundDigest(options);
  const texts = await readKeyTexts(options.cert);
  const form = readKeyForm(texts.privateKey);
  const findings: Finding[] = [...examineForm(form, texts.origin), ...(await examineModes(options.cert))];
  using opened = openOrTell(texts, digest, findings);
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
    const detail = `${origin} holds no private key that can be read`;
    return [{ check: "format", level: "failed", detail, remedy: "unpack the archive again" }];
  }
  const { label, encryption } = form;
  if (encryption === undefined) {
    const remedy = "keep it as it came in the archive, or encrypt it: openssl pkcs8 -topk8 -v2 aes-256-cbc";
    return [
      { check: "format", level: "ok", detail: `PEM, ${label}` },
      { check: "cipher", level: "warning", detail: "none: whoever reads the file can sign", remedy },
    ];
  }
  const { scheme, kdf, cipher } = encryption;
  return [
    { check: "format", level: "ok", detail: `PEM, ${label}, ${scheme}` },
    { check: "cipher", level: "ok", detail: `${cipher}, key from ${kdf}` },
  ];
}

/** On systems that know an owner, the secrets must be the owner's alone. */
async function examineModes(cert: string | undefined): Promise<Finding[]> {
  if (cert === undefined || process.platform === "win32") return [];
  const paths = ["private.pem", "password.txt"].map((name) => join(cert, name));
  const modes = await Promise.all(paths.map(async (path) => (await stat(path).catch(() => undefined))?.mode ?? 0));
  const open = paths.filter((_, at) => ((modes[at] ?? 0) & 0o077) !== 0);
  const check = "permissions";
  if (open.length === 0) return [{ check, level: "ok", detail: "the secrets are their owner's alone" }];
  const detail = `others on this machine may read or change ${open.join(" and ")}`;
  return [{ check, level: "warning", detail, remedy: `chmod 600 ${open.join(" ")}` }];
}

function openOrTell(texts: KeyTexts, digest: "sha1" | "sha256", findings: Finding[]): AliKassa | undefined {
  try {
    const opened = openKey(texts, digest);
    findings.push({ check: "password", level: "ok", detail: "the private key opens" });
    return opened;
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    findings.push({ check: "password", level: "failed", detail: error.message, remedy: error.remedy });
    return undefined;
  }
}

function examineSize({ keyBits, keyFingerprint }: AliKassa): Finding[] {
  const key = { check: "key", detail: `RSA, ${keyBits} bits` };
  const small = { level: "warning", remedy: `${keyBits} bits are few today: ${NEW_ARCHIVE}` } as const;
  return [
    { ...key, ...(keyBits < USUAL_BITS ? small : { level: "ok" }) },
    { check: "fingerprint", level: "ok", detail: keyFingerprint },
  ];
}

async function readPublicKey(cert: string | undefined, findings: Finding[]): Promise<KeyObject | undefined> {
  const check = "public_key";
  const path = cert === undefined ? undefined : join(cert, "public.pem");
  const pem = path === undefined ? undefined : await readOptionalText(path, "the public key");
  if (pem === undefined) {
    const remedy =
      "give --cert the folder with all three files of the archive: then a trial signature is verified, too";
    findings.push({ check, level: "skipped", detail: "there is no public.pem to compare with", remedy });
    return undefined;
  }
  try {
    // Node would take a private key, too, and find the public one in it.
    if (!pem.includes("PUBLIC KEY-----")) throw new Error("there is no public key in it");
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
    remedy:
      "private.pem, password.txt and public.pem must come from one archive, the last one that the cabinet generated",
  };
}

/** By Node's crypto, which shares nothing with what has signed. */
function examineSignature(opened: AliKassa, publicKey: KeyObject, digest: "sha1" | "sha256"): Finding {
  const check = "signature";
  const message = randomBytes(32);
  const signature = Buffer.from(opened.sign(message), "base64");
  if (verify(digest, message, publicKey, signature))
    return { check, level: "ok", detail: `a trial signature with ${digest} verifies with public.pem` };
  const detail = `a trial signature with ${digest} does not verify with public.pem`;
  return { check, level: "failed", detail, remedy: "AliKassa would refuse every request: see public_key above" };
}

async function examineLive(options: DoctorOptions, canAsk: boolean): Promise<Finding[]> {
  if (canAsk && accountOf(options) !== undefined) return askLive(options, options.query);
  const detail = "AliKassa was not asked: that takes a key that opens, an account, and settings that are of use";
  return [{ check: "live", level: "failed", detail, remedy: "mend what stands above" }];
}
