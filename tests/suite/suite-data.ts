/** The data of the suite, which reads no files and makes no keys: plain JSON. */

/** A row of tests/vectors/keys.json, with the PEM. */
export interface KeyRow {
  readonly name: string;
  readonly pem: string;
  readonly password: string | null;
  readonly bits: number;
  readonly fingerprint: string;
}

/** A row of tests/vectors/refused.json, with the PEM. */
export interface RefusedRow {
  readonly name: string;
  readonly pem: string;
  readonly password: string | null;
  readonly kind: string;
  readonly oid?: string;
}

/** A row of tests/vectors/signatures.json, by PHP. */
export interface SignatureRow {
  readonly key: string;
  readonly digest: "sha1" | "sha256";
  readonly message: string;
  readonly signature: string;
}

/** Signatures by Node's crypto with the key of {@link SuiteData.archive}. */
export interface SignedRow {
  /** As base64: not every message is text. */
  readonly message: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** A row of tests/vectors/php_json.json. */
export interface JsonRow {
  readonly name: string;
  readonly json: string;
  readonly php: string;
}

/** A payout of the sandbox. */
export interface PayoutRow {
  readonly about: string;
  readonly id?: string;
  readonly order_id?: string;
  /** The answer of the sandbox. */
  readonly json: string;
}

/** A fault of the sandbox and the expected error. */
export interface FaultRow {
  readonly name: string;
  readonly about: string;
  readonly code: string;
  readonly status: number | null;
  readonly retryable: boolean;
}

/** A row of tests/vectors/notifications.json, by PHP, with the PEM. */
export interface NotificationRow {
  readonly name: string;
  readonly pem: string;
  /** A query string or a JSON body. */
  readonly input: string;
  /** The signed fields; undefined if PHP does not verify it. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

export interface SuiteData {
  readonly account: string;
  readonly archive: { readonly privatePem: string; readonly password: string };
  /** Of the archive's public.pem, by Node's crypto. */
  readonly fingerprint: string;
  readonly signed: readonly SignedRow[];
  readonly keys: readonly KeyRow[];
  readonly mangled: readonly Omit<KeyRow, "bits">[];
  readonly refused: readonly RefusedRow[];
  /** Keys in the clear, by their names in {@link signatures}. */
  readonly pems: Readonly<Record<string, string>>;
  readonly signatures: readonly SignatureRow[];
  readonly json: readonly JsonRow[];
  readonly notifications: readonly NotificationRow[];
  /** The sandbox; undefined in pages, which AliKassa's API does not answer (no CORS). */
  readonly sandbox?: {
    readonly url: string;
    readonly payouts: readonly PayoutRow[];
    readonly faults: readonly FaultRow[];
  };
}
