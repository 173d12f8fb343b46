/** Rust: new enough, with the wasm target, the linter and the formatter. */
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { step } from "../screen.mjs";

const TARGET = "wasm32-unknown-unknown";

/** Adds what is missing by rustup; a Rust that is not from rustup must bring it along. */
export async function setUpRust() {
  const [compiler, target, clippy, rustfmt] = await Promise.all([
    run("rustc", ["--version"]),
    hasTarget(),
    isRunning("cargo-clippy"),
    isRunning("rustfmt"),
  ]);
  if (!compiler.ok) {
    const advice = "Install it with rustup (https://rustup.rs), open a new terminal, and try again.";
    throw new Failure("Rust is not installed: rustc does not run.", { output: compiler.output, advice });
  }
  await checkVersion(compiler.stdout);
  if (!target) await add(`the Rust target ${TARGET}`, ["target", "add", TARGET]);
  const components = [...(clippy ? [] : ["clippy"]), ...(rustfmt ? [] : ["rustfmt"])];
  if (components.length > 0) {
    await add(`the Rust components ${components.join(" and ")}`, ["component", "add", ...components]);
  }
}

async function checkVersion(line) {
  const [, major, minor] = /^rustc (\d+)\.(\d+)/.exec(line) ?? [];
  const manifest = await readFile(join(ROOT, "Cargo.toml"), "utf8");
  const [, oldestMajor, oldestMinor] = /^rust-version = "(\d+)\.(\d+)/m.exec(manifest) ?? [];
  if (Number(major) * 1000 + Number(minor) >= Number(oldestMajor) * 1000 + Number(oldestMinor)) return;
  throw new Failure(`Rust ${oldestMajor}.${oldestMinor} or newer is needed, and this is ${line.trim()}.`, {
    advice: "Update it: rustup update stable",
  });
}

/** Asks the compiler and not rustup, so that a distribution's own Rust is good enough if it has the target. */
async function hasTarget() {
  const { ok, stdout } = await run("rustc", ["--print", "target-libdir", "--target", TARGET]);
  if (!ok) return false;
  try {
    return (await readdir(stdout.trim())).some((file) => file.startsWith("libcore-"));
  } catch {
    return false;
  }
}

/** rustup puts a stand-in on PATH for what is not installed: only running it tells. */
async function isRunning(program) {
  return (await run(program, ["--version"])).ok;
}

async function add(what, args) {
  await step(what, async (report) => {
    const outcome = await run("rustup", args, { onLine: report });
    if (outcome.ok) return;
    const advice = outcome.missing
      ? "This Rust is not from rustup: add it the way that this Rust was installed, or install rustup (https://rustup.rs)."
      : `Try it by hand: rustup ${args.join(" ")}`;
    throw new Failure(`Could not add ${what}.`, { output: outcome.output, advice });
  });
}
