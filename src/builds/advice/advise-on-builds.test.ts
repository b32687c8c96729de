import { expect, test } from "vitest";
import { adviseOnBuilds } from "./advise-on-builds.ts";
import type { BuildAdviceId } from "./build-advice-rules.ts";
import type { BuildFacts, ContextFacts } from "./build-facts.ts";

const SMALL: ContextFacts = {
  bytes: 1000,
  hasIgnore: false,
  largest: [{ name: ".git", bytes: 900 }],
};
const SLOW = 38_000;

interface Case {
  readonly dockerfile: readonly string[];
  /** Which step runs again, and in how many of fifty builds. */
  readonly slow?: string;
  readonly again?: number;
  readonly context?: ContextFacts;
}

function factsOf({ dockerfile, slow, again = 0, context = SMALL }: Case): BuildFacts[] {
  return Array.from({ length: 50 }, (_, index) => ({
    dockerfile: dockerfile.join("\n"),
    context,
    steps: dockerfile.map((text) => {
      const runs = text === slow && index < again;
      return { text, ms: runs ? SLOW : 20, isCached: !runs };
    }),
  }));
}

const NPM = ["FROM node:22", "WORKDIR /srv", "COPY . .", "RUN --mount=type=cache,target=/c npm ci"];
const FIRST = [...NPM.slice(0, 2), "COPY package*.json ./", NPM[3] ?? "", "COPY . ."];
const PIP = ["FROM python:3.13", "COPY requirements.txt /", "RUN pip install -r /requirements.txt"];

const CASES: Readonly<
  Record<BuildAdviceId, { fires: Case; says: object; silent: readonly Case[] }>
> = {
  "copy-before-install": {
    fires: { dockerfile: NPM, slow: NPM[3] ?? "", again: 41 },
    says: {
      detail:
        "this COPY before npm ci re-ran a 38 s step in 41 of 50 builds: copy package*.json first",
      seconds: 40 * 38,
      line: 3,
      patch: `-COPY . .\n-${NPM[3]}\n+COPY package*.json ./\n+${NPM[3]}\n+COPY . .`,
    },
    silent: [
      { dockerfile: FIRST, slow: NPM[3] ?? "", again: 41 },
      { dockerfile: NPM, slow: NPM[3] ?? "", again: 2 },
      { dockerfile: NPM },
    ],
  },
  "install-without-cache": {
    fires: { dockerfile: PIP, slow: PIP[2] ?? "", again: 10 },
    says: {
      seconds: 9 * 38,
      line: 3,
      patch: `-${PIP[2]}\n+RUN --mount=type=cache,target=/root/.cache/pip pip install -r /requirements.txt`,
    },
    silent: [
      { dockerfile: PIP, slow: PIP[2] ?? "", again: 1 },
      {
        dockerfile: [
          PIP[0] ?? "",
          PIP[1] ?? "",
          "RUN --mount=type=cache,target=/c pip install -r /requirements.txt",
        ],
        slow: "RUN --mount=type=cache,target=/c pip install -r /requirements.txt",
        again: 10,
      },
    ],
  },
  "argument-before-slow-step": {
    fires: {
      dockerfile: ["FROM alpine", "ARG GIT_COMMIT", "RUN make", "LABEL rev=$GIT_COMMIT"],
      slow: "RUN make",
      again: 20,
    },
    says: {
      detail: "ARG GIT_COMMIT above make, which ran in 20 of 50 builds, 38 s each",
      line: 2,
    },
    silent: [
      {
        dockerfile: ["FROM alpine", "RUN make", "ARG GIT_COMMIT", "LABEL rev=$GIT_COMMIT"],
        slow: "RUN make",
        again: 20,
      },
      {
        dockerfile: ["FROM alpine", "ARG GIT_COMMIT", "RUN make REV=$GIT_COMMIT"],
        slow: "RUN make REV=$GIT_COMMIT",
        again: 20,
      },
    ],
  },
  "no-dockerignore": {
    fires: {
      dockerfile: ["FROM scratch", "COPY . /"],
      context: {
        bytes: 180_000_000,
        hasIgnore: false,
        largest: [
          { name: ".git", bytes: 150_000_000 },
          { name: "src", bytes: 30_000_000 },
        ],
      },
    },
    says: {
      detail: ".dockerignore missing, context 180 MB of which .git 150 MB",
      bytes: 150_000_000,
      patch: "in .dockerignore:\n+.git",
    },
    silent: [
      { dockerfile: ["FROM scratch", "COPY . /"] },
      {
        dockerfile: ["FROM scratch", "COPY . /"],
        context: {
          bytes: 180_000_000,
          hasIgnore: true,
          largest: [{ name: ".git", bytes: 150_000_000 }],
        },
      },
      {
        dockerfile: ["FROM scratch", "COPY . /"],
        context: {
          bytes: 180_000_000,
          hasIgnore: false,
          largest: [{ name: "src", bytes: 180_000_000 }],
        },
      },
    ],
  },
};

test.each(Object.entries(CASES))(
  "%s fires on its example alone, with what it cost",
  (id, { fires, says, silent }) => {
    const found = adviseOnBuilds(factsOf(fires));
    expect(found).toMatchObject([{ id, ...says }]);
    for (const one of silent)
      expect(adviseOnBuilds(factsOf(one)).filter((advice) => advice.id === id)).toEqual([]);
  },
);

test("the most costly comes first, and no builds say nothing", () => {
  const plain = ["FROM node:22", "COPY . .", "RUN npm ci"];
  const found = adviseOnBuilds(factsOf({ dockerfile: plain, slow: "RUN npm ci", again: 5 }));
  expect(found.map(({ id }) => id)).toEqual(["copy-before-install", "install-without-cache"]);
  expect(adviseOnBuilds([])).toEqual([]);
});
