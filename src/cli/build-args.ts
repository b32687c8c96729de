import { CommandError } from "./command.ts";

/** Build arguments as they are typed: `NAME=VALUE`. */
export function readBuildArgs(texts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
      if (name === undefined || value === undefined)
        throw new CommandError("usage", `--build-arg: "${text}" is not NAME=VALUE`);
      return [name, value];
    }),
  );
}
