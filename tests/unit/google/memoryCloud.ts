import type { Cloud, CloudFirewall, DerivedResource } from "../../../rehearsal/google/controllers/cloud";

const network = "projects/p/global/networks/mesh";
const subnetwork = (region: string) => `projects/p/regions/${region}/subnetworks/${region}`;

const rule = (ports: string[]): CloudFirewall => ({
  network,
  priority: 1000,
  direction: "INGRESS",
  disabled: false,
  sourceRanges: ["130.211.0.0/22", "35.191.0.0/16"],
  targeted: false,
  action: "allow",
  protocols: [{ protocol: "tcp", ports }],
});

/** A project with two clusters of one fleet; everything can be changed by the test. */
export class MemoryCloud implements Cloud {
  readonly projectId = "p";
  readonly made = new Map<string, DerivedResource>();
  objects = 0;
  config: string | undefined = "projects/p/locations/global/memberships/us-east1";
  fleet = ["us-east1", "us-central1"];
  certificates = ["edge"];
  rules = [rule(["15021", "8443"])];
  reserved = [
    { id: "projects/p/global/addresses/edge", name: "edge", address: "203.0.113.2", internal: false },
    {
      id: "projects/p/regions/us-east1/addresses/east-west",
      name: "east-west",
      address: "10.0.0.200",
      region: "us-east1",
      internal: true,
    },
  ];
  private readonly listeners = new Set<() => void>();

  changed(): void {
    for (const listener of this.listeners) listener();
  }

  cluster(name: string) {
    const cidr = name === "us-east1" ? "10.0.0.0/24" : "10.1.0.0/24";
    return {
      name,
      location: name,
      region: name,
      network,
      subnetwork: subnetwork(name),
      privateEndpoint: cidr.replace(".0/24", ".2"),
      subsetting: true,
    };
  }
  subnetworks() {
    return ["us-east1", "us-central1"].map((region, index) => ({
      id: subnetwork(region),
      name: region,
      region,
      network,
      cidr: `10.${index}.0.0/24`,
    }));
  }
  addresses() {
    return this.reserved;
  }
  firewalls() {
    return this.rules;
  }
  sslCertificates() {
    return this.certificates;
  }
  sslPolicies() {
    return ["modern"];
  }
  securityPolicies() {
    return ["armor"];
  }
  memberships() {
    return this.fleet.map((cluster) => ({
      id: `projects/p/locations/global/memberships/${cluster}`,
      cluster,
    }));
  }
  configMembership() {
    return this.config;
  }
  derived() {
    return [...this.made.values()];
  }
  putDerived(resource: DerivedResource) {
    this.made.set(resource.id, resource);
  }
  removeDerived(id: string) {
    this.made.delete(id);
  }
  setMultiClusterIngressObjects(count: number) {
    this.objects = count;
  }
  onChange(listener: () => void) {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }
}
