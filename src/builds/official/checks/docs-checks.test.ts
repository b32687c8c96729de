import { expect, test } from "vitest";
import { runChecks } from "./check.ts";
import { DOCS_CHECKS, type Documentation } from "./docs-checks.ts";

const GOOD: Documentation = {
  short: "An application for tests",
  content: "# What is app?\n\nIt is.\n\n# How to use this image\n\n`APP_USER` names a user.\n",
  licence: "See [the licence](https://example.com/LICENSE).",
  maintainer: "[Ann](https://example.com/ann)",
  source: "https://example.com/app",
  hasLogo: true,
};

async function failuresOf(change: Partial<Documentation>, entrypoint = ""): Promise<unknown[]> {
  const subject = { docs: { ...GOOD, ...change }, entrypoints: [entrypoint] };
  const results = await runChecks(DOCS_CHECKS, [{ name: "", subject }]);
  return results.flatMap(({ state, number, details }) =>
    state === "failed" ? [[number, ...details]] : [],
  );
}

const SCRIPT = [
  "#!/bin/sh\n# $COMMENT\nset -e\nDIR=/srv",
  `: "\${APP_USER:=app}"`,
  'echo "$DIR $PATH"\nexec "$@"\n',
].join("\n");

test("whole documentation passes", async () => {
  expect(await failuresOf({}, SCRIPT)).toEqual([]);
});

test.each<[Partial<Documentation>, unknown[]]>([
  [{ short: "" }, [44, "README-short.txt says nothing"]],
  [{ short: "x".repeat(101) }, [44, "README-short.txt has 101 characters, and 100 are shown"]],
  [{ content: "# How to use\n" }, [44, 'content.md has no heading "What is"']],
  [{ content: "# What is it?\n" }, [44, 'content.md has no heading "How to use"']],
  [{ licence: "MIT" }, [44, "license.md links to no licence"]],
  [{ maintainer: "Ann" }, [44, "maintainer.md links to nobody"]],
  [{ source: "app" }, [44, "github-repo is no address of sources"]],
  [{ hasLogo: false }, [45, "there is no logo.png"]],
])("%j fails %j alone", async (change, expected) => {
  expect(await failuresOf(change)).toEqual([expected]);
});

test("a variable of the entrypoint that nobody is told of", async () => {
  const script = `${SCRIPT}if [ -n "$APP_DEBUG" ]; then set -x; fi\n`;
  expect(await failuresOf({}, script)).toEqual([[46, "APP_DEBUG stands nowhere in content.md"]]);
});
