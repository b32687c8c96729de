import { type ProbeAnswer, reasonOf } from "../../client/probe.ts";
import { type Challenge, parseChallenge } from "../../client/registry-login.ts";
import { type Finding, reporterFor } from "./finding.ts";
import { isPage, type Patient, parseJson, probeFor } from "./patient.ts";

const registry = reporterFor("registry");
const tokens = reporterFor("tokens");
const clock = reporterFor("clock");
const heads = reporterFor("headers");

const SKEW_SECONDS = 60;
/** As long as the longest token of a hub. */
const LONG_HEADER = 8 * 1024;
const PASS_ON = "location /v2/ { proxy_pass http://HUB; }, without a path behind the hub's address";

export interface RegistryReport {
  readonly findings: readonly Finding[];
  /** What the registry asks for; undefined when it asks for nothing, or is none. */
  readonly challenge: Challenge | undefined;
  readonly isThere: boolean;
}

/** `GET /v2/`, with which every client begins: what answers, whether it asks for a login, and what time it has. */
export async function checkRegistry(patient: Patient): Promise<RegistryReport> {
  const { url, probe } = patient;
  const none = { challenge: undefined, isThere: false };
  let answer: ProbeAnswer;
  try {
    answer = await probe.ask(new URL("/v2/", url));
  } catch (error) {
    patient.signal.throwIfAborted();
    const cure = "look at the log of the hub, and of what stands before it";
    return {
      ...none,
      findings: [registry.fail(`no answer to GET /v2/: ${reasonOf(error)}`, cure)],
    };
  }
  const wrong = findStranger(url, answer);
  const time = checkClock(answer);
  if (wrong !== undefined) return { ...none, findings: [wrong, ...time] };
  const text = answer.headers["www-authenticate"];
  const challenge = answer.status === 401 ? parseChallenge(text ?? "") : undefined;
  const findings = [await judge(patient, answer, challenge), ...checkVersion(answer), ...time];
  return { findings, challenge, isThere: findings.every(({ state }) => state !== "fail") };
}

/** What answers and is no registry. */
function findStranger(url: URL, answer: ProbeAnswer): Finding | undefined {
  const { status, headers, text } = answer;
  const by = headers.server === undefined ? "something" : String(headers.server);
  if (status >= 300 && status < 400) return explainRedirect(url, headers.location ?? "");
  if (/HTTP request (?:was sent )?to (?:an )?HTTPS/i.test(text))
    return registry.fail("this port speaks TLS", `berth doctor https://${url.host}`);
  if (status === 502 || status === 503 || status === 504) {
    const seen = `${by} answers ${status}: the hub behind it does not`;
    return registry.fail(
      seen,
      "start the hub, and compare its address with the proxy's: proxy_pass",
    );
  }
  if (isPage(answer)) {
    const seen = `a page answers instead of a registry (${by}, status ${status}): a proxy or a login page is in between`;
    return registry.fail(seen, `let it pass on /v2/ as it is; nginx: ${PASS_ON}`);
  }
  if (status === 404)
    return registry.fail(
      "there is no /v2/ at this address",
      `name the registry's own address, or pass it on: ${PASS_ON}`,
    );
  if (status === 200 || status === 401) return undefined;
  const cure = "look at the log of the hub, and of what stands before it";
  return registry.fail(`GET /v2/ is answered with ${status}`, cure);
}

function explainRedirect(url: URL, location: string): Finding {
  const target = URL.parse(location, url.href);
  const shown = target === null ? "nowhere" : `${target.origin}${target.pathname}`;
  if (target?.pathname === "/v2") {
    const seen = "GET /v2/ is sent on to /v2: a proxy strips the slash, and clients go in circles";
    return registry.fail(seen, `leave the path alone: ${PASS_ON}`);
  }
  if (target?.protocol === "https:" && url.protocol === "http:") {
    return registry.fail(`plain HTTP is sent on to ${shown}`, `berth doctor ${target.origin}`);
  }
  return registry.fail(
    `GET /v2/ is sent on to ${shown}`,
    `let the proxy pass it on instead: ${PASS_ON}`,
  );
}

