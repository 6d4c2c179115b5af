/** With the start of its body; what only speaks of such keys has none. In JSON a line's end is `\n`. */
const PEM = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----(?:\s|\\+[nr])*(?:Proc-Type:|[A-Za-z0-9+/]{16})/;

/** `-----BEGIN` in base64. */
const ENCODED = /LS0tLS1CRUdJTi[A-Za-z0-9+/\s]{1,200}/g;

/** Base64 in one line or in several; in JSON a line's end is `\n`. */
const RUN = /[A-Za-z0-9+/]{16,}(?:(?:\s|\\+[nr])+[A-Za-z0-9+/]+)*/g;

/** The shortest that can hold a private key with something before it. */
const SHORTEST_RUN = 200;

/** So many characters of a run are decoded to see whether it is a text. */
const SAMPLE = 256;

/** A Secret's manifest in a ConfigMap's binaryData has the key in base64 of base64. */
const LEVELS = 2;

/** Whether a text has a private key in PEM in it: plain, or in base64 wherever it starts, up to two times. */
export function holdsPrivateKey(text: string, levels = LEVELS): boolean {
  if (PEM.test(text)) {
    return true;
  }
  if ((text.match(ENCODED) ?? []).some((encoded) => PEM.test(decoded(encoded)))) {
    return true;
  }
  return (
    levels > 0 &&
    text.length >= SHORTEST_RUN &&
    (text.match(RUN) ?? []).some(
      (run) =>
        run.length >= SHORTEST_RUN &&
        isText(decoded(run.slice(0, SAMPLE))) &&
        holdsPrivateKey(decoded(run), levels - 1),
    )
  );
}

function decoded(base64: string): string {
  return Buffer.from(base64.replace(/\\+[nr]/g, ""), "base64").toString("latin1");
}

/** Of random bytes, two fifths look like text. */
function isText(sample: string): boolean {
  const printable = sample.match(/[\t\n\r -~]/g)?.length ?? 0;
  return printable >= sample.length * 0.75;
}
