import { parseAddress } from "../cidr";
import { GoogleError, invalid, notFound } from "../errors";
import { baseName, recordType, requiredText, zoneType } from "../names";
import { listAt, numberAt, textAt, textsAt, type Properties } from "../properties";
import type { Google, ResourceKind, StoredResource } from "../resource";
import { labelOutputs } from "./address";
import { created, requireNetwork } from "./network";

const zoneId = (google: Google, name: string) => `projects/${google.projectId}/managedZones/${name}`;

const recordsOf = (google: Google, zone: string) =>
  google.list(recordType).filter((record) => record.id.startsWith(`${zone}/rrsets/`));

export const managedZone: ResourceKind = {
  type: zoneType,
  service: "dns.googleapis.com",
  id: (properties, google) => zoneId(google, requiredText(properties, "name")),
  references: () => [],
  create(properties, google) {
    const domain = requiredText(properties, "dnsName");
    if (!/^([a-z0-9_]([-a-z0-9_]{0,61}[a-z0-9_])?\.)+$/.test(domain))
      throw invalid(`Invalid value for 'entity.managedZone.dnsName': '${domain}'`);
    if (!/^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/.test(requiredText(properties, "name")))
      throw invalid(`Invalid value for 'entity.managedZone.name': '${requiredText(properties, "name")}'`);
    for (const network of listAt(properties, "privateVisibilityConfig.networks"))
      requireNetwork(
        google,
        requiredText(network, "networkUrl"),
        "entity.managedZone.privateVisibilityConfig.networks[0].networkUrl",
      );
    const isPrivate = properties.visibility === "private";
    if (isPrivate && listAt(properties, "privateVisibilityConfig.networks").length === 0)
      throw invalid(
        "Invalid value for 'entity.managedZone.privateVisibilityConfig': a private zone needs at least one network.",
      );
    const letter = "abcde"[Number(google.nextNumber()) % 5];
    return {
      cloudLoggingConfig: { enableLogging: false },
      ...(isPrivate ? {} : { dnssecConfig: { state: "off" } }),
      ...properties,
      ...labelOutputs(properties),
      creationTime: created,
      managedZoneId: Number(google.nextNumber()),
      nameServers: isPrivate
        ? ["ns-gcp-private.googledomains.com."]
        : [1, 2, 3, 4].map((index) => `ns-cloud-${letter}${index}.googledomains.com.`),
    };
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted, ...labelOutputs(wanted) }),
  remove(resource, google) {
    const records = recordsOf(google, resource.id);
    if (resource.properties.forceDestroy === true)
      records.forEach((record) => google.forget(recordType, record.id));
    else if (records.length > 0)
      throw new GoogleError(
        400,
        "containerNotEmpty",
        `The resource named '${requiredText(resource.properties, "name")}' cannot be deleted because it is not empty`,
      );
  },
};

const known = ["A", "AAAA", "CAA", "CNAME", "MX", "NS", "PTR", "SOA", "SPF", "SRV", "TXT"];

function zoneOf(properties: Properties, google: Google): StoredResource {
  const id = zoneId(google, baseName(requiredText(properties, "managedZone")));
  const zone = google.find(zoneType, id);
  if (!zone) throw notFound(`The 'parameters.managedZone' resource named '${baseName(id)}' does not exist.`);
  return zone;
}

function checkRecord(properties: Properties, zone: StoredResource): void {
  const name = requiredText(properties, "name");
  const domain = requiredText(zone.properties, "dnsName");
  const field = "entity.change.additions[0]";
  if (name !== domain && !name.endsWith(`.${domain}`))
    throw invalid(`Invalid value for '${field}.name': '${name}'`);
  const type = requiredText(properties, "type");
  if (!known.includes(type)) throw invalid(`Invalid value for '${field}.type': '${type}'`);
  const data = textsAt(properties, "rrdatas");
  if (data.length === 0 && properties.routingPolicy === undefined)
    throw invalid(`Invalid value for '${field}.rrdata': ''`);
  for (const value of data) {
    if (type === "A" && parseAddress(value) === undefined)
      throw invalid(`Invalid value for '${field}.rrdata[0]': '${value}'`);
    if (type === "CNAME" && !value.endsWith("."))
      throw invalid(`Invalid value for '${field}.rrdata[0]': '${value}'`);
  }
  if ((numberAt(properties, "ttl") ?? 0) < 0)
    throw invalid(`Invalid value for '${field}.ttl': '${String(properties.ttl)}'`);
}

export const recordSet: ResourceKind = {
  type: recordType,
  service: "dns.googleapis.com",
  // The provider replaces a record that is there already.
  adopts: true,
  id: (properties, google) =>
    `${zoneId(google, baseName(requiredText(properties, "managedZone")))}/rrsets/${requiredText(properties, "name")}/${requiredText(properties, "type")}`,
  create(properties, google) {
    const zone = zoneOf(properties, google);
    checkRecord(properties, zone);
    const cname = recordsOf(google, zone.id).find(
      (record) =>
        record.properties.name === properties.name &&
        record.properties.type !== properties.type &&
        [record.properties.type, properties.type].includes("CNAME"),
    );
    if (cname)
      throw invalid(
        `The resource record set '${requiredText(properties, "name")}' cannot hold a CNAME beside another type.`,
      );
    return { ttl: 0, ...properties, managedZone: textAt(zone.properties, "name") };
  },
  update(resource, wanted, google) {
    checkRecord(wanted, zoneOf(resource.properties, google));
    return { ...resource.properties, ...wanted, managedZone: resource.properties.managedZone };
  },
};
