import { hash } from "./objects";

/** Longest the readable part may be, so that the whole keeps to 63 characters. */
const readable = 63 - "k8s1-".length - 8 - 1 - 1 - 8 - 2;

/**
 * The name of a NEG that nobody named: `k8s1-<cluster>-<namespace>-<service>-<port>-<hash>`
 * (https://github.com/kubernetes/ingress-gce/blob/master/pkg/utils/namer/namer.go).
 *
 * @param service `namespace/name`
 */
export function negName(cluster: string, service: string, port: number): string {
  const uid = hash(cluster, 8);
  const [namespace = "", name = ""] = service.split("/");
  const fields = trimEvenly([namespace, name, String(port)], readable);
  return `k8s1-${uid}-${fields.join("-")}-${hash(`${uid};${namespace};${name};${port}`, 8)}`;
}

/** Cuts the fields in proportion to their lengths until together they have at most `most` characters. */
export function trimEvenly(fields: string[], most: number): string[] {
  const total = fields.reduce((sum, field) => sum + field.length, 0);
  if (total <= most) return fields;
  return fields.map((field) => field.slice(0, Math.max(1, Math.floor((field.length * most) / total))));
}
