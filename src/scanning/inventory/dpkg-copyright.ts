import type { Analyser } from "./model.ts";

const COPYRIGHT = /^usr\/share\/doc\/([^/]+)\/copyright$/;
/** The packages of a distroless image have theirs in the same place; nobody else's documents lie there. */
const COMMON = /\/usr\/share\/common-licenses\/([A-Za-z0-9.+-]*[A-Za-z0-9+])/g;
const FIELD = /^License:[ \t]*(\S.*)$/gim;
const MACHINE_READABLE = /^Format(?:-Specification)?:\s*\S*copyright-format/im;

/** What a package of Debian says about licences (Debian Policy 12.5): by names where the file is for machines, else by the texts that it points to. */
export const dpkgCopyrightAnalyser: Analyser = {
  name: "dpkg copyright",
  maxBytes: 4 * 1024 * 1024,
  wants: ({ path }) => COPYRIGHT.test(path),
  analyse: ({ path }, content) => {
    const [, name = ""] = COPYRIGHT.exec(path) ?? [];
    const text = content.toString("utf8");
    const pattern = MACHINE_READABLE.test(text) ? FIELD : COMMON;
    const names = new Set([...text.matchAll(pattern)].map(([, word = ""]) => word.trim()));
    return names.size === 0 ? {} : { licences: { type: "deb", name, names: [...names] } };
  },
};
