/** Seconds that an answer may take, unless `--timeout` says more or less. */
export const TIMEOUT = 15;

/** What did not come in time, for people: it may be there, and slow. @param what such as "no answer" */
export function late(what: string, seconds: number): string {
  return `${what} in ${seconds} s (--timeout SECONDS waits longer)`;
}
