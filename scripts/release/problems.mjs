/** What stands in the way of a release. */
import { findSection, isDate } from "./changelog.mjs";

/**
 * @typedef {object} Texts The files that name the version or the repository.
 * @property {string} cargoToml
 * @property {string} cargoLock
 * @property {string} packageJson
 * @property {string} packageLock
 * @property {string} changelog
 */

/** https://semver.org, without build metadata: npm drops that, so that two releases would have one version. */
const TAG = /^v((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[\da-z.-]+)?)$/i;

/**
 * Everything that is wrong, so that it can be mended in one go.
 *
 * @param {string} tag Such as v0.1.0.
 * @param {Texts} texts
 * @param {string} [repository] OWNER/NAME on GitHub, where that is known.
 * @returns {string[]} A sentence for each.
 */
export function findProblems(tag, texts, repository) {
  const version = TAG.exec(tag)?.[1];
  if (version === undefined) return [`The tag must be v and a version, such as v0.1.0, and it is "${tag}".`];
  return [
    ...versions(texts)
      .filter(([, found]) => found !== version)
      .map(([where, found]) => `${where} has version ${found ?? "(none)"}, and the tag is ${tag}.`),
    ...changelogProblems(texts.changelog, version),
    ...repositoryProblems(texts, repository),
  ];
}

/**
 * @param {Texts} texts
 * @returns {[where: string, version: string | undefined][]}
 */
function versions({ cargoToml, cargoLock, packageJson, packageLock }) {
  const lock = JSON.parse(packageLock);
  return [
    ["Cargo.toml", /^\[package\]\n(?:[^[\n].*\n)*?version = "([^"]+)"/m.exec(cargoToml)?.[1]],
    ["Cargo.lock", /^name = "alikassa-edge"\nversion = "([^"]+)"/m.exec(cargoLock)?.[1]],
    ["package.json", JSON.parse(packageJson).version],
    ["package-lock.json", lock.version === lock.packages?.[""]?.version ? lock.version : undefined],
  ];
}

function changelogProblems(changelog, version) {
  const section = findSection(changelog, version);
  if (section === undefined) {
    return [`CHANGELOG.md has no section "## ${version} - YYYY-MM-DD": rename "## Unreleased", and begin a new one.`];
  }
  const problems = [];
  if (!isDate(section.date)) problems.push(`CHANGELOG.md has no date for ${version}: "## ${version} - YYYY-MM-DD".`);
  if (section.text === "") problems.push(`CHANGELOG.md says nothing of ${version}.`);
  return problems;
}

/** npm proves where a package was built only if the package says the same: https://docs.npmjs.com/generating-provenance-statements. */
function repositoryProblems({ cargoToml, packageJson }, repository = "OWNER/NAME") {
  const url = `https://github.com/${repository}`;
  const found = {
    "package.json": repositoryOf(JSON.parse(packageJson).repository),
    "Cargo.toml": /^repository = "([^"]+)"/m.exec(cargoToml)?.[1],
  };
  const remedy = {
    "package.json": `"repository": { "type": "git", "url": "git+${url}.git" }`,
    "Cargo.toml": `repository = "${url}"`,
  };
  return Object.entries(found).flatMap(([file, value]) => {
    if (value === undefined)
      return [`${file} names no repository, so nobody could prove where it comes from: add ${remedy[file]}`];
    if (repository !== "OWNER/NAME" && plain(value) !== plain(url)) {
      return [`${file} names the repository ${value}, and this is ${url}: set ${remedy[file]}`];
    }
    return [];
  });
}

function repositoryOf(field) {
  return typeof field === "string" ? field : field?.url;
}

/** npm writes the address with `git+` before it and `.git` behind, and GitHub takes both cases for one. */
function plain(url) {
  return url
    .replace(/^git\+/, "")
    .replace(/\/?(?:\.git)?\/?$/, "")
    .toLowerCase();
}
