import { serveProvider } from "../base";
import { kubernetesProvider } from "./provider";

serveProvider(kubernetesProvider());
