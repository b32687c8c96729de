import { writeFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, Vitest } from "vitest/node";

export type Counts = { readonly passed: number; readonly failed: number; readonly skipped: number };

/**
 * Counts a whole run for the closing line of `npm test`, and says of every skipped test why it was. A file that could not be
 * loaded, an error outside of any test and a skip without a reason count as failures, and what passed at the second try only
 * is named, so that none of them passes unseen.
 */
// biome-ignore lint/style/noDefaultExport: vitest takes a reporter from the default export
export default class ClosingLine implements Reporter {
  #isFiltered = false;

  onInit(vitest: Vitest): void {
    this.#isFiltered = vitest.config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const skipped = tests.filter((test) => test.result().state === "skipped");
    const unexplained = this.#isFiltered ? [] : skipped.filter((test) => whySkipped(test) === "");
    for (const test of tests) if (test.diagnostic()?.flaky === true) this.#tellSecondTry(test);
    for (const test of skipped) if (whySkipped(test) !== "") this.#tell(test, whySkipped(test));
    for (const test of unexplained) this.#tell(test, 'no reason; give one with skip("why")');
    const broken = modules.flatMap((module) => [
      ...module.errors(),
      ...[...module.children.allSuites()].flatMap((suite) => suite.errors()),
    ]);
    const counts: Counts = {
      passed: tests.filter((test) => test.result().state === "passed").length,
      failed:
        tests.filter((test) => test.result().state === "failed").length +
        broken.length +
        unhandledErrors.length +
        unexplained.length,
      skipped: skipped.length - unexplained.length,
    };
    const { BERTH_TEST_COUNTS } = process.env;
    if (BERTH_TEST_COUNTS !== undefined) {
      writeFileSync(BERTH_TEST_COUNTS, JSON.stringify(counts));
    }
  }

  #tellSecondTry(test: TestCase): void {
    console.log(
      `passed at the second try: ${test.module.moduleId.split("/").pop()} > ${test.fullName}`,
    );
  }

  #tell(test: TestCase, reason: string): void {
    console.log(`skipped: ${test.module.moduleId.split("/").pop()} > ${test.fullName}: ${reason}`);
  }
}

function whySkipped(test: TestCase): string {
  const result = test.result();
  return result.state === "skipped" ? (result.note ?? "") : "";
}
