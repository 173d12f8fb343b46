/** Which Rust the crate needs, by what its dependencies say of themselves. */

/** A package, as `cargo metadata` writes it. */
export interface Package {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** `1.85` or `1.85.0`; null where it does not say. */
  readonly rust_version: string | null;
}

/** What `cargo metadata` writes, as far as it matters here. */
export interface Metadata {
  readonly packages: readonly Package[];
  readonly workspace_members: readonly string[];
}

/** `1.85` is `[1, 85, 0]`. */
export function parseVersion(version: string): readonly [number, number, number] {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  return [major, minor, patch];
}

/** Whether one version of Rust is newer than another. */
export function isNewer(one: string, other: string): boolean {
  const [a, b] = [parseVersion(one), parseVersion(other)];
  const difference = a.map((part, index) => part - (b[index] ?? 0)).find((part) => part !== 0);
  return difference !== undefined && difference > 0;
}

/**
 * Packages that want a newer Rust than the one that is promised: of all in the lock file.
 *
 * @returns One sentence for each.
 */
export function findTooNew({ packages, workspace_members }: Metadata, promised: string): string[] {
  const ours = new Set(workspace_members);
  return packages
    .filter(({ id, rust_version }) => rust_version !== null && !ours.has(id) && isNewer(rust_version, promised))
    .map(
      ({ name, version, rust_version }) => `${name} ${version} needs Rust ${rust_version}, and ${promised} is promised`,
    );
}
