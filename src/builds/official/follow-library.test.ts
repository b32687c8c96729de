import { expect, test } from "vitest";
import type { RepositoryId } from "../../repositories/index.ts";
import type { TagChange } from "../bases/base-follower.ts";
import type { Place } from "../bases/base-graph.ts";
import { followLibrary } from "./follow-library.ts";
import { findImage } from "./images-store.ts";
import { openProgramme } from "./official.fixture.ts";
import { chooseWaiting, waitsForBase } from "./rebuild-order.ts";
import { listSubmissions, type Submission } from "./submissions-store.ts";

const DELAY_MS = 60_000;
const NAMES = ["debian", "node", "apps"];
const DEFINITION = `Maintainers: Ann (@ann)
GitRepo: https://example.com/x.git
GitCommit: 7d0ee592e4ed60e2da9d59331e16ecdcadc1ed87

Tags: latest
`;
/** What each is built on; `apps` twice over. */
const BASES: Readonly<Record<string, readonly string[]>> = {
  debian: [],
  node: ["debian"],
  apps: ["debian", "node"],
};

async function openLibrary() {
  const hub = await openProgramme();
  const { database } = hub;
  const digests = new Map<number, string>();
  const changes: TagChange[] = [];
  const placeOf = (name: string): Place => ({
    ...{ repositoryId: NAMES.indexOf(name) as RepositoryId, tag: "latest" },
  });
  const referenceOf = (name: string) => `docker.io/library/${name}:latest`;
  const digestOf = (name: string) => digests.get(placeOf(name).repositoryId) ?? "";
  const move = (name: string, digest: string) => {
    const place = placeOf(name);
    digests.set(place.repositoryId, digest);
    changes.push({ ...place, id: changes.length + 1, digest });
  };
  const deps = {
    ...hub,
    ...{ baseDelayMs: DELAY_MS, rebuilds: true },
    libraryImages: {
      async findPlace(_: unknown, reference: string) {
        const [, name = ""] = /library\/(\w+):latest$/.exec(reference) ?? [];
        return placeOf(name);
      },
      findDigest: async (_: unknown, place: Place) => digests.get(place.repositoryId),
      listChanges: async (_: unknown, since = 0) => changes.filter(({ id }) => id > since),
    },
  };
  /** As the hub builds it now, and as an administrator publishes it. */
  const publish = async (id: Submission["id"]) => {
    const { name } = await hub.get(id);
    const bases = (BASES[name] ?? []).map((base) => ({
      ...{ reference: referenceOf(base), platform: "linux/amd64", digest: digestOf(base) },
    }));
    await hub.ready(id, { bases });
    move(name, `sha256:${name}-${id}`);
    await hub.publish(id);
  };
  for (const name of NAMES)
    await publish(await hub.submit("ann", { name, definition: DEFINITION }));
  await followLibrary(deps);
  return {
    ...{ hub, deps, move, publish },
    follow: () => followLibrary(deps),
    next: () => chooseWaiting(database.reader, hub.clock()),
    async rebuildsOf(name: string) {
      const page = { name, state: undefined, author: undefined, before: undefined, limit: 50 };
      return (await listSubmissions(database.reader, page)).filter(({ isRebuild }) => isRebuild);
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

test("what is built on an image of the library is submitted anew once, and after what that is built on", async () => {
  await using library = await openLibrary();
  const { hub, follow, next, move, publish } = library;
  await follow();
  expect(await next()).toBeUndefined();
  move("debian", "sha256:second");
  await follow();
  // More may come of it.
  expect(await next()).toBeUndefined();
  move("debian", "sha256:third");
  await follow();
  const order: string[] = [];
  for (let turn = 0; turn < 6; turn += 1) {
    hub.pass(DELAY_MS + 1);
    await follow();
    const one = await next();
    if (one === undefined) continue;
    order.push(one.name);
    await publish(one.id);
  }
  expect(order).toEqual(["node", "apps"]);
  for (const name of ["node", "apps"]) {
    expect(await library.rebuildsOf(name)).toHaveLength(1);
    expect((await library.rebuildsOf(name))[0]).toMatchObject({ state: "published" });
  }
  expect(await library.rebuildsOf("debian")).toEqual([]);
});

test("what waits for its base goes on once nobody wants that any more", async () => {
  await using library = await openLibrary();
  const { hub, follow, next, move } = library;
  move("debian", "sha256:second");
  await follow();
  hub.pass(DELAY_MS + 1);
  const node = await next();
  expect(node).toMatchObject({ name: "node" });
  if (node === undefined) throw new Error("nothing waits");
  await hub.ready(node.id);
  expect(await next()).toBeUndefined();
  await hub.programme.withdraw(
    { by: { kind: "user", name: "ann", accountId: hub.idOf("ann") }, origin: ORIGIN, baseUrl: "" },
    node,
  );
  expect(await next()).toMatchObject({ name: "apps" });
});

test("nothing is built by itself of what is deprecated, of a pinned base, or where an administrator says so", async () => {
  await using library = await openLibrary();
  const { hub, deps, move, follow } = library;
  await hub.database.write(async (trx) => {
    await trx
      .updateTable("official_images")
      .set({ status: "deprecated" })
      .where("name", "=", "node")
      .execute();
    const published = await findImage(trx, "apps");
    const images = [
      {
        ...{ tags: ["latest"], architecture: "amd64", digest: "sha256:0", bytes: 1 },
        bases: [
          {
            reference: "docker.io/library/debian:latest@sha256:1",
            ...{ platform: "linux/amd64", digest: "sha256:1" },
          },
        ],
      },
    ];
    if (published === undefined) throw new Error("it is not published");
    await trx
      .updateTable("official_submissions")
      .set({ images: JSON.stringify(images) })
      .where("id", "=", published.submissionId)
      .execute();
  });
  move("debian", "sha256:second");
  await follow();
  for (const name of NAMES) expect(await library.rebuildsOf(name)).toEqual([]);
  await hub.database.write((trx) =>
    trx.updateTable("official_images").set({ status: "maintained" }).execute(),
  );
  move("debian", "sha256:third");
  await followLibrary({ ...deps, rebuilds: false });
  for (const name of NAMES) expect(await library.rebuildsOf(name)).toEqual([]);
  move("debian", "sha256:fourth");
  await follow();
  expect(await library.rebuildsOf("node")).toHaveLength(1);
  expect(await library.rebuildsOf("apps")).toEqual([]);
});

test("of images that are built on each other neither waits for the other", () => {
  const graph = new Map([
    ["a", ["b"]],
    ["b", ["a"]],
    ["c", ["b"]],
  ]);
  const rebuilding = new Set(["a", "b", "c"]);
  expect(["a", "b", "c"].map((name) => waitsForBase(graph, rebuilding, name))).toEqual([
    ...[false, false, true],
  ]);
});

const ORIGIN = { address: "", client: "" };
