import { findIn, type PrivilegedAction } from "./privileged-action.ts";

/** What administrators do about the machines that build. */
export function buildActions(word: string): PrivilegedAction[] {
  const name = `agent-${word}`;
  return [
    {
      request: "POST /api/v1/build-agents",
      body: { name },
      entry: { action: "build.agent.add", name },
      isDone: async (ask) => findIn(await ask("GET /api/v1/build-agents"), { name }) !== undefined,
    },
    {
      request: `DELETE /api/v1/build-agents/${name}`,
      entry: { action: "build.agent.remove", name },
      isDone: async (ask) => findIn(await ask("GET /api/v1/build-agents"), { name }) === undefined,
    },
  ];
}
