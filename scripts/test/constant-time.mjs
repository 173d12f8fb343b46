/**
 * Checks that the arithmetic under the signature takes the same steps for every key and every message of one size.
 *
 * Counts instructions natively, under valgrind: of a key made ready and two operations, for random keys and for keys at the
 * ends of their range.
 */
import { join } from "node:path";
import { TARGET } from "../paths.mjs";
import { Failure, mustRun, run, runMain } from "../process.mjs";

// With the processor's own multiply-add: the one of the C library branches on the numbers.
const ENVIRONMENT = { CARGO_TARGET_DIR: join(TARGET, "counted"), CARGO_ENCODED_RUSTFLAGS: "-C\x1ftarget-feature=+fma" };

/** The test whose instructions are counted. */
const TEST = "simd::tests::constant_time::blinding_does_not_change_the_result";

const SIZES = [2048, 3072, 4096];

/** Labels of the vectors' keys after the size, with the seed of the message and of the blinding. */
const OPERATIONS = ["random0 1", "random0 2", "random1 3", "lowest 4", "highest 5", "wide 6", "bottom 7"];

await runMain(async () => {
  // Set by `npm test` where the machine has no valgrind, or a processor without fused multiply-add.
  if (process.env.COUNT_INSTRUCTIONS === "") return;
  const program = await buildTests();
  for (const size of SIZES) {
    const counts = new Map();
    for (const operation of OPERATIONS) counts.set(operation, await count(program, `${size}-${operation}`));
    if (new Set(counts.values()).size === 1) continue;
    const lines = [...counts].map(([operation, instructions]) => `  ${operation}: ${instructions}`);
    throw new Failure(
      `With ${size} bits the number of instructions depends on the key or the message.`,
      lines.join("\n"),
    );
  }
});

async function buildTests() {
  const args = ["test", "--package", "relaxed-rsa", "--lib", "--no-run", "--message-format=json"];
  const { stdout } = await mustRun("cargo", args, { env: ENVIRONMENT });
  const messages = stdout.split("\n").filter((line) => line.startsWith("{"));
  return messages.map((line) => JSON.parse(line).executable).findLast((path) => typeof path === "string");
}

async function count(program, operation) {
  const tool = ["--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=*counted_operation*"];
  const { ok, output } = await run("valgrind", [...tool, program, "--exact", TEST], {
    env: { OPERATION: operation },
  });
  const instructions = /Collected : (\d+)/.exec(output)?.[1];
  if (ok && instructions !== undefined && instructions !== "0") return instructions;
  throw new Failure("The instructions could not be counted.", output);
}