async function judge(
  patient: Patient,
  { status }: ProbeAnswer,
  challenge: Challenge | undefined,
): Promise<Finding> {
  if (status === 401) {
    if (challenge?.scheme === "bearer") return registry.ok("answers, and asks for a token");
    if (challenge?.scheme === "basic") return registry.ok("answers, and asks for a password");
    return registry.fail(
      "answers 401 without WWW-Authenticate, so docker does not know how to log in: a proxy strips it",
      "nginx: remove proxy_hide_header WWW-Authenticate; and error_page 401",
    );
  }
  const account = await patient.probe.ask(new URL("/api/v1/account", patient.url));
  const asks = account.status === 401 && account.headers["www-authenticate"] !== undefined;
  if (!asks) return registry.ok("answers, and asks for no login");
  return registry.fail(
    "the hub asks for logins, but GET /v2/ is answered 200: a proxy answers it, or strips the challenge",
    `let the hub answer /v2/ itself: ${PASS_ON}`,
  );
}

function checkVersion({ headers }: ProbeAnswer): readonly Finding[] {
  if (headers["docker-distribution-api-version"] !== undefined) return [];
  const seen =
    "the header Docker-Distribution-Api-Version is missing, by which old clients know a registry";
  const cure =
    "let the proxy pass it on; nginx: remove proxy_hide_header, or add_header Docker-Distribution-Api-Version registry/2.0 always;";
  return [registry.warn(seen, cure)];
}

/** Tokens are signed with times; docker's cache and TLS look at them too. */
function checkClock({ headers, at, tookMs }: ProbeAnswer): readonly Finding[] {
  const theirs = Date.parse(headers.date ?? "");
  if (Number.isNaN(theirs)) return [];
  // The header has whole seconds: on average half of one is cut off.
  const ours = at.getTime() - tookMs / 2;
  const seconds = Math.round((theirs + 500 - ours) / 1000);
  if (Math.abs(seconds) <= SKEW_SECONDS) return [clock.ok("the same as the server's")];
  const words = `${Math.abs(seconds)} seconds ${seconds > 0 ? "behind" : "ahead of"} the server's`;
  const seen = `this machine's clock is ${words}: tokens seem not yet valid, or expired`;
  return [
    clock.warn(
      seen,
      "put right the one that is wrong: date -u on both, then timedatectl set-ntp true",
    ),
  ];
}

/** Whether tokens can be had where the challenge says, and how passwords would get there. */
export async function checkTokenService(
  patient: Patient,
  challenge: Challenge,
): Promise<readonly Finding[]> {
  const { url } = patient;
  const { realm = "", service } = challenge.parameters;
  const target = URL.parse(realm);
  const tell = `set BERTH_URL=${url.origin} at the hub`;
  if (target === null)
    return [tokens.fail(`the challenge names no token service: "${realm}"`, tell)];
  if (url.protocol === "https:" && target.protocol !== "https:") {
    const seen = `the token service is ${realm}: passwords would go there in the clear, and docker refuses`;
    return [
      tokens.fail(
        seen,
        `${tell}, or let the proxy say so: proxy_set_header X-Forwarded-Proto $scheme;`,
      ),
    ];
  }
  if (service !== undefined) target.searchParams.set("service", service);
  try {
    const answer = await probeFor(patient, target).ask(target);
    if (parseJson(answer.text) === undefined || answer.status >= 500 || answer.status === 404) {
      const seen = `the token service ${realm} is answered with ${answer.status} by something else`;
      const path = new URL(realm).pathname;
      return [tokens.fail(seen, `${tell}, and let the proxy pass on ${path}`)];
    }
    return [tokens.ok(`from ${realm}`)];
  } catch (error) {
    patient.signal.throwIfAborted();
    const seen = `the token service ${realm} cannot be reached: ${reasonOf(error)}`;
    return [tokens.fail(seen, tell)];
  }
}

/** Whether what stands before the hub lets a header pass that is as long as a token can be. */
export async function checkHeaders({ probe, url, signal }: Patient): Promise<readonly Finding[]> {
  const authorization = `Bearer ${"x".repeat(LONG_HEADER)}`;
  const seen = "a token of 8 KiB does not get through: something in between allows shorter headers";
  const cure = "nginx: large_client_header_buffers 4 16k;";
  try {
    const { status } = await probe.ask(new URL("/v2/", url), { headers: { authorization } });
    if (status === 401 || status === 200) return [heads.ok("long tokens get through")];
    return [heads.warn(`${seen} (${status})`, cure)];
  } catch (error) {
    signal.throwIfAborted();
    return [heads.warn(`${seen} (${reasonOf(error)})`, cure)];
  }
}
