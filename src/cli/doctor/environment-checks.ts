import { findProxyRoute, type ProxyRoute } from "../../client/proxy-route.ts";
import { type Finding, reporterFor } from "./finding.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Names under which CI jobs keep what they log in with; of a pair both are needed. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["CI_REGISTRY_USER", "CI_REGISTRY_PASSWORD"],
  ["CI_DEPLOY_USER", "CI_DEPLOY_PASSWORD"],
  ["DOCKER_USERNAME", "DOCKER_PASSWORD"],
  ["DOCKER_USER", "DOCKER_PASS"],
  ["DOCKERHUB_USERNAME", "DOCKERHUB_TOKEN"],
  ["REGISTRY_USERNAME", "REGISTRY_PASSWORD"],
  ["REGISTRY_USER", "REGISTRY_TOKEN"],
  ["REGISTRY_AUTH_USERNAME", "REGISTRY_AUTH_PASSWORD"],
  ["BERTH_USER", "BERTH_PASSWORD"],
];
const SINGLE = [
  "GITHUB_TOKEN",
  "GH_TOKEN",
  "CI_JOB_TOKEN",
  "DOCKER_TOKEN",
  "DOCKER_AUTH_CONFIG",
  "BERTH_ID_TOKEN",
  "BERTH_URL",
];

const variables = reporterFor("variables");
const keyless = reporterFor("keyless");
const proxy = reporterFor("proxy");

/** Variables of CI jobs that are there and hold nothing, or more than was meant. */
export function checkVariables(environment: Environment): readonly Finding[] {
  const findings: Finding[] = [];
  for (const name of new Set([...PAIRS.flat(), ...SINGLE])) {
    const finding = checkVariable(name, environment[name]);
    if (finding !== undefined) findings.push(finding);
  }
  for (const pair of PAIRS) {
    const missing = pair.filter((name) => environment[name] === undefined);
    const [lost] = missing;
    const there = pair.find((name) => environment[name]);
    if (missing.length !== 1 || lost === undefined || there === undefined) continue;
    if (isOfTwoPairs(there, environment)) continue;
    findings.push(
      variables.warn(`${there} is set, but ${lost} is not`, `set ${lost} for this job`),
    );
  }
  if (findings.length > 0) return findings;
  const known = [...PAIRS.flat(), ...SINGLE].filter((name) => environment[name] !== undefined);
  return [
    variables.ok(known.length === 0 ? "none of a CI job are set" : `set: ${known.join(", ")}`),
  ];
}

function isOfTwoPairs(name: string, environment: Environment): boolean {
  return PAIRS.some(
    (pair) => pair.includes(name) && pair.every((one) => environment[one] !== undefined),
  );
}

function checkVariable(name: string, value: string | undefined): Finding | undefined {
  if (value === undefined) return undefined;
  if (value === "") {
    return variables.fail(
      `${name} is set, but empty`,
      `give ${name} its value in the settings of the CI service; protected variables and secrets are empty on unprotected ` +
        "branches and in pull requests from forks",
    );
  }
  if (value.trim() !== value) {
    return variables.fail(
      `${name} begins or ends with a space or a line break`,
      `store it again without them, or in the job: ${name}="$(printf %s "$${name}" | tr -d '\\r\\n ')"`,
    );
  }
  if (/^(["']).*\1$/s.test(value)) {
    return variables.warn(`${name} has quotation marks around it`, "store it without them");
  }
  return undefined;
}

/** Whether `berth login --oidc` would find the job's identity. */
export function checkKeyless(environment: Environment): readonly Finding[] {
  const { BERTH_ID_TOKEN, ACTIONS_ID_TOKEN_REQUEST_URL, ACTIONS_ID_TOKEN_REQUEST_TOKEN } =
    environment;
  if (BERTH_ID_TOKEN) return [checkIdentityToken(BERTH_ID_TOKEN)];
  if (ACTIONS_ID_TOKEN_REQUEST_URL && ACTIONS_ID_TOKEN_REQUEST_TOKEN)
    return [keyless.ok("this job can have an identity token: berth login --oidc needs no secret")];
  if (environment.GITHUB_ACTIONS === "true") {
    const cure = "permissions:\n  id-token: write";
    return [keyless.warn("this GitHub job may not have an identity token", cure)];
  }
  if (environment.GITLAB_CI === "true" && BERTH_ID_TOKEN === undefined) {
    const cure = "id_tokens:\n  BERTH_ID_TOKEN:\n    aud: <the address of the hub>";
    return [keyless.warn("this GitLab job has no BERTH_ID_TOKEN", cure)];
  }
  return [];
}

function checkIdentityToken(token: string): Finding {
  const claims = readClaims(token.trim());
  if (claims === undefined)
    return keyless.fail("BERTH_ID_TOKEN is no identity token", "let the CI service fill it in");
  const { exp, iss = "somebody", aud } = claims;
  if (typeof exp === "number" && exp * 1000 < Date.now()) {
    const at = new Date(exp * 1000).toISOString();
    return keyless.fail(
      `the identity token in BERTH_ID_TOKEN expired at ${at}`,
      "log in at the beginning of the job: berth login --oidc",
    );
  }
  return keyless.ok(`an identity token of ${iss} for ${[aud ?? "nobody"].flat().join(", ")}`);
}

/** The claims of a JWT, which nobody has to believe; undefined for what is none. */
export function readClaims(
  token: string,
): { exp?: unknown; iss?: string; aud?: string | string[] } | undefined {
  try {
    const body = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    return typeof body === "object" && body !== null ? body : undefined;
  } catch {
    // It is no JWT, which is what the caller wants to know.
    return undefined;
  }
}

/** Which way requests go, and whether the variables that say so can be understood. */
export function checkProxy(
  url: URL,
  environment: Environment,
): { readonly findings: readonly Finding[]; readonly route: ProxyRoute } {
  const direct = { kind: "direct" } as const;
  try {
    const route = findProxyRoute(url, environment);
    if (route.kind === "direct")
      return {
        route,
        findings: [proxy.ok(route.because ?? "no proxy is set: requests go straight")],
      };
    return { route, findings: [describeProxy(url, route)] };
  } catch {
    const name = url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY";
    const cure = `export ${name}=http://proxy.example.com:3128, or unset ${name}`;
    return { route: direct, findings: [proxy.fail(`${name} is not the address of a proxy`, cure)] };
  }
}

function describeProxy(url: URL, route: Extract<ProxyRoute, { kind: "proxy" }>): Finding {
  const seen = `requests go through ${route.proxy.host} (${route.variable})`;
  if (!isPrivate(url.hostname)) return proxy.ok(seen);
  return proxy.warn(
    `${seen}, though ${url.hostname} is a private name or address`,
    `export NO_PROXY="$NO_PROXY,${url.hostname}"; for the docker daemon in /etc/docker/daemon.json: ` +
      `{"proxies": {"no-proxy": "${url.hostname}"}}`,
  );
}

function isPrivate(hostname: string): boolean {
  const isLocalName =
    !hostname.includes(".") || /\.(?:local|internal|lan|home|corp)$/.test(hostname);
  return isLocalName || /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(hostname);
}
