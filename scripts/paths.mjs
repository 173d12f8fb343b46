/** Where things are. */
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The top folder of the project. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** Programs from npm packages. */
export const NPM_PROGRAMS = join(ROOT, "node_modules", ".bin");

/** What must outlive `node_modules` and serve every clone: the tools that take minutes to build. */
export const USER_CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "alikassa-edge");

/** PATH with the programs of `node_modules` first, as npm sets it for its scripts, for a script that npm did not start. */
export function pathWithPackages() {
  return [NPM_PROGRAMS, ...pathFolders()].join(delimiter);
}

/**
 * PATH without any `node_modules/.bin`, for npm itself: while it replaces `node_modules`, the Node in there is gone and
 * comes back, and must not be the one that npm runs on.
 */
export function pathWithoutPackages() {
  return pathFolders()
    .filter((folder) => !/node_modules[/\\]\.bin$/.test(folder))
    .join(delimiter);
}

function pathFolders() {
  return (process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== NPM_PROGRAMS);
}
