import type { Locator, Page } from "playwright-core";
import { expect } from "vitest";

/** More than any page of the hub has. */
const STOPS = 150;

/** What somebody does who has a keyboard and nothing else: nothing here clicks, fills or focuses. */
export class Keyboard {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  async press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key);
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
  }

  /** Goes on from control to control until it stands on that one. */
  async goTo(target: Locator): Promise<void> {
    await target.waitFor();
    for (let stop = 0; stop < STOPS; stop += 1) {
      if (await isFocused(target)) return;
      await this.#page.keyboard.press("Tab");
    }
    expect.fail(`the keyboard does not reach ${target}`);
  }

  /** Replaces what stands in a field. */
  async write(field: Locator, text: string): Promise<void> {
    await this.goTo(field);
    await this.press("Control+a");
    await this.type(text);
  }

  async activate(control: Locator): Promise<void> {
    await this.goTo(control);
    await this.press("Enter");
  }

  /** Says yes to a question, once it has the focus: that comes a moment after the question. */
  async confirm(dialog: Locator): Promise<void> {
    const isAsking = () =>
      dialog.evaluate((element) => element.contains(element.ownerDocument.activeElement));
    await expect.poll(isAsking).toBe(true);
    await this.press("Enter");
  }

  /** To a place or a repository, by a part of its name. */
  async travel(words: string, target: string): Promise<void> {
    await this.press("Control+k");
    const dialog = this.#page.getByRole("dialog");
    await dialog.getByRole("textbox").or(dialog.getByRole("searchbox")).waitFor();
    await this.type(words);
    const found = dialog.getByRole("button", { name: target }).first();
    await found.waitFor();
    for (let stop = 0; stop < STOPS; stop += 1) {
      if ((await found.getAttribute("data-selected")) !== null) return await this.press("Enter");
      await this.press("ArrowDown");
    }
    expect.fail(`the keyboard does not reach ${target}`);
  }
}

async function isFocused(target: Locator): Promise<boolean> {
  return await target.evaluate((element) => element === element.ownerDocument.activeElement);
}
