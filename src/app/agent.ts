import { join, resolve } from "node:path";
import { z } from "zod";
import { BUILDER_NAMES, HubSaysNo, openBuilder, runAgent } from "../builds/index.ts";
import { CommandError, type Invocation } from "../cli/command.ts";
import type { ExitReason } from "../cli/exit-code.ts";
import { printable } from "../lib/printable.ts";
import { DataInUseError, lockData } from "../platform/db/index.ts";
import { denyNetwork } from "./denied-networks.ts";

const agentOptions = z.object({
  hub: z.url({
    protocol: /^https?$/,
    error: "--hub must be a URL, such as https://hub.example.com",
  }),
  token: z.string().optional(),
  builder: z.enum(BUILDER_NAMES, { error: `--builder must be one of ${BUILDER_NAMES.join(", ")}` }),
  address: z.url({ protocol: /^(?:unix|tcp)$/ }).optional(),
  denyNetwork: denyNetwork.default([]),
  data: z.string().min(1),
});
const LOCAL = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** What `berth agent` does. */
export async function serveAsAgent({ options, terminal }: Invocation): Promise<ExitReason> {
  const parsed = agentOptions.safeParse(options);
  if (!parsed.success)
    throw new CommandError("usage", parsed.error.issues.map(({ message }) => message).join("; "));
  const { hub, builder: name, address, token, denyNetwork: denied } = parsed.data;
  const url = new URL(hub);
  if (url.protocol === "http:" && !LOCAL.has(url.hostname))
    throw new CommandError("usage", "sources and secrets would be read on the way: use https://");
  const secret =
    token ?? terminal.environment.BERTH_AGENT_TOKEN ?? (await terminal.askSecret("Token"));
  const data = resolve(parsed.data.data);
  const place = { data, address, tls: undefined, denied };
  const builder = openBuilder(name, place);
  try {
    using _lock = await lockData(data, "agent");
    const { isFine, why, level } = await builder.probe();
    if (!isFine) throw new CommandError("failed", `nothing can be built here: ${why ?? ""}`);
    terminal.print(`Building for ${url.origin} with ${name}, level ${level} here`);
    const folder = join(data, "work");
    const print = (line: string) => terminal.print(printable(line));
    await runAgent({ url, token: secret, builder, folder, signal: terminal.signal, print });
    return "ok";
  } catch (cause) {
    if (cause instanceof HubSaysNo) throw new CommandError("failed", cause.message, { cause });
    if (!(cause instanceof DataInUseError)) throw cause;
    throw new CommandError("usage", `another process builds in ${data}`, { cause });
  }
}
