/** What the figures were measured on. No names and no paths: they go into the repository. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { ROOT } from "../paths.mjs";
import { lockedVersion } from "../setup/tools.mjs";

const require = createRequire(import.meta.url);

export async function describeMachine() {
  const lock = await readFile(join(ROOT, "Cargo.lock"), "utf8");
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? "unknown",
    cores: processors.length,
    system: `${process.platform} ${process.arch}`,
    node: process.versions.node,
    v8: process.versions.v8,
    openssl: process.versions.openssl,
    workerd: require("workerd/package.json").version,
    workerdV8: await findV8(require("workerd").default),
    rsa: lockedVersion(lock, "rsa"),
    nodeForge: require("node-forge/package.json").version,
  };
}

/** Of workerd's V8 only the program itself knows the version: the one thing in it that looks like one. */
async function findV8(program) {
  const text = (await readFile(program)).toString("latin1");
  const found = new Set([...text.matchAll(/\0(1\d\.\d{1,2}\.\d{1,4}\.\d{1,3})\0/g)].map((match) => match[1]));
  return found.size === 1 ? [...found][0] : "unknown";
}
