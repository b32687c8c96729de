import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DockerRegistry } from "../harness/docker-registry.ts";
import { type FrontOptions, makeCertificate, startFront } from "../harness/front.ts";
import { startHub } from "../harness/hub.ts";
import { SENTENCE, startAccountsHub } from "../harness/hub-api.ts";
import { Nginx } from "../harness/nginx.ts";
import { openHome, secrets } from "./doctor-home.ts";

const ALICE = { name: "alice", password: SENTENCE };

let hub: Awaited<ReturnType<typeof startAccountsHub>>;

beforeAll(async () => {
  const settings = { "http.trustedProxies": "127.0.0.1" };
  hub = await startAccountsHub({ settings });
  await hub.addUsers("alice", "bob");
  await hub.push(ALICE, "alice/app:1");
});
afterAll(() => hub[Symbol.asyncDispose]());

describe("berth doctor finds nothing wrong", () => {
  test("with a hub, a login, the rights to a repository and the way to it", async () => {
    await using home = await openHome();
    await home.logIn(hub.url, ALICE);
    const { exitCode, stdout } = await home.ask(hub.url, "--repository", "alice/app");
    expect(stdout).toContain("registry    answers, and asks for a token");
    expect(stdout).toContain(`alice (${home.dockerFile}) works`);
    expect(stdout).toContain("you are alice by password: everything that the account may do");
    expect(stdout).toContain("rights      pull: yes");
    expect(stdout).toContain("rights      push: yes");
    expect(stdout).toContain("rights      delete: yes");
    expect(stdout).toMatch(/uploads {5}2 MiB get through in .* s\n/);
    expect(stdout).toContain("20 MiB get through");
    expect(stdout).toContain("layers are passed on while they come");
    expect(stdout).toMatch(/nothing to put right was found\n$/);
    expect(exitCode).toBe(0);
  });

  test("with a host that is typed as docker takes it, without a scheme", async () => {
    await using home = await openHome();
    const { exitCode, stdout } = await home.ask(new URL(hub.url).host);
    expect(stdout).toContain("plain HTTP, which docker speaks on loopback");
    expect(exitCode).toBe(0);
  });

  test("with a registry that is not Berth", async () => {
    await using registry = await DockerRegistry.start();
    await using home = await openHome();
    const { exitCode, stdout } = await home.ask(registry.url, "--repository", "some/thing");
    expect(stdout).toContain("answers, and asks for no login");
    expect(stdout).toContain("push: yes");
    expect(stdout).toContain("20 MiB get through");
    expect(stdout).toContain("nothing to put right");
    expect(exitCode).toBe(0);
  });

  test.each([{ users: undefined }, { users: [ALICE] }])(
    "in the other modes: $users",
    async ({ users }) => {
      await using other = await startHub(users === undefined ? {} : { users });
      await using home = await openHome();
      await home.logIn(other.url, ALICE);
      const { exitCode, stdout } = await home.ask(other.url, "--repository", "some/thing");
      expect(stdout).toContain("push: yes");
      expect(stdout).toContain("nothing to put right");
      expect(exitCode).toBe(0);
    },
  );
});

