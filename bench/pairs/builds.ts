import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { buildPage } from "../../src/contract/builds.ts";
import { ensureBuildUser } from "../../test/harness/build-user.ts";
import { run } from "../../test/harness/command.ts";
import { measureLogs } from "./build-logs.ts";
import { expectOk, type Hub, isQuick, median, ROOT, rounds, startHub } from "./pair.ts";

/** What a build costs beside plain buildah, run without root as its makers ship it; then how old a line of a log is when it is read. */
const OVERHEAD_SECONDS = 1.5;
const REPOSITORY = "acme/app";
const USER = "berth-build";
const MINUTE = 60_000;
const POLL_MS = 20;
const STEP = '["/bin/busybox", "sh", "-c", "/bin/busybox cat /source/file > /made"]';
const DOCKERFILE = `FROM scratch AS make
COPY busybox /bin/busybox
RUN ["/bin/busybox", "mkdir", "/source"]
COPY source /source
RUN ${STEP}
FROM scratch
COPY busybox /bin/busybox
COPY --from=make /made /made
CMD ["/bin/busybox", "cat", "/made"]
`;

process.exitCode = await main();

async function main(): Promise<0 | 1> {
  const directory = await mkdtemp(
    join(process.env.BERTH_BENCH_DIRECTORY ?? tmpdir(), "berth-builds-"),
  );
  await using resources = new AsyncDisposableStack();
  resources.defer(() => rm(directory, { recursive: true, force: true, maxRetries: 5 }));
  await ensureBuildUser();
  const source = await writeSource(join(directory, "source"));
  const plain = await preparePlain(resources, { directory: join(directory, "plain"), source });
  const settings = { BERTH_BUILDS_BUILDER: "buildah" };
  const place = join(directory, "hub");
  const hub = await startHub(resources, { directory: place, seed: undefined, settings });
  await setRules(hub);
  const hasMissed = await measureOverhead(hub, { source, plain });
  const begin = async () => {
    await pushSource(hub, source);
    return (await findLatest(hub)).id;
  };
  return (await measureLogs(hub, { source, begin })) || hasMissed ? 1 : 0;
}

async function measureOverhead(
  hub: Hub,
  { source, plain }: { readonly source: string; readonly plain: () => Promise<number> },
): Promise<boolean> {
  const changed = { plain: [] as number[], berth: [] as number[] };
  const cached = { plain: [] as number[], berth: [] as number[] };
  // The first round fills the caches of both, and counts for neither.
  for (let round = -1; round < (isQuick ? 1 : rounds); round += 1) {
    await writeFile(join(source, "source", "file"), `round ${round}\n`);
    const first = await takeTurns(round, plain, () => push(hub, source));
    const second = await takeTurns(round, plain, () => buildAgain(hub));
    if (round < 0) continue;
    changed.plain.push(first.plain);
    changed.berth.push(first.berth);
    cached.plain.push(second.plain);
    cached.berth.push(second.berth);
  }
  console.log("| from a commit to an image | buildah, rootless | Berth | overhead | target |");
  console.log("|---|---|---|---|---|");
  const isOneMissed = report("one file has changed", changed);
  return report("nothing has changed", cached) || isOneMissed;
}

/** Nobody is always the first. */
async function takeTurns(
  round: number,
  plain: () => Promise<number>,
  berth: () => Promise<number>,
): Promise<{ readonly plain: number; readonly berth: number }> {
  if (round % 2 === 0) return { plain: await plain(), berth: await berth() };
  const seconds = await berth();
  return { plain: await plain(), berth: seconds };
}

function report(title: string, times: { plain: number[]; berth: number[] }): boolean {
  const [plain, berth] = [median(times.plain), median(times.berth)];
  const isMet = berth - plain <= OVERHEAD_SECONDS;
  const say = (value: number) => `${value.toFixed(2)} s`;
  const target = `<= ${OVERHEAD_SECONDS} s ${isMet ? "✓" : "✗"}`;
  console.log(
    `| ${[title, say(plain), say(berth), `**${say(berth - plain)}**`, target].join(" | ")} |`,
  );
  return !isMet;
}

async function writeSource(folder: string): Promise<string> {
  await mkdir(join(folder, "source"), { recursive: true });
  await copyFile("/bin/busybox", join(folder, "busybox"));
  await writeFile(join(folder, "Dockerfile"), DOCKERFILE);
  await git(folder, "init", "--quiet", "--initial-branch=main");
  return folder;
}

