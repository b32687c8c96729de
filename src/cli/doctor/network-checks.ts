import { lookup } from "node:dns/promises";
import { connect as connectTcp, isIP } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from "node:tls";
import { reasonOf } from "../../client/probe.ts";
import { isLoopback, type ProxyRoute, portOf } from "../../client/proxy-route.ts";
import type { TrustedCertificates } from "../../client/trusted-certificates.ts";
import { type Finding, reporterFor } from "./finding.ts";

const PATIENCE_MS = 10_000;
const DAY_MS = 86_400_000;
const SOON_DAYS = 14;

const name = reporterFor("name");
const connection = reporterFor("connection");
const tls = reporterFor("tls");

/** Whether the name leads somewhere, and something listens there; of the proxy if there is one. */
export async function checkReachability(
  hub: URL,
  route: ProxyRoute,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const url = route.kind === "proxy" ? route.proxy : hub;
  const hostname = bareHost(url);
  const resolved = await checkName(hostname, signal);
  if (resolved.state === "fail") return [resolved];
  const port = Number(portOf(url));
  try {
    await within(signal, (limit) => openTcp({ host: hostname, port }, limit));
    return [resolved, connection.ok(`port ${port} of ${hostname} accepts connections`)];
  } catch (error) {
    signal.throwIfAborted();
    const seen = `nothing answers on port ${port} of ${hostname}: ${reasonOf(error)}`;
    const cure = `start the hub, name the port it listens on (${hostname}:5000), or open it in the firewall: nc -vz ${hostname} ${port}`;
    return [resolved, connection.fail(seen, cure)];
  }
}

async function checkName(hostname: string, signal: AbortSignal): Promise<Finding> {
  if (isIP(hostname) !== 0) return name.ok(`${hostname} is an address`);
  try {
    const found = await within(signal, () => lookup(hostname, { all: true }));
    return name.ok(`${hostname} is ${found.map(({ address }) => address).join(", ")}`);
  } catch (error) {
    signal.throwIfAborted();
    const cure = `look at how it is written, and at DNS and /etc/hosts: getent hosts ${hostname}`;
    return name.fail(`${hostname} cannot be found: ${reasonOf(error)}`, cure);
  }
}

/** Of a host without a scheme: what docker would speak there. Loopback is the only place where it tries both by itself. */
export async function findScheme(url: URL, signal: AbortSignal): Promise<"http:" | "https:"> {
  try {
    await within(signal, (limit) => openTls(url, limit));
    return "https:";
  } catch (error) {
    signal.throwIfAborted();
    const code = (error as NodeJS.ErrnoException).code ?? "";
    // A server of plain HTTP answers a TLS hello with what is no TLS, or hangs up on it.
    const isPlain =
      /^ERR_SSL|EPROTO|ECONNRESET/.test(code) || /SSL|disconnected/.test(reasonOf(error));
    return isPlain ? "http:" : url.protocol === "http:" ? "http:" : "https:";
  }
}

export interface TlsReport {
  readonly findings: readonly Finding[];
  /** Whether secrets may be sent. */
  readonly isTrusted: boolean;
}

/** Looks at the certificate as docker would judge it. */
export async function checkTls(
  url: URL,
  trusted: TrustedCertificates,
  signal: AbortSignal,
): Promise<TlsReport> {
  if (url.protocol === "http:") return checkPlain(url);
  try {
    const seen = await within(signal, (limit) => openTls(url, limit, trusted.ca));
    const findings = judge(url, seen, trusted);
    return { findings, isTrusted: findings.every(({ state }) => state !== "fail") };
  } catch (error) {
    signal.throwIfAborted();
    const seen = `no TLS comes about with ${url.host}: ${reasonOf(error)}`;
    const cure =
      `if the hub speaks plain HTTP, give it a certificate (BERTH_TLS_CERTIFICATE, BERTH_TLS_KEY) or let docker speak it: ` +
      insecureLines(url);
    return { findings: [tls.fail(seen, cure)], isTrusted: false };
  }
}

function checkPlain(url: URL): TlsReport {
  if (isLoopback(url.hostname))
    return { findings: [tls.ok("plain HTTP, which docker speaks on loopback")], isTrusted: true };
  const cure = `give the hub a certificate, or let docker speak plain HTTP with it: ${insecureLines(url)}`;
  const seen = `plain HTTP: anybody on the way reads the passwords, and docker refuses it`;
  return { findings: [tls.warn(seen, cure)], isTrusted: true };
}

function insecureLines({ host }: URL): string {
  return (
    `{"insecure-registries": ["${host}"]} in /etc/docker/daemon.json; for podman in /etc/containers/registries.conf: ` +
    `[[registry]] location = "${host}" insecure = true`
  );
}

interface Handshake {
  readonly code: string | undefined;
  readonly certificate: PeerCertificate;
}

