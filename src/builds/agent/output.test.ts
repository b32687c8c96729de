import { expect, test } from "vitest";
import { AgentOutput } from "./output.ts";

/** A hub that takes what follows what it has, as the real one does. */
function openHub(options: { readonly takesAtMost?: number; readonly losesAnswers?: boolean } = {}) {
  const { takesAtMost = Number.POSITIVE_INFINITY } = options;
  let log = Buffer.alloc(0);
  const steps: number[] = [];
  let calls = 0;
  const failures: unknown[] = [];
  const output = new AgentOutput({
    onFailure: (cause) => failures.push(cause),
    send: async ({ offset, output: text, steps: told }) => {
      calls += 1;
      const bytes = Buffer.from(text, "base64").subarray(log.length - offset);
      log = Buffer.concat([log, bytes.subarray(0, takesAtMost)]);
      steps.push(...told.map(({ number }) => number));
      if (options.losesAnswers) throw new Error("lost");
      return log.length;
    },
  });
  return { output, failures, steps, text: () => log.toString("utf8"), calls: () => calls };
}

const say = (text: string) => ({ kind: "output", bytes: Buffer.from(text) }) as const;

test("all of it arrives once, in its order", async () => {
  const hub = openHub();
  for (let line = 0; line < 50; line += 1) hub.output.take(say(`${line}\n`));
  hub.output.take({ kind: "step", step: { number: 1, text: "RUN x", ms: 1, isCached: false } });
  await hub.output.flush();
  hub.output.take(say("later\n"));
  await hub.output.flush();
  const lines = Array.from({ length: 50 }, (_, line) => `${line}\n`).join("");
  expect(hub.text()).toBe(`${lines}later\n`);
  expect(hub.steps).toEqual([1]);
  expect(hub.calls()).toBeLessThan(5);
});

test("what the hub did not take is sent again from there", async () => {
  const hub = openHub({ takesAtMost: 3 });
  hub.output.take(say("0123456789"));
  await hub.output.flush();
  expect(hub.text()).toBe("0123456789");
});

test("a hub that cannot be told is reported, and ends the waiting", async () => {
  const hub = openHub({ losesAnswers: true });
  hub.output.take(say("x"));
  await hub.output.flush();
  expect(hub.failures).toHaveLength(1);
});
