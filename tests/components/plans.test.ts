import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { planOf } from "./plan";
import { runBothStacks } from "./program";

const PLANS = join(__dirname, "plans");
const UPDATE = "UPDATE_PLANS=1 npm test -- --grep 'reviewed plan'";

describe("the reviewed plan", () => {
  let plans: Record<string, string>;

  before(async () => {
    const { east, central } = await runBothStacks();
    plans = { "us-east1": planOf(east.resources), "us-central1": planOf(central.resources) };
  });

  for (const stack of ["us-east1", "us-central1"]) {
    it(`of ${stack} is what the program makes`, () => {
      const file = join(PLANS, `${stack}.txt`);
      const plan = plans[stack] ?? "";
      if (process.env.UPDATE_PLANS) {
        mkdirSync(PLANS, { recursive: true });
        writeFileSync(file, plan);
      }
      const reviewed = existsSync(file) ? readFileSync(file, "utf8") : "";
      assert.deepEqual(
        plan.split("\n"),
        reviewed.split("\n"),
        `The program no longer makes what ${file} says. Where that is meant, write it anew and review the difference: ${UPDATE}`,
      );
    });
  }
});
