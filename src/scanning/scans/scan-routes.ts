import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";
import type { FastifyPluginAsyncZod } from "fastify-type-provider-zod";
import { z } from "zod";
import { callerOf } from "../../access/index.ts";
import { pageOf } from "../../contract/pages.ts";
import {
  comparisonQuery,
  FINDING_EXPORTS_PATH,
  FINDINGS_PATH,
  findingExportQuery,
  findingHolder,
  findingsQuery,
  imageScans,
  packageHolder,
  packagesQuery,
  rescan,
  rescanned,
  SBOMS_PATH,
  SCAN_COMPARISONS_PATH,
  SCANNED_PACKAGES_PATH,
  SCANS_PATH,
  sbomQuery,
  scanComparison,
  scanQuery,
} from "../../contract/scans.ts";
import type { RepositoryName } from "../../oci/name.ts";
import type { FindingExports } from "./finding-exports.ts";
import type { ScanAccess } from "./scan-access.ts";
import type { ScanSearch, SearchPage } from "./scan-search.ts";
import type { Scans } from "./scans.ts";

interface ScanRouteDeps {
  readonly scans: Scans;
  readonly search: ScanSearch;
  readonly exports: FindingExports;
  readonly access: ScanAccess;
  /** Of this program. */
  readonly version: string;
}

const EXPORT_TYPES = { csv: "text/csv; charset=utf-8", sarif: "application/sarif+json" } as const;

/** Names hold slashes: everything after the path is one. */
const params = z.object({ "*": z.string().max(255) });
/** The registry's own authoriser decides, which lets everybody do everything where there are no accounts. */
const config = { access: "anybody" } as const;

/** What is in images and what is wrong with it: for whoever may pull them. */
export function createScanRoutes(deps: ScanRouteDeps): FastifyPluginAsyncZod {
  const { scans, search, access } = deps;
  return async (app) => {
    const list = { params, querystring: scanQuery, response: { 200: imageScans } };
    app.get(`${SCANS_PATH}/*`, { config, schema: list }, async (request) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "pull");
      const image = `${place.name}:${request.query.reference}`;
      const sees = (name: RepositoryName) => access.may(callerOf(request), name, "pull");
      return { image, scans: [...(await scans.list(place, request.query, sees))] };
    });
    const renew = { params, body: rescan, response: { 202: rescanned } };
    app.post(`${SCANS_PATH}/*`, { config, schema: renew }, async (request, reply) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "push");
      const digests = await scans.renew(place, request.body);
      return await reply.code(202).send({ digests: [...digests] });
    });
    const bill = { params, querystring: sbomQuery, response: { 200: z.unknown() } };
    app.get(`${SBOMS_PATH}/*`, { config, schema: bill }, async (request) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "pull");
      const { format, ...wish } = request.query;
      const { digest, result, scannedAt } = await scans.getResult(place, wish);
      const subject = {
        ...{ name: `${place.name}:${wish.reference}`, digest, diffIds: result.diffIds },
        ...{ id: randomUUID(), created: scannedAt, version: deps.version },
      };
      // Its library takes a moment to load, which a hub that starts need not wait for.
      const { writeBill } = await import("../sbom/write-bill.ts");
      return JSON.parse(writeBill(format, { inventory: result.inventory, subject })) as unknown;
    });
    const compare = { params, querystring: comparisonQuery, response: { 200: scanComparison } };
    app.get(`${SCAN_COMPARISONS_PATH}/*`, { config, schema: compare }, async (request) => {
      const place = await access.getRepository(callerOf(request), request.params["*"], "pull");
      return await scans.compare(place, request.query);
    });
    const findings = { querystring: findingsQuery, response: { 200: pageOf(findingHolder) } };
    app.get(FINDINGS_PATH, { config, schema: findings }, async (request) => {
      const { vulnerability, last, limit } = request.query;
      const page = await search.findVulnerability(callerOf(request), vulnerability, {
        last,
        limit,
      });
      return toBody(page, (row) => findingHolder.parse(row));
    });
    const written = { querystring: findingExportQuery };
    app.get(FINDING_EXPORTS_PATH, { config, schema: written }, async (request, reply) => {
      const lines = deps.exports.write(callerOf(request), request.query);
      const type = EXPORT_TYPES[request.query.format];
      return reply.header("Cache-Control", "no-store").type(type).send(Readable.from(lines));
    });
    const packages = { querystring: packagesQuery, response: { 200: pageOf(packageHolder) } };
    app.get(SCANNED_PACKAGES_PATH, { config, schema: packages }, async (request) => {
      const { last, limit, ...wish } = request.query;
      const page = await search.findPackage(callerOf(request), wish, { last, limit });
      return toBody(page, (row) => packageHolder.parse(row));
    });
  };
}

function toBody<Row, Item>({ items, next }: SearchPage<Row>, toItem: (row: Row) => Item) {
  return { items: items.map(toItem), ...(next === undefined ? {} : { next }) };
}
