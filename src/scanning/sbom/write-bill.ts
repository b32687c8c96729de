import type { ImageInventory } from "../inventory/model.ts";
import type { BillSubject } from "./bill.ts";
import { toCycloneDx } from "./cyclonedx.ts";
import { toSpdx2 } from "./spdx-2.ts";
import { toSpdx3 } from "./spdx-3.ts";

type BillFormat = keyof typeof WRITERS;

const WRITERS = { cyclonedx: toCycloneDx, spdx: toSpdx2, spdx3: toSpdx3 } as const;

/** CycloneDX 1.6, SPDX 2.3 and SPDX 3.0. */
export const BILL_FORMATS = Object.keys(WRITERS) as readonly BillFormat[];

/** The bill of materials of an image, as the text of a file. */
export function writeBill(
  format: BillFormat,
  { inventory, subject }: { inventory: ImageInventory; subject: BillSubject },
): string {
  return WRITERS[format](inventory, subject);
}
