import type { Locator, Page } from "playwright-core";
import { Keyboard } from "./keyboard.ts";

/** What somebody does to a page, with a pointer or with a keyboard alone. */
export interface Hands {
  write(field: Locator, text: string): Promise<void>;
  activate(control: Locator): Promise<void>;
  openTab(tab: Locator): Promise<void>;
}

export function handsWithPointer(): Hands {
  return {
    write: (field, text) => field.fill(text),
    activate: (control) => control.click(),
    openTab: (tab) => tab.click(),
  };
}

/** More than any page has side by side. */
const MOST_TABS = 20;

export function handsWithKeyboard(page: Page): Hands {
  const keyboard = new Keyboard(page);
  return {
    write: (field, text) => keyboard.write(field, text),
    activate: (control) => keyboard.activate(control),
    async openTab(tab) {
      const list = page.getByRole("tablist").filter({ has: tab });
      await keyboard.goTo(list.getByRole("tab", { selected: true }));
      for (let step = 0; step < MOST_TABS; step += 1) {
        if ((await tab.getAttribute("aria-selected")) === "true") return;
        await keyboard.press("ArrowRight");
      }
      throw new Error(`the keyboard does not open ${tab}`);
    },
  };
}
