# Steps that deploy.sh and azd.sh share: sourced, not run. They expect the variables group and location.

say() {
  printf '\n== %s\n' "$1"
}

# need COMMAND...
need() {
  local command
  for command in "$@"; do
    command -v "$command" >/dev/null || {
      echo "$command is missing; docs/deploy.md lists the required commands." >&2
      exit 1
    }
  done
}

# New resources take a moment to become visible everywhere, so the first uploads may fail: retry ATTEMPTS SECONDS COMMAND...
retry() {
  local left=$1 pause=$2
  shift 2
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    echo "The command failed; trying again in $pause s." >&2
    sleep "$pause"
  done
}

# An existing group was created by this script, or by hand for an identity that may not register providers.
make_group() {
  local provider there
  there=$(az group exists --name "$group")
  [ "$there" != true ] || return 0
  for provider in App Cache ContainerRegistry Insights KeyVault ManagedIdentity Network OperationalInsights Storage Web; do
    az provider register --namespace "Microsoft.$provider" --wait --output none
  done
  az group create --name "$group" --location "$location" --output none
}

# A deleted vault reserves its name for days, and the deployment would fail only after most of it is done.
refuse_deleted_vault() {
  local deleted
  deleted=$(az keyvault list-deleted --resource-type vault \
    --query "[?contains(properties.vaultId, '/resourceGroups/$group/')].name" --output tsv) || {
    echo "Cannot check for a deleted vault with the same name: the right to read deleted vaults is missing. Continuing." >&2
    return 0
  }
  [ -z "$deleted" ] || {
    echo "The vault $deleted of this group was deleted, and its name is still reserved. Recover it with its keys:" >&2
    echo "  az keyvault recover --name $deleted" >&2
    echo "or delete it for good: az keyvault purge --name $deleted" >&2
    exit 1
  }
}

push_image() {
  local tag
  registry=$(az deployment group create --resource-group "$group" --name registry --template-file infra/bicep/modules/registry.bicep \
    --query properties.outputs.server.value --output tsv)
  tag=$(date -u +%Y%m%d%H%M%S)
  DOTNET_CONTAINER_PUSH_REGISTRY_PWORD=$(az acr login --name "${registry%%.*}" --expose-token --query accessToken --output tsv)
  export DOTNET_CONTAINER_PUSH_REGISTRY_UNAME=00000000-0000-0000-0000-000000000000 DOTNET_CONTAINER_PUSH_REGISTRY_PWORD
  retry 3 10 dotnet publish src/Gateway --configuration Release --os linux --arch x64 -t:PublishContainer \
    -p:ContainerRegistry="$registry" -p:ContainerRepository=gateway -p:ContainerImageTag="$tag"
  export GATEWAY_IMAGE=$registry/gateway:$tag
}

# Lists the names of the secrets in the group's vaults through Azure Resource Manager, which needs no right to their values and is
# reachable also where the vault is not.
list_secrets() {
  local vaults vault
  vaults=$(az keyvault list --resource-group "$group" --query "[].id" --output tsv) || return
  for vault in $vaults; do
    az rest --method get --url "$vault/secrets?api-version=2023-07-01" --query "value[].name" --output tsv || return
  done
}

# Creates a key only for a missing secret, whatever happened in earlier deployments; the vault keeps the others.
# A failed query ends the script: it must never count as a missing secret.
make_missing_keys() {
  local secrets
  secrets=$(list_secrets)
  secrets=$'\n'$secrets$'\n'
  if [ -z "${GATEWAY_PRIMARY_KEY:-}" ] && [ "${secrets#*$'\naccess-key-primary\n'}" = "$secrets" ]; then
    GATEWAY_PRIMARY_KEY=$(openssl rand -base64 33)
    export GATEWAY_PRIMARY_KEY
  fi
  if [ -z "${GATEWAY_SECONDARY_KEY:-}" ] && [ "${secrets#*$'\naccess-key-secondary\n'}" = "$secrets" ]; then
    GATEWAY_SECONDARY_KEY=$(openssl rand -base64 33)
    export GATEWAY_SECONDARY_KEY
  fi
}
