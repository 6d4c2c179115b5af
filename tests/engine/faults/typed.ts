/** How commands begin that people are advised to type, in the rehearsal's shell. */
export const CENTRAL = "kubectl --context us-central1";
export const EAST = "kubectl --context us-east1";
export const CENTRAL_UP = "pulumi up --refresh -s us-central1";
export const EAST_UP = "pulumi up --refresh -s us-east1";
