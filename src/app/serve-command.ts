import { once } from "node:events";
import { pino } from "pino";
import {
  createOpenAuthenticator,
  createOpenAuthoriser,
  createUsersOnlyAuthoriser,
} from "../access/index.ts";
import { createHtpasswdAuthenticator, HtpasswdFile } from "../accounts/index.ts";
import type { Command } from "../cli/command.ts";
import { armFailPoints } from "../platform/fail-point.ts";
import { startHub } from "./compose.ts";

const DAY = 86_400_000;

export const serveCommand: Command = {
  name: "serve",
  describe: (line) => line.summary("run the hub"),
  run: async ({ terminal }) => {
    const env = process.env;
    armFailPoints(env.BERTH_FAIL_POINTS);
    const [host = "127.0.0.1", port = "5000"] = (env.BERTH_LISTEN ?? "127.0.0.1:5000").split(":");
    const data = env.BERTH_DATA ?? "data";
    const path = env.BERTH_ACCESS_HTPASSWD;
    const file = path === undefined ? undefined : new HtpasswdFile(path);
    await file?.reload();
    const hub = await startHub({
      listen: { host, port: Number(port) },
      data,
      blobRoot: env.BERTH_STORAGE_ROOT ?? data,
      adoptsAtStart: env.BERTH_ADOPT === "true",
      reserveBytes: 64 << 20,
      idleTimeoutMs: 60_000,
      drainMs: 60_000,
      tls: undefined,
      authenticator: file
        ? createHtpasswdAuthenticator({ file, realm: "Berth" })
        : createOpenAuthenticator(),
      authoriser: file ? createUsersOnlyAuthoriser() : createOpenAuthoriser(),
      registry: {
        allowsDelete: true,
        missingChildren: "accept",
        missingBlobs: "refuse",
        assertForeignUrls: () => undefined,
        tagsPerPush: 100,
        catalogPage: 1000,
        tagsPage: 1000,
        blobBytes: Number.MAX_SAFE_INTEGER,
        uploadsPerUser: 1000,
        uploadExpiryMs: DAY,
        graceMs: DAY,
        verifyAgainAfterMs: DAY,
        accelRedirect: undefined,
        headers: {},
      },
      log: pino(),
    });
    terminal.print(`Berth listens on ${hub.url}`);
    await once(terminal.signal, "abort");
    await hub.close();
    return "ok";
  },
};
