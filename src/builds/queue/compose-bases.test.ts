import { pino } from "pino";
import { expect, test } from "vitest";
import { composeBases } from "../bases/compose-bases.ts";
import { openQueue } from "./queue.fixture.ts";

test.each([
  { basePollMs: 0, isOn: true, looks: 0 },
  { basePollMs: 1000, isOn: true, looks: 1 },
  { basePollMs: 1000, isOn: false, looks: 0 },
])(
  "other registries are looked at only where builds are on and that is wanted: $basePollMs ms, $isOn",
  async ({ basePollMs, isOn, looks }) => {
    await using queue = await openQueue({ parallel: 1, parallelPerNamespace: 1 });
    const { jobs } = composeBases(
      {
        ...{ basePollMs, isOn, database: queue.database, clock: queue.clock },
        ...{ journal: { record: async () => undefined } as never, access: {} as never },
        findRepository: queue.options.findRepository,
        images: {
          findPlace: async () => undefined,
          findDigest: async () => undefined,
          listChanges: async () => [],
        },
        ...{
          baseDelayMs: 0,
          rebuilds: true,
          mayLookAt: () => true,
          log: pino({ level: "silent" }),
        },
        readDigest: async () => "",
      },
      () => undefined,
    );
    expect(jobs).toHaveLength(looks);
  },
);