function judge(
  url: URL,
  { code, certificate }: Handshake,
  trusted: TrustedCertificates,
): Finding[] {
  const findings: Finding[] = [];
  const expiry = checkExpiry(certificate);
  if (expiry !== undefined) findings.push(expiry);
  const misnamed = checkServerIdentity(bareHost(url), certificate);
  if (misnamed !== undefined) {
    const names = certificate.subjectaltname ?? "none that count: it has no subjectAltName";
    const cure = `use a name that the certificate is for, or get one for it: subjectAltName=${isIP(bareHost(url)) ? "IP" : "DNS"}:${bareHost(url)}`;
    findings.push(
      tls.fail(`the certificate is not for ${bareHost(url)}; it is for ${names}`, cure),
    );
  }
  const distrust = explainDistrust(url, code, certificate);
  if (distrust !== undefined) findings.push(distrust);
  if (findings.some(({ state }) => state === "fail")) return findings;
  const by = trusted.files.length === 0 ? "" : ` (with ${trusted.files.join(", ")})`;
  return [
    tls.ok(`the certificate is trusted${by}, until ${dayOf(certificate.valid_to)}`),
    ...findings,
  ];
}

function checkExpiry({ valid_from, valid_to }: PeerCertificate): Finding | undefined {
  const left = Date.parse(valid_to) - Date.now();
  const clock = "if that is wrong, set this machine's clock: timedatectl set-ntp true";
  if (Date.parse(valid_from) > Date.now())
    return tls.fail(`the certificate is valid from ${dayOf(valid_from)} only`, clock);
  if (left < 0)
    return tls.fail(
      `the certificate expired on ${dayOf(valid_to)}`,
      `renew it at the server, which a hub takes up without a restart; ${clock}`,
    );
  if (left > SOON_DAYS * DAY_MS) return undefined;
  const days = Math.floor(left / DAY_MS);
  return tls.warn(`the certificate expires in ${days} days`, "renew it at the server");
}

function explainDistrust(url: URL, code: string | undefined, certificate: PeerCertificate) {
  const fetchIt = `openssl s_client -connect ${bareHost(url)}:${portOf(url)} -showcerts </dev/null | openssl x509`;
  const file = `/etc/docker/certs.d/${url.host}/ca.crt`;
  const here = `${file} (podman: /etc/containers/certs.d/${url.host}/ca.crt; berth: export NODE_EXTRA_CA_CERTS=${file})`;
  const issuer = certificate.issuer?.CN ?? certificate.issuer?.O ?? "an unnamed authority";
  switch (code) {
    case undefined:
    case "ERR_TLS_CERT_ALTNAME_INVALID":
    case "CERT_HAS_EXPIRED":
    case "CERT_NOT_YET_VALID":
      return undefined;
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
      return tls.fail(
        "the certificate is self-signed, and not trusted here",
        `compare it with the server's, then keep it in ${here}: mkdir -p ${file.replace("/ca.crt", "")} && ${fetchIt} > ${file}`,
      );
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return tls.fail(
        `the chain is incomplete: the server shows only its own certificate, by ${issuer}`,
        `let the server send the intermediate certificates too (nginx: ssl_certificate fullchain.pem;); if ${issuer} is your own authority, put its certificate in ${here}`,
      );
    default:
      return tls.fail(
        `the certificate comes from an authority that is not trusted here (${code})`,
        `put the authority's certificate in ${here}`,
      );
  }
}

function openTls(url: URL, signal: AbortSignal, ca?: readonly string[]): Promise<Handshake> {
  const host = bareHost(url);
  const options = {
    host,
    port: Number(portOf(url)),
    ...(isIP(host) === 0 ? { servername: host } : {}),
    // To see what is wrong with it. Nothing is sent, and what is sent later goes to those alone who are trusted.
    rejectUnauthorized: false,
    ...(ca === undefined ? {} : { ca: [...ca] }),
  };
  return new Promise((resolve, reject) => {
    const socket = connectTls(options, () => {
      const { authorizationError } = socket;
      const code = socket.authorized ? undefined : codeOf(authorizationError);
      resolve({ code, certificate: socket.getPeerCertificate(true) });
      socket.destroy();
    });
    socket.once("error", reject);
    signal.addEventListener("abort", () => socket.destroy(new Error("no answer in time")));
  });
}

/** Node gives the code itself, or an error that has it. */
function codeOf(error: Error | string | null | undefined): string {
  if (typeof error === "string") return error;
  return (error as NodeJS.ErrnoException | null)?.code ?? error?.message ?? "unknown";
}

function openTcp(target: { host: string; port: number }, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(target, () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
    signal.addEventListener("abort", () => socket.destroy(new Error("no answer in time")));
  });
}

/** Ends a look at the network after a while, or at Ctrl-C. */
async function within<Result>(
  signal: AbortSignal,
  look: (limit: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const end = Promise.withResolvers<never>();
  const stop = () => end.reject(signal.aborted ? signal.reason : new Error("no answer in time"));
  limit.addEventListener("abort", stop);
  try {
    return await Promise.race([look(limit), end.promise]);
  } finally {
    limit.removeEventListener("abort", stop);
  }
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, "");
}

function dayOf(text: string): string {
  return new Date(text).toISOString().slice(0, "2026-01-01".length);
}
