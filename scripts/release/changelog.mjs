/** What CHANGELOG.md says of a version. */

/**
 * @typedef {object} Section
 * @property {string} date As it stands there, like 2026-11-24; empty where there is none.
 * @property {string} text What stands under the heading.
 */

/**
 * The section of a version: under `## 1.2.3 - 2026-11-24`, up to the next heading of that rank.
 *
 * @param {string} changelog
 * @param {string} version Without a `v`.
 * @returns {Section | undefined}
 */
export function findSection(changelog, version) {
  const parts = changelog.split(/^## +/m).slice(1);
  for (const part of parts) {
    const [heading = "", ...lines] = part.split(/\r?\n/);
    const [, name, date = ""] = /^\[?([^\]\s]+)\]?(?: +- +(\S+))?\s*$/.exec(heading) ?? [];
    if (name === version) return { date, text: lines.join("\n").trim() };
  }
  return undefined;
}

/**
 * Whether a date is one of the calendar's, as ISO 8601 writes it.
 *
 * @param {string} date
 */
export function isDate(date) {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date)) return false;
  const parsed = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(date);
}
