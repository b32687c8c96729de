import { CATEGORIES, CATEGORIES_PATH, repositoryCategories } from "../contract/discovery.ts";
import { apiCommand } from "./api-command.ts";
import type { Command } from "./command.ts";

const showCommand = apiCommand({
  name: "repo categories show",
  summary: "show what a repository is filed under",
  describe: (line) => line.argument("<name>", "such as acme/api"),
  plan: ({ operands: [name = ""] }) => ({
    line: `GET ${CATEGORIES_PATH}/${name}`,
    answer: repositoryCategories,
  }),
  show: ({ categories }) => categories.map((one) => `${one}  ${CATEGORIES[one]}`),
});

const setCommand = apiCommand({
  name: "repo categories set",
  summary: "say what a repository is filed under",
  description: `Up to three; none files it under nothing. There are:\n${Object.keys(CATEGORIES).join(", ")}.`,
  describe: (line) =>
    line
      .argument("<name>", "such as acme/api")
      .argument("[category...]", "such as databases-and-storage"),
  plan: ({ operands: [name = "", ...categories] }) => ({
    line: `PUT ${CATEGORIES_PATH}/${name}`,
    body: { categories },
    answer: repositoryCategories,
  }),
  show: ({ categories }, { operands: [name = ""] }) => [
    categories.length === 0
      ? `${name} is filed under nothing`
      : `${name} is filed under ${categories.join(", ")}`,
  ],
});

export const CATEGORY_COMMANDS: readonly Command[] = [showCommand, setCommand];
