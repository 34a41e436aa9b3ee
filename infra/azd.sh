#!/usr/bin/env bash
# azure.yaml runs this before and after `azd provision`: the gateway needs its image first, and the vault needs the keys.
#
#   bash infra/azd.sh preprovision | postprovision
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/steps.sh

# azd and az may use different subscriptions. `az rest` takes none: its addresses contain it.
az() {
  if [ "$1" = rest ]; then
    command az "$@"
  else
    command az "$@" --subscription "$AZURE_SUBSCRIPTION_ID"
  fi
}

# Sets values for main.bicepparam by standard input, as other users can read the command line.
remember() {
  azd env set --file /dev/stdin
}

case ${1:-} in
  preprovision)
    need az azd dotnet npm openssl
    group=${AZURE_RESOURCE_GROUP:-$AZURE_ENV_NAME}
    location=$AZURE_LOCATION
    make_group
    refuse_deleted_vault
    push_image
    make_missing_keys
    remember <<VALUES
AZURE_RESOURCE_GROUP="$group"
GATEWAY_IMAGE="$GATEWAY_IMAGE"
GATEWAY_PRIMARY_KEY="${GATEWAY_PRIMARY_KEY:-}"
GATEWAY_SECONDARY_KEY="${GATEWAY_SECONDARY_KEY:-}"
VALUES
    ;;
  postprovision)
    # The vault has the keys now, and they should not stay in azd's environment file.
    remember <<'VALUES'
GATEWAY_PRIMARY_KEY=""
GATEWAY_SECONDARY_KEY=""
VALUES
    ;;
  *)
    echo "bash infra/azd.sh preprovision | postprovision" >&2
    exit 2
    ;;
esac
