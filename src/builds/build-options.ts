import type { GitPush } from "./git/pushed-refs.ts";

/** What a build is given beside its source. */
export interface BuildOptions {
  readonly args: Readonly<Record<string, string>>;
  /** Names of the repository's secrets, as they are when it runs. */
  readonly secrets: readonly string[];
  readonly target: string | undefined;
  readonly platforms: readonly string[];
  /** Whether the hooks and tests of the repository are run. */
  readonly hooks: boolean;
  /** Whether pull requests are built: those of the same repository, or those of strangers as well. */
  readonly autotest: "off" | "internal" | "external";
  /** Of a build of a pull request, which publishes nothing: whose it is. */
  readonly proposal?: "internal" | "external";
  /** Of a build of what somebody uploaded: under which name it lies until the build has ended. */
  readonly upload?: string;
}

const NOTHING: BuildOptions = {
  args: {},
  secrets: [],
  target: undefined,
  platforms: [],
  hooks: true,
  autotest: "off",
};

export function readBuildOptions(text: string | null): BuildOptions {
  return text === null ? NOTHING : { ...NOTHING, ...(JSON.parse(text) as Partial<BuildOptions>) };
}

/** Which builds are wanted; without anything, those of all rules. */
export interface BuildWish {
  readonly ref?: string | undefined;
  readonly tag?: string | undefined;
  /** Which of the rules, from 0. */
  readonly rule?: number | undefined;
  /** In the transaction that queues them. */
  readonly settle?: GitPush["settle"] | undefined;
}
