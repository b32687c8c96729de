import { mkdir, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { expect, test } from "vitest";
import { makeTempDirectory } from "../../test/harness/temp-directory.ts";
import { findIndex, readFeedStates } from "../advisories/index.ts";
import { lockData } from "../platform/db/index.ts";
import { composeAdvisories } from "./compose-advisories.ts";

const LIST =
  "[29 Mar 2023] DSA-1-1 sox - security update\n\t{CVE-2023-0001}\n\t[bullseye] - sox 1.0-2\n";

async function listen(
  answer: (url: string) => { location?: string; body?: string },
): Promise<Server & { readonly at: string }> {
  const server = createServer((request, response) => {
    const { location, body = "" } = answer(request.url ?? "");
    response.writeHead(
      location === undefined ? 200 : 302,
      location === undefined ? {} : { location },
    );
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(server, {
    at: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
  });
}

test("a hub fetches its feeds, imports them in a thread, and is led nowhere that is not public", async () => {
  await using home = await makeTempDirectory("compose-advisories");
  const directory = join(home.path, "advisories");
  await using inside = await listen(() => ({ body: LIST.replace("sox", "secret") }));
  await using publisher = await listen((url) =>
    url === "/list" ? { body: LIST } : { location: `${inside.at}/metadata` },
  );
  const feeds = [
    { name: "led-astray", url: `${publisher.at}/moved` },
    { name: "debian-dsa", url: `${publisher.at}/list` },
  ];
  const compose = (allow: readonly string[], named = feeds) =>
    composeAdvisories({
      data: home.path,
      advisories: { feeds: named, every: 1000, maxBytes: 1_000_000, timeout: 60_000 },
      outboundAllow: allow,
      clock: () => new Date(),
      log: pino({ level: "warn" }, { write: (line) => void logged.push(line) }),
    });
  const logged: string[] = [];
  // An index that was damaged is made anew, and somebody has to know that it held more.
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, "index.adv"), "none");
  await using updates = compose([]);
  const [job] = updates.jobs;
  const { signal } = new AbortController();
  await job?.run(signal);
  const states = await readFeedStates(directory);
  expect(states["led-astray"]?.failure).toMatch(/not a public one/);
  expect(states["debian-dsa"]).toMatchObject({ bytes: LIST.length });
  expect(logged.map((line) => JSON.parse(line))).toContainEqual(
    expect.objectContaining({
      ...{ feed: "debian-dsa", msg: "a feed was taken that is not as it should be" },
      remark: expect.stringMatching(/import its feeds again/),
    }),
  );
  {
    using index = findIndex(directory);
    expect(index?.listAffected("Debian:11", "sox")).toHaveLength(1);
    expect(index?.listAffected("Debian:11", "secret")).toEqual([]);
  }
  // While somebody imports there, it waits for its next turn.
  using _lock = await lockData(directory, "import");
  await job?.run(signal);
  expect((await readFeedStates(directory))["debian-dsa"]).toEqual(states["debian-dsa"]);
  await using idle = compose([], []);
  expect(idle.jobs).toEqual([]);
});
