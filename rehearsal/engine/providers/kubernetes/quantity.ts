const exponents: Record<string, number> = {
  n: -9,
  u: -6,
  m: -3,
  "": 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
};
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const nano = 10n ** 9n;

/**
 * The spelling of a quantity that the API server stores: `1000m` is `1`, `0.5` is `500m`, `1024Mi` is `1Gi`.
 * What is no quantity, or has an exponent, stays as it is.
 * https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
export function canonicalQuantity(text: string): string {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?([A-Za-z]*)$/.exec(text.trim());
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match ?? [];
  if (!match || whole + fraction === "") {
    return text;
  }
  const digits = BigInt(whole + fraction);
  const scale = 10n ** BigInt(fraction.length);
  const power = binary.indexOf(suffix);
  let amount: string;
  if (power > 0) {
    const value = divideUp(digits * 1024n ** BigInt(power), scale);
    amount = value < 1024n ? decimal(value * nano) : binaryText(value);
  } else if (suffix in exponents) {
    const exponent = BigInt((exponents[suffix] ?? 0) + 9);
    amount = decimal(divideUp(digits * 10n ** exponent, scale));
  } else {
    return text;
  }
  return amount === "0" || sign !== "-" ? amount : `-${amount}`;
}

function divideUp(value: bigint, divisor: bigint): bigint {
  return (value + divisor - 1n) / divisor;
}

function decimal(nanos: bigint): string {
  if (nanos === 0n) {
    return "0";
  }
  const units = Object.entries(exponents).sort(([, a], [, b]) => b - a);
  for (const [suffix, exponent] of units) {
    const unit = 10n ** BigInt(exponent + 9);
    if (nanos % unit === 0n) {
      return `${nanos / unit}${suffix}`;
    }
  }
  return `${nanos}n`;
}

function binaryText(value: bigint): string {
  let rest = value;
  let power = 0;
  while (rest % 1024n === 0n && power < binary.length - 1) {
    rest /= 1024n;
    power++;
  }
  return `${rest}${binary[power]}`;
}
