const GUARDS: readonly (readonly [string, string])[] = [
  ["safe.directory", "*"],
  // Nothing that lies in a repository is run, and nothing goes on after the request.
  ["core.hooksPath", "/dev/null"],
  ["core.fsmonitor", "false"],
  ["gc.auto", "0"],
  ["maintenance.auto", "false"],
  ["receive.autogc", "false"],
  ["receive.fsckObjects", "true"],
  ["transfer.hideRefs", "refs/berth"],
  ["protocol.allow", "never"],
  ["http.receivepack", "true"],
];

/** For every run of git: nothing of the hub's own environment, no settings of the machine, and what guards it. */
export function gitEnvironment(
  pushBytes: number,
  more: readonly (readonly [string, string])[] = [],
): Readonly<Record<string, string>> {
  const settings = [...GUARDS, ["receive.maxInputSize", String(pushBytes)] as const, ...more];
  const numbered = settings.flatMap(([key, value], index) => [
    [`GIT_CONFIG_KEY_${index}`, key],
    [`GIT_CONFIG_VALUE_${index}`, value],
  ]);
  return {
    PATH: "/usr/local/bin:/usr/bin:/bin",
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_ATTR_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_CONFIG_COUNT: String(settings.length),
    ...Object.fromEntries(numbered),
  };
}
