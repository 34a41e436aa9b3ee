#!/usr/bin/env bash
# From an empty subscription to a working chat, and later from one version to the next:
#
#   az login
#   bash infra/deploy.sh [RESOURCE_GROUP [LOCATION]]
#
# docs/deploy.md goes through the same commands one by one. What to change is in infra/bicep/main.bicepparam.
set -euo pipefail
cd "$(dirname "$0")/.."

group=${1:-serverless}
location=${2:-westeurope}

for command in az func dotnet openssl curl; do
  command -v "$command" >/dev/null || {
    echo "$command is missing; docs/deploy.md says what is needed." >&2
    exit 1
  }
done

say() {
  printf '\n== %s\n' "$1"
}

say "Resource group $group in $location"
for provider in App Cache ContainerRegistry Insights KeyVault ManagedIdentity Network OperationalInsights Storage Web; do
  az provider register --namespace "Microsoft.$provider" --wait --output none
done
az group create --name "$group" --location "$location" --output none

say "Registry"
registry=$(az deployment group create --resource-group "$group" --name registry --template-file infra/bicep/modules/registry.bicep \
  --query properties.outputs.server.value --output tsv)

say "The gateway's image"
tag=$(date -u +%Y%m%d%H%M%S)
DOTNET_CONTAINER_PUSH_REGISTRY_PWORD=$(az acr login --name "${registry%%.*}" --expose-token --query accessToken --output tsv)
export DOTNET_CONTAINER_PUSH_REGISTRY_UNAME=00000000-0000-0000-0000-000000000000 DOTNET_CONTAINER_PUSH_REGISTRY_PWORD
dotnet publish src/Gateway --configuration Release --os linux --arch x64 -t:PublishContainer \
  -p:ContainerRegistry="$registry" -p:ContainerRepository=gateway -p:ContainerImageTag="$tag"
export GATEWAY_IMAGE=$registry/gateway:$tag

# Keys are made once. Later deployments leave them out, and the vault keeps what it has.
if [ "$(az deployment group show --resource-group "$group" --name vault --query properties.provisioningState --output tsv 2>/dev/null)" != Succeeded ]; then
  GATEWAY_PRIMARY_KEY=$(openssl rand -base64 33)
  GATEWAY_SECONDARY_KEY=$(openssl rand -base64 33)
  export GATEWAY_PRIMARY_KEY GATEWAY_SECONDARY_KEY
fi

say "Everything else (a quarter of an hour the first time, most of it Redis)"
az deployment group create --resource-group "$group" --name main --parameters infra/bicep/main.bicepparam --output none

say "The function app"
app=$(az deployment group show --resource-group "$group" --name main --query properties.outputs.functionApp.value --output tsv)
dotnet publish src/Functions --configuration Release --runtime linux-x64 --output artifacts/functions
(cd artifacts/functions && func azure functionapp publish "$app" --custom --no-build)

say "Is it there?"
gateway=$(az deployment group show --resource-group "$group" --name main --query properties.outputs.gatewayUrl.value --output tsv)
page=$(az deployment group show --resource-group "$group" --name main --query properties.outputs.pageUrl.value --output tsv)
curl --silent --show-error --fail --retry 30 --retry-delay 5 --retry-all-errors "$gateway/api/health"
curl --silent --show-error --fail --retry 30 --retry-delay 5 --retry-all-errors --output /dev/null "$page"
printf '\nThe chat: %s\nThe gateway: %s\nBack to nothing: bash infra/teardown.sh %s\n' "$page" "$gateway" "$group"
