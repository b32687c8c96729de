import { asProblem, parse, send } from "./ask.ts";
import { HubError } from "./hub-error.ts";

/** Asks for a stream of JSON lines, and hands out each as it comes. Throws HubError for a refusal, HubAway when nobody answers. */
export async function stream<Line>(
  path: `/${string}`,
  { body, signal }: { readonly body: unknown; readonly signal?: AbortSignal },
  onLine: (line: Line) => void,
): Promise<void> {
  const headers = { "content-type": "application/json" };
  const response = await send(path, {
    ...{ method: "POST", headers, body: JSON.stringify(body) },
    ...(signal && { signal }),
  });
  if (!response.ok || response.body === null)
    throw new HubError(asProblem(parse(await response.text()), response));
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    const lines = (rest + decoder.decode(value, { stream: !done })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(JSON.parse(line));
    if (done) return;
  }
}
