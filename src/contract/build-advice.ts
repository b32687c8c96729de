import { z } from "zod";

export const BUILD_ADVICE_PATH = "/api/v1/build-advice";

const advice = z.object({
  id: z.string().describe("The rule"),
  title: z.string(),
  why: z.string(),
  how: z.string(),
  detail: z.string().describe("With the numbers of the builds"),
  seconds: z.number().nullable().describe("What it cost the builds that were looked at"),
  bytes: z.number().nullable(),
  line: z.int().positive().nullable().describe("Of the Dockerfile"),
  patch: z.string().nullable().describe("Its lines as they are and as they could be"),
});

/** What the builds of a repository say about its Dockerfiles. */
export const buildAdvice = z.object({
  items: z.array(
    z.object({
      context: z.string(),
      dockerfile: z.string(),
      builds: z.int().nonnegative().describe("How many were looked at, 50 at most"),
      advice: z.array(advice).describe("The most costly first"),
    }),
  ),
});
