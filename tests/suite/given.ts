/** What the suite is told by the one who starts it, and can't find out itself: it reads no files and makes no keys. */

/** A row of tests/vectors/keys.json, with the PEM. */
export interface KeyGiven {
  readonly name: string;
  readonly pem: string;
  readonly password: string | null;
  readonly bits: number;
  readonly fingerprint: string;
}

/** A row of tests/vectors/refused.json, with the PEM. */
export interface RefusedGiven {
  readonly name: string;
  readonly pem: string;
  readonly password: string | null;
  readonly kind: string;
  readonly oid?: string;
}

/** A row of tests/vectors/signatures.json: what PHP signed. */
export interface SignatureGiven {
  readonly key: string;
  readonly digest: "sha1" | "sha256";
  readonly message: string;
  readonly signature: string;
}

/** What Node's own crypto signed with the key of {@link Given.archive}. */
export interface SignedGiven {
  /** As base64, since not all of it is text. */
  readonly message: string;
  readonly sha1: string;
  readonly sha256: string;
}

/** A row of tests/vectors/php_json.json. */
export interface JsonGiven {
  readonly name: string;
  readonly json: string;
  readonly php: string;
}

/** A payout of the sandbox. */
export interface PayoutGiven {
  readonly about: string;
  readonly id?: string;
  readonly orderId?: string;
  /** The JSON with which the sandbox answers. */
  readonly json: string;
}

/** A misbehaviour of the sandbox, and what the error says of it. */
export interface FaultGiven {
  readonly name: string;
  readonly about: string;
  readonly code: string;
  readonly status: number | null;
  readonly retryable: boolean;
}

/** A row of tests/vectors/notifications.json, with the PEM: what PHP says of a notification. */
export interface NotificationGiven {
  readonly name: string;
  readonly pem: string;
  readonly query: string;
  /** What was signed; undefined if PHP does not verify it. */
  readonly shown?: Readonly<Record<string, unknown>>;
}

/** All of it: plain JSON. */
export interface Given {
  readonly account: string;
  readonly archive: { readonly privatePem: string; readonly password: string };
  /** Of the archive's public.pem, by Node's own crypto. */
  readonly fingerprint: string;
  readonly signed: readonly SignedGiven[];
  readonly keys: readonly KeyGiven[];
  readonly mangled: readonly Omit<KeyGiven, "bits">[];
  readonly refused: readonly RefusedGiven[];
  /** Keys in the clear, by the names that {@link signatures} has for them. */
  readonly pems: Readonly<Record<string, string>>;
  readonly signatures: readonly SignatureGiven[];
  readonly json: readonly JsonGiven[];
  readonly notifications: readonly NotificationGiven[];
  /** Where the sandbox is, and what it knows; undefined where nobody may ask it: AliKassa lets no page of another's in. */
  readonly sandbox?: {
    readonly url: string;
    readonly payouts: readonly PayoutGiven[];
    readonly faults: readonly FaultGiven[];
  };
}
