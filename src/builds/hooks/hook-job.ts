import type { ImageTest } from "./read-test.ts";

/** Where the source lies while hooks run. */
const PLACE = "/berth/source";

/** Runs hooks one after the other in an image of tools, and leaves the source as they left it. */
export function printHooks(wish: {
  readonly image: string;
  /** That of the Dockerfile, below the source. */
  readonly folder: string;
  readonly hooks: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
}): string {
  const { image, folder, hooks, variables, secrets } = wish;
  const shown = secrets.map((id) => `--mount=type=secret,id=${id} `).join("");
  const place = folder === "." ? PLACE : `${PLACE}/${folder}`;
  return [
    `FROM ${image} AS hooks`,
    ...printArguments(variables),
    `COPY source ${PLACE}`,
    `WORKDIR ${JSON.stringify(place)}`,
    ...hooks.map((hook) => `RUN ${shown}${JSON.stringify([`./hooks/${hook}`])}`),
    "FROM scratch",
    `COPY --from=hooks ${PLACE} /`,
    "",
  ].join("\n");
}

/** Runs what a test says in the image that was built. */
export function printTest(wish: {
  readonly image: string;
  readonly argv: readonly string[];
  readonly test: ImageTest;
  readonly variables: Readonly<Record<string, string>>;
}): string {
  const { image, argv, test, variables } = wish;
  const environment = Object.entries(test.environment);
  return [
    `FROM ${image}`,
    ...printArguments(variables),
    ...environment.map(([name, value]) => `ENV ${name}=${quote(value)}`),
    ...(test.workingDirectory === undefined ? [] : [`WORKDIR ${quote(test.workingDirectory)}`]),
    ...(test.user === undefined ? [] : [`USER ${quote(test.user)}`]),
    `RUN ${JSON.stringify(argv)}`,
    "",
  ].join("\n");
}

/** Their values come beside the Dockerfile: they may hold anything. */
function printArguments(variables: Readonly<Record<string, string>>): string[] {
  return Object.keys(variables).map((name) => `ARG ${name}`);
}

function quote(text: string): string {
  return `"${text.replace(/["\\$]/g, "\\$&")}"`;
}
