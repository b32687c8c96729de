import type { Importer } from "../record.ts";
import { almalinuxErrata, almalinuxLines } from "./almalinux.ts";
import { alpineLines, alpineSecdb } from "./alpine-secdb.ts";
import { csaf } from "./csaf.ts";
import { cveAffected } from "./cve-affected.ts";
import { debianChangelogs } from "./debian-changelogs.ts";
import { debianLists } from "./debian-lists.ts";
import { debianTracker } from "./debian-tracker.ts";
import { nodejsSecurityWg } from "./nodejs-security-wg.ts";
import { nvdApi, nvdFeed } from "./nvd.ts";
import { cpeLines, mavenLines, npmLines, nvdLines } from "./nvd-lines.ts";
import { osv, osvArchive } from "./osv.ts";
import { retire } from "./retire.ts";
import { rubysec } from "./rubysec.ts";
import { rustsec } from "./rustsec.ts";
import { cvssTable, epss, exploitTable, kev } from "./scores.ts";
import { ubuntuOval } from "./ubuntu-oval.ts";
import { vulnrichment } from "./vulnrichment.ts";

/** Every format that is understood, in the order in which they are tried on a file: the narrow ones first. */
export const IMPORTERS: readonly Importer[] = [
  debianTracker,
  debianChangelogs,
  debianLists,
  alpineLines,
  alpineSecdb,
  almalinuxLines,
  almalinuxErrata,
  csaf,
  ubuntuOval,
  kev,
  epss,
  exploitTable,
  cvssTable,
  vulnrichment,
  cveAffected,
  mavenLines,
  npmLines,
  cpeLines,
  nvdLines,
  nvdApi,
  nvdFeed,
  rubysec,
  rustsec,
  retire,
  nodejsSecurityWg,
  osvArchive,
  osv,
];
