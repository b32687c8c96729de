import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";

/** One asset, in the smallest form that the browser takes. */
export interface Asset {
  readonly type: string;
  readonly encoding: "br" | "gzip" | undefined;
  readonly bytes: Uint8Array;
}

export interface BuiltPages {
  /** The HTML of every page, with the nonce of one answer in it. */
  renderShell(nonce: string): string;
  /** Undefined for what the build did not write. */
  findAsset(name: string, acceptEncoding: string): Promise<Asset | undefined>;
}

const ASSETS = "assets";
/** Written by `web/vite.config.ts` in the place of each nonce. */
const NONCE = "BERTH_NONCE";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};
const ENCODINGS = [
  { encoding: "br", suffix: ".br" },
  { encoding: "gzip", suffix: ".gz" },
] as const;

/**
 * Reads which files the build wrote: no other name ever becomes a path. Their bytes are read when they are asked for, which
 * browsers do once. Undefined where nothing was built.
 */
export async function openBuiltPages(directory: string): Promise<BuiltPages | undefined> {
  const shell = await readIfThere(join(directory, "index.html"));
  if (shell === undefined) return undefined;
  const names = new Set(await readdir(join(directory, ASSETS)));
  return {
    renderShell: (nonce) => shell.replaceAll(NONCE, nonce),
    findAsset: async (name, acceptEncoding) => {
      const type = TYPES[extname(name)];
      if (type === undefined || !names.has(name)) return undefined;
      const accepted = new Set(acceptEncoding.split(/[\s,;]+/));
      const form = ENCODINGS.find(
        ({ encoding, suffix }) => accepted.has(encoding) && names.has(name + suffix),
      );
      const bytes = await readFile(join(directory, ASSETS, name + (form?.suffix ?? "")));
      return { type, encoding: form?.encoding, bytes };
    },
  };
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw cause;
  }
}
