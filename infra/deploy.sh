#!/usr/bin/env bash
# Deploys a working chat to an empty subscription, and later upgrades it to a new version:
#
#   az login
#   bash infra/deploy.sh [RESOURCE_GROUP [LOCATION]]
#
# docs/deploy.md explains the same commands one by one. The parameters to change are in infra/bicep/main.bicepparam.
set -euo pipefail
cd "$(dirname "$0")/.."
. infra/steps.sh

group=${1:-serverless}
location=${2:-westeurope}

need az dotnet npm openssl curl

say "Resource group $group in $location"
make_group
refuse_deleted_vault

say "Registry, and the gateway's image"
push_image
make_missing_keys

say "Everything else (a quarter of an hour the first time, most of it Redis)"
az deployment group create --resource-group "$group" --name main --parameters infra/bicep/main.bicepparam --output none

say "The function app"
app=$(az deployment group show --resource-group "$group" --name main --query properties.outputs.functionApp.value --output tsv)
dotnet publish src/Functions --configuration Release --runtime linux-x64 --output artifacts/functions -p:FunctionsZip="$PWD/artifacts/functions.zip"
retry 5 30 az functionapp deployment source config-zip --resource-group "$group" --name "$app" --src artifacts/functions.zip --output none

say "Checking the gateway and the chat"
gateway=$(az deployment group show --resource-group "$group" --name main --query properties.outputs.gatewayUrl.value --output tsv)
page=$(az deployment group show --resource-group "$group" --name main --query properties.outputs.pageUrl.value --output tsv)
curl --silent --show-error --fail --retry 30 --retry-delay 5 --retry-all-errors "$gateway/api/health"
curl --silent --show-error --fail --retry 30 --retry-delay 5 --retry-all-errors --output /dev/null "$page"
printf '\nThe chat: %s\nThe gateway: %s\nTo delete everything: bash infra/teardown.sh %s\n' "$page" "$gateway" "$group"