describe("berth doctor sees on the way to the hub", () => {
  test("a name that is none, and a port that is closed", async () => {
    await using home = await openHome();
    const named = await home.ask("https://hub.invalid");
    expect(named).toMatchObject({ exitCode: 1 });
    expect(named.stdout).toContain("hub.invalid cannot be found");
    const closed = await home.ask("http://127.0.0.1:1");
    expect(closed).toMatchObject({ exitCode: 1 });
    expect(closed.stdout).toContain("nothing answers on port 1 of 127.0.0.1");
  });

  test("a certificate that signs itself, to which it shows no password", async () => {
    await using nginx = await Nginx.start({ example: "berth.conf", hub: new URL(hub.url).host });
    await using home = await openHome();
    await home.logIn(`https://${nginx.host}`, ALICE);
    const before = await home.ask(nginx.host);
    expect(before.exitCode).toBe(1);
    expect(before.stdout).toContain("the certificate is self-signed");
    expect(before.stdout).toContain(`/etc/docker/certs.d/${nginx.host}/ca.crt`);
    expect(before.stdout).toContain("is not shown to who cannot be trusted");
    const ca = join(nginx.certificates, "ca.crt");
    await home.keep(`.config/docker/certs.d/${nginx.host}/ca.crt`, await readText(ca));
    const after = await home.ask(nginx.host, "--repository", "alice/app");
    expect(after.stdout).toContain("the certificate is trusted (with ");
    expect(after.stdout).toContain("the certificate expires in 1 days");
    expect(after.stdout).toContain("alice (");
    expect(after.stdout).toContain("20 MiB get through");
    expect(after.stdout).toContain("long tokens get through");
    expect(after.exitCode).toBe(0);
  });

  test.each([
    {
      wish: { for: "other.example.com" },
      seen: "the certificate is not for 127.0.0.1; it is for DNS:other.example.com",
    },
    { wish: { for: "127.0.0.1", hasExpired: true }, seen: "the certificate expired on" },
    {
      wish: { for: "127.0.0.1", isByAuthority: true },
      seen: "the server shows only its own certificate, by Some Authority",
    },
  ])("TLS that docker refuses: $seen", async ({ wish, seen }) => {
    const certificate = await makeCertificate(wish);
    await using front = await startFront({ hub: hub.url, certificate });
    await using home = await openHome();
    const { exitCode, stdout } = await home.ask(front.url);
    expect(stdout).toContain(seen);
    expect(exitCode).toBe(1);
  });

  test("nginx that limits bodies to 1 MB and keeps them on its disk first", async () => {
    const change = (example: string) =>
      example
        .replace("client_max_body_size 0;", "client_max_body_size 1m;")
        .replace("proxy_request_buffering off;", "proxy_request_buffering on;");
    const where = new URL(hub.url).host;
    await using nginx = await Nginx.start({ example: "berth.conf", hub: where, change });
    await using home = await openHome();
    await home.logIn(`https://${nginx.host}`, ALICE);
    const ca = join(nginx.certificates, "ca.crt");
    await home.keep(`.config/docker/certs.d/${nginx.host}/ca.crt`, await readText(ca));
    const { exitCode, stdout } = await home.ask(nginx.host, "--repository", "alice/app");
    expect(stdout).toContain("2 MiB are refused by nginx");
    expect(stdout).toContain("client_max_body_size 0;");
    expect(stdout).toContain("keeps each layer until it is whole");
    expect(stdout).toContain("proxy_request_buffering off;");
    expect(exitCode).toBe(1);
  });

  const page = "<html><body>Please log in to the guest network</body></html>";
  const faults: readonly (FrontOptions & { fault: string; seen: string; code: number })[] = [
    {
      fault: "a page in place of a registry",
      answer: (_request, response) => {
        response.writeHead(200, { "Content-Type": "text/html", Server: "captive" }).end(page);
        return true;
      },
      seen: "a page answers instead of a registry (captive, status 200)",
      code: 1,
    },
    {
      fault: "a hub that is down behind a proxy",
      answer: (_request, response) => {
        response.writeHead(502, { "Content-Type": "text/html", Server: "nginx" }).end(page);
        return true;
      },
      seen: "nginx answers 502: the hub behind it does not",
      code: 1,
    },
    {
      fault: "a proxy that strips the slash",
      answer: ({ url }, response) => {
        if (url !== "/v2/") return false;
        response.writeHead(301, { Location: "/v2" }).end();
        return true;
      },
      seen: "GET /v2/ is sent on to /v2: a proxy strips the slash",
      code: 1,
    },
    {
      fault: "a challenge that is stripped",
      alter: ({ "www-authenticate": _challenge, ...headers }) => headers,
      seen: "answers 401 without WWW-Authenticate",
      code: 1,
    },
    {
      fault: "a proxy that answers /v2/ itself",
      answer: ({ url }, response) => {
        if (url !== "/v2/") return false;
        response.writeHead(200, { "Content-Type": "application/json" }).end("{}");
        return true;
      },
      seen: "the hub asks for logins, but GET /v2/ is answered 200",
      code: 1,
    },
    {
      fault: "a clock that is off",
      alter: (headers) => ({
        ...headers,
        date: new Date(Date.now() + 10 * 60_000).toUTCString(),
      }),
      seen: "seconds behind the server's: tokens seem not yet valid",
      code: 0,
    },
    {
      fault: "headers that are cut",
      answer: ({ headers }, response) => {
        if ((headers.authorization?.length ?? 0) < 8000) return false;
        response.writeHead(400, { "Content-Type": "text/html" }).end(page);
        return true;
      },
      seen: "a token of 8 KiB does not get through",
      code: 0,
    },
    {
      fault: "a token service that is named wrong",
      alter: (headers) => ({
        ...headers,
        "www-authenticate": 'Bearer realm="http://127.0.0.1:1/v2/token",service="x"',
      }),
      seen: "the token service http://127.0.0.1:1/v2/token cannot be reached",
      code: 1,
    },
  ];
  test.each(faults)("$fault", async ({ seen, code, ...fault }) => {
    await using front = await startFront({ hub: hub.url, ...fault });
    await using home = await openHome();
    const { exitCode, stdout } = await home.ask(front.url);
    expect(stdout).toContain(seen);
    expect(stdout).toMatch(/ -> /);
    expect(exitCode).toBe(code);
  });

  test("a challenge that sends passwords over plain HTTP", async () => {
    const certificate = await makeCertificate({ for: "127.0.0.1" });
    const alter: FrontOptions["alter"] = (headers) => ({
      ...headers,
      "www-authenticate": 'Bearer realm="http://hub.example.com/v2/token",service="x"',
    });
    await using front = await startFront({ hub: hub.url, certificate, alter });
    await using home = await openHome();
    await home.keep(`.config/docker/certs.d/${front.host}/ca.crt`, certificate.cert);
    await home.logIn(front.url, ALICE);
    const { stdout } = await home.ask(front.url);
    expect(stdout).toContain("passwords would go there in the clear");
    expect(stdout).toContain("BERTH_URL=https://127.0.0.1");
    expect(stdout).toContain("it was not tried");
  });

  test("proxies for what is private, and none for what NO_PROXY exempts", async () => {
    await using home = await openHome();
    const proxied = { HTTPS_PROXY: "http://user:hunter2hunter2@127.0.0.1:1" };
    secrets.add("hunter2hunter2");
    const through = await home.askWith(proxied, "https://hub.internal");
    expect(through.stdout).toContain("requests go through 127.0.0.1:1 (HTTPS_PROXY)");
    expect(through.stdout).toContain("nothing answers on port 1 of 127.0.0.1");
    expect(through.stdout).toContain('export NO_PROXY="$NO_PROXY,hub.internal"');
    const exempt = { ...proxied, NO_PROXY: "10.0.0.0/8,.invalid" };
    const straight = await home.askWith(exempt, "https://hub.invalid");
    expect(straight.stdout).toContain('NO_PROXY exempts it by ".invalid"');
    expect((await home.askWith({ HTTP_PROXY: "http://[" }, "http://a.invalid")).exitCode).toBe(1);
  });

  test("silence, which ends after a while, or at once by Ctrl-C", async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    const { port } = silent.address() as AddressInfo;
    await using home = await openHome();
    const interruption = new AbortController();
    const answer = home.askWith({}, `http://127.0.0.1:${port}`, interruption.signal);
    await once(silent, "connection");
    interruption.abort(new Error("stopped by SIGINT"));
    expect(await answer).toMatchObject({ exitCode: 130, stderr: "" });
    silent.close();
  });
});

async function readText(path: string): Promise<string> {
  return await readFile(path, "utf8");
}
