import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { decodeJwt, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import Provider from "oidc-provider";

export const CLIENT = { id: "berth", secret: "what the hub and the provider share" };

interface Person {
  readonly preferred_username?: string;
  readonly email?: string;
  readonly email_verified?: boolean;
  readonly groups?: readonly string[];
}

/** A real provider of OpenID Connect in this process, whose login page lets in whoever the test says. */
export async function startOidcProvider() {
  const pair = await generateKeyPair("RS256", { extractable: true });
  const stranger = await generateKeyPair("RS256");
  const jwk = { ...(await exportJWK(pair.privateKey)), kid: "1", alg: "RS256", use: "sig" };
  const people = new Map<string, Person>();
  let current = "";
  let falsify: ((claims: JWTPayload) => JWTPayload) | undefined;
  let signsWrong = false;
  let isDown = false;
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  /** What a provider would say that somebody else has in hand. */
  function rewriteTokens(response: ServerResponse): void {
    const end = response.end.bind(response);
    response.end = ((body: unknown) => {
      void rewrite(String(body)).then((text) => {
        response.setHeader("Content-Length", Buffer.byteLength(text));
        end(text);
      });
      return response;
    }) as typeof response.end;
  }

  async function rewrite(body: string): Promise<string> {
    const answer = JSON.parse(body);
    if (falsify === undefined || answer.id_token === undefined) return body;
    const claims = falsify(decodeJwt(answer.id_token));
    const key = signsWrong ? stranger.privateKey : pair.privateKey;
    const header = { alg: "RS256", kid: "1", typ: "JWT" };
    const id_token = await new SignJWT(claims).setProtectedHeader(header).sign(key);
    return JSON.stringify({ ...answer, id_token });
  }

  return {
    url,
    people,
    /** Begins to answer: for hubs whose callbacks are known by now. */
    serve(...callbacks: readonly string[]) {
      const provider = new Provider(url, {
        clients: [
          { client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [...callbacks] },
        ],
        jwks: { keys: [jwk] },
        cookies: { keys: ["only for tests"] },
        scopes: ["openid", "profile", "email", "groups"],
        claims: {
          openid: ["sub"],
          profile: ["preferred_username"],
          email: ["email", "email_verified"],
          groups: ["groups"],
        },
        features: { devInteractions: { enabled: false } },
        interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
        findAccount: (_context, sub) => ({
          accountId: sub,
          claims: () => ({ sub, ...people.get(sub) }),
        }),
      });
      const callback = provider.callback();
      server.on("request", async (request, response) => {
        if (isDown) {
          response.writeHead(503).end();
          return;
        }
        if (!request.url?.startsWith("/interaction/")) {
          if (request.url === "/token") rewriteTokens(response);
          await callback(request, response);
          return;
        }
        const grant = new provider.Grant({ accountId: current, clientId: CLIENT.id });
        grant.addOIDCScope("openid profile email groups");
        const result = { login: { accountId: current }, consent: { grantId: await grant.save() } };
        await provider.interactionFinished(request, response, result);
      });
    },
    become(sub: string, person: Person = {}) {
      current = sub;
      people.set(sub, { preferred_username: sub, ...person });
    },
    falsifyBy(change: typeof falsify, options: { readonly signsWrong?: boolean } = {}) {
      falsify = change;
      signsWrong = options.signsWrong ?? false;
    },
    setDown(value: boolean) {
      isDown = value;
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
}
