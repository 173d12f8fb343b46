/** The example as a person runs it: a program, its exit status, and what it said. */
import { execFile, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LOCKED, targetFolder } from "../../scripts/build/cargo.mjs";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PACKAGE = "alikassa-edge-reqwest";
// In a folder of its own: in the common one it would replace the library, whose file has no other name with other features, under
// the tests that cargo runs at the same time.
const ENVIRONMENT = {
  ...process.env,
  CARGO_PROFILE_DEV_DEBUG: "false",
  CARGO_TARGET_DIR: targetFolder("example"),
};

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Builds the example if it has changed, and finds the program: cargo says where it lies. */
export async function buildExample(): Promise<string> {
  const args = ["build", "--quiet", "--package", PACKAGE, "--message-format=json", ...LOCKED];
  const options = { cwd: ROOT, env: ENVIRONMENT, maxBuffer: 64 << 20 };
  const { stdout } = await promisify(execFile)("cargo", args, options);
  const messages = stdout.split("\n").filter((line) => line.startsWith("{"));
  const built = messages.map((line): { executable?: string | null } => JSON.parse(line));
  const program = built.findLast(({ executable }) => typeof executable === "string")?.executable;
  if (typeof program !== "string") throw new Error(`cargo built no program:\n${stdout}`);
  return program;
}

/** Runs it to its end, without a proxy of the machine's in between. */
export function runExample(program: string, args: readonly string[], env: Record<string, string>): Promise<Ended> {
  const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, stdout, stderr }));
  });
}
