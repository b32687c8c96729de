import { homedir } from "node:os";
import { join } from "node:path";
import type { Credentials } from "../../client/hub-requests.ts";
import { reasonOf } from "../../client/probe.ts";
import { basicOf } from "../../client/registry-login.ts";
import { findStoredLogin, type StoredLogin } from "../../client/stored-logins.ts";
import { self } from "../../contract/accounts.ts";
import { dockerDirectory } from "../hub-connection.ts";
import { readClaims } from "./environment-checks.ts";
import { type Finding, reporterFor } from "./finding.ts";
import {
  authorize,
  maySendSecrets,
  type Patient,
  parseJson,
  type Session,
  sentenceOf,
} from "./patient.ts";

const logins = reporterFor("login");
const limits = reporterFor("limits");

const DAY_MS = 86_400_000;
const SOON_DAYS = 7;
const CI_PREFIX = "berth_ci_";

interface LoginReport {
  readonly findings: readonly Finding[];
  /** The first that works. */
  readonly credentials: Credentials | undefined;
}

type Environment = Patient["environment"];

/** Every place where docker, podman and their kin keep logins, and whether what is there still works. */
export async function checkLogins(
  patient: Patient,
  challenge: Session["challenge"],
): Promise<LoginReport> {
  const { url, environment } = patient;
  const looks: StoredLogin[] = [];
  for (const file of listStores(environment)) {
    const look = await findStoredLogin(url.host, file);
    if (look !== undefined) looks.push(look);
  }
  const findings: Finding[] = looks.flatMap((look) => describeStore(url, look));
  let credentials: Credentials | undefined;
  for (const look of looks) {
    if (look.kind !== "login") continue;
    const report = await checkLogin(patient, challenge, look);
    findings.push(...report.findings);
    credentials ??= report.credentials;
  }
  if (findings.length === 0) findings.push(describeNothing(url, challenge));
  return { findings, credentials };
}

function describeNothing(url: URL, challenge: Session["challenge"]): Finding {
  if (challenge === undefined) return logins.ok("none is kept, and none is asked for");
  return logins.ok(
    `none is kept for ${url.host}: only what is public can be pulled until docker login ${url.host}`,
  );
}

function listStores(environment: Environment): readonly string[] {
  const { REGISTRY_AUTH_FILE, XDG_RUNTIME_DIR, HOME = homedir() } = environment;
  const podman = REGISTRY_AUTH_FILE
    ? [REGISTRY_AUTH_FILE]
    : [
        ...(XDG_RUNTIME_DIR ? [join(XDG_RUNTIME_DIR, "containers/auth.json")] : []),
        join(HOME, ".config/containers/auth.json"),
      ];
  return [...new Set([join(dockerDirectory(environment), "config.json"), ...podman])];
}

/** What is wrong with how it is kept. */
function describeStore({ host }: URL, look: StoredLogin): readonly Finding[] {
  const { file } = look;
  const again = `docker login ${host}`;
  switch (look.kind) {
    case "none":
      return [];
    case "unreadable":
      return [
        logins.fail(
          `${file} cannot be read: ${look.why}`,
          `put it right, or move it away and log in again: mv ${file} ${file}.broken && ${again}`,
        ),
      ];
    case "elsewhere": {
      const keys = look.keys.join(", ");
      return [
        logins.warn(
          `${file} has a login for ${keys}, but none for ${host}: docker takes them for different registries`,
          again,
        ),
      ];
    }
    case "empty":
      return [
        logins.fail(
          `${file} has an entry for ${look.key}, but no password in it`,
          `docker logout ${look.key}; ${again}`,
        ),
      ];
    case "no helper":
      return [
        logins.fail(
          `${file} says that logins are with docker-credential-${look.helper}, which is not in the PATH`,
          `install docker-credential-${look.helper}, or remove "credsStore" and "credHelpers" from ${file}; then ${again}`,
        ),
      ];
    case "helper failed":
      return [
        logins.fail(
          `docker-credential-${look.helper} fails: ${look.said}`,
          `try it: echo ${host} | docker-credential-${look.helper} get; without it: remove "credsStore" and "credHelpers" from ${file}; then ${again}`,
        ),
      ];
    case "login":
      return [
        ...(look.isOpen
          ? [logins.warn(`${file} can be read by other users of this machine`, `chmod 600 ${file}`)]
          : []),
        ...(look.key.includes("://")
          ? [
              logins.warn(
                `${file} keeps the login under "${look.key}": docker finds it there, podman, skopeo and others do not`,
                `docker logout ${look.key}; ${again}`,
              ),
            ]
          : []),
      ];
  }
}

