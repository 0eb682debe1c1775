/** A vitest reporter that counts, and keeps why each skipped test was skipped, for tests/run.mjs. */
import { writeFileSync } from 'node:fs';

// Vitest asks for a default export.
export default class SummaryReporter {
  /** @param {readonly import('vitest/node').TestModule[]} modules */
  onTestRunEnd(modules) {
    const file = process.env.LEVERAGE_TEST_SUMMARY;
    if (!file) return;
    const summary = { passed: 0, failed: 0, skipped: [] };
    for (const module of modules) {
      if (module.state() === 'failed' && [...module.children.allTests('failed')].length === 0) summary.failed += 1;
      for (const test of module.children.allTests()) count(summary, module, test);
    }
    writeFileSync(file, JSON.stringify(summary));
  }
}

function count(summary, module, test) {
  const result = test.result();
  if (result.state === 'passed') summary.passed += 1;
  else if (result.state === 'failed') summary.failed += 1;
  else
    summary.skipped.push({
      name: `${module.relativeModuleId}: ${test.fullName}`,
      reason: result.note ?? reasonInName(test),
    });
}

/** Suites that skip as a whole say why in their title: "name — why". */
function reasonInName(test) {
  const [, reason] = test.fullName.split(' — ', 2);
  return reason?.split(' > ', 1)[0] ?? 'no reason was given';
}
