import { isPublisher, listOfficial, listPublishers } from "../builds/index.ts";
import type { VouchedImages } from "../organizations/index.ts";
import type { Database } from "../platform/db/index.ts";
import type { HubTables } from "./stores.ts";

/** As the programme of official images and the list of publishers say it now. */
export function createVouchedImages({
  reader,
}: Pick<Database<HubTables>, "reader">): VouchedImages {
  return {
    isOfficial: async (name) => (await listOfficial(reader, [name])).has(name),
    isVerified: (namespace) => isPublisher(reader, namespace),
    listPublishers: () => listPublishers(reader),
  };
}
