// Last look at the whole: every file listed, every listed file there, names unique, size within its budget.
import { readdirSync, readFileSync, statSync } from "node:fs";

const root = new URL("../", import.meta.url);
const read = (name) => JSON.parse(readFileSync(new URL(name, root), "utf8"));
const problems = [];
for (const folder of ["keys", "refused", "public", "public_refused"]) {
  const listed = new Set(read(`${folder}.json`).map((record) => record.file));
  const present = new Set(readdirSync(new URL(`${folder}/`, root)));
  for (const file of present) if (!listed.has(file)) problems.push(`${folder}/${file} is not listed`);
  for (const file of listed) if (!present.has(file)) problems.push(`${folder}/${file} is missing`);
}
for (const name of [
  "php_json.json",
  "php_json_errors.json",
  "mangled.json",
  "public_mangled.json",
  "notifications.json",
]) {
  const names = read(name).map((record) => record.name);
  if (new Set(names).size !== names.length) problems.push(`${name}: a name twice`);
}
// The inputs must be JSON for others too, or they would test the parser and not the writer.
for (const { name, json } of read("php_json.json"))
  try {
    JSON.parse(json);
  } catch {
    problems.push(`php_json.json: ${name} is no JSON`);
  }
const size = (dir) =>
  readdirSync(dir, { withFileTypes: true }).reduce(
    (sum, f) => sum + (f.isDirectory() ? size(new URL(`${f.name}/`, dir)) : statSync(new URL(f.name, dir)).size),
    0,
  );
const total = size(root);
if (total > 2e6) problems.push(`${total} bytes are too many`);
if (problems.length) throw new Error(problems.join("\n"));
console.error(`all there: ${total} bytes`);
