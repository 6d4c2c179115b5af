import { availabilityFaults } from "./availability";
import { edgeFaults } from "./edge";
import type { Fault } from "./fault";
import { gatewayFaults } from "./gateways";
import { istioFaults } from "./istio";
import { remoteFaults } from "./remote";
import { trafficFaults } from "./traffic";
import { trustFaults } from "./trust";

/** Ways to break a mesh, and what `verify` has to say to each. */
export const faults: Fault[] = [
  ...istioFaults,
  ...trustFaults,
  ...remoteFaults,
  ...gatewayFaults,
  ...availabilityFaults,
  ...edgeFaults,
  ...trafficFaults,
];
