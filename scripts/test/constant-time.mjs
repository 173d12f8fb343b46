/**
 * Whether the arithmetic under the signature takes the same steps for every key and every message of one size.
 *
 * Instructions are counted natively, under valgrind: of a key made ready and two operations, for random keys and for keys at
 * the ends of their range.
 */
import { readFile } from "node:fs/promises";
import { LOCKED, targetFolder } from "../build/cargo.mjs";
import { buildIfChanged } from "../build/fingerprint.mjs";
import { run } from "../process.mjs";

const INPUTS = ["src/ground/rsa", "tests/vectors/rsa", "Cargo.toml", "Cargo.lock", "scripts/test/constant-time.mjs"];

// With the processor's own multiply-add: the one of the C library branches on the numbers.
const ENVIRONMENT = { CARGO_TARGET_DIR: targetFolder("counted"), CARGO_ENCODED_RUSTFLAGS: "-C\x1ftarget-feature=+fma" };

const TEST = "ground::rsa::fast::tests::operation::the_same_message_has_the_same_result_however_it_is_blinded";

const SIZES = [2048, 3072, 4096];

/** Labels of tests/vectors/rsa/keys.txt after the size, with the seed of the message and of the blinding. */
const OPERATIONS = ["random0 1", "random0 2", "random1 3", "lowest 4", "highest 5", "wide 6", "bottom 7"];

/**
 * Counts, if anything has changed since the counts were last seen to be equal.
 *
 * @returns {Promise<import("./steps.mjs").Result>}
 */
export async function checkConstantTime() {
  const obstacle = await findObstacle();
  if (obstacle !== undefined) return { ok: true, stdout: "", output: "", missing: false, note: obstacle };
  let unequal;
  const build = async () => {
    unequal = await count();
    if (unequal !== undefined) throw new Error("not to be remembered as done");
  };
  try {
    await buildIfChanged({ name: "constant-time", inputs: INPUTS, outputs: [], build });
  } catch (error) {
    if (unequal === undefined) throw error;
  }
  return { ok: unequal === undefined, stdout: "", output: unequal ?? "", missing: false };
}

/** Why it can't be checked on this machine. */
async function findObstacle() {
  if ((await run("valgrind", ["--version"])).missing) return "not checked: there is no valgrind";
  const processor = await readFile("/proc/cpuinfo", "utf8").catch(() => "");
  return /\bfma\b/.test(processor) ? undefined : "not checked: the processor has no fused multiply-add";
}

/** @returns {Promise<string | undefined>} What is wrong. */
async function count() {
  const args = ["test", "--lib", "--no-run", "--message-format=json", ...LOCKED];
  const built = await run("cargo", args, { env: ENVIRONMENT });
  const program = built.stdout
    .split("\n")
    .map(executableOf)
    .findLast((path) => path !== undefined);
  if (!built.ok || program === undefined) return built.output;
  for (const size of SIZES) {
    const counts = new Map();
    for (const operation of OPERATIONS) {
      const { ok, output } = await run("valgrind", valgrindArgs(program), {
        env: { OPERATION: `${size}-${operation}` },
      });
      const instructions = /Collected : (\d+)/.exec(output)?.[1];
      if (!ok || instructions === undefined || instructions === "0") return output;
      counts.set(operation, instructions);
    }
    if (new Set(counts.values()).size !== 1) {
      const lines = [...counts].map(([operation, instructions]) => `  ${operation}: ${instructions}`);
      return `The number of instructions depends on the key or the message, with ${size} bits:\n${lines.join("\n")}`;
    }
  }
  return undefined;
}

function valgrindArgs(program) {
  const tool = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_operation*"];
  return [...tool, program, "--exact", TEST];
}

/** The test program, from a line that cargo wrote. */
function executableOf(line) {
  return line.startsWith("{") ? (JSON.parse(line).executable ?? undefined) : undefined;
}
