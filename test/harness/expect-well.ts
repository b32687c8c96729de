import { expect } from "vitest";
import { findBarriers, overflowOf, type Visit } from "./chromium.ts";

/** Whether everybody can use what is shown, nothing of it went wrong, and nothing that people wrote was run (`window.hacked`). */
export async function expectWell({ page, failures }: Visit, what: string): Promise<void> {
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("networkidle");
  expect(await page.getByRole("heading", { level: 1 }).count(), what).toBe(1);
  expect(await findBarriers(page), what).toEqual([]);
  expect(await overflowOf(page), what).toBeLessThanOrEqual(0);
  expect(await page.evaluate("window.hacked"), what).toBeUndefined();
  expect(failures, what).toEqual([]);
}
