//go:build tools

// Package tools pins the commands that the rehearsal builds when neither PATH nor a download has them.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
