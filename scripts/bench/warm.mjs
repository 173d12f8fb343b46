/** Warm signatures, cached ones, and the opening of the archive, in either runtime. */
import { createPrivateKey, createPublicKey, verify } from "node:crypto";
import { Failure } from "../failure.mjs";
import { body, toBase64 } from "./contenders.mjs";
import { LOOK_UPS, OPENINGS, SIZES, signaturesAtATime, WARM_UP } from "./plan.mjs";
import { perPiece, summarize, takeTurns } from "./statistics.mjs";

const OPENERS = ["edge", "baseline", "crates", "node-crypto", "node-forge"];
const SMALLEST = 2048;
const VERIFIED = 3;

/**
 * @param {object} runtime
 * @param {readonly string[]} runtime.contenders
 * @param {typeof import("./plan.mjs").FULL} runtime.plan
 * @param {Readonly<Record<number, import("./contenders.mjs").Key>>} runtime.keys By their size.
 * @param {(name: string, bits: number, body: Uint8Array) => Promise<import("./contenders.mjs").Signature>} runtime.signed
 * @param {(work: { name: string, bits: number, task: import("./contenders.mjs").Task, count: number }) => Promise<number>} runtime.timed
 *   Milliseconds.
 * @returns Milliseconds for one: `signature` by size and contender, `again`, `open` by contender.
 */
export async function measureWarm({ contenders, plan, keys, signed, timed }) {
  const series = async (names, { bits, task, rounds, countOf }) => {
    const times = Object.fromEntries(names.map((name) => [name, { full: [], empty: [], count: countOf(name) }]));
    await takeTurns(names, WARM_UP + rounds, async (name, round) => {
      const empty = await timed({ name, bits, task, count: 0 });
      const full = await timed({ name, bits, task, count: countOf(name) });
      if (round < WARM_UP) return;
      times[name].empty.push(empty);
      times[name].full.push(full);
    });
    return Object.fromEntries(names.map((name) => [name, summarize(perPiece(times[name]))]));
  };
  const signature = {};
  for (const bits of SIZES) {
    for (const name of contenders) await assertRight(name, keys[bits], (bytes) => signed(name, bits, bytes));
    const countOf = (name) => signaturesAtATime(name, bits);
    signature[bits] = await series(contenders, { bits, task: "sign", rounds: plan.signatures[bits], countOf });
  }
  const again = await series(["edge"], { bits: SMALLEST, task: "again", rounds: plan.again, countOf: () => LOOK_UPS });
  const openers = contenders.filter((name) => OPENERS.includes(name));
  const open = await series(openers, { bits: SMALLEST, task: "open", rounds: plan.open, countOf: () => OPENINGS });
  return { signature, again: again.edge, open };
}

/** What is fast and wrong would win. */
async function assertRight(name, { pkcs8 }, sign) {
  const privateKey = createPrivateKey({ key: Buffer.from(pkcs8, "base64"), format: "der", type: "pkcs8" });
  const publicKey = createPublicKey(privateKey);
  for (let i = 0; i < VERIFIED; i++) {
    const bytes = body(`right-${i}`);
    const signature = Buffer.from(toBase64(await sign(bytes)), "base64");
    if (!verify("sha1", bytes, publicKey, signature)) throw new Failure(`A signature of ${name} is wrong.`);
  }
}
