const factors: Record<string, number> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A Kubernetes quantity as a whole number, rounded up as `resourceFieldRef` is: `500m` is 1, `2Gi` is 2147483648. */
export function wholeQuantity(quantity: string): number {
  const [, digits, suffix] = /^([\d.]+)(m|k|M|G|T|Ki|Mi|Gi|Ti|)$/.exec(quantity) ?? [];
  const factor = suffix === undefined ? undefined : factors[suffix];
  if (digits === undefined || factor === undefined) {
    throw new Error(`"${quantity}" is not a quantity such as 500m or 2Gi`);
  }
  return Math.ceil(Number(digits) * factor);
}
