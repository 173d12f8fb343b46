/**
 * The files of the repository, as the checks see them: paths from its top folder with slashes, and text.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** One text file. */
export interface TextFile {
  /** Path from the top folder, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** The top folder. */
export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The files that git tracks, and the new ones that it does not ignore, so that a mistake is found before it is committed. */
export function listFiles(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const output = execFileSync("git", args, { cwd: ROOT, encoding: "utf8" });
  return output.split("\0").filter((path) => path !== "" && existsSync(join(ROOT, path)));
}

/** Those files that are text. A NUL byte is what git itself goes by. */
export function readTextFiles(paths: readonly string[]): TextFile[] {
  return paths.flatMap((path) => {
    const text = readFileSync(join(ROOT, path), "utf8");
    return text.includes("\0") ? [] : [{ path, text }];
  });
}
