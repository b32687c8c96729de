import { readFileSync } from "node:fs";
import { sharedData } from "./shared-data.ts";

export interface OrderVector {
  readonly a: string;
  readonly b: string;
  readonly order: "<" | "=" | ">";
}

type Compare = (a: string, b: string) => number;

/** `a < b` a line, as osv-scalibr and osv.dev write them. */
export function readOrderVectors(file: string): OrderVector[] {
  return readLines(file).flatMap((line) => {
    const [, a, order, b] = /^(\S+) ([<=>]) (\S+)$/.exec(line.trim()) ?? [];
    return a === undefined || b === undefined ? [] : [{ a, b, order: order as "<" }];
  });
}

/** The comparisons of one kind in Grype's tables. */
export function readGrypeOrders(kind: string): OrderVector[] {
  return readGrype(kind).map(([a = "", order, b = ""]) => ({ a, b, order: order as "<" }));
}

/** Of Grype's tables: whether a version is in `> 1.0, < 2.0 || ...`. */
export function readGrypeConstraints(kind: string) {
  return readGrype(`${kind}-constraint`).map(([version = "", holds, constraint = ""]) => ({
    version,
    holds: holds === "true",
    constraint,
  }));
}

/** The vectors that an order gets wrong: none. */
export function listWrongOrders(vectors: readonly OrderVector[], compare: Compare): string[] {
  return vectors.flatMap(({ a, b, order }) => {
    const [there, back] = [sign(compare(a, b)), sign(compare(b, a))];
    const isRight = there === order && back === { "<": ">", "=": "=", ">": "<" }[order];
    return isRight ? [] : [`${a} ${order} ${b}, but ${there} and back ${back}`];
  });
}

/** What Grype's constraints mean, told by an order. */
export function satisfies(version: string, constraint: string, compare: Compare): boolean {
  return constraint.split("||").some((all) =>
    all.split(",").every((one) => {
      const [, operator = "", bound = ""] = /^\s*(>=|<=|>|<|!=|=|)\s*(\S*)\s*$/.exec(one) ?? [];
      if (bound === "") return true;
      const order = compare(version, bound);
      switch (operator) {
        case "<":
          return order < 0;
        case "<=":
          return order <= 0;
        case ">":
          return order > 0;
        case ">=":
          return order >= 0;
        case "!=":
          return order !== 0;
        default:
          return order === 0;
      }
    }),
  );
}

export function sign(order: number): "<" | "=" | ">" {
  return order < 0 ? "<" : order > 0 ? ">" : "=";
}

function readGrype(kind: string): string[][] {
  return readLines("grype-version-tables.tsv")
    .map((line) => line.split("\t"))
    .filter(([first]) => first === kind)
    .map(([, ...cells]) => cells);
}

function readLines(file: string): string[] {
  return readFileSync(sharedData(`vectors/version/${file}`), "utf8").split("\n");
}
