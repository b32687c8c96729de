/** One safety step taken out of the program, and the test that must notice. */
export interface Mutation {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly original: string;
  readonly mutant: string;
  /** The test file, and a part of the title of the test that turns red. */
  readonly test: { readonly file: string; readonly title: string };
  /** Quick enough for `npm test`; `npm run soak` runs them all. */
  readonly isQuick: boolean;
}

const AFTER_ACKNOWLEDGEMENT = {
  file: "test/faults/power-cut.test.ts",
  title: "in the moment after it was acknowledged",
};
const AFTER_THE_STORE = {
  file: "test/faults/power-cut.test.ts",
  title: "in the moment after the store has taken it",
};
const AGAINST_COLLECTION = {
  file: "test/faults/collection-races.test.ts",
  title: "",
};

/** Each of these steps is all that stands between a crash and a lost image; none may be removed unnoticed. */
export const MUTATIONS: readonly Mutation[] = [
  {
    name: "the bytes of a blob are not synced",
    file: "src/platform/blobs/durable-move.ts",
    original: "await syncData(fd);",
    mutant: "",
    test: AFTER_THE_STORE,
    isQuick: true,
  },
  {
    name: "the names of a blob are not synced after the rename",
    file: "src/platform/blobs/durable-move.ts",
    original: "await Promise.all([syncDirectory(folder), syncDirectory(dirname(folder))]);",
    mutant: "",
    test: AFTER_THE_STORE,
    isQuick: true,
  },
  {
    name: "a blob is copied under its final name",
    file: "src/platform/blobs/durable-move.ts",
    original: "renameSync(from, to);",
    mutant: "const fs = await import('node:fs'); fs.copyFileSync(from, to); fs.rmSync(from);",
    test: {
      file: "src/platform/blobs/filesystem-store.test.ts",
      title: "appears under its name whole or not at all",
    },
    isQuick: true,
  },
  {
    name: "commits of the database are not synced",
    file: "src/platform/db/log-sync.ts",
    original: "await log.datasync().catch((cause) => {",
    mutant: "await Promise.resolve().catch((cause) => {",
    test: AFTER_ACKNOWLEDGEMENT,
    isQuick: true,
  },
  {
    name: "pushes are answered before their commit is on disk",
    file: "src/platform/db/group-commit.ts",
    original: 'if (job.survives === "process") answer();',
    mutant: "answer();",
    test: AFTER_ACKNOWLEDGEMENT,
    isQuick: false,
  },
  {
    name: "the blobs of a manifest are not looked for again in its transaction",
    file: "src/registry/manifests/manifest-writer.ts",
    original:
      "await assertReferencesExist(trx, { repositoryId, manifest, policy: this.#deps.policy });",
    mutant: "",
    test: { ...AGAINST_COLLECTION, title: "a blob collected between the check and the commit" },
    isQuick: true,
  },
  {
    name: "collection does not look again whether a manifest names the blob",
    file: "src/registry/collection/collector.ts",
    original: 'if (named) return { keep: true, why: "a manifest of the repository names it" };',
    mutant: "",
    test: { ...AGAINST_COLLECTION, title: "a blob that a manifest has named since" },
    isQuick: true,
  },
  {
    name: "collection does not look again whether anybody needs the bytes",
    file: "src/registry/collection/collector.ts",
    original:
      'if (isNeeded) return { keep: true, why: "a repository or a manifest still needs it" };',
    mutant: "",
    test: { ...AGAINST_COLLECTION, title: "a blob that another repository has" },
    isQuick: true,
  },
  {
    name: "a blob is not marked before its file is removed",
    file: "src/registry/collection/collector.ts",
    original: 'else if (row) await setBlobState(trx, row.id, { state: "doomed", now: clock() });',
    mutant: "",
    test: { ...AGAINST_COLLECTION, title: "killed between the file and the row" },
    isQuick: true,
  },
  {
    name: "collection removes a blob without holding its lock",
    file: "src/registry/collection/collector.ts",
    original: "using _lock = await locks.acquire(candidate.digest);",
    mutant: "",
    test: { ...AGAINST_COLLECTION, title: "pushed again while it is being removed" },
    isQuick: true,
  },
  {
    name: "the end of a blob that was not verified is not held back",
    file: "src/registry/blobs/blob-sender.ts",
    original: 'if (toDigest(algorithm, hash.digest("hex")) === digest) {',
    mutant: "if (hash !== undefined) {",
    test: { file: "test/faults/rot.test.ts", title: "one flipped byte is never served as good" },
    isQuick: true,
  },
  {
    name: "the copy of a manifest counts as written before it is",
    file: "src/registry/manifests/manifest-copies.ts",
    original: "await this.#writeOne(copy);",
    mutant: "",
    test: {
      file: "test/faults/deferred-writes.test.ts",
      title: "due when the hub was killed is written by the next one",
    },
    isQuick: true,
  },
  {
    name: "an upload gets no row when its first bytes are answered for",
    file: "src/registry/uploads/uploads.ts",
    original: "await sessions.keep(key.id, new Date(clock().getTime() + limits.expireAfterMs));",
    mutant: "",
    test: { file: "test/faults/deferred-writes.test.ts", title: "an upload with bytes goes on" },
    isQuick: true,
  },
];
