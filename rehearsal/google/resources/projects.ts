import { failedPrecondition, forbidden } from "../errors";
import { identityType, requiredText } from "../names";
import type { ResourceKind } from "../resource";
import { dependents, serviceAgent, services } from "../services";
import { requireEnabled } from "../enabled";

export const serviceType = "gcp:projects/service:Service";

export const service: ResourceKind = {
  type: serviceType,
  service: "serviceusage.googleapis.com",
  id: (properties, google) => `${google.projectId}/${requiredText(properties, "service")}`,
  adopts: true,
  create(properties, google) {
    const name = requiredText(properties, "service");
    if (!services[name]) throw forbidden(`Not found or permission denied for service(s): ${name}.`);
    google.enable(name);
    return properties;
  },
  update: (resource, wanted) => ({ ...resource.properties, ...wanted }),
  remove(resource, google, state) {
    if (state.disableOnDestroy !== true) return;
    const name = requiredText(resource.properties, "service");
    const active = (dependents[name] ?? []).filter((dependent) => google.enabled(dependent));
    if (active.length > 0 && state.disableDependentServices !== true)
      throw failedPrecondition(
        `The service ${name} is depended on by the following active service(s): ${active.join(",")}; Please specify disable_dependent_services=true if you want to proceed with disabling all services.`,
      );
    [...active, name].forEach((each) => google.disable(each));
  },
  // Both stacks name the same APIs: the record stays as long as the API is on.
  remains: (resource, google) => google.enabled(requiredText(resource.properties, "service")),
};

export const serviceIdentity: ResourceKind = {
  type: identityType,
  service: "serviceusage.googleapis.com",
  id: (properties, google) => `projects/${google.projectId}/services/${requiredText(properties, "service")}`,
  adopts: true,
  create(properties, google) {
    const name = requiredText(properties, "service");
    requireEnabled(google, name);
    const email = serviceAgent(name, google.number);
    // Google answers an empty email for a service that has no agent of its own.
    return { ...properties, email: email ?? "", member: email ? `serviceAccount:${email}` : "" };
  },
  remains: () => true,
};
