import type { Expect, Subject } from "../rule";

/**
 * Reads subjects into an index of a stack rule, each by itself, so that one with an unknown value leaves the others. Returns
 * whether all were read: while one is unknown, a rule must not say that something is missing.
 */
export function readEach(
  subjects: Subject[],
  expect: (subject: Subject) => Expect,
  read: (subject: Subject) => void,
): boolean {
  let unread = subjects.length;
  for (const subject of subjects) {
    expect(subject)("", () => {
      read(subject);
      unread -= 1;
    });
  }
  return unread === 0;
}
