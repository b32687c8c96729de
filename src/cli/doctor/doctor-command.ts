import { z } from "zod";
import { Probe } from "../../client/probe.ts";
import type { ProxyRoute } from "../../client/proxy-route.ts";
import { readTrustedCertificates } from "../../client/trusted-certificates.ts";
import { type Command, CommandError, type Invocation } from "../command.ts";
import { chooseHub } from "../hub-connection.ts";
import type { Terminal } from "../terminal.ts";
import { checkAdvisories } from "./advisory-checks.ts";
import { checkKeyless, checkProxy, checkVariables } from "./environment-checks.ts";
import type { Finding } from "./finding.ts";
import { checkLogins } from "./login-checks.ts";
import { checkReachability, checkTls, findScheme } from "./network-checks.ts";
import type { Patient } from "./patient.ts";
import { checkHeaders, checkRegistry, checkTokenService } from "./registry-checks.ts";
import { checkRepository } from "./repository-checks.ts";

const doctorOptions = z.object({
  json: z.boolean().default(false),
  repository: z
    .string()
    .max(255)
    .regex(
      /^[a-z0-9]+(?:[._/-]+[a-z0-9]+)*$/,
      "--repository is a name such as acme/api, without a tag",
    )
    .optional(),
});

export const doctorCommand: Command = {
  name: "doctor",
  describe: (line) =>
    line
      .summary("look for what keeps this machine from a registry, and say what to do")
      .description(
        "Looks from this machine at a hub, or at any other registry, the way docker does: name, connection, certificate, proxies,\n" +
          "clock, tokens, stored logins, variables of CI jobs. With --repository also at the rights to it, and whether layers get\n" +
          "through: 22 MiB go to an upload that is cancelled. Shows no secret. Ends with 1 if something has to be put right.",
      )
      .argument("[host]", "its address (default: $BERTH_URL or http://127.0.0.1:5000)")
      .option("--repository <name>", "what you want to pull or push, such as acme/api"),
  run: async (invocation) => {
    const { json, repository } = doctorOptions.parse(invocation.options);
    const { terminal } = invocation;
    const counts = { ok: 0, warn: 0, fail: 0 };
    const show = json ? (finding: Finding) => terminal.printJson(finding) : printer(terminal);
    for await (const findings of examine(invocation, repository)) {
      for (const finding of findings) {
        counts[finding.state] += 1;
        show(finding);
      }
    }
    if (!json) terminal.print(summarize(counts));
    return counts.fail > 0 ? "failed" : "ok";
  },
};

/** One kind of check after the other; what cannot be looked at without an earlier one is left out. */
async function* examine(
  invocation: Invocation,
  repository: string | undefined,
): AsyncGenerator<readonly Finding[]> {
  const { environment, signal } = invocation.terminal;
  yield checkVariables(environment);
  yield checkKeyless(environment);
  const { url, findings, route } = await findWay(invocation);
  yield findings;
  const reachability = await checkReachability(url, route, signal);
  yield reachability;
  if (reachability.some(({ state }) => state === "fail")) return;
  const { patient, findings: tls } = await openPatient({ url, route, invocation });
  yield tls;
  const { findings: registry, challenge, isThere } = await checkRegistry(patient);
  yield registry;
  if (!isThere) return;
  if (challenge?.scheme === "bearer") {
    const tokens = await checkTokenService(patient, challenge);
    yield tokens;
    if (URL.parse(challenge.parameters.realm ?? "") === null) return;
  }
  yield await checkHeaders(patient);
  yield await checkAdvisories(patient);
  const { findings: logins, credentials } = await checkLogins(patient, challenge);
  yield logins;
  if (repository === undefined) return;
  yield await checkRepository({ patient, session: { challenge, credentials }, repository });
}

interface Way {
  readonly url: URL;
  readonly route: ProxyRoute;
  readonly findings: readonly Finding[];
}

/** Where to, by which scheme and through which proxy. */
async function findWay({ operands, terminal }: Invocation): Promise<Way> {
  const { environment, signal } = terminal;
  const typed = operands[0] ?? environment.BERTH_URL;
  const url = chooseHub(operands[0], environment);
  if (url.username !== "" || url.password !== "") {
    // It is in the list of processes by now, but at least it is not passed on.
    throw new CommandError(
      "usage",
      "leave user and password out of the address: docker login keeps them",
    );
  }
  const hasScheme = typed === undefined || typed.includes("://");
  const way = checkProxy(url, environment);
  if (hasScheme || way.route.kind === "proxy") return { url, ...way };
  const scheme = await findScheme(url, signal);
  if (scheme === url.protocol) return { url, ...way };
  const other = new URL(`${scheme}//${typed}`);
  return { url: other, ...checkProxy(other, environment) };
}

async function openPatient(way: {
  readonly url: URL;
  readonly route: ProxyRoute;
  readonly invocation: Invocation;
}): Promise<{ readonly patient: Patient; readonly findings: readonly Finding[] }> {
  const { url, route, invocation } = way;
  const { environment, signal } = invocation.terminal;
  const trusted = await readTrustedCertificates(url.host, environment);
  const options = { route, signal, ca: trusted.ca };
  const strictProbe = new Probe({ ...options, isTrusted: true });
  const { findings, isTrusted } =
    route.kind === "proxy"
      ? { findings: [], isTrusted: true }
      : await checkTls(url, trusted, signal);
  const probe = new Probe({ ...options, isTrusted });
  return { patient: { url, probe, strictProbe, environment, signal }, findings };
}

const MARKS = { ok: "ok   ", warn: "warn ", fail: "FAIL " } as const;
const COLUMN = 12;

function printer(terminal: Terminal) {
  return ({ check, state, seen, cure }: Finding) => {
    terminal.print(`${MARKS[state]} ${check.padEnd(COLUMN)}${visible(seen)}`);
    if (cure === undefined) return;
    const indent = " ".repeat(MARKS.ok.length + 1 + COLUMN);
    for (const line of visible(cure).split("\n")) terminal.print(`${indent}-> ${line}`);
  };
}

/** A server may send anything, and a terminal obeys it. */
function visible(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  return text.replace(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, "?");
}

function summarize({ warn, fail }: { warn: number; fail: number }): string {
  if (warn + fail === 0) return "nothing to put right was found";
  return `${fail} to put right, ${warn} to look at`;
}
