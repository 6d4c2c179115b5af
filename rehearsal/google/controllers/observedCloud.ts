import type { Cloud, DerivedResource } from "./cloud";

/**
 * The project, told of as changed also when a controller makes or removes something in it: the fleet's controller waits for
 * NEGs of those in the clusters. What is put again as it was is no change.
 */
export function observedCloud(cloud: Cloud): Cloud {
  const listeners = new Set<() => void>();
  const notify = () => listeners.forEach((listener) => listener());
  return {
    projectId: cloud.projectId,
    cluster: (name) => cloud.cluster(name),
    subnetworks: () => cloud.subnetworks(),
    addresses: () => cloud.addresses(),
    firewalls: () => cloud.firewalls(),
    sslCertificates: () => cloud.sslCertificates(),
    sslPolicies: () => cloud.sslPolicies(),
    securityPolicies: () => cloud.securityPolicies(),
    memberships: () => cloud.memberships(),
    configMembership: () => cloud.configMembership(),
    derived: () => cloud.derived(),
    putDerived(resource: DerivedResource) {
      const before = cloud.derived().find((one) => one.id === resource.id);
      if (JSON.stringify(before) === JSON.stringify(resource)) return;
      cloud.putDerived(resource);
      notify();
    },
    removeDerived(id) {
      if (!cloud.derived().some((one) => one.id === id)) return;
      cloud.removeDerived(id);
      notify();
    },
    setMultiClusterIngressObjects: (count) => cloud.setMultiClusterIngressObjects(count),
    onChange(listener) {
      listeners.add(listener);
      const stop = cloud.onChange(listener);
      return () => {
        listeners.delete(listener);
        stop();
      };
    },
  };
}
