import { z } from "zod";
import type { ImageInventory } from "../inventory/model.ts";
import { findEndOfLife } from "./end-of-life.ts";
import { createFlaw, type Flaw, type FlawOrigin } from "./flaw.ts";
import { type BuildStep, readBuildSteps } from "./image-history.ts";
import { findSecrets } from "./secrets/find-secrets.ts";
import { hideSecrets, isSecretVariable, secretVariablesOf } from "./secrets/secret-names.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const SOON_DAYS = 90;
/** Of the history, and of the environment: an image says what it likes, and these are looked at while everybody waits. */
const MOST_ENTRIES = 5000;
const MOST_VARIABLES = 200;
const LONGEST_SHOWN = 4096;
const LABELS = ["source", "revision", "version"].map((name) => `org.opencontainers.image.${name}`);

const texts = z.array(z.string()).nullish().catch(null);
const textOrTexts = z
  .union([z.array(z.string()), z.string()])
  .nullish()
  .catch(null);
const record = z.record(z.string(), z.unknown()).nullish().catch(null);

/** What images say about running them. Every field may be missing or anything: a broken one is as if it were not there. */
const imageSchema = z.object({
  config: z
    .object({
      User: z.string().nullish().catch(null),
      Env: texts,
      Cmd: textOrTexts,
      Entrypoint: textOrTexts,
      ExposedPorts: record,
      Healthcheck: z.object({ Test: texts }).nullish().catch(null),
      Labels: z.record(z.string(), z.string()).nullish().catch(null),
    })
    .nullish()
    .catch(null),
  history: z
    .array(
      z.object({
        created_by: z.string().nullish().catch(null),
        empty_layer: z.boolean().nullish().catch(null),
      }),
    )
    .nullish()
    .catch(null),
});

type RunConfig = NonNullable<z.infer<typeof imageSchema>["config"]>;

interface Described {
  readonly config: RunConfig;
  readonly steps: readonly BuildStep[];
  readonly inventory: Pick<ImageInventory, "distribution" | "packages">;
  readonly now: Date;
}

/** Flaws of an image that its configuration, its history and its packages tell. */
export function findImageFlaws(image: {
  readonly configJson: string;
  readonly inventory: Pick<ImageInventory, "distribution" | "packages">;
  readonly now: Date;
}): Flaw[] {
  const { config, history } = imageSchema.parse(JSON.parse(image.configJson));
  const steps = readBuildSteps(
    (history ?? []).slice(0, MOST_ENTRIES).map(({ created_by, empty_layer }) => ({
      createdBy: created_by ?? "",
      isEmptyLayer: empty_layer === true,
    })),
  );
  const described: Described = { ...image, config: config ?? {}, steps };
  return [
    ...userFlaws(described),
    ...environmentFlaws(described),
    ...portFlaws(described),
    ...commandFlaws(described),
    ...labelFlaws(described),
    ...historyFlaws(described),
    ...distributionFlaws(described),
  ];
}

/** The last step that begins so: later ones replace what earlier ones said. */
function originOf(steps: readonly BuildStep[], pattern: RegExp): FlawOrigin {
  const step = steps.findLast(({ instruction }) => pattern.test(instruction));
  return step === undefined ? {} : stepOrigin(step);
}

/** Cut after the secrets are hidden, so that none shows in part. */
function stepOrigin({ instruction, layer }: BuildStep): FlawOrigin {
  const shown = hideSecrets(instruction).slice(0, LONGEST_SHOWN);
  return { instruction: shown, ...(layer === undefined ? {} : { layer }) };
}

function userFlaws({ config, steps }: Described): Flaw[] {
  const user = config.User ?? "";
  const [name = ""] = user.split(":");
  if (!["", "root", "0"].includes(name)) return [];
  const detail = user === "" ? "no USER is set" : `USER ${user}`;
  return [createFlaw("user-is-root", originOf(steps, /^USER\b/), detail)];
}

const UNCHECKED: readonly [name: string, value: RegExp][] = [
  ["NODE_TLS_REJECT_UNAUTHORIZED", /^0$/],
  ["GIT_SSL_NO_VERIFY", /^(?:1|true)$/i],
  ["PYTHONHTTPSVERIFY", /^0$/],
  ["GOINSECURE", /./],
  ["GONOSUMDB", /^\*$/],
  ["CURL_INSECURE", /^(?:1|true)$/i],
];

type EnvironmentFlaw = "secret-in-environment" | "dangerous-environment";