async function checkLogin(
  patient: Patient,
  challenge: Session["challenge"],
  { credentials, file }: Extract<StoredLogin, { kind: "login" }>,
): Promise<LoginReport> {
  const nothing = { credentials: undefined };
  const who =
    credentials.username === "<token>" ? "a token in place of a password" : credentials.username;
  const kept = `${who} (${file})`;
  const realm = URL.parse(challenge?.parameters.realm ?? "") ?? patient.url;
  if (!maySendSecrets(patient, realm)) {
    const seen = `${kept} is not shown to who cannot be trusted: it was not tried`;
    return {
      ...nothing,
      findings: [logins.warn(seen, "put right what is said about tls and tokens first")],
    };
  }
  if (challenge === undefined)
    return { credentials, findings: [logins.ok(`${kept}, which nobody asks for here`)] };
  try {
    const refusal = await tryLogin(patient, { challenge, credentials });
    if (refusal === undefined) {
      return {
        credentials,
        findings: [logins.ok(`${kept} works`), ...(await checkLimits(patient, credentials))],
      };
    }
    return {
      ...nothing,
      findings: [explainRefusal(patient.url, { kept, credentials, ...refusal })],
    };
  } catch (error) {
    patient.signal.throwIfAborted();
    const seen = `${kept} could not be tried: ${reasonOf(error)}`;
    return {
      ...nothing,
      findings: [logins.fail(seen, "put right what is said about tokens first")],
    };
  }
}

interface LoginRefusal {
  readonly status: number;
  readonly said: string;
}

/** Undefined when it works. */
async function tryLogin(patient: Patient, session: Session): Promise<LoginRefusal | undefined> {
  const authorization = await authorize(patient, session);
  if (authorization.kind === "refused") {
    const { answer } = authorization;
    return { status: answer.status, said: sentenceOf(answer) };
  }
  const { value } = authorization;
  const headers = value === undefined ? {} : { authorization: value };
  const answer = await patient.probe.ask(new URL("/v2/", patient.url), { headers });
  return answer.status === 200 ? undefined : { status: answer.status, said: sentenceOf(answer) };
}

function explainRefusal(
  { host }: URL,
  refused: LoginRefusal & { readonly kept: string; readonly credentials: Credentials },
): Finding {
  const { status, said, kept, credentials } = refused;
  if (status === 429)
    return logins.fail(
      `${kept} is not looked at now: ${said}`,
      "wait, and stop what keeps trying a wrong password",
    );
  const seen = `${kept} is refused: ${said}`;
  if (credentials.username === "<token>")
    return logins.fail(seen, `the login has ended: docker login ${host}`);
  if (credentials.password.startsWith(CI_PREFIX)) {
    const exp = readClaims(credentials.password.slice(CI_PREFIX.length))?.exp;
    const ended = typeof exp === "number" && exp * 1000 < Date.now();
    const when = ended ? ` (it ended at ${new Date(exp * 1000).toISOString()})` : "";
    return logins.fail(`${seen}${when}`, `berth login --oidc ${host}, in the job that needs it`);
  }
  if (/^(?:dckr_pat_|berth_)/.test(credentials.password))
    return logins.fail(
      seen,
      `make a token that is in force: berth token create NAME --expires 90d; then docker login ${host}`,
    );
  return logins.fail(seen, `docker login ${host}`);
}

/** What a Berth hub says about the credential; other registries say nothing. */
async function checkLimits(
  patient: Patient,
  credentials: Credentials,
): Promise<readonly Finding[]> {
  if (!maySendSecrets(patient, patient.url)) return [];
  const headers = { authorization: basicOf(credentials) };
  const answer = await patient.probe.ask(new URL("/api/v1/account", patient.url), { headers });
  const { data } = self.safeParse(answer.status === 200 ? parseJson(answer.text) : undefined);
  if (data === undefined) return [];
  const { name, role, credential } = data;
  const person = role === undefined ? name : `${name} (${role})`;
  if (credential === undefined) return [limits.ok(`you are ${person}`)];
  const { kind, label, permits, expiresAt } = credential;
  const by = kind === label ? kind : `${kind} "${label}"`;
  const may = permits
    ?.map(
      ({ actions, repositories, onlyPublic }) =>
        `${actions.join(", ")} on ${repositories}${onlyPublic ? " if public" : ""}`,
    )
    .join("; ");
  const known = limits.ok(
    `you are ${person} by ${by}: ${may ?? "everything that the account may do"}`,
  );
  // A job's password is made to end with the job.
  const lasts = kind === "workload" && expiresAt !== undefined;
  if (lasts) return [known, limits.ok(`${by} lasts until ${expiresAt}`)];
  return [known, ...checkExpiry(patient.url, by, expiresAt)];
}

function checkExpiry({ host }: URL, by: string, expiresAt: string | undefined): readonly Finding[] {
  if (expiresAt === undefined) return [];
  const left = Date.parse(expiresAt) - Date.now();
  if (left > SOON_DAYS * DAY_MS) return [limits.ok(`${by} lasts until ${expiresAt}`)];
  const days = Math.floor(left / DAY_MS);
  const when = days === 0 ? `within a day, at ${expiresAt}` : `in ${days} days`;
  return [
    limits.warn(
      `${by} expires ${when}`,
      `make another in time: berth token create NAME --expires 90d; then docker login ${host}`,
    ),
  ];
}
