/** About where Google's regions are, in degrees north and east: https://cloud.google.com/about/locations */
const places: Record<string, [number, number]> = {
  "africa-south1": [-26.2, 28],
  "asia-east1": [24.1, 120.5],
  "asia-east2": [22.3, 114.2],
  "asia-northeast1": [35.7, 139.7],
  "asia-northeast2": [34.7, 135.5],
  "asia-northeast3": [37.6, 127],
  "asia-south1": [19.1, 72.9],
  "asia-south2": [28.6, 77.2],
  "asia-southeast1": [1.3, 103.7],
  "asia-southeast2": [-6.2, 106.8],
  "australia-southeast1": [-33.9, 151.2],
  "australia-southeast2": [-37.8, 145],
  "europe-central2": [52.2, 21],
  "europe-north1": [60.6, 27.2],
  "europe-southwest1": [40.4, -3.7],
  "europe-west1": [50.5, 3.8],
  "europe-west2": [51.5, -0.1],
  "europe-west3": [50.1, 8.7],
  "europe-west4": [53.4, 6.8],
  "europe-west6": [47.4, 8.5],
  "europe-west8": [45.5, 9.2],
  "europe-west9": [48.9, 2.4],
  "me-central1": [25.3, 51.5],
  "me-west1": [32.1, 34.8],
  "northamerica-northeast1": [45.5, -73.6],
  "northamerica-northeast2": [43.7, -79.4],
  "southamerica-east1": [-23.5, -46.6],
  "southamerica-west1": [-33.4, -70.7],
  "us-central1": [41.3, -95.9],
  "us-east1": [33.2, -80],
  "us-east4": [39, -77.5],
  "us-east5": [40, -83],
  "us-south1": [32.8, -96.8],
  "us-west1": [45.6, -121.2],
  "us-west2": [34.1, -118.2],
  "us-west3": [40.8, -111.9],
  "us-west4": [36.2, -115.1],
};

/** The regions, the nearest to a client first; a region whose place is not known comes last, unless the client is in it. */
export function byDistance(client: string, regions: string[]): string[] {
  const distance = (region: string) => {
    const [from, to] = [places[client], places[region]];
    return region === client ? 0 : from && to ? arc(from, to) : Infinity;
  };
  return [...new Set(regions)].sort((a, b) => distance(a) - distance(b) || a.localeCompare(b));
}

/** Angle between two places, in radians. */
function arc([north1, east1]: [number, number], [north2, east2]: [number, number]): number {
  const [a, b, c] = [north1, north2, east2 - east1].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  return Math.acos(Math.min(1, Math.sin(a) * Math.sin(b) + Math.cos(a) * Math.cos(b) * Math.cos(c)));
}
