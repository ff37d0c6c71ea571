import { readFileSync } from 'node:fs';

/**
 * Prints the counts of a vitest JSON report as the last line. Exits 1 when a test failed or was skipped, when a file
 * could not be loaded, when there is no report, or when no test ran.
 */
const report = readReport(process.argv[2]);
const tests = report.testResults.flatMap((file) => file.assertionResults);
const count = (...statuses) => tests.filter((test) => statuses.includes(test.status)).length;
const passed = count('passed');
const skipped = count('skipped', 'pending', 'todo', 'disabled');
// A file that cannot be loaded has no tests to fail, and counts as one.
const unloadable = report.testResults.filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
);
const failed = tests.length - passed - skipped + unloadable.length;

for (const file of unloadable) console.log(`could not run ${file.name}`);
for (const test of tests.filter(({ status }) => status !== 'passed' && status !== 'failed'))
  console.log(`skipped: ${test.fullName}`);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = report.success && passed > 0 && failed === 0 && skipped === 0 ? 0 : 1;

function readReport(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return { success: false, testResults: [] };
  }
}
