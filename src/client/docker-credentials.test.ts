import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { expect, test } from "vitest";
import {
  eraseDockerCredentials,
  findDockerCredentials,
  storeDockerCredentials,
} from "./docker-credentials.ts";

async function makeDockerDirectory(config?: unknown) {
  const path = await mkdtemp(join(tmpdir(), "berth-docker-config-"));
  if (config !== undefined) await writeFile(join(path, "config.json"), JSON.stringify(config));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

test("a password that docker login stored is found, colons and all", async () => {
  const auth = Buffer.from("ann:s:e:cret").toString("base64");
  await using docker = await makeDockerDirectory({ auths: { "127.0.0.1:5000": { auth } } });
  expect(await findDockerCredentials("127.0.0.1:5000", docker.path)).toEqual({
    username: "ann",
    password: "s:e:cret",
  });
});

test("a token that docker login keeps in place of the password goes under its own name", async () => {
  const auth = Buffer.from("ann:").toString("base64");
  const auths = { "a.test": { auth, identitytoken: "a token" } };
  await using docker = await makeDockerDirectory({ auths });
  expect(await findDockerCredentials("a.test", docker.path)).toEqual({
    username: "<token>",
    password: "a token",
  });
});

test("a helper is told what to keep and what to forget", async () => {
  await using docker = await makeDockerDirectory({ credsStore: "berth-test" });
  await using helpers = await makeDockerDirectory();
  const told = join(helpers.path, "told");
  await using _path = await putOnPath(
    helpers.path,
    `echo "$1 $(cat)" >> ${told}; echo "{\\"Username\\":\\"\\",\\"Secret\\":\\"\\"}"`,
  );
  const login = { username: "ann", password: "secret", identityToken: "a token" };
  await storeDockerCredentials("a.test", login, docker.path);
  expect(await eraseDockerCredentials("a.test", docker.path)).toBe(true);
  expect((await readFile(told, "utf8")).split("\n").slice(0, -1)).toEqual([
    'store {"ServerURL":"a.test","Username":"<token>","Secret":"a token"}',
    "get a.test",
    "erase a.test",
  ]);
  expect(await readFile(join(docker.path, "config.json"), "utf8")).not.toContain("a token");
});

test("nothing is found for another host, an empty entry or without a file", async () => {
  await using docker = await makeDockerDirectory({ auths: { "a.test": {} } });
  await using empty = await makeDockerDirectory();
  expect(await findDockerCredentials("b.test", docker.path)).toBeUndefined();
  expect(await findDockerCredentials("a.test", docker.path)).toBeUndefined();
  expect(await findDockerCredentials("a.test", empty.path)).toBeUndefined();
});

test("a credential helper is asked for the host, and its refusal means none", async () => {
  await using docker = await makeDockerDirectory({ credHelpers: { "a.test": "berth-test" } });
  await using helpers = await makeDockerDirectory();
  const helper = join(helpers.path, "docker-credential-berth-test");
  const path = process.env.PATH;
  process.env.PATH = `${helpers.path}${delimiter}${path}`;
  try {
    await writeFile(
      helper,
      '#!/bin/sh\nread -r host || [ "$host" ]\necho "{\\"Username\\":\\"bob\\",\\"Secret\\":\\"for $host\\"}"\n',
    );
    await chmod(helper, 0o755);
    expect(await findDockerCredentials("a.test", docker.path)).toEqual({
      username: "bob",
      password: "for a.test",
    });
    await writeFile(helper, "#!/bin/sh\necho credentials not found\nexit 1\n");
    expect(await findDockerCredentials("a.test", docker.path)).toBeUndefined();
  } finally {
    process.env.PATH = path;
  }
});

/** A helper of docker's protocol, as a shell script that every call runs. */
async function putOnPath(directory: string, script: string) {
  const helper = join(directory, "docker-credential-berth-test");
  await writeFile(helper, `#!/bin/sh\n${script}\n`);
  await chmod(helper, 0o755);
  const path = process.env.PATH;
  process.env.PATH = `${directory}${delimiter}${path}`;
  return {
    async [Symbol.asyncDispose]() {
      process.env.PATH = path;
    },
  };
}
