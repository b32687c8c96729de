import { type ProbeAnswer, type ProbeRequest, reasonOf } from "../../client/probe.ts";
import { type Finding, reporterFor } from "./finding.ts";
import { authorize, isPage, type Patient, type Session, sentenceOf } from "./patient.ts";

const rights = reporterFor("rights");
const uploads = reporterFor("uploads");

const MIB = 1024 * 1024;
/** Below and above what proxies commonly allow. */
const SIZES_MIB = [2, 20];
const ABSENT_DIGEST = `sha256:${"0".repeat(64)}`;
const ABSENT_UPLOAD = "00000000-0000-4000-8000-000000000000";
const UPLOAD_PATIENCE_MS = 120_000;
const BUFFERING_PATIENCE_MS = 3_000;
const NO_LIMIT = "nginx: client_max_body_size 0; (a size of 0 is no limit)";

type Action = "pull" | "push" | "delete";

interface Place {
  readonly patient: Patient;
  readonly session: Session;
  readonly repository: string;
}

/** What may be done with a repository, and whether a layer would get through. Leaves nothing behind. */
export async function checkRepository(place: Place): Promise<readonly Finding[]> {
  const { repository } = place;
  try {
    const pull = await ask(place, "pull", { path: "tags/list?n=1" });
    const isAbsent = pull.status === 404;
    const start = await ask(place, "push", { path: "blobs/uploads/", method: "POST" });
    const remove = await ask(place, "delete", {
      path: `manifests/${ABSENT_DIGEST}`,
      method: "DELETE",
    });
    const mayPush = start.status === 202;
    return [
      describePull(repository, pull, mayPush),
      describePush(start, isAbsent),
      describeDelete(remove),
      ...(mayPush ? await checkUploads(place, start) : []),
    ];
  } catch (error) {
    place.patient.signal.throwIfAborted();
    const seen = `${repository} could not be looked at: ${reasonOf(error)}`;
    return [rights.fail(seen, "put right what is said above first")];
  }
}

async function ask(
  { patient, session, repository }: Place,
  action: Action,
  { path, ...request }: ProbeRequest & { readonly path: string },
): Promise<ProbeAnswer> {
  const wish = action === "pull" ? "pull" : action === "push" ? "pull,push" : "delete";
  const authorization = await authorize(patient, session, `repository:${repository}:${wish}`);
  if (authorization.kind === "refused") return authorization.answer;
  const { value } = authorization;
  const headers = { ...request.headers, ...(value === undefined ? {} : { authorization: value }) };
  const target = new URL(`/v2/${repository}/${path}`, patient.url);
  return await patient.probe.ask(target, { ...request, headers });
}

function describePull(repository: string, answer: ProbeAnswer, mayPush: boolean): Finding {
  if (answer.status === 200) return rights.ok("pull: yes");
  const said = sentenceOf(answer);
  if (answer.status === 404 && mayPush)
    return rights.ok(`pull: ${repository} does not exist yet; the first push makes it`);
  if (answer.status === 401)
    return rights.fail(`pull: no; ${said}`, `docker login as somebody who may pull ${repository}`);
  return rights.fail(
    `pull: no; ${said}`,
    `compare the name, and ask an owner of it for the right "read"`,
  );
}

function describePush(answer: ProbeAnswer, isAbsent: boolean): Finding {
  if (answer.status === 202) return rights.ok("push: yes");
  if (answer.status === 405) return rights.ok("push: switched off in this registry");
  if (answer.status === 507)
    return rights.fail("push: the registry's disk is full", "make room at the hub: berth collect");
  const cure = isAbsent
    ? "push to a name of your own, or ask for the right"
    : 'if you need it, ask an owner for the right "write"';
  return rights.warn(`push: no; ${sentenceOf(answer)}`, cure);
}

function describeDelete(answer: ProbeAnswer): Finding {
  // The manifest that is not there is not found by those alone who may delete it.
  if (answer.status === 404 && !/repository/i.test(sentenceOf(answer)))
    return rights.ok("delete: yes");
  if (answer.status === 405) return rights.ok("delete: switched off in this registry");
  return rights.ok(`delete: no; ${sentenceOf(answer)}`);
}

/** Sends bytes to a session that is cancelled, as a layer would go. */
async function checkUploads(place: Place, start: ProbeAnswer): Promise<readonly Finding[]> {
  const { patient } = place;
  const location = new URL(start.headers.location ?? "", start.url);
  const findings = [...checkLocation(patient, location)];
  // Where nothing is in between, the session is at the registry's own address.
  let session = new URL(location.pathname + location.search, patient.url);
  for (const size of SIZES_MIB) {
    const sent = await send(place, session, size);
    findings.push(sent.finding);
    if (sent.next === undefined) break;
    session = new URL(sent.next.pathname + sent.next.search, patient.url);
  }
  findings.push(...(await checkBuffering(place)));
  await cancel(place, session);
  return findings;
}

