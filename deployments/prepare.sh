#!/usr/bin/env bash
# Runs before each deployment: gke-gcloud-auth-plugin is there, and gcloud, which it asks for tokens, is logged in.
set -euo pipefail

# Google's key for its packages: https://packages.cloud.google.com/apt/doc/apt-key.gpg
fingerprint=35BAA0B33E9EB396F59CA838C0BA5CE6DC6315A3
keyring=/etc/apt/keyrings/google-cloud-packages.gpg

install_plugin() {
  local work
  work=$(mktemp -d)
  curl --proto =https --tlsv1.2 -fsSL -o "$work/key" https://packages.cloud.google.com/apt/doc/apt-key.gpg
  gpg --homedir "$work" --batch --quiet --import "$work/key"
  # Nothing but this key is taken out of what came, whatever else is in it.
  gpg --homedir "$work" --batch --quiet --export "$fingerprint" >"$work/keyring"
  if [ ! -s "$work/keyring" ]; then
    echo "The key from packages.cloud.google.com is not $fingerprint. Nothing is installed." >&2
    exit 1
  fi
  install -D -m 644 "$work/keyring" "$keyring"
  echo "deb [signed-by=$keyring] https://packages.cloud.google.com/apt cloud-sdk main" |
    install -D -m 644 /dev/stdin /etc/apt/sources.list.d/google-cloud-packages.list
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends google-cloud-cli google-cloud-cli-gke-gcloud-auth-plugin
  rm -rf "$work"
}

# pulumi/pulumi, in which Deployments run by default, has it. Smaller images of Pulumi have not.
if ! command -v gke-gcloud-auth-plugin >/dev/null; then
  install_plugin
fi
gke-gcloud-auth-plugin --version

# Pulumi puts the exchanged credentials here. The provider for Google Cloud reads them by itself, gcloud does not.
: "${GOOGLE_CREDENTIALS:?is not set: give the stack operationContext.oidc.gcp}"
umask 077
credentials=$(mktemp)
printf '%s' "$GOOGLE_CREDENTIALS" >"$credentials"
gcloud auth login --cred-file="$credentials" --quiet
