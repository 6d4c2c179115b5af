import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { Browser } from "./browser";

/** What the page of the verify workload shows. */
export interface Shown {
  title: string;
  where: string;
  /** Title and place of each step of the request's way. */
  path: string[];
  /** Percent of the answers, by cluster. */
  shares: Record<string, number>;
  count: string;
  /** Whether something is wider than the window. */
  overflows: boolean;
  background: string;
  ink: string;
}

const read = `(() => {
  const text = (selector, root = document) => root.querySelector(selector)?.textContent ?? "";
  const all = (selector) => [...document.querySelectorAll(selector)];
  const style = getComputedStyle(document.body);
  return {
    title: text("#pod"),
    where: text("#where"),
    path: all("#path li").map((step) => [text("strong", step), text("span", step)].filter(Boolean).join(" ")),
    shares: Object.fromEntries(
      all(".cluster h3").map((head) => [head.firstChild.textContent, parseInt(text(".share", head))]),
    ),
    count: text("#count"),
    overflows: document.documentElement.scrollWidth > innerWidth,
    background: style.backgroundColor,
    ink: style.color,
  };
})()`;

export function shown(browser: Browser): Promise<Shown> {
  return browser.evaluate<Shown>(read);
}

/** What the page shows once that is as wanted. @throws AssertionError with what it shows instead after a while. */
export async function shownWhen(
  browser: Browser,
  wanted: (page: Shown) => boolean,
  what: string,
): Promise<Shown> {
  for (const deadline = Date.now() + 90_000; ; await sleep(300)) {
    const page = await shown(browser);
    if (wanted(page)) {
      return page;
    }
    assert.ok(Date.now() < deadline, `${what}: ${JSON.stringify(page)}`);
  }
}

/** How many requests the page has sent. */
export function sent({ count }: Shown): number {
  return Number(/(\d+) requests?,/.exec(count)?.[1] ?? 0);
}
