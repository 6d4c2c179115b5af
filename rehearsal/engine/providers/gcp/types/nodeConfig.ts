import {
  block,
  flag,
  integer,
  list,
  map,
  text,
  textSet,
  texts,
  toggle,
  type Field,
  type FieldOptions,
} from "../schema";
import { atLeast, oneOf, sameIgnoringCase } from "../validators";

const fixed = { forceNew: true };

/** `nodeConfig` of a cluster and of a node pool. */
export function nodeConfig(options: FieldOptions): Field {
  return block(
    {
      bootDisk: block(
        { diskType: text({ computed: true }), sizeGb: integer({ computed: true, check: atLeast(10) }) },
        { computed: true },
      ),
      bootDiskKmsKey: text(fixed),
      diskSizeGb: integer({ computed: true, check: atLeast(10) }),
      diskType: text({ computed: true }),
      gcfsConfig: toggle("enabled", { computed: true }),
      gvnic: toggle("enabled"),
      imageType: text({ computed: true, same: sameIgnoringCase }),
      labels: map({ computed: true }),
      loggingVariant: text({ computed: true, check: oneOf("DEFAULT", "MAX_THROUGHPUT") }),
      machineType: text({ computed: true }),
      metadata: map({ computed: true, ...fixed }),
      minCpuPlatform: text({ computed: true, ...fixed }),
      oauthScopes: textSet({ computed: true, ...fixed }),
      preemptible: flag({ default: false, ...fixed }),
      resourceLabels: map(),
      resourceManagerTags: map(),
      serviceAccount: text({ computed: true, ...fixed }),
      shieldedInstanceConfig: block(
        {
          enableIntegrityMonitoring: flag({ default: true, ...fixed }),
          enableSecureBoot: flag({ default: false, ...fixed }),
        },
        { computed: true, ...fixed },
      ),
      spot: flag({ default: false, ...fixed }),
      tags: texts(),
      taints: list(
        block({
          effect: text({ required: true, check: oneOf("NO_SCHEDULE", "PREFER_NO_SCHEDULE", "NO_EXECUTE") }),
          key: text({ required: true }),
          value: text({ required: true }),
        }),
      ),
      workloadMetadataConfig: block(
        { mode: text({ required: true, check: oneOf("MODE_UNSPECIFIED", "GCE_METADATA", "GKE_METADATA") }) },
        { computed: true },
      ),
    },
    options,
  );
}
