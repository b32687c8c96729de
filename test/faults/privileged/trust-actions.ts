import { makeRootKey, Repository } from "../../../src/trust/tuf/tuf.fixture.ts";
import {
  type Ask,
  findRow,
  type PrivilegedAction,
  type Stage,
  type Wish,
} from "./privileged-action.ts";

const BOUNDARY = "boundary";

/** What is done to trust data, in a repository of its own. Each hub is another host, and so another name to sign under. */
export function trustActions(word: string): PrivilegedAction[] {
  const organization = `z-${word}`;
  const repository = `${organization}/signed`;
  const gunAt = ({ url }: Stage) => `${new URL(url).host}/${repository}`;
  const findOf = (data: string, table: "trust_keys" | "trust_files", role: string) =>
    findRow(
      data,
      `select 1 from ${table} as one join trust_collections on trust_collections.id = one.collection_id
       join repositories on repositories.id = repository_id where repositories.name = ? and role = ?`,
      repository,
      role,
    ) !== undefined;
  return [
    {
      request: "POST /api/v1/organizations",
      body: { name: organization },
      entry: { action: "org.create", name: organization },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/organizations/${organization}`)).status === 200,
    },
    {
      request: async (_ask, stage) => `POST /v2/${gunAt(stage)}/_trust/tuf/timestamp.key`,
      entry: { action: "repo.trust.key.rotate", name: repository },
      isDone: async (_ask, { data }) => findOf(data, "trust_keys", "timestamp"),
    },
    {
      request: (ask, stage) => publish(ask, gunAt(stage)),
      entry: { action: "repo.trust.root.publish", name: repository },
      isDone: async (_ask, { data }) => findOf(data, "trust_files", "root"),
    },
    {
      request: `DELETE /api/v1/content-trust/${repository}`,
      entry: { action: "repo.trust.reset", name: repository },
      isDone: async (ask) =>
        (await ask(`GET /api/v1/content-trust/${repository}`)).body.items.length === 0,
    },
  ];
}

/** As a client does: it asks for the hub's keys, and signs a root that names them. */
async function publish(ask: Ask, gun: string): Promise<Wish> {
  const files = new Repository(makeRootKey(gun));
  for (const role of ["snapshot", "timestamp"] as const) {
    const { body } = await ask(`GET /v2/${gun}/_trust/tuf/${role}.key`);
    const { keytype, keyval } = body as { keytype: string; keyval: { public: string } };
    files.nameServerKey(role, { type: keytype, public: keyval.public });
  }
  const parts = { root: files.signRoot(), targets: files.signTargets() };
  const body = Object.entries(parts).map(
    ([role, bytes]) =>
      `--${BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\n\r\n${bytes}\r\n`,
  );
  return {
    request: `POST /v2/${gun}/_trust/tuf/`,
    headers: { "content-type": `multipart/form-data; boundary=${BOUNDARY}` },
    body: `${body.join("")}--${BOUNDARY}--\r\n`,
  };
}