/** The user that builds run as, without anything of Berth's around it; answers how many seconds a build takes. */
async function preparePlain(
  resources: AsyncDisposableStack,
  { directory, source }: { readonly directory: string; readonly source: string },
): Promise<() => Promise<number>> {
  for (const name of ["home", "run", "context"])
    await mkdir(join(directory, name), { recursive: true });
  await run("chown", ["-R", `${USER}:`, directory]);
  // Others may pass through, as through /tmp itself.
  await run("chmod", ["0711", join(directory, "..")]);
  const [home, runtime] = [join(directory, "home"), join(directory, "run")];
  const places = [`HOME=${home}`, `XDG_RUNTIME_DIR=${runtime}`, `TMPDIR=${runtime}`];
  const become = ["--reuid", USER, "--regid", USER, "--init-groups", "env", ...places];
  const buildah = (...words: string[]) =>
    run("setpriv", [...become, "buildah", ...words], { cwd: "/", timeoutMs: 5 * MINUTE });
  const context = join(directory, "context");
  resources.defer(async () => {
    // Files of the user's subordinates, which only its user namespace may remove.
    await buildah("unshare", "rm", "-rf", home);
  });
  return async () => {
    await run("cp", ["-a", `${source}/.`, context]);
    await run("rm", ["-rf", join(context, ".git")]);
    const startedAt = performance.now();
    // In the network of the machine: without root, one of its own takes a device that not every machine lets all open. It takes
    // time as well, so this is the faster buildah.
    const options = ["--quiet", "--layers", "--network", "host", "--tag", "app"];
    await buildah("bud", ...options, context);
    return (performance.now() - startedAt) / 1000;
  };
}

async function setRules(hub: Hub): Promise<void> {
  const rules = [{ sourceType: "branch", source: "/.*/", dockerTag: "{sourceref}" }];
  await call(hub, `PUT /api/v1/build-rules/${REPOSITORY}`, { rules });
}

/** As the hub counts it: from what was pushed until the image is published. */
async function push(hub: Hub, source: string): Promise<number> {
  await pushSource(hub, source);
  return await secondsOfLatest(hub);
}

async function pushSource(hub: Hub, source: string): Promise<void> {
  await git(source, "add", "--all");
  await git(source, "commit", "--quiet", "--message", "a change");
  const url = new URL(`/git/${REPOSITORY}.git`, hub.origin);
  url.username = ROOT.name;
  url.password = ROOT.password;
  await git(source, "push", "--quiet", "--force", url.href, "HEAD:refs/heads/main");
}

async function buildAgain(hub: Hub): Promise<number> {
  await call(hub, `POST /api/v1/builds/of/${REPOSITORY}`, { ref: "refs/heads/main" });
  return await secondsOfLatest(hub);
}

async function secondsOfLatest(hub: Hub): Promise<number> {
  for (;;) {
    const { id, state, why, createdAt, endedAt } = await findLatest(hub);
    if (endedAt === undefined) {
      await sleep(POLL_MS);
      continue;
    }
    if (state !== "succeeded") throw new Error(`build ${id}: ${why}`);
    return (Date.parse(endedAt) - Date.parse(createdAt)) / 1000;
  }
}

async function findLatest(hub: Hub) {
  const headers = { authorization: hub.rootAuthorization };
  const path = `/api/v1/builds/of/${REPOSITORY}?limit=1`;
  const { body } = await hub.pool.request({ method: "GET", path, headers });
  const [latest] = buildPage.parse(await body.json()).items;
  if (latest === undefined) throw new Error("nothing was built");
  return latest;
}

async function call(hub: Hub, route: `${"POST" | "PUT"} ${string}`, wish: object): Promise<void> {
  const [method, path = ""] = route.split(" ") as ["POST" | "PUT", string];
  const headers = { authorization: hub.rootAuthorization, "content-type": "application/json" };
  await expectOk(hub, { method, path, headers, body: JSON.stringify(wish) });
}

async function git(folder: string, ...words: string[]): Promise<void> {
  const env = { GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null", HOME: "/nonexistent" };
  const who = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
  await run("git", ["-C", folder, ...who, ...words], { env });
}
