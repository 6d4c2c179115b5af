export * from "../../rehearsal/secrets";
