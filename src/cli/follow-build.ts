import type { HubClient } from "../client/hub-client.ts";
import { BUILD_PATHS, build } from "../contract/builds.ts";
import { printable } from "../lib/printable.ts";
import { CommandError, type Invocation } from "./command.ts";

/** Prints what a build prints, until it ends. Throws CommandError unless it succeeded. */
export async function followBuild(
  hub: HubClient,
  { terminal }: Pick<Invocation, "terminal">,
  id: string,
): Promise<"ok"> {
  const path = `${BUILD_PATHS.one}/${id}`;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of hub.download(`${path}/log?follow=true`)) {
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) terminal.print(printable(line));
  }
  if (rest !== "") terminal.print(printable(rest));
  const { state, why } = await hub.call({ line: `GET ${path}`, answer: build });
  if (state === "succeeded") return "ok";
  throw new CommandError("failed", why === undefined ? state : `${state}: ${printable(why)}`);
}
