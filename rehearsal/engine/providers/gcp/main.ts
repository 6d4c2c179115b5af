import { serveProvider } from "../base";
import { GcpProvider } from "./provider";

serveProvider(new GcpProvider());
