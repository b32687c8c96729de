import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWK, SignJWT } from "jose";

/** An issuer as CI services run one: it signs statements about jobs, and publishes its keys. */
export async function startIssuer() {
  let pair = await generateKeyPair("RS256", { extractable: true });
  let kid = 1;
  let asked = 0;
  let isDown = false;
  const published = async (): Promise<{ keys: JWK[] }> => ({
    keys: [{ ...(await exportJWK(pair.publicKey)), kid: String(kid), alg: "RS256", use: "sig" }],
  });
  const server = createServer(async (request, response) => {
    asked += 1;
    if (isDown) {
      response.writeHead(500).end();
      return;
    }
    const isDiscovery = request.url === "/.well-known/openid-configuration";
    const body = isDiscovery ? { issuer: url, jwks_uri: `${url}/keys` } : await published();
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    published,
    get asked() {
      return asked;
    },
    goDown() {
      isDown = true;
    },
    async changeKey() {
      pair = await generateKeyPair("RS256", { extractable: true });
      kid += 1;
    },
    sign(claims: Record<string, unknown>, header: Record<string, unknown> = {}) {
      return new SignJWT(claims)
        .setProtectedHeader({ alg: "RS256", kid: String(kid), ...header })
        .sign(pair.privateKey);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