function environmentFlaws({ config, steps }: Described): Flaw[] {
  const setBy = stepsByVariable(steps);
  const flaws = (config.Env ?? [])
    .slice(0, MOST_ENTRIES)
    .flatMap((entry): { kind: EnvironmentFlaw; name: string; detail: string }[] => {
      const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(entry) ?? [];
      if (isSecretVariable(name, value)) {
        return [{ kind: "secret-in-environment", name, detail: name }];
      }
      const isUnchecked = UNCHECKED.some(([unchecked, on]) => name === unchecked && on.test(value));
      return isUnchecked ? [{ kind: "dangerous-environment", name, detail: entry }] : [];
    });
  return flaws.slice(0, MOST_VARIABLES).map(({ kind, name, detail }) => {
    const step = setBy.get(name);
    return createFlaw(kind, step === undefined ? {} : stepOrigin(step), detail);
  });
}

/** The last ENV that names each: one pass, as there may be thousands of both. */
function stepsByVariable(steps: readonly BuildStep[]): ReadonlyMap<string, BuildStep> {
  const setBy = new Map<string, BuildStep>();
  for (const step of steps) {
    if (!/^ENV\b/.test(step.instruction)) continue;
    for (const word of step.instruction.split(/[\s="']+/)) setBy.set(word, step);
  }
  return setBy;
}

function portFlaws({ config, steps }: Described): Flaw[] {
  return Object.keys(config.ExposedPorts ?? {})
    .filter((port) => /^22(?:\/tcp)?$/.test(port))
    .map(() => createFlaw("ssh-port-exposed", originOf(steps, /^EXPOSE\b.*\b22\b/)));
}

function commandFlaws({ config, steps }: Described): Flaw[] {
  const flaws: Flaw[] = [];
  const [kind = ""] = config.Healthcheck?.Test ?? [];
  if (kind === "" || kind === "NONE") {
    flaws.push(createFlaw("no-healthcheck", originOf(steps, /^HEALTHCHECK\b/)));
  }
  const entrypoint = [config.Entrypoint ?? []].flat();
  const command = [config.Cmd ?? []].flat();
  if (entrypoint.length + command.length === 0) flaws.push(createFlaw("no-command", {}));
  const [first, second] = entrypoint.length > 0 ? entrypoint : command;
  if (/^\/bin\/(?:ba|da|a)?sh$/.test(first ?? "") && second === "-c") {
    const pattern = entrypoint.length > 0 ? /^ENTRYPOINT\b/ : /^CMD\b/;
    flaws.push(createFlaw("command-by-shell", originOf(steps, pattern)));
  }
  return flaws;
}

function labelFlaws({ config }: Described): Flaw[] {
  const missing = LABELS.filter((label) => (config.Labels?.[label] ?? "") === "");
  const flaws = missing.length === 0 ? [] : [createFlaw("missing-labels", {}, missing.join(", "))];
  const base = config.Labels?.["org.opencontainers.image.base.name"] ?? "";
  if (/:latest(?:@|$)/.test(base)) flaws.push(createFlaw("base-is-latest", {}, base));
  return flaws;
}

function historyFlaws({ steps }: Described): Flaw[] {
  return steps.flatMap((step) => {
    const { instruction } = step;
    const flaws: Flaw[] = [];
    if (
      /^ADD\s+(?:--\S+\s+)*https?:\/\//.test(instruction) &&
      !instruction.includes("--checksum=")
    ) {
      flaws.push(createFlaw("added-from-url", stepOrigin(step)));
    }
    // What ENV sets is told as such.
    if (!/^ENV\b/.test(instruction)) flaws.push(...secretsOfStep(step));
    return flaws;
  });
}

/** Build arguments stand before commands: `|1 TOKEN=abc /bin/sh -c make`. */
function secretsOfStep(step: BuildStep): Flaw[] {
  const names = secretVariablesOf(step.instruction);
  const [secret] = findSecrets(Buffer.from(step.instruction));
  const detail = names.length > 0 ? names.join(", ") : secret?.rule.title;
  return detail === undefined ? [] : [createFlaw("secret-in-history", stepOrigin(step), detail)];
}

function distributionFlaws({ inventory, now }: Described): Flaw[] {
  const { distribution, packages } = inventory;
  const flaws: Flaw[] = [];
  const end = distribution && findEndOfLife(distribution);
  if (end !== undefined) {
    const detail = `${distribution?.prettyName} until ${end.toISOString().slice(0, 10)}`;
    const days = (end.getTime() - now.getTime()) / DAY_MS;
    if (days < 0) flaws.push(createFlaw("distribution-end-of-life", { layer: 0 }, detail));
    else if (days < SOON_DAYS)
      flaws.push(createFlaw("distribution-ends-soon", { layer: 0 }, detail));
  }
  const sudo = packages.find(
    ({ type, name }) => name === "sudo" && ["deb", "rpm", "apk"].includes(type),
  );
  if (sudo !== undefined) {
    flaws.push(createFlaw("sudo-installed", { layer: sudo.layer, path: sudo.path }, sudo.version));
  }
  return flaws;
}
