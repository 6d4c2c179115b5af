import type { Scene } from "./kills";

export function changesPart(_scene: Scene): Promise<void> {
  return Promise.resolve();
}
