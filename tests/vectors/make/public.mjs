// public_refused/, second part: numbers that are no key, and DER and PEM that are damaged. Called by public.sh, lists its files as that does.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { bits, bytesFor, derOf, int, numbersOf, pem, RSA, rawInt, seq } from "./der.mjs";

const work = process.env.WORK;
const at = (path) => new URL(`../${path}`, import.meta.url);

function write(file, text, kind, why) {
  writeFileSync(at(`public_refused/${file}`), text);
  appendFileSync(`${work}/public.tsv`, `${["public_refused", file, kind, "-", why].join("\t")}\n`);
}

const { n } = numbersOf(readFileSync(at("keys/plain-1024.pem"), "utf8"));
const spki = (key) => seq(RSA, bits(key));
const numbers = (file, n, e, kind, why) => write(file, pem("PUBLIC KEY", spki(seq(n, e))), kind, why);
const odd = 65537n;
numbers("e-0.pem", int(n), int(0), "impossible", "the exponent is 0: everything becomes 1");
numbers("e-1.pem", int(n), int(1), "impossible", "the exponent is 1: every text is its own signature");
numbers("e-2.pem", int(n), int(2), "impossible", "the exponent is even");
numbers("e-65536.pem", int(n), int(65536), "impossible", "the exponent is even");
numbers("e-2-33.pem", int(n), int((1n << 33n) + 1n), "impossible", "the exponent is over 2^33");
numbers(
  "e-n.pem",
  int(n),
  int(n),
  "impossible",
  "the exponent is the modulus: a verification would take as long as a signature",
);
numbers("n-even.pem", int(n - 1n), int(odd), "impossible", "the modulus is even");
numbers("n-0.pem", int(0), int(odd), "bad_size", "the modulus is 0");
numbers("n-1.pem", int(1), int(odd), "bad_size", "the modulus is 1");
numbers("n-65536-bits.pem", int((1n << 65535n) + 1n), int(odd), "bad_size", "the modulus has 65536 bits");
const big = Buffer.from(n.toString(16), "hex");
numbers("n-negative.pem", rawInt(big), int(odd), "impossible", "the modulus without the zero byte in front: negative");
numbers("e-negative.pem", int(n), rawInt([0xff]), "impossible", "the exponent is -1");
numbers("e-empty.pem", int(n), rawInt([]), "impossible", "the exponent is an INTEGER without bytes");

const whole = derOf(readFileSync(at("public/spki-1024.pem"), "utf8"));
const inner = derOf(readFileSync(at("public/pkcs1-1024.pem"), "utf8"));
const certificate = derOf(readFileSync(at("public/certificate-1024.pem"), "utf8"));
write(
  "pkcs1-as-spki.pem",
  pem("PUBLIC KEY", inner),
  "malformed",
  "an RSAPublicKey under PUBLIC KEY, which PHP does not open either",
);
write("garbage.pem", pem("PUBLIC KEY", bytesFor("x", 162)), "malformed", "random bytes");
write(
  "inner-garbage.pem",
  pem("PUBLIC KEY", spki(bytesFor("x", 140))),
  "malformed",
  "random bytes in place of an RSAPublicKey",
);
write("pkcs1-garbage.pem", pem("RSA PUBLIC KEY", bytesFor("x", 140)), "malformed", "random bytes under RSA PUBLIC KEY");
write("certificate-garbage.pem", pem("CERTIFICATE", bytesFor("x", 400)), "malformed", "random bytes under CERTIFICATE");
write("key-as-certificate.pem", pem("CERTIFICATE", whole), "malformed", "a public key under CERTIFICATE");
write("certificate-as-key.pem", pem("PUBLIC KEY", certificate), "malformed", "a certificate under PUBLIC KEY");
const cut = (label, name, der, lengths) => {
  for (const length of lengths)
    write(
      `cut-${name}-${length}.pem`,
      pem(label, der.subarray(0, length)),
      "malformed",
      `${label}: the first ${length} of ${der.length} bytes`,
    );
};
cut("PUBLIC KEY", "spki", whole, [0, 1, 2, 3, 5, 12, 18, 20, 22, 25, 29, 100, whole.length - 5, whole.length - 1]);
cut("RSA PUBLIC KEY", "pkcs1", inner, [1, 3, 6, 60, inner.length - 1]);
cut("CERTIFICATE", "certificate", certificate, [1, 4, 8, 13, 20, 30, 60, 120, 160, 200, 300, certificate.length - 1]);

const lines = readFileSync(at("public/spki-1024.pem"), "utf8").trimEnd().split("\n");
const [begin, end, body] = [lines[0], lines.at(-1), lines.slice(1, -1)];
const text = (file, parts, kind, why) => write(file, parts.join("\n"), kind, why);
text("pem-no-end.pem", [begin, ...body, ""], "malformed", "no END line");
text("pem-other-end.pem", [begin, ...body, "-----END CERTIFICATE-----", ""], "malformed", "the END of another type");
text("pem-no-begin.pem", [...body, end, ""], "not_a_key", "no BEGIN line");
text("pem-no-body.pem", [begin, end, ""], "malformed", "nothing between BEGIN and END");
text(
  "pem-bad-base64.pem",
  [begin, ...body.slice(0, 2), `${body[2].slice(0, 9)}!*`, end, ""],
  "malformed",
  "characters that are not base64",
);
text("pem-line-missing.pem", [begin, ...body.slice(1), end, ""], "malformed", "a line is missing");
text("pem-empty.pem", [""], "not_a_key", "an empty text");
text("pem-path.pem", ["certs/notification/public.pem"], "not_a_key", "a path in place of the text");
text(
  "pem-ssh.pem",
  ["ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== merchant@example.com", ""],
  "not_a_key",
  "a key for SSH",
);
