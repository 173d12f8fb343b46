/** Skips a build step whose inputs and outputs are what they were when it last ran. */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { ROOT } from "../paths.mjs";

// In node_modules, where everything that can be made again lives, and outside of what is deployed or published.
const FOLDER = join(ROOT, "node_modules", ".cache", "alikassa-edge");

/**
 * Runs `build` unless nothing has changed: neither an input, nor what stands in the outputs.
 *
 * @param {object} step
 * @param {string} step.name Name of the step: a file name.
 * @param {readonly string[]} step.inputs Files and folders, from the project's folder.
 * @param {readonly string[]} step.outputs Files and folders that `build` makes.
 * @param {() => Promise<void>} step.build
 * @returns {Promise<boolean>} Whether it was built.
 */
export async function buildIfChanged({ name, inputs, outputs, build }) {
  const stamp = join(FOLDER, `${name}.json`);
  // Before the build: a file that is edited meanwhile must count as changed the next time.
  const before = await hash(inputs);
  const last = await readStamp(stamp);
  if (last.inputs === before && last.outputs === (await hash(outputs))) return false;
  await build();
  await mkdir(FOLDER, { recursive: true });
  await writeFile(stamp, JSON.stringify({ inputs: before, outputs: await hash(outputs) }));
  return true;
}

/** All files under a file or folder, in a fixed order; none if there is nothing. */
async function filesUnder(path) {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
      .sort();
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    if (error.code === "ENOENT") return [];
    throw error;
  }
}

async function hash(paths) {
  const sum = createHash("sha256");
  for (const path of paths) {
    for (const file of await filesUnder(join(ROOT, path))) {
      const content = await readFile(file);
      sum.update(`${relative(ROOT, file).split(sep).join("/")}\0${content.length}\0`).update(content);
    }
  }
  return sum.digest("hex");
}

async function readStamp(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return {};
  }
}
