/** A reporter for `node --test` that writes how many tests passed and failed. A test that was cancelled has failed. */
export default async function* count(events) {
  for await (const { type, data } of events) {
    // The summary of the whole run belongs to no file.
    if (type !== "test:summary" || data.file !== undefined) continue;
    const { tests, passed, skipped, todo } = data.counts;
    yield JSON.stringify({ passed, failed: tests - passed - skipped - todo });
  }
}
