/**
 * APIs of Google that a project can switch on, with the name that its error texts use.
 * An API that is missing here is refused as Google refuses a misspelt one.
 */
export const services: Record<string, string> = {
  "anthos.googleapis.com": "Anthos API",
  "artifactregistry.googleapis.com": "Artifact Registry API",
  "certificatemanager.googleapis.com": "Certificate Manager API",
  "cloudresourcemanager.googleapis.com": "Cloud Resource Manager API",
  "cloudtrace.googleapis.com": "Cloud Trace API",
  "compute.googleapis.com": "Compute Engine API",
  "connectgateway.googleapis.com": "Connect Gateway API",
  "container.googleapis.com": "Kubernetes Engine API",
  "dns.googleapis.com": "Cloud DNS API",
  "gkeconnect.googleapis.com": "GKE Connect API",
  "gkehub.googleapis.com": "GKE Hub API",
  "iam.googleapis.com": "Identity and Access Management (IAM) API",
  "iamcredentials.googleapis.com": "IAM Service Account Credentials API",
  "logging.googleapis.com": "Cloud Logging API",
  "mesh.googleapis.com": "Anthos Service Mesh API",
  "monitoring.googleapis.com": "Cloud Monitoring API",
  "multiclusteringress.googleapis.com": "Multi Cluster Ingress API",
  "multiclusterservicediscovery.googleapis.com": "Multi-Cluster Service Discovery API",
  "networkservices.googleapis.com": "Network Services API",
  "privateca.googleapis.com": "Certificate Authority API",
  "serviceusage.googleapis.com": "Service Usage API",
  "sts.googleapis.com": "Security Token Service API",
  "telemetry.googleapis.com": "Telemetry API",
  "trafficdirector.googleapis.com": "Traffic Director API",
};

/** What a user switches on by hand before the first deployment: the provider needs them to switch on the rest. */
export const initialServices = ["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"];

/** APIs that cannot be switched off while these are on (https://cloud.google.com/service-usage/docs/enable-disable#dependencies). */
export const dependents: Record<string, string[]> = {
  "compute.googleapis.com": ["container.googleapis.com"],
  "iam.googleapis.com": ["container.googleapis.com"],
  "gkehub.googleapis.com": [
    "multiclusteringress.googleapis.com",
    "multiclusterservicediscovery.googleapis.com",
  ],
};

/** Local part of a service agent's domain: `service-<number>@<domain>.iam.gserviceaccount.com`. */
export const serviceAgents: Record<string, string> = {
  "artifactregistry.googleapis.com": "gcp-sa-artifactregistry",
  "compute.googleapis.com": "compute-system",
  "container.googleapis.com": "container-engine-robot",
  "gkehub.googleapis.com": "gcp-sa-gkehub",
  "mesh.googleapis.com": "gcp-sa-servicemesh",
  "multiclusteringress.googleapis.com": "gcp-sa-multiclusteringress",
  "multiclusterservicediscovery.googleapis.com": "gcp-sa-mcsd",
  "privateca.googleapis.com": "gcp-sa-privateca",
};

export function serviceAgent(service: string, projectNumber: string): string | undefined {
  const domain = serviceAgents[service];
  return domain && `service-${projectNumber}@${domain}.iam.gserviceaccount.com`;
}

/** Regions with their zones' letters; a location outside this list does not exist. */
export const regions: Record<string, string> = {
  "asia-east1": "abc",
  "asia-northeast1": "abc",
  "asia-south1": "abc",
  "asia-southeast1": "abc",
  "australia-southeast1": "abc",
  "europe-north1": "abc",
  "europe-west1": "bcd",
  "europe-west2": "abc",
  "europe-west3": "abc",
  "europe-west4": "abc",
  "northamerica-northeast1": "abc",
  "southamerica-east1": "abc",
  "us-central1": "abcf",
  "us-east1": "bcd",
  "us-east4": "abc",
  "us-east5": "abc",
  "us-south1": "abc",
  "us-west1": "abc",
  "us-west2": "abc",
  "us-west4": "abc",
};

export function zonesOf(region: string): string[] {
  return [...(regions[region] ?? "")].map((letter) => `${region}-${letter}`);
}

export function isKnownLocation(location: string): boolean {
  return location in regions || Object.keys(regions).some((region) => zonesOf(region).includes(location));
}
