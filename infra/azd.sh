#!/usr/bin/env bash
# What azure.yaml runs before and after `azd provision`: the image has to be there before the gateway, and keys before the vault.
#
#   bash infra/azd.sh preprovision | postprovision
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/steps.sh

# azd and az may stand at different subscriptions. `az rest` takes none: its addresses name theirs.
az() {
  if [ "$1" = rest ]; then
    command az "$@"
  else
    command az "$@" --subscription "$AZURE_SUBSCRIPTION_ID"
  fi
}

# Values for main.bicepparam, by standard input: what is on a command line can be read by others.
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
    # The vault has them now, and azd's file of the environment is no place for keys.
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
