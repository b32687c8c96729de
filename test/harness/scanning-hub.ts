import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "vitest";
import { importFeeds } from "../../src/advisories/index.ts";
import { SENTENCE, startAccountsHub } from "./hub-api.ts";
import { AMD64, ARM64, buildImage, type Image } from "./images.ts";
import { RegistryClient } from "./registry-client.ts";
import { type TarEntry, writeTar } from "./tar.ts";

const OWNER = { name: "olaf", password: SENTENCE };

function file(name: string, text: string): TarEntry {
  return { name, content: Buffer.from(text), mode: 0o644 };
}

export const BOOKWORM = file(
  "etc/os-release",
  'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
);

export function installed(
  ...packages: readonly (readonly [name: string, version: string])[]
): TarEntry {
  const paragraphs = packages.map(
    ([name, version]) =>
      `Package: ${name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: ${version}\n`,
  );
  return file("var/lib/dpkg/status", paragraphs.join("\n"));
}

/** What the Debian security tracker publishes, of these sources alone. */
export function tracker(
  sources: Readonly<Record<string, Readonly<Record<string, string | null>>>>,
  describe: (id: string) => string,
) {
  return Object.fromEntries(
    Object.entries(sources).map(([source, fixes]) => [
      source,
      Object.fromEntries(
        Object.entries(fixes).map(([id, fixed]) => [
          id,
          {
            description: describe(id),
            scope: "remote",
            releases: {
              bookworm: {
                repositories: { bookworm: "1" },
                ...(fixed === null
                  ? { status: "open", urgency: "not yet assigned" }
                  : { status: "resolved", fixed_version: fixed, urgency: "high" }),
              },
            },
          },
        ]),
      ),
    ]),
  );
}

export const NGINX = { nginx: { "CVE-2023-44487": "1.22.1-9+deb12u1" } };

/** A hub that scans, with somebody who owns acme and somebody who may do nothing. */
export async function startScanningHub(
  options: {
    readonly clock?: () => Date;
    readonly settings?: Readonly<Record<string, string>>;
  } = {},
) {
  const hub = await startAccountsHub({
    ...options,
    settings: { "scanning.enabled": "true", ...options.settings },
  });
  await hub.addUsers("olaf", "wanda");
  await hub.addOrganization("acme", { olaf: "owner" });
  const client = new RegistryClient(hub.url, { user: OWNER });
  const olaf = hub.as("olaf");
  return {
    ...hub,
    client,
    olaf,
    wanda: hub.as("wanda"),
    async importTracker(
      sources: Parameters<typeof tracker>[0],
      describe = (id: string) => `What ${id} does`,
    ) {
      const directory = join(hub.dataDirectory, "advisories");
      await mkdir(directory, { recursive: true });
      const path = join(hub.dataDirectory, "tracker.json");
      await writeFile(path, JSON.stringify(tracker(sources, describe)));
      await importFeeds({ directory, path, clock: () => new Date() });
    },
    /** Asks until `isReady`; the test's own time bounds it. */
    async ask(path: string, isReady: (body: Scans) => boolean) {
      for (;;) {
        const { status, body } = await olaf(`GET ${path}`);
        expect(status).toBe(200);
        if (isReady(body)) return body;
        await sleep(50);
      }
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await hub[Symbol.asyncDispose]();
    },
  };
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into whatever was answered
export type Scans = any;
export const isOver = ({ scans }: Scans) => scans.every(({ state }: Scans) => state !== "waiting");
export const scansOf = (name: string, reference: string) =>
  `/api/v1/scans/${name}?reference=${encodeURIComponent(reference)}`;

export function imageOf(
  packages: readonly (readonly [name: string, version: string])[],
  options: { arm?: boolean } = {},
): Image {
  const layers = [
    writeTar([BOOKWORM, installed(["bash", "5.2.15-2"])]),
    writeTar([installed(...packages)]),
  ];
  return buildImage({ layers, platform: options.arm ? ARM64 : AMD64 });
}
