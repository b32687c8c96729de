import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:tls";
import { expect, test } from "vitest";
import { makeAuthority, makeServerCertificate } from "./make-certificate.ts";

const from = new Date(Date.now() - 60_000);
const until = new Date(Date.now() + 86_400_000);

function make(names: readonly string[]) {
  const authority = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const server = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const commonName = "An authority";
  const wish = { from, until, commonName, publicKey: authority.publicKey };
  const ca = makeAuthority(wish, authority.privateKey);
  const certificate = makeServerCertificate(
    { from, until, commonName: "localhost", publicKey: server.publicKey, names },
    { commonName, privateKey: authority.privateKey },
  );
  return { ca, certificate, key: server.privateKey.export({ format: "pem", type: "pkcs8" }) };
}

test("a certificate is the authority's, and for its names and no others", () => {
  const made = make(["localhost", "hub.lan", "127.0.0.1", "::1", "fe80::1:2"]);
  const [ca, certificate] = [new X509Certificate(made.ca), new X509Certificate(made.certificate)];
  expect([ca.ca, certificate.ca]).toEqual([true, false]);
  expect(certificate.checkIssued(ca) && certificate.verify(ca.publicKey)).toBe(true);
  expect(ca.verify(ca.publicKey)).toBe(true);
  for (const name of ["localhost", "hub.lan"]) expect(certificate.checkHost(name)).toBe(name);
  for (const name of ["127.0.0.1", "::1", "fe80::1:2"])
    expect(certificate.checkIP(name)).toBe(name);
  expect(certificate.checkHost("other.lan")).toBeUndefined();
  expect(certificate.checkIP("::2")).toBeUndefined();
  expect(certificate.validToDate.getTime()).toBe(Math.floor(until.getTime() / 1000) * 1000);
});

test("a client that trusts the authority and nobody else connects", async () => {
  const { ca, certificate, key } = make(["localhost"]);
  const server = createServer({ cert: certificate, key }, (socket) => socket.end("hello"));
  await once(server.listen(0, "127.0.0.1"), "listening");
  try {
    const { port } = server.address() as { port: number };
    const socket = connect({ port, host: "127.0.0.1", servername: "localhost", ca });
    await once(socket, "secureConnect");
    expect(socket.authorized).toBe(true);
    socket.destroy();
  } finally {
    server.close();
  }
});
