import { z } from "zod";
import { configSchema } from "./schema.ts";

/** One setting: where it stands in the file, and which variable sets it. */
export interface ConfigKey {
  readonly path: readonly string[];
  /** As people write it: `access.htpasswd.path`. */
  readonly name: string;
  /** `BERTH_ACCESS_HTPASSWD_PATH` */
  readonly variable: string;
  readonly description: string;
  readonly isSecret: boolean;
  readonly default: unknown;
  /** What a text that somebody writes for it comes to; undefined for what it cannot be. */
  readonly read: (text: string) => unknown;
}

/** Every setting of the schema, in the order of the schema. */
export const CONFIG_KEYS: readonly ConfigKey[] = listKeys(configSchema, []);

function listKeys(schema: z.ZodType, path: readonly string[]): ConfigKey[] {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodObject) {
    return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, child]) =>
      listKeys(child, [...path, key]),
    );
  }
  return [
    {
      path,
      name: path.join("."),
      variable: toVariable(path),
      description: schema.description ?? "",
      isSecret: inner.meta()?.isSecret === true,
      default: schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined,
      read: (text) => inner.safeParse(text).data,
    },
  ];
}

function unwrap(schema: z.ZodType): z.ZodType {
  const isWrapper =
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodPrefault;
  return isWrapper ? unwrap(schema.unwrap() as z.ZodType) : schema;
}

function toVariable(path: readonly string[]): string {
  const words = path.map((key) => key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase());
  return `BERTH_${words.join("_")}`;
}
