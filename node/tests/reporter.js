// A line for each test that fails or is skipped, and the sums.

export default async function* (events) {
  const sums = { passed: 0, failed: 0, skipped: 0 };
  for await (const { type, data } of events) {
    const isFile = data.name?.endsWith(".test.js");
    if (type === "test:fail" && !isFile) {
      sums.failed += 1;
      const { cause } = data.details.error;
      yield `failed: ${data.name}\n${cause?.stack ?? cause ?? data.details.error}\n`;
    } else if (type === "test:fail") {
      sums.failed += 1;
      yield `failed: ${data.name}\n`;
    } else if (type === "test:pass" && data.skip !== undefined) {
      sums.skipped += 1;
      yield `skipped: ${data.name}: ${data.skip}\n`;
    } else if (type === "test:pass" && !isFile) {
      sums.passed += 1;
    }
  }
  yield `${Object.entries(sums).map(([what, count]) => `${count} ${what}`).join(", ")}\n`;
}
