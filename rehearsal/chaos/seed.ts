/** A source of numbers that says the same for the same seed: points and faults can be tried again. */
export class Seeded {
  private state: number;

  constructor(seed: number) {
    this.state = seed >>> 0;
  }

  /** From 0 up to, but without, 1 (mulberry32). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number, both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Deals a list again and again, each time in a new order: everything comes equally often. */
  dealer<T>(list: readonly [T, ...T[]]): () => T {
    const rest: T[] = [];
    return () => {
      if (rest.length === 0) {
        rest.push(...list);
      }
      return rest.splice(this.between(0, rest.length - 1), 1)[0] ?? list[0];
    };
  }
}