function checkLocation({ url }: Patient, location: URL): readonly Finding[] {
  if (location.origin === url.origin) return [];
  const seen = `uploads are sent on to ${location.origin}, not to ${url.origin}: the hub does not know under which name it is reached`;
  const cure = `set BERTH_URL=${url.origin} at the hub (registry:2: http.host), or in nginx: proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;`;
  return [uploads.fail(seen, cure)];
}

async function send(
  place: Place,
  session: URL,
  size: number,
): Promise<{ readonly finding: Finding; readonly next?: URL }> {
  const path = session.href.split(`/v2/${place.repository}/`)[1] ?? "";
  try {
    const answer = await ask(place, "push", {
      path,
      method: "PATCH",
      headers: { "content-type": "application/octet-stream" },
      body: zeros(size),
      timeoutMs: UPLOAD_PATIENCE_MS,
    });
    if (answer.status !== 202) return { finding: explainCut(answer, size) };
    const next = new URL(answer.headers.location ?? session.href, session);
    const seconds = (answer.tookMs / 1000).toFixed(1);
    return { finding: uploads.ok(`${size} MiB get through in ${seconds} s`), next };
  } catch (error) {
    place.patient.signal.throwIfAborted();
    const seen = `${size} MiB do not get through: ${reasonOf(error)}`;
    const cure = `raise the limits of what is in between; ${NO_LIMIT}, proxy_read_timeout 900s; proxy_send_timeout 900s;`;
    return { finding: uploads.fail(seen, cure) };
  }
}

function* zeros(size: number): Generator<Uint8Array> {
  const piece = new Uint8Array(MIB / 4);
  for (let count = 0; count < size * 4; count += 1) yield piece;
}

function explainCut(answer: ProbeAnswer, size: number): Finding {
  const by = answer.headers.server ?? "a proxy";
  if (answer.status === 413) {
    if (!isPage(answer) && answer.headers["docker-distribution-api-version"] !== undefined)
      return uploads.fail(
        `${size} MiB are refused by the registry: ${sentenceOf(answer)}`,
        "raise the limit for layers in the hub's configuration",
      );
    return uploads.fail(
      `${size} MiB are refused by ${by} (413): it limits bodies, and layers are larger`,
      NO_LIMIT,
    );
  }
  if (answer.status === 408 || answer.status === 504)
    return uploads.fail(
      `${by} lost patience with ${size} MiB (${answer.status})`,
      "nginx: client_body_timeout 900s; proxy_read_timeout 900s; proxy_send_timeout 900s;",
    );
  return uploads.fail(
    `${size} MiB are answered with ${answer.status}: ${sentenceOf(answer)}`,
    "look at the log of the hub, and of what stands before it",
  );
}

/**
 * A hub answers at once where there is no such session. What answers only when the whole body is there keeps every layer on
 * its own disk first.
 */
async function checkBuffering(place: Place): Promise<readonly Finding[]> {
  try {
    await ask(place, "push", {
      path: `blobs/uploads/${ABSENT_UPLOAD}`,
      method: "PATCH",
      headers: { "content-type": "application/octet-stream" },
      body: [new Uint8Array(1)],
      isUnfinished: true,
      timeoutMs: BUFFERING_PATIENCE_MS,
    });
    return [uploads.ok("layers are passed on while they come")];
  } catch (error) {
    place.patient.signal.throwIfAborted();
    // Others read the body before they look for the session, so their silence says nothing.
    if (!(await isBerth(place.patient))) return [];
    const seen = `something in between keeps each layer until it is whole (${reasonOf(error)})`;
    return [uploads.warn(seen, "nginx: proxy_request_buffering off; proxy_http_version 1.1;")];
  }
}

async function isBerth({ probe, url }: Patient): Promise<boolean> {
  const { status, text } = await probe.ask(new URL("/api/openapi.json", url));
  return status === 200 && text.includes('"Berth"');
}

async function cancel(place: Place, session: URL): Promise<void> {
  const path = session.href.split(`/v2/${place.repository}/`)[1] ?? "";
  try {
    await ask(place, "push", { path, method: "DELETE" });
  } catch {
    // What could not be cancelled the hub forgets by itself, after a day.
    place.patient.signal.throwIfAborted();
  }
}
